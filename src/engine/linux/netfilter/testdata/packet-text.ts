/** Packets as text, with their Ethernet header: "tcp 10.0.0.11:1000>10.0.0.1:80 S ttl=3 tos=16 len=100 mss=1400". Not part of the program. */
import { parseAddress } from '../../../net/address.ts'
import { parseMac } from '../../../net/mac.ts'
import { NO_FLAGS, newIpPacket, withIp } from '../../../net/new-packet.ts'
import type { IpPacket, SctpChunk, TcpFlags, TransportHeader } from '../../../net/packet.ts'

const NUMBERS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, sctp: 132 }
const FLAGS: Readonly<Record<string, keyof TcpFlags>> = { S: 'syn', A: 'ack', F: 'fin', R: 'rst', P: 'psh' }

function required<T>(value: T | null, text: string): T {
  if (value === null) throw new Error(text)
  return value
}

/** `word`: flags of TCP, type/code of ICMP, the chunk of SCTP; then name=value pairs: `frag`, the offset of a later fragment; `sack`, there is such an option. */
export function framedPacket(text: string, id: number): IpPacket {
  const [protocol = '', ends = '', ...words] = text.split(' ')
  const [from = '', to = ''] = ends.split('>')
  const [source = '', sourcePort = '0'] = from.split(':')
  const [destination = '', destinationPort = '0'] = to.split(':')
  const word = words.find((each) => !each.includes('=')) ?? ''
  const values = new Map(words.filter((each) => each.includes('=')).map((each) => each.split('=') as [string, string]))
  const number = (name: string, otherwise: number): number => Number(values.get(name) ?? otherwise)
  const ports = { sourcePort: Number(sourcePort), destinationPort: Number(destinationPort) }
  const mac = (name: string, otherwise: string) => required(parseMac(values.get(name) ?? otherwise), text)
  const fragmentOffset = number('frag', 0)
  const packet = newIpPacket({
    id,
    source: required(parseAddress(source), text),
    destination: required(parseAddress(destination), text),
    protocol: NUMBERS[protocol] ?? Number(protocol),
    ttl: number('ttl', 64),
    tos: number('tos', 0),
    transport: fragmentOffset > 0 ? null : transportOf(protocol, ports, word, values),
    payload: { length: number('len', 0), data: null, inner: null },
  })
  const framed = fragmentOffset > 0 ? withIp(packet, { fragmentOffset }) : packet
  return { ...framed, eth: { source: mac('from', '02:00:00:00:00:11'), destination: mac('to', '02:00:00:00:00:01'), etherType: 0x0800 } }
}

function sctpChunk(chunk: SctpChunk['chunk']): SctpChunk {
  const cookie = { serverTsn: 1, clientTsn: 1 }
  switch (chunk) {
    case 'INIT':
    case 'DATA':
    case 'SHUTDOWN':
      return { chunk, tsn: 1 }
    case 'INIT_ACK':
      return { chunk, tsn: 1, cookie }
    case 'COOKIE_ECHO':
      return { chunk, cookie }
    case 'SACK':
      return { chunk, tsn: 1, duplicates: 0 }
    case 'ABORT':
      return { chunk, causeLength: 0 }
    default:
      return { chunk }
  }
}

function transportOf(
  protocol: string,
  ports: { readonly sourcePort: number; readonly destinationPort: number },
  word: string,
  values: ReadonlyMap<string, string>,
): TransportHeader | null {
  const number = (name: string, otherwise: number): number => Number(values.get(name) ?? otherwise)
  if (protocol === 'udp') return { kind: 'udp', ...ports }
  if (protocol === 'sctp') return { kind: 'sctp', ...ports, ...sctpChunk(word as SctpChunk['chunk']) }
  if (protocol === 'icmp') {
    const [type = '8', code = '0'] = word.split('/')
    return { kind: 'icmp', type: Number(type), code: Number(code), id: number('id', 7), seq: 1, mtu: null, quoted: null, gateway: null }
  }
  if (protocol !== 'tcp') return null
  const set = Object.fromEntries([...word].map((letter) => [FLAGS[letter] ?? letter, true]))
  const mss = values.get('mss')
  return {
    kind: 'tcp',
    ...ports,
    seq: number('seq', 1000),
    ack: word.includes('A') ? number('ack', 5000) : 0,
    flags: { ...NO_FLAGS, ...set },
    mss: mss === undefined ? null : Number(mss),
    window: 64240,
    ...(values.has('sack') ? { sack: [{ left: 0, right: 0 }] } : {}),
  }
}
