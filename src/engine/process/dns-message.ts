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
  /** TC: what did not fit into the datagram was left out. */
  readonly truncated?: true
  /** Of a question: how much the client takes by UDP (EDNS, RFC 6891); 512 bytes where it does not say. */
  readonly udpSize?: number
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

/** With a final dot. */
export function absoluteName(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}
