/** Frames as text, both ways: "udp 10.0.0.11:5>10.0.0.1:53 ttl=63 len=10 from=MAC to=MAC", what ICMP errors quote in brackets. Not part of the program. */
import { formatAddress, parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { type ArpHeader, type IpPacket, isIp, type Packet, type TcpHeader, type VxlanHeader } from '../../net/packet.ts'
import { frameLength, transportHeaderLength, VXLAN_HEADER_LENGTH } from '../../net/packet-length.ts'
import { framedPacket } from '../netfilter/testdata/packet-text.ts'
import { seqDiff } from '../tcp-segment.ts'

/** The first sequence numbers that were seen of each connection; later ones are told from there ("seq=+1"). */
export type FirstSeqs = Map<string, number>

function required<T>(value: T | null | undefined, text: string): T {
  if (value === null || value === undefined) throw new Error(text)
  return value
}

const address = (text: string | undefined) => required(parseAddress(text ?? ''), text ?? 'no address')
const mac = (text: string | undefined) => required(parseMac(text ?? ''), text ?? 'no hardware address')
const nameOf = ({ sourcePort, destinationPort }: TcpHeader, { network }: IpPacket): [string, string] => {
  const ends = [`${network.source}:${sourcePort}`, `${network.destination}:${destinationPort}`] as const
  return [ends.join('>'), ends.toReversed().join('>')]
}

/** A frame to put on a cable. */
export function frameOf(text: string, id: number, firstSeqs: FirstSeqs): Packet {
  if (text.startsWith('arp ')) return arpOf(text, id)
  const [, outer = text, about] = /^(.*?) \[(.*)\]$/.exec(text) ?? []
  const values = new Map(outer.split(' ').flatMap((word) => (word.includes('=') ? [word.split('=') as [string, string]] : [])))
  const carried = outer
    .replace(/^vxlan /, 'udp ')
    .replace(/^ipip /, '4 ')
    .replace(/ ack=[+-]\d+| sack=\S+/, '')
  const packet = withIpWords(framedPacket(carried, id), values)
  if (about !== undefined && /^(vxlan|ipip) /.test(outer)) return withInner(packet, frameOf(about, id, firstSeqs), values)
  const { transport } = packet
  if (transport?.kind === 'tcp') return withTcpWords(packet, transport, values, firstSeqs)
  if (transport?.kind !== 'icmp') return packet
  const quoted = about === undefined ? null : { ...(frameOf(about, 0, firstSeqs) as IpPacket), eth: null }
  const gateway = values.has('gw') ? address(values.get('gw')) : null
  const mtu = values.has('mtu') ? Number(values.get('mtu')) : null
  return { ...packet, transport: { ...transport, quoted, gateway, mtu } }
}

function withInner(packet: IpPacket, carried: Packet, values: ReadonlyMap<string, string>): Packet {
  const vni = values.get('vni')
  const inner = vni === undefined ? { ...carried, eth: null } : carried
  const data = vni === undefined ? null : { kind: 'vxlan', vni: Number(vni) }
  return { ...packet, payload: { length: frameLength(inner) + (data === null ? 0 : VXLAN_HEADER_LENGTH), data, inner } }
}

function withIpWords(packet: IpPacket, values: ReadonlyMap<string, string>): IpPacket {
  const network = { ...packet.network, df: values.get('df') !== '0' && !values.has('frag'), id: Number(values.get('ipid') ?? packet.id) }
  const part = values.get('part')
  if (part === undefined) return { ...packet, network }
  const [from = 0, to = 0] = part.split('-').map(Number)
  const first = from === 0
  const fragmentOf = { packet: { ...packet, network }, offset: from }
  return {
    ...packet,
    network: { ...network, fragmentOffset: from, mf: values.get('frag')?.endsWith('+') ?? false },
    transport: first ? packet.transport : null,
    payload: { length: to - from - (first ? transportHeaderLength(packet.transport) : 0), data: null, inner: null, fragmentOf },
  }
}

function withTcpWords(packet: IpPacket, header: TcpHeader, values: ReadonlyMap<string, string>, firstSeqs: FirstSeqs): Packet {
  const first = firstSeqs.get(nameOf(header, packet)[1]) ?? 0
  const [ack, sack] = [values.get('ack'), values.get('sack')]
  const blocks = sack?.split(',').map((block) => block.split('-').map((seq) => (first + Number(seq)) >>> 0))
  const transport: TcpHeader = {
    ...header,
    seq: Number(values.get('seq') ?? 1000) >>> 0,
    ack: ack !== undefined && /^[+-]/.test(ack) ? (first + Number(ack)) >>> 0 : header.ack,
    window: Number(values.get('win') ?? 64240),
    ...(header.flags.rst ? {} : { timestamps: { value: Number(values.get('ts') ?? 0), echo: 0 } }),
    ...(blocks ? { sack: blocks.map(([left = 0, right = 0]) => ({ left, right })) } : {}),
  }
  return { ...packet, transport }
}

function arpOf(text: string, id: number): Packet {
  const [, target, teller] = /who-has (\S+) tell (\S+)/.exec(text) ?? []
  const [, sender, at, asker] = /arp (\S+) is-at (\S+) for (\S+)/.exec(text) ?? []
  const [, from, to] = / from=(\S+) to=(\S+)$/.exec(text) ?? []
  const network: ArpHeader = {
    kind: 'arp',
    operation: target === undefined ? 'reply' : 'request',
    senderMac: mac(at ?? from),
    senderAddress: address(teller ?? sender),
    targetMac: mac(target === undefined ? to : '00:00:00:00:00:00'),
    targetAddress: address(target ?? asker),
  }
  const carrier = framedPacket(`udp 0.0.0.0:0>0.0.0.0:0 from=${from} to=${to}`, id)
  return {
    ...carrier,
    eth: { source: mac(from), destination: mac(to), etherType: 0x0806 },
    network,
    transport: null,
    payload: { length: 0, data: null, inner: null },
  }
}

/** A frame that was sent. */
export function textOf(packet: Packet, firstSeqs: FirstSeqs): string {
  const { eth, network } = packet
  const ends = eth === null ? '' : ` from=${eth.source} to=${eth.destination}`
  if (isIp(packet)) return ipText(packet, firstSeqs, ends)
  if (network.kind !== 'arp') throw new Error(network.kind)
  const [sender, target] = [formatAddress(network.senderAddress), formatAddress(network.targetAddress)]
  return network.operation === 'request'
    ? `arp who-has ${target} tell ${sender}${ends}`
    : `arp ${sender} is-at ${network.senderMac} for ${target}${ends}`
}

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 4: 'ipip', 6: 'tcp', 17: 'udp', 132: 'sctp' }

function ipText(packet: IpPacket, firstSeqs: FirstSeqs, eth: string | null): string {
  const { network, transport, payload } = packet
  if (transport?.kind === 'udp' && payload.inner && eth !== null) return vxlanText(packet, payload.inner, firstSeqs, eth)
  const later = network.fragmentOffset > 0
  const ported = later || transport === null || transport.kind === 'icmp' ? null : transport
  const [from, to] = [ported ? `:${ported.sourcePort}` : '', ported ? `:${ported.destinationPort}` : '']
  const words = [`${formatAddress(network.source)}${from}>${formatAddress(network.destination)}${to}`]
  if (later || network.mf) words.push(`frag=${network.fragmentOffset}${network.mf ? '+' : ''}`)
  if (!later) words.push(...transportWords(packet, firstSeqs, eth === null))
  words.push(`ttl=${network.ttl}`)
  if (network.tos !== 0) words.push(`tos=${network.tos}`)
  if (!network.df && !later && !network.mf) words.push('df=0')
  const inner = transport?.kind === 'icmp' ? transport.quoted : transport === null ? payload.inner : null
  if (payload.length > 0 && eth !== null && !inner && transport?.kind !== 'sctp') words.push(`len=${payload.length}`)
  const about = inner && isIp(inner) ? ` [${ipText(inner, firstSeqs, transport?.kind === 'icmp' ? null : '')}]` : ''
  return `${NAMES[network.protocol] ?? network.protocol} ${words.join(' ')}${eth ?? ''}${about}`
}

/** Its source port is a hash with a secret. */
function vxlanText({ network, transport, payload }: IpPacket, inner: Packet, firstSeqs: FirstSeqs, eth: string): string {
  const port = transport?.kind === 'udp' ? transport.destinationPort : 0
  const { vni } = payload.data as VxlanHeader
  const words = `${network.tos === 0 ? '' : ` tos=${network.tos}`}${network.df ? '' : ' df=0'}`
  const ends = `${formatAddress(network.source)}:*>${formatAddress(network.destination)}:${port}`
  return `vxlan ${ends} vni=${vni} ttl=${network.ttl}${words}${eth} [${textOf(inner, firstSeqs)}]`
}

function transportWords(packet: IpPacket, firstSeqs: FirstSeqs, quoted: boolean): string[] {
  const { transport } = packet
  if (transport?.kind === 'sctp') return [transport.chunk]
  if (transport?.kind === 'icmp') {
    const { type, code, id, mtu, gateway } = transport
    const words = [`${type}/${code}`]
    if ([0, 8, 13, 14].includes(type)) words.push(`id=${id}`)
    if (type === 3 && code === 4) words.push(`mtu=${mtu}`)
    if (gateway !== null) words.push(`gw=${formatAddress(gateway)}`)
    return words
  }
  if (transport?.kind !== 'tcp') return []
  const { flags, seq, ack, mss, sack } = transport
  const [own, other] = nameOf(transport, packet)
  if (flags.syn && !quoted) firstSeqs.set(own, seq)
  const [first, theirs] = [firstSeqs.get(own), firstSeqs.get(other)]
  const letters = `${flags.syn ? 'S' : ''}${flags.fin ? 'F' : ''}${flags.rst ? 'R' : ''}${flags.psh ? 'P' : ''}${flags.ack ? 'A' : ''}`
  const words = [letters || '-', first === undefined ? `seq=${seq}` : `seq=+${seqDiff(seq, first)}`]
  if (flags.ack) words.push(theirs === undefined ? `ack=${ack}` : `ack=+${(ack - theirs) >>> 0}`)
  if (mss !== null) words.push(`mss=${mss}`)
  if (sack) words.push(`sack=${sack.map(({ left, right }) => `${left}-${right}`).join(',')}`)
  return words
}
