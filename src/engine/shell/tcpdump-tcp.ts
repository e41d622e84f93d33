/** TCP segments as tcpdump 4.99 prints them (print-tcp.c), and checksums. */
import { checksumAdd, checksumFold, pseudoHeaderSum } from '../net/checksum.ts'
import { ipv4 } from '../net/ipv4.ts'
import { addressText, type Bytes, ICMP, type IpFields, TCP } from './tcpdump-headers.ts'

/** Sequence numbers that each conversation's are printed from, by its ends. */
export type Conversations = Map<string, { readonly seq: number; readonly ack: number }>

interface TcpPrinting {
  readonly verbose: boolean
  readonly absolute: boolean
  readonly conversations: Conversations
}

const FLAGS: readonly (readonly [bit: number, letter: string])[] = [
  ...([
    [1, 'F'],
    [2, 'S'],
    [4, 'R'],
    [8, 'P'],
    [16, '.'],
    [32, 'U'],
    [64, 'E'],
    [128, 'W'],
  ] as const),
]
const FIN_SYN_RST = 7
const SYN = 2
const ACK = 16
const URG = 32

/** What numbers are told from. */
interface Origin {
  readonly seq: number
  readonly ack: number
  /** For selective acknowledgements. */
  readonly sack: number
}

/** Of this segment: zeros for the first of a conversation, which remembers them, but for its selective acknowledgements. */
function origin(ip: IpFields, { absolute, conversations }: TcpPrinting): Origin {
  const { body } = ip
  const flags = body.u8(13)
  const none = { seq: 0, ack: 0, sack: 0 }
  if (absolute || (flags & ACK) === 0) return none
  const [from, to] = [`${ip.source}.${body.u16(0)}`, `${ip.destination}.${body.u16(2)}`]
  const swapped = body.u16(0) > body.u16(2) || (body.u16(0) === body.u16(2) && ip.source > ip.destination)
  const key = swapped ? `${to} ${from}` : `${from} ${to}`
  const known = conversations.get(key)
  if (known && (flags & SYN) === 0) {
    const [seq, ack] = swapped ? [known.ack, known.seq] : [known.seq, known.ack]
    return { seq, ack, sack: ack }
  }
  const [seq, ack] = [body.u32(4), (body.u32(8) - 1) >>> 0]
  conversations.set(key, swapped ? { ack: seq, seq: ack } : { seq, ack })
  return { ...none, sack: ack }
}

/** "10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 1, win 64240, options […], length 0". */
export function printTcp(ip: IpFields, options: TcpPrinting): string {
  const { body } = ip
  const ends = `${addressText(ip.source)}.${body.u16(0)} > ${addressText(ip.destination)}.${body.u16(2)}: `
  if (body.length < 20) return `${ends} [|tcp]`
  const flags = body.u8(13)
  const headerLength = (body.u8(12) >> 4) * 4
  const length = ip.length - ip.headerLength - headerLength
  const from = origin(ip, options)
  const seq = (body.u32(4) - from.seq) >>> 0
  const ack = (body.u32(8) - from.ack) >>> 0
  const letters = FLAGS.flatMap(([bit, letter]) => (flags & bit ? [letter] : [])).join('')
  const parts = [`Flags [${letters === '' ? 'none' : letters}]`]
  if (options.verbose && !ip.mf) parts.push(tcpSumText(ip))
  if (length > 0) parts.push(`seq ${seq}:${(seq + length) >>> 0}`)
  else if (flags & FIN_SYN_RST) parts.push(`seq ${seq}`)
  if (flags & ACK) parts.push(`ack ${ack}`)
  parts.push(`win ${body.u16(14)}`)
  if (flags & URG) parts.push(`urg ${body.u16(18)}`)
  if (headerLength > 20) parts.push(`options [${optionsText(body, headerLength, from.sack)}]`)
  parts.push(`length ${length}`)
  return `${ends}${parts.join(', ')}${httpText(body, headerLength, options.verbose)}`
}

function optionsText(body: Bytes, headerLength: number, sackOrigin: number): string {
  const words: string[] = []
  for (let at = 20; at < headerLength; ) {
    const kind = body.u8(at)
    if (kind === 0) {
      words.push('eol')
      break
    }
    words.push(optionText(body, at, sackOrigin))
    at += kind === 1 ? 1 : Math.max(2, body.u8(at + 1))
  }
  return words.join(',')
}

function optionText(body: Bytes, at: number, sackOrigin: number): string {
  switch (body.u8(at)) {
    case 1:
      return 'nop'
    case 2:
      return `mss ${body.u16(at + 2)}`
    case 3:
      return `wscale ${body.u8(at + 2)}`
    case 4:
      return 'sackOK'
    case 5: {
      const blocks = Array.from({ length: (body.u8(at + 1) - 2) / 8 }, (_, i) => at + 2 + 8 * i)
      const relative = (where: number): number => (body.u32(where) - sackOrigin) >>> 0
      return `sack ${blocks.length} ${blocks.map((block) => `{${relative(block)}:${relative(block + 4)}}`).join('')}`
    }
    case 8:
      return `TS val ${body.u32(at + 2)} ecr ${body.u32(at + 6)}`
    default:
      return `unknown-${body.u8(at)}`
  }
}

const HTTP_PORTS: ReadonlySet<number> = new Set([80, 8080])

/** Of HTTP the first line; with -v all that is text. */
function httpText(body: Bytes, headerLength: number, verbose: boolean): string {
  const data = body.from(headerLength)
  if (data.length === 0 || !(HTTP_PORTS.has(body.u16(0)) || HTTP_PORTS.has(body.u16(2)))) return ''
  const text = Array.from(data.raw, (byte) => String.fromCharCode(byte)).join('')
  const lines = text.split('\r\n')
  if (!/^(GET|HEAD|PUT|POST|OPTIONS|DELETE|TRACE|CONNECT) |^HTTP\//.test(text)) return ': HTTP'
  if (!verbose) return `: HTTP: ${lines[0]}${lines.length > 1 ? '' : ' [|http]'}`
  const shown = text.replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n')
  const cut = text.endsWith('\n') ? '' : ' [|http]'
  return `: HTTP, length: ${data.length}${shown.map((line) => `\n\t${line}`).join('')}${cut}`
}

/** The sum over header, data and pseudo header: 0 when the checksum in it is right. */
function transportSum(ip: IpFields, protocol: number): number {
  return checksumFold(checksumAdd(pseudoHeaderSum(ipv4(ip.source), ipv4(ip.destination), protocol, ip.body.length), ip.body.raw))
}

const hex4 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`

/** What the checksum should have been: in_cksum_shouldbe(). */
function shouldBe(sum: number, computed: number): number {
  const whole = sum + (computed ^ 0xffff ? computed : 0)
  return ((whole & 0xffff) + (whole >>> 16)) & 0xffff
}

function tcpSumText(ip: IpFields): string {
  const sum = ip.body.u16(16)
  const computed = transportSum(ip, TCP)
  return `cksum ${hex4(sum)} (${computed === 0 ? 'correct' : `incorrect -> ${hex4(shouldBe(sum, computed))}`})`
}

/** '' when right. */
export function icmpSumText(ip: IpFields): string {
  const computed = checksumFold(checksumAdd(0, ip.body.raw))
  return ip.protocol !== ICMP || computed === 0
    ? ''
    : ` (wrong icmp cksum ${ip.body.u16(2).toString(16)} (->${shouldBe(ip.body.u16(2), computed).toString(16)})!)`
}
