/** iproute2 6.1: ip/ipaddress.c, print_linkinfo() and print_link_flags(). */
import { bridgePortOf, type Device, type IpTunnelConfig, isHeaderless, isNoArp, type VxlanConfig } from '../linux/device.ts'
import type { NetNs } from '../linux/netns.ts'
import { formatAddress } from '../net/address.ts'
import { type IpContext, vethPeer } from './ip-options.ts'

/** `<BROADCAST,MULTICAST,UP,LOWER_UP>` of a device, without the brackets. */
export function linkFlags(device: Device, ip: IpContext): string {
  const flags: string[] = []
  if (device.up && !device.carrier) flags.push('NO-CARRIER')
  if (device.kind === 'loopback') flags.push('LOOPBACK')
  else if (!isHeaderless(device)) flags.push('BROADCAST')
  if (isPointToPoint(device)) flags.push('POINTOPOINT')
  if (device.kind !== 'loopback' && device.kind !== 'dummy' && device.kind !== 'ipip') flags.push('MULTICAST')
  if (device.kind !== 'loopback' && isNoArp(device)) flags.push('NOARP')
  if (device.promisc) flags.push('PROMISC')
  if (device.up) flags.push('UP')
  if (device.up && device.carrier) flags.push('LOWER_UP')
  const peer = vethPeer(ip.shell.machine, device)
  const below = peer?.ns === ip.ns ? peer.device : lowerOf(device, ip)
  if (below && !below.up) flags.push('M-DOWN')
  return flags.join(',')
}

/** IFF_POINTOPOINT. */
function isPointToPoint(device: Device): boolean {
  return device.kind === 'tun' || (device.kind === 'ipip' && device.tunnel.remote !== null)
}

/** The device a VLAN or tunnel stands on (`NAME@LOWER`); a VXLAN device names its own only with -d. */
function lowerOf(device: Device, ip: IpContext): Device | undefined {
  if (device.kind === 'vlan') return ip.ns.devices.get(device.link)
  return device.kind === 'ipip' && device.tunnel.link !== null ? ip.ns.devices.get(device.tunnel.link) : undefined
}

/** RFC 2863 operational state as net/core/link_watch.c sets it. */
export function operState(device: Device, ip: IpContext): string {
  if (!device.up) return 'DOWN'
  if (device.kind === 'loopback' || device.kind === 'dummy' || device.kind === 'vxlan' || device.kind === 'ipip') return 'UNKNOWN'
  if (device.kind === 'tun') return device.carrier ? 'UNKNOWN' : 'DOWN'
  if (device.carrier) return 'UP'
  if (device.kind === 'vlan') return 'LOWERLAYERDOWN'
  // The kernel looks the peer's index up in the device's own namespace, whichever one the peer is in.
  const index = vethPeer(ip.shell.machine, device)?.device.ifindex
  const lower = [...ip.ns.devices.values()].find((other) => other.ifindex === index)
  return lower && !lower.carrier ? 'LOWERLAYERDOWN' : 'DOWN'
}

/** "veth1@if2": the name with what it is joined to. */
export function linkName(device: Device, ip: IpContext): string {
  const peer = vethPeer(ip.shell.machine, device)
  if (!peer) return device.kind === 'ipip' ? `${device.name}@${lowerOf(device, ip)?.name ?? 'NONE'}` : lowerName(device, ip)
  return `${device.name}@${peer.ns === ip.ns ? peer.device.name : `if${peer.device.ifindex}`}`
}

function lowerName(device: Device, ip: IpContext): string {
  const lower = lowerOf(device, ip)
  return lower ? `${device.name}@${lower.name}` : device.name
}

/** " link-netns NAME" or " link-netnsid N" of a veth whose peer is elsewhere. */
function linkNetns(device: Device, ip: IpContext): string {
  const peer = vethPeer(ip.shell.machine, device)
  if (!peer || peer.ns === ip.ns) return ''
  for (const [name, ns] of ip.shell.machine.netns) if (ns === peer.ns) return ` link-netns ${name}`
  return ' link-netnsid 0'
}

/** The first line: "3: veth1@if2: <…> mtu 1500 qdisc noqueue master cni0 state UP mode DEFAULT group default qlen 1000". */
export function linkLine(device: Device, ip: IpContext, mode: boolean): string {
  const qdisc = qdiscName(device, ip.ns)
  const master = device.master === null ? '' : ` master ${device.master}`
  return `${device.ifindex}: ${linkName(device, ip)}: <${linkFlags(device, ip)}> mtu ${device.mtu} qdisc ${qdisc}${master} state ${operState(device, ip)}${mode ? ' mode DEFAULT' : ''} group default qlen ${device.kind === 'tun' ? 500 : 1000}`
}

/** What `ip link` calls the device's queueing discipline. */
export function qdiscName(device: Device, ns: NetNs): string {
  if (ns.qdiscs.has(device.name)) return 'netem'
  if (!device.up) return 'noop'
  if (device.kind === 'tun') return 'pfifo_fast'
  return device.kind === 'physical' ? 'fq_codel' : 'noqueue'
}

/** "link/ether MAC brd …", "link/ipip LOCAL peer REMOTE", "link/none". */
function hardwareText(device: Device): string {
  if (device.kind === 'tun') return 'link/none '
  if (device.kind === 'loopback') return `link/loopback ${device.mac} brd 00:00:00:00:00:00`
  if (device.kind !== 'ipip') return `link/ether ${device.mac} brd ff:ff:ff:ff:ff:ff`
  const { local, remote } = device.tunnel
  const text = (address: typeof local): string => (address === null ? '0.0.0.0' : formatAddress(address))
  return `link/ipip ${text(local)} ${remote === null ? 'brd' : 'peer'} ${text(remote)}`
}

/** The second line, and the `-d` lines after it. */
export function linkAddressLines(device: Device, ip: IpContext): string[] {
  const loopback = device.kind === 'loopback'
  const line = `    ${hardwareText(device)}${linkNetns(device, ip)}`
  if (!ip.options.details) return [line]
  const promiscuity = (device.promisc ? 1 : 0) + (device.master === null ? 0 : 1)
  const limits = loopback ? 'minmtu 0 maxmtu 0' : device.kind === 'vlan' ? 'minmtu 0 maxmtu 65535' : 'minmtu 68 maxmtu 65535'
  const lines = [`${line} promiscuity ${promiscuity}  allmulti ${device.master === null ? 0 : 1} ${limits} `]
  if (device.kind === 'bridge') lines.push(`    bridge ${bridgeDetails(device)}`)
  if (device.kind === 'veth') lines.push('    veth ')
  if (device.kind === 'dummy') lines.push('    dummy ')
  if (device.kind === 'vxlan') lines.push(`    vxlan ${vxlanDetails(device.vxlan)}`)
  if (device.kind === 'ipip') lines.push(`    ipip ${ipipDetails(device.tunnel)}`)
  if (device.kind === 'tun') lines.push(`    tun type tun pi off vnet_hdr off persist ${device.persistent ? 'on' : 'off'} `)
  if (device.kind === 'vlan') lines.push(`    vlan protocol 802.1Q id ${device.vlanId} <REORDER_HDR> `)
  const port = bridgePortOf(device)
  if (port && device.master !== null) {
    lines.push(
      `    bridge_slave state ${port.state} priority 32 cost 2 hairpin ${port.hairpinMode ? 'on' : 'off'} guard off root_block off fastleave off learning on flood on `,
    )
  }
  const last = lines.length - 1
  lines[last] +=
    `addrgenmode eui64 numtxqueues ${device.kind === 'veth' ? 2 : 1} numrxqueues ${device.kind === 'veth' ? 2 : 1} gso_max_size 65536 gso_max_segs 65535 tso_max_size ${tsoMaxSize(device, ip.ns)} tso_max_segs 65535 gro_max_size 65536 `
  return lines
}

/** What the driver says it can segment: software devices anything (GSO_MAX_SIZE), others 64 KB unless they inherit it from the device below. */
function tsoMaxSize(device: Device, ns: NetNs): number {
  if (['loopback', 'veth', 'bridge', 'dummy'].includes(device.kind)) return 524_280
  const below = device.kind === 'vxlan' ? device.vxlan.link : device.kind === 'vlan' ? device.link : null
  const lower = below === null ? undefined : ns.devices.get(below)
  return lower ? tsoMaxSize(lower, ns) : 65_536
}

/** ip/iplink_vxlan.c, vxlan_print_opt(). */
function vxlanDetails(vxlan: VxlanConfig): string {
  const { vni, remote, local, link, dstPort, learning, tos, ttl, df, ageingMs } = vxlan
  const words = [`id ${vni}`]
  if (remote !== null) words.push(`remote ${formatAddress(remote)}`)
  if (local !== null) words.push(`local ${formatAddress(local)}`)
  if (link !== null) words.push(`dev ${link}`)
  words.push(`srcport 0 0 dstport ${dstPort}`)
  if (!learning) words.push('nolearning')
  if (tos !== 0) words.push(tos === 1 ? 'tos inherit' : `tos 0x${tos.toString(16)}`)
  words.push(`ttl ${ttl === 0 ? 'auto' : ttl}`)
  if (df) words.push('df set')
  words.push(`ageing ${ageingMs / 1000} udpcsum noudp6zerocsumtx noudp6zerocsumrx `)
  return words.join(' ')
}

/** ip/link_iptnl.c, iptunnel_print_opt(). */
function ipipDetails({ mode, remote, local, link, ttl, pmtuDiscovery }: IpTunnelConfig): string {
  const any = (address: typeof remote): string => (address === null ? 'any' : formatAddress(address))
  const dev = link === null ? '' : `dev ${link} `
  return `${mode} remote ${any(remote)} local ${any(local)} ${dev}ttl ${ttl === 0 ? 'inherit' : ttl} ${pmtuDiscovery ? '' : 'no'}pmtudisc `
}

function bridgeDetails(device: Extract<Device, { kind: 'bridge' }>): string {
  const id = `8000.${device.mac
    .split(':')
    .map((byte) => Number.parseInt(byte, 16).toString(16))
    .join(':')}`
  return `forward_delay 1500 hello_time 200 max_age 2000 ageing_time ${Math.round(device.ageingMs / 10)} stp_state 0 priority 32768 vlan_filtering 0 bridge_id ${id} designated_root ${id} `
}

/** One device of `ip link show`. */
export function printLink(device: Device, ip: IpContext): string {
  const mac = device.kind === 'tun' ? '' : `${device.mac} `
  if (ip.options.brief) return `${briefStart(device, ip)}${mac}<${linkFlags(device, ip)}> \n`
  return joinLines([linkLine(device, ip, true), ...linkAddressLines(device, ip)], ip)
}

/** The first two columns of `-br`. */
export function briefStart(device: Device, ip: IpContext): string {
  return `${linkName(device, ip).padEnd(16)} ${operState(device, ip).padEnd(14)} `
}

/** Lines of one record: `-o` joins them with backslashes. */
export function joinLines(lines: readonly string[], ip: IpContext): string {
  return `${lines.join(ip.options.oneline ? '\\' : '\n')}\n`
}
