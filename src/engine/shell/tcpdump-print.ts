/** A captured frame as tcpdump 4.99 prints it with -n: print-ether.c, print-arp.c, print-ip.c, print-udp.c, print-icmp.c. */
import type { CapturedFrame } from '../net/frame.ts'
import { tcpdumpDns } from './tcpdump-dns.ts'
import {
  addressText,
  type Bytes,
  ETHERTYPE_ARP,
  ETHERTYPE_IP,
  ethernetHeaders,
  type Headers,
  headersOf,
  ICMP,
  type IpFields,
  ipFields,
  macText,
  SCTP,
  TCP,
  UDP,
} from './tcpdump-headers.ts'
import { type Conversations, icmpSumText, printTcp } from './tcpdump-tcp.ts'

export interface PrintOptions {
  /** -e. */
  readonly link: boolean
  /** -v. */
  readonly verbose: boolean
  /** -S: TCP sequence numbers as they are. */
  readonly absolute: boolean
  /** What is known of TCP conversations so far. */
  readonly conversations: Conversations
}

/** Everything about the frame but its time. */
export function printFrame(frame: CapturedFrame, options: PrintOptions): string {
  return printHeaders(headersOf(frame), options)
}

function printHeaders(headers: Headers, options: PrintOptions): string {
  const { ethernet, etherType } = headers
  if (ethernet === null) return `${options.link ? 'ip: ' : 'IP '}${ipText(headers.network, options)}`
  const words = etherType === ETHERTYPE_ARP ? arpText(headers.network, options.verbose) : ipText(headers.network, options)
  const type = `ethertype ${typeText(etherType)}`
  const tag = ethernet?.vlan == null ? '' : `vlan ${ethernet.vlan}, p 0, `
  if (!options.link) return `${PREFIX[etherType] ?? ''}${words}`
  const ends = `${ethernet.source} > ${ethernet.destination}`
  const length = `length ${headers.frame.length}: `
  return tag === '' ? `${ends}, ${type}, ${length}${words}` : `${ends}, ethertype 802.1Q (0x8100), ${length}${tag}${type}, ${words}`
}

/** What stands for the protocol where its ethertype is not shown. */
const PREFIX: Readonly<Record<number, string>> = { [ETHERTYPE_IP]: 'IP ', [ETHERTYPE_ARP]: 'ARP, ' }

function typeText(etherType: number): string {
  const name = { [ETHERTYPE_IP]: 'IPv4', [ETHERTYPE_ARP]: 'ARP' }[etherType] ?? 'Unknown'
  return `${name} (0x${etherType.toString(16).padStart(4, '0')})`
}

function arpText(arp: Bytes, verbose: boolean): string {
  const [sender, target] = [addressText(arp.u32(14)), addressText(arp.u32(24))]
  const kind = verbose ? 'Ethernet (len 6), IPv4 (len 4), ' : ''
  const asked = /^(00:){5}00$/.test(macText(arp, 18)) ? '' : ` (${macText(arp, 18)})`
  const words = arp.u16(6) === 1 ? `Request who-has ${target}${asked} tell ${sender}` : `Reply ${sender} is-at ${macText(arp, 8)}`
  return `${kind}${words}, length ${arp.length}`
}

const PROTOCOL_NAME: Readonly<Record<number, string>> = { 1: 'ICMP', 2: 'IGMP', 4: 'IPIP', 6: 'TCP', 17: 'UDP', 132: 'SCTP' }

/** An IP packet; "IP " before it is its caller's to write. */
function ipText(packet: Bytes, options: PrintOptions): string {
  const ip = ipFields(packet)
  const head = options.verbose ? `${headText(ip)}\n    ` : ''
  if (ip.offset > 0) return `${head}${endsText(ip)}: ip-proto-${ip.protocol}`
  return `${head}${bodyText(ip, options)}`
}

/** With the link layer shown, its ethertype stands for the name even of packets inside. */
const nameText = (options: PrintOptions): string => (options.link ? '' : 'IP ')

function headText(ip: IpFields): string {
  const flags = [ip.mf ? '+' : '', ip.df ? 'DF' : ''].join('')
  const ecn = ['', ',ECT(1)', ',ECT(0)', ',CE'][ip.tos & 3] ?? ''
  const name = PROTOCOL_NAME[ip.protocol] ?? 'unknown'
  return `(tos 0x${ip.tos.toString(16)}${ecn}${ip.ttl === 0 ? '' : `, ttl ${ip.ttl}`}, id ${ip.id}, offset ${ip.offset}, flags [${flags === '' ? 'none' : flags}], proto ${name} (${ip.protocol}), length ${ip.length})`
}

const endsText = (ip: IpFields): string => `${addressText(ip.source)} > ${addressText(ip.destination)}`

function bodyText(ip: IpFields, options: PrintOptions): string {
  switch (ip.protocol) {
    case TCP:
      return printTcp(ip, options)
    case UDP:
      return udpText(ip, options)
    case ICMP:
      return `${endsText(ip)}: ${icmpText(ip, options)}`
    case SCTP:
      return sctpText(ip)
    case 4:
      return `${endsText(ip)}: ${nameText(options)}${ipText(ip.body, options)}`
    default:
      return `${endsText(ip)}:  ip-proto-${ip.protocol} ${ip.body.length}`
  }
}

const DNS_PORT = 53
const OTV_PORT = 8472
const VXLAN_PORT = 4789
const TUNNEL_HEADER = 8

function udpText(ip: IpFields, options: PrintOptions): string {
  const { body } = ip
  const [source, destination] = [body.u16(0), body.u16(2)]
  const ends = `${addressText(ip.source)}.${source} > ${addressText(ip.destination)}.${destination}: `
  const data = body.from(8)
  const length = body.u16(4) - 8
  if (source === DNS_PORT || destination === DNS_PORT) return `${ends}${tcpdumpDns(data, options.verbose)}`
  const tunnel = [source, destination].find((port) => port === OTV_PORT || port === VXLAN_PORT)
  if (tunnel === undefined) return `${ends}UDP, length ${length}`
  const unset = tunnel === OTV_PORT ? '.' : 'invalid'
  const flags = `flags [${(data.u8(0) & 8) === 0 ? unset : 'I'}] (0x${data.u8(0).toString(16).padStart(2, '0')})`
  const id = data.u32(4) >>> 8
  const words = tunnel === OTV_PORT ? `OTV, ${flags}, overlay 0, instance ${id}` : `VXLAN, ${flags}, vni ${id}`
  return `${ends}${words}\n${printHeaders(ethernetHeaders(data.from(TUNNEL_HEADER)), options)}`
}

const CHUNK: Readonly<Record<number, string>> = { 0: 'DATA', 1: 'INIT', 2: 'INIT ACK', 3: 'SACK', 6: 'ABORT', 7: 'SHUTDOWN' }

function sctpText(ip: IpFields): string {
  const { body } = ip
  if (body.length < 12) return ' [|sctp]'
  const name = CHUNK[body.u8(12)] ?? String(body.u8(12))
  return `${addressText(ip.source)}.${body.u16(0)} > ${addressText(ip.destination)}.${body.u16(2)}: sctp (1) [${name}]`
}

/** icmp_print(): the message, its length, and with -v the packet it is about. */
function icmpText(ip: IpFields, options: PrintOptions): string {
  const { body } = ip
  const length = ip.length - ip.headerLength
  const text = `ICMP ${messageText(body)}, length ${length}`
  const isError = [3, 4, 5, 11, 12].includes(body.u8(0))
  if (!options.verbose) return text
  const sum = ip.mf ? '' : icmpSumText(ip)
  return isError ? `${text}${sum}\n\t${nameText(options)}${ipText(body.from(8), options)}` : `${text}${sum}`
}

function messageText(icmp: Bytes): string {
  const [type, code] = [icmp.u8(0), icmp.u8(1)]
  const about = ipFields(icmp.from(8))
  switch (type) {
    case 0:
    case 8:
      return `echo ${type === 8 ? 'request' : 'reply'}, id ${icmp.u16(4)}, seq ${icmp.u16(6)}`
    case 3:
      return unreachableText(code, about, icmp.u16(6))
    case 4:
      return 'source quench'
    case 5:
      return `redirect${code < 2 ? '' : '-tos'} ${addressText(about.destination)} to ${code % 2 === 0 ? 'net' : 'host'} ${addressText(icmp.u32(4))}`
    case 11:
      return ['time exceeded in-transit', 'ip reassembly time exceeded'][code] ?? `time exceeded-#${code}`
    default:
      return `type-#${type}`
  }
}

/** By code, with %s for the destination. */
const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'net %s unreachable',
  1: 'host %s unreachable',
  5: '%s unreachable - source route failed',
  6: 'net %s unreachable - unknown',
  7: 'host %s unreachable - unknown',
  8: '%s unreachable - source host isolated',
  9: 'net %s unreachable - admin prohibited',
  10: 'host %s unreachable - admin prohibited',
  11: 'net %s unreachable - tos prohibited',
  12: 'host %s unreachable - tos prohibited',
  13: 'host %s unreachable - admin prohibited filter',
  14: 'host %s unreachable - host precedence violation',
  15: 'host %s unreachable - precedence cutoff',
}

function unreachableText(code: number, quoted: IpFields, mtu: number): string {
  const to = addressText(quoted.destination)
  if (code === 2) return `${to} protocol ${quoted.protocol} unreachable`
  if (code === 4) return `${to} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`
  if (code !== 3) return UNREACHABLE[code]?.replace('%s', to) ?? `${to} unreachable - #${code}`
  const name = { [TCP]: 'tcp ', [UDP]: 'udp ' }[quoted.protocol]
  const port = quoted.body.u16(2)
  return name === undefined ? `${to} protocol ${quoted.protocol} port ${port} unreachable` : `${to} ${name}port ${port} unreachable`
}
