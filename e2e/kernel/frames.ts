/** Frames as comparable text: from the very bytes, with what differs from run to run left out or named by the order of its appearance. */

/** Names for what is random: MAC addresses by their interface, ports and echo identifiers by first appearance. */
export interface Names {
  readonly mac: (mac: string) => string
  /** `kind`: 'port', or 'id' for echo identifiers. */
  readonly number: (kind: 'port' | 'id', value: number) => string
}

const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100 } as const
const IGMP = 2

/** One frame as a line, or null for what is not compared: IPv6, STP, IGMP. `ethernet`: do the bytes begin with an Ethernet header? */
export function frameText(bytes: Uint8Array, ethernet: boolean, names: Names): string | null {
  const view = viewOf(bytes)
  if (!ethernet) return ipText(bytes, names)
  const tagged = view.getUint16(12) === ETHERTYPE.vlan
  const at = tagged ? 16 : 12
  const type = view.getUint16(at)
  const payload = bytes.subarray(at + 2)
  const vlan = tagged ? ` vlan ${view.getUint16(14) & 0xfff}` : ''
  const head = `${names.mac(macAt(bytes, 6))} > ${names.mac(macAt(bytes, 0))}${vlan}`
  if (type === ETHERTYPE.arp) return `${head} ${arpText(payload, names)}`
  const ip = type === ETHERTYPE.ipv4 ? ipText(payload, names) : null
  return ip === null ? null : `${head} ${ip}`
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const macAt = (bytes: Uint8Array, at: number): string =>
  [...bytes.subarray(at, at + 6)].map((b) => b.toString(16).padStart(2, '0')).join(':')
const addressAt = (bytes: Uint8Array, at: number): string => [...bytes.subarray(at, at + 4)].join('.')

function arpText(bytes: Uint8Array, names: Names): string {
  const [sender, target] = [addressAt(bytes, 14), addressAt(bytes, 24)]
  const senderMac = names.mac(macAt(bytes, 8))
  if (viewOf(bytes).getUint16(6) === 1) return `arp who-has ${target} tell ${sender} (${senderMac})`
  return `arp ${sender} is-at ${senderMac} to ${target} (${names.mac(macAt(bytes, 18))})`
}

/** An IPv4 packet; it may be cut short, as those quoted in ICMP errors are. */
function ipText(bytes: Uint8Array, names: Names): string | null {
  const view = viewOf(bytes)
  const headerLength = ((bytes[0] ?? 0) & 15) * 4
  const total = view.getUint16(2)
  const fragment = view.getUint16(6)
  const [tos, ttl, protocol] = [bytes[1] ?? 0, bytes[8] ?? 0, bytes[9] ?? 0]
  if (protocol === IGMP) return null
  const offset = (fragment & 0x1fff) * 8
  const flags = `${fragment & 0x4000 ? ' DF' : ''}${fragment & 0x2000 ? ' MF' : ''}${offset > 0 ? ` offset ${offset}` : ''}`
  const rest = ` ttl ${ttl}${tos === 0 ? '' : ` tos 0x${tos.toString(16)}`}${flags}`
  const packet: Ip = {
    source: addressAt(bytes, 12),
    destination: addressAt(bytes, 16),
    body: bytes.subarray(headerLength, Math.min(total, bytes.length)),
    length: total - headerLength,
  }
  if (offset > 0) return `${packet.source} > ${packet.destination} fragment of protocol ${protocol}, ${packet.length} bytes${rest}`
  return `${transportText(packet, protocol, names)}${rest}`
}

interface Ip {
  readonly source: string
  readonly destination: string
  /** What follows the IP header, as far as it is here. */
  readonly body: Uint8Array
  /** How long that is on the wire. */
  readonly length: number
}

function transportText(ip: Ip, protocol: number, names: Names): string {
  const { body, length, source, destination } = ip
  const view = viewOf(body)
  switch (protocol) {
    case 1:
      return `${source} > ${destination} ${icmpText(body, length, names)}`
    case 6:
      return `${portsText(ip, names)} tcp ${tcpText(body, length)}`
    case 17: {
      const [from, to] = [view.getUint16(0), view.getUint16(2)]
      if (to === VXLAN && body.length > 16)
        return `${source}:${names.number('port', from)} > ${destination} vxlan ${view.getUint32(12) >>> 8} {${frameText(body.subarray(16), true, names)}}`
      // Answers of real resolvers differ in their compression.
      return `${portsText(ip, names)} udp${from === DNS || to === DNS ? ' dns' : ` ${length - 8 + portPadding(body.subarray(8))} bytes`}`
    }
    case 4:
      return `${source} > ${destination} ipip {${ipText(body, names)}}`
    default:
      return `${source} > ${destination} protocol ${protocol}, ${length} bytes`
  }
}

const DNS = 53
const VXLAN = 8472

function portsText({ source, destination, body }: Ip, names: Names): string {
  const view = viewOf(body)
  return `${source}:${names.number('port', view.getUint16(0))} > ${destination}:${names.number('port', view.getUint16(2))}`
}

const TCP_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK'] as const

/** Flags, data length, MSS and how many blocks SACK tells of; sequence numbers, windows and other options vary. A quoted header may end before its flags. */
function tcpText(body: Uint8Array, length: number): string {
  if (body.length < 20) return 'header'
  const headerLength = ((body[12] ?? 0) >> 4) * 4
  const flags = TCP_FLAGS.filter((_, bit) => (body[13] ?? 0) & (1 << bit))
  const data = length - headerLength + portPadding(body.subarray(headerLength))
  const options = body.subarray(20, headerLength)
  const mss = flags.includes('SYN') ? ` mss ${optionAt(options, MSS)?.getUint16(2) ?? 'none'}` : ''
  const sack = optionAt(options, SACK)
  return `${flags.join('+')} ${data} bytes${mss}${sack === null ? '' : ` sack ${(sack.getUint8(1) - 2) / 8}`}`
}

/** Servers say which port they saw; its digits vary with its value. What is missing to five of them. */
export function portPadding(data: Uint8Array): number {
  const text = Buffer.from(data).toString('latin1')
  const port = /(?:client: | to )\d+\.\d+\.\d+\.\d+:(\d+)/.exec(text)?.[1]
  return port === undefined ? 0 : 5 - port.length
}

const MSS = 2
const SACK = 5

/** The option of a kind, from its first byte on. */
function optionAt(options: Uint8Array, wanted: number): DataView | null {
  for (let at = 0; at < options.length; ) {
    const kind = options[at] ?? 0
    if (kind === 0) return null
    if (kind === wanted) return viewOf(options.subarray(at))
    at += kind === 1 ? 1 : Math.max(2, options[at + 1] ?? 2)
  }
  return null
}

function icmpText(body: Uint8Array, length: number, names: Names): string {
  const view = viewOf(body)
  const [type, code] = [body[0] ?? 0, body[1] ?? 0]
  if (type === 0 || type === 8)
    return `icmp echo ${type === 8 ? 'request' : 'reply'} id ${names.number('id', view.getUint16(4))} seq ${view.getUint16(6)}, ${length - 8} bytes`
  const mtu = type === 3 && code === 4 ? ` mtu ${view.getUint16(6)}` : ''
  const gateway = type === 5 ? ` gateway ${addressAt(body, 4)}` : ''
  return `icmp type ${type} code ${code}${mtu}${gateway} {${ipText(body.subarray(8), names)}}, ${length} bytes`
}
