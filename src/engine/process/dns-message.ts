/** DNS messages (RFC 1035) as Payload.data. */
import type { DnsType } from '../shell/spawn.ts'

export type Rcode = 'NOERROR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED'

/** A resource record; `name` absolute with the final dot, `ttl` in seconds, `data` as dig prints it. */
export interface ResourceRecord {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly data: string
}

export interface DnsMessage {
  readonly kind: 'dns'
  readonly id: number
  readonly response: boolean
  readonly question: { readonly name: string; readonly type: DnsType }
  readonly rcode: Rcode
  /** AA. */
  readonly authoritative: boolean
  /** RA. */
  readonly recursionAvailable: boolean
  readonly answers: readonly ResourceRecord[]
  readonly authority: readonly ResourceRecord[]
}

/** The DNS message in a payload, or null. */
export function dnsMessageOf(data: unknown): DnsMessage | null {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'dns' ? (data as DnsMessage) : null
}

/** A question for `name` (absolute). */
export function dnsQuery(id: number, name: string, type: DnsType): DnsMessage {
  return {
    kind: 'dns',
    id,
    response: false,
    question: { name, type },
    rcode: 'NOERROR',
    authoritative: false,
    recursionAvailable: false,
    answers: [],
    authority: [],
  }
}

const HEADER_LENGTH = 12
/** A pointer to a name, type, class, time to live, length of the data. */
const RECORD_OVERHEAD = 12
const DATA_LENGTH: Readonly<Record<string, number>> = { A: 4, AAAA: 16 }

/** Length on the wire in bytes, with owner names compressed (RFC 1035 §4.1.4). */
export function dnsLength(message: DnsMessage): number {
  const records = [...message.answers, ...message.authority]
  const data = records.reduce((sum, record) => sum + RECORD_OVERHEAD + (DATA_LENGTH[record.type] ?? record.data.length + 1), 0)
  return HEADER_LENGTH + message.question.name.length + 1 + 4 + data
}

/** With a final dot. */
export function absoluteName(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}
