/** iproute2 6.1: ip/ipaddress.c, print_linkinfo() and print_link_flags(). */
import type { Device } from '../linux/device.ts'
import { type IpContext, vethPeer } from './ip-options.ts'

/** `<BROADCAST,MULTICAST,UP,LOWER_UP>` of a device, without the brackets. */
export function linkFlags(device: Device, ip: IpContext): string {
  const flags: string[] = []
  if (device.up && !device.carrier) flags.push('NO-CARRIER')
  if (device.kind === 'loopback') flags.push('LOOPBACK')
  else flags.push('BROADCAST')
  if (device.kind === 'dummy') flags.push('NOARP')
  else if (device.kind !== 'loopback') flags.push('MULTICAST')
  if (device.promisc) flags.push('PROMISC')
  if (device.up) flags.push('UP')
  if (device.up && device.carrier) flags.push('LOWER_UP')
  const peer = vethPeer(ip.shell.machine, device)
  if (peer && peer.ns === ip.ns && !peer.device.up) flags.push('M-DOWN')
  return flags.join(',')
}

/** RFC 2863 operational state as net/core/link_watch.c sets it. */
export function operState(device: Device, ip: IpContext): string {
  if (!device.up) return 'DOWN'
  if (device.kind === 'loopback' || device.kind === 'dummy') return 'UNKNOWN'
  if (device.carrier) return 'UP'
  // The kernel looks the peer's index up in the device's own namespace, whichever one the peer is in.
  const index = vethPeer(ip.shell.machine, device)?.device.ifindex
  const lower = [...ip.ns.devices.values()].find((other) => other.ifindex === index)
  return lower && !lower.carrier ? 'LOWERLAYERDOWN' : 'DOWN'
}

/** "veth1@if2": the name with what it is joined to. */
export function linkName(device: Device, ip: IpContext): string {
  const peer = vethPeer(ip.shell.machine, device)
  if (!peer) return device.name
  return `${device.name}@${peer.ns === ip.ns ? peer.device.name : `if${peer.device.ifindex}`}`
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
  const qdisc = !device.up ? 'noop' : device.kind === 'physical' ? 'fq_codel' : 'noqueue'
  const master = device.master === null ? '' : ` master ${device.master}`
  return `${device.ifindex}: ${linkName(device, ip)}: <${linkFlags(device, ip)}> mtu ${device.mtu} qdisc ${qdisc}${master} state ${operState(device, ip)}${mode ? ' mode DEFAULT' : ''} group default qlen 1000`
}

/** The second line, and the `-d` lines after it. */
export function linkAddressLines(device: Device, ip: IpContext): string[] {
  const loopback = device.kind === 'loopback'
  const line = `    link/${loopback ? 'loopback' : 'ether'} ${device.mac} brd ${loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff'}${linkNetns(device, ip)}`
  if (!ip.options.details) return [line]
  const promiscuity = (device.promisc ? 1 : 0) + (device.master === null ? 0 : 1)
  const limits = loopback ? 'minmtu 0 maxmtu 0' : 'minmtu 68 maxmtu 65535'
  const lines = [`${line} promiscuity ${promiscuity}  allmulti ${device.master === null ? 0 : 1} ${limits} `]
  if (device.kind === 'bridge') lines.push(`    bridge ${bridgeDetails(device)}`)
  if (device.kind === 'veth') lines.push('    veth ')
  if (device.kind === 'dummy') lines.push('    dummy ')
  if ((device.kind === 'veth' || device.kind === 'physical') && device.port && device.master !== null) {
    lines.push(
      `    bridge_slave state ${device.port.state} priority 32 cost 2 hairpin ${device.port.hairpinMode ? 'on' : 'off'} guard off root_block off fastleave off learning on flood on `,
    )
  }
  const last = lines.length - 1
  lines[last] +=
    `addrgenmode eui64 numtxqueues ${device.kind === 'veth' ? 2 : 1} numrxqueues ${device.kind === 'veth' ? 2 : 1} gso_max_size 65536 gso_max_segs 65535 `
  return lines
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
  if (ip.options.brief) return `${briefStart(device, ip)}${device.mac} <${linkFlags(device, ip)}> \n`
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
