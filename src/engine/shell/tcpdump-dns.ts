/** DNS messages as tcpdump 4.99 prints them: print-domain.c. */
import { addressText, type Bytes } from './tcpdump-headers.ts'

const TYPE: Readonly<Record<number, string>> = {
  ...{ 1: 'A', 2: 'NS', 5: 'CNAME', 6: 'SOA', 12: 'PTR', 13: 'HINFO', 15: 'MX', 16: 'TXT', 28: 'AAAA', 33: 'SRV', 35: 'NAPTR' },
  ...{ 41: 'OPT', 99: 'SPF', 255: 'ANY' },
}
const RCODE: readonly string[] = ['', ' FormErr', ' ServFail', ' NXDomain', ' NotImp', ' Refused', ' YXDomain', ' YXRRSet']
const FLAG = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100, recursionAvailable: 0x0080 } as const

/** What was read, and the place behind it. */
interface Read {
  readonly text: string
  readonly next: number
}

/** A name, following pointers; bounded, for a message may point in circles. */
function readName(message: Bytes, from: number): Read {
  const labels: string[] = []
  let at = from
  let next: number | null = null
  for (let steps = 0; steps < 128; steps++) {
    const length = message.u8(at)
    if (length === 0) break
    if (length >= 0xc0) {
      next ??= at + 2
      at = message.u16(at) & 0x3fff
      continue
    }
    labels.push(String.fromCharCode(...message.raw.subarray(at + 1, at + 1 + length)))
    at += length + 1
  }
  return { text: `${labels.join('.')}.`, next: next ?? at + 1 }
}

const typeText = (type: number): string => TYPE[type] ?? `Type${type}`

/** " A 10.0.0.1": ns_rprint(), with -v behind its name. */
function readRecord(message: Bytes, from: number, verbose: boolean): Read {
  const { text: name, next: at } = readName(message, from)
  const type = message.u16(at)
  const length = message.u16(at + 8)
  const data = at + 10
  return { text: `${verbose ? ` ${name}` : ''} ${typeText(type)}${dataText(message, type, data, verbose)}`, next: data + length }
}

function dataText(message: Bytes, type: number, at: number, verbose: boolean): string {
  switch (typeText(type)) {
    case 'A':
      return ` ${addressText(message.u32(at))}`
    case 'AAAA':
      return ` ${ipv6Text(message, at)}`
    case 'NS':
    case 'CNAME':
    case 'PTR':
      return ` ${readName(message, at).text}`
    case 'MX':
      return ` ${readName(message, at + 2).text} ${message.u16(at)}`
    case 'TXT':
      return ` "${String.fromCharCode(...message.raw.subarray(at + 1, at + 1 + message.u8(at)))}"`
    case 'SRV':
      return ` ${readName(message, at + 6).text}:${message.u16(at + 4)} ${message.u16(at)} ${message.u16(at + 2)}`
    case 'SOA':
      return verbose ? soaText(message, at) : ''
    default:
      return ''
  }
}

function soaText(message: Bytes, at: number): string {
  const server = readName(message, at)
  const mailbox = readName(message, server.next)
  const numbers = [0, 4, 8, 12, 16].map((offset) => message.u32(mailbox.next + offset))
  return ` ${server.text} ${mailbox.text} ${numbers.join(' ')}`
}

/** With the longest run of zero words left out (RFC 5952). */
function ipv6Text(message: Bytes, at: number): string {
  const words = Array.from({ length: 8 }, (_, i) => message.u16(at + i * 2).toString(16)).join(':')
  const runs = [...words.matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length)
  const run = runs[0]
  if (!run) return words
  const [before, after] = [words.slice(0, run.index).replace(/:$/, ''), words.slice(run.index + run[0].length).replace(/^:/, '')]
  return `${before}::${after}`
}

/** "46490+ A? web.default.svc.cluster.local. (47)". */
export function tcpdumpDns(message: Bytes, verbose: boolean): string {
  const flags = message.u16(2)
  const counts = [4, 6, 8, 10].map((at) => message.u16(at)) as [number, number, number, number]
  const [questions, answers, authorities, more] = counts
  const id = message.u16(0)
  const length = ` (${message.length})`
  let at = 12
  const asked: string[] = []
  for (let i = 0; i < questions; i++) {
    const name = readName(message, at)
    asked.push(` ${typeText(message.u16(name.next))}? ${name.text}`)
    at = name.next + 4
  }
  if ((flags & FLAG.response) === 0) return `${id}${flags & FLAG.recursionDesired ? '+' : ''}${asked.join('')}${length}`
  const rcode = RCODE[flags & 15] ?? ` Resp${flags & 15}`
  const marks = `${flags & FLAG.authoritative ? '*' : ''}${flags & FLAG.recursionAvailable ? '' : '-'}${flags & FLAG.truncated ? '|' : ''}`
  const records: string[] = []
  for (let i = 0; i < answers; i++) {
    const record = readRecord(message, at, verbose)
    records.push(record.text)
    at = record.next
  }
  return `${id}${rcode}${marks}${questions === 1 ? '' : ` [${questions}q],`} ${answers}/${authorities}/${more}${records.join(',')}${length}`
}
