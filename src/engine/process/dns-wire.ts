/** DNS messages as the bytes on the wire (RFC 1035 §4), with names compressed (§4.1.4). */
import { parseAddress } from '../net/address.ts'
import { utf8 } from '../net/utf8.ts'
import type { DnsMessage, Rcode, ResourceRecord } from './dns-message.ts'

const TYPE: Readonly<Record<string, number>> = {
  ...{ A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, HINFO: 13, MX: 15, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35, ANY: 255, CAA: 257 },
}
const RCODE: Readonly<Record<Rcode, number>> = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 }
const CLASS_IN = 1
const POINTER = 0xc000
const MOST_POINTED_AT = 0x3fff
const FLAG = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100, recursionAvailable: 0x0080 } as const

/** A message in the making: its bytes, and where each name already stands. */
interface Writer {
  readonly bytes: number[]
  readonly names: Map<string, number>
}

function put16(writer: Writer, value: number): void {
  writer.bytes.push((value >> 8) & 255, value & 255)
}

function put32(writer: Writer, value: number): void {
  put16(writer, value >>> 16)
  put16(writer, value & 0xffff)
}

/** Label by label; what follows a label and is known already is pointed at. */
function putName(writer: Writer, name: string): void {
  const labels = name.split('.').filter((label) => label !== '')
  for (let i = 0; i < labels.length; i++) {
    const rest = labels.slice(i).join('.').toLowerCase()
    const known = writer.names.get(rest)
    if (known !== undefined) {
      put16(writer, POINTER | known)
      return
    }
    if (writer.bytes.length <= MOST_POINTED_AT) writer.names.set(rest, writer.bytes.length)
    const label = utf8(labels[i] ?? '').subarray(0, 63)
    writer.bytes.push(label.length, ...label)
  }
  writer.bytes.push(0)
}

/** IPv6 addresses are not modelled elsewhere: sixteen bytes of the text "2001:db8::1". */
function ipv6Bytes(text: string): readonly number[] {
  const [head = '', tail] = text.split('::')
  const words = (part: string): number[] => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16) & 0xffff))
  const [first, last] = [words(head), words(tail ?? '')]
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  return [...first, ...Array<number>(zeros).fill(0), ...last].slice(0, 8).flatMap((word) => [word >> 8, word & 255])
}

function putData(writer: Writer, { type, data }: ResourceRecord): void {
  const words = data.split(/\s+/)
  switch (type) {
    case 'A':
      put32(writer, Number(parseAddress(data) ?? 0))
      return
    case 'AAAA':
      writer.bytes.push(...ipv6Bytes(data))
      return
    case 'CNAME':
    case 'NS':
    case 'PTR':
      putName(writer, data)
      return
    case 'SRV':
      for (const word of words.slice(0, 3)) put16(writer, Number(word))
      putName(writer, words[3] ?? '')
      return
    case 'MX':
      put16(writer, Number(words[0]))
      putName(writer, words[1] ?? '')
      return
    case 'SOA':
      putName(writer, words[0] ?? '')
      putName(writer, words[1] ?? '')
      for (const word of words.slice(2)) put32(writer, Number(word))
      return
    default: {
      const text = utf8(data.replace(/^"|"$/g, '')).subarray(0, 255)
      writer.bytes.push(text.length, ...text)
    }
  }
}

function putRecord(writer: Writer, record: ResourceRecord): void {
  putName(writer, record.name)
  put16(writer, TYPE[record.type] ?? 0)
  put16(writer, CLASS_IN)
  put32(writer, record.ttl)
  const at = writer.bytes.length
  put16(writer, 0)
  putData(writer, record)
  const length = writer.bytes.length - at - 2
  writer.bytes[at] = length >> 8
  writer.bytes[at + 1] = length & 255
}

/** The message's bytes. */
export function dnsBytes(message: DnsMessage): Uint8Array {
  const writer: Writer = { bytes: [], names: new Map() }
  const flags =
    FLAG.recursionDesired |
    (message.response ? FLAG.response : 0) |
    (message.authoritative ? FLAG.authoritative : 0) |
    (message.truncated ? FLAG.truncated : 0) |
    (message.recursionAvailable ? FLAG.recursionAvailable : 0) |
    RCODE[message.rcode]
  for (const word of [message.id, flags, 1, message.answers.length, message.authority.length, 0]) put16(writer, word)
  putName(writer, message.question.name)
  put16(writer, TYPE[message.question.type] ?? 0)
  put16(writer, CLASS_IN)
  for (const record of [...message.answers, ...message.authority]) putRecord(writer, record)
  return Uint8Array.from(writer.bytes)
}

/** Bytes on the wire. */
export function dnsLength(message: DnsMessage): number {
  return dnsBytes(message).length
}
