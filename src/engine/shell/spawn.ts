/** Configurations of the programs that need virtual time. The commands parse them; `process/` runs them; walks make them directly. */
import type { Address } from '../net/address.ts'

/** What the stub resolver reads: /etc/resolv.conf and /etc/hosts. Times in ms. */
export interface ResolvConf {
  readonly nameservers: readonly Address[]
  readonly search: readonly string[]
  readonly ndots: number
  readonly timeoutMs: number
  readonly attempts: number
  /** /etc/hosts: lower-case name → addresses. */
  readonly hosts: Readonly<Record<string, readonly Address[]>>
}

/** How long, ms. */
export interface SleepOptions {
  readonly ms: number
}

export interface CurlOptions {
  readonly method: string
  /** 'http' or 'https' as typed; the exchange is the same (TLS is not modelled and shows no handshake). */
  readonly scheme: string
  /** Name or address to connect to. */
  readonly host: string
  readonly port: number
  /** Path and query, beginning with '/'. */
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | null
  /** What to print: the body, headers too (-i), headers only (-I). */
  readonly print: 'body' | 'include' | 'head'
  /** -v: the conversation on stderr. */
  readonly verbose: boolean
  /** -s without -S: no error message. */
  readonly silent: boolean
  /** -o FILE was /dev/null. */
  readonly discard: boolean
  /** -w FORMAT, or null. */
  readonly writeOut: string | null
  /** -f: status of 400 and above is an error (22). */
  readonly fail: boolean
  /** --connect-timeout, ms; curl's default is 300 s. */
  readonly connectTimeoutMs: number
  /** -m, ms; null: none. */
  readonly maxTimeMs: number | null
  /** --interface ADDRESS. */
  readonly sourceAddress: Address | null
  readonly sourcePort: number | null
  readonly resolver: ResolvConf
}

export interface NcOptions {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly host: string
  readonly port: number
  /** -z: only see whether someone listens. */
  readonly scan: boolean
  readonly verbose: boolean
  /** -n: no names. */
  readonly numeric: boolean
  /** -w: connect and idle time, ms; null: the kernel's own timeouts (UDP: 5 s). */
  readonly timeoutMs: number | null
  /** Standard input. */
  readonly data: string
  readonly sourceAddress: Address | null
  readonly sourcePort: number | null
  readonly resolver: ResolvConf
}

export interface PingOptions {
  readonly host: string
  readonly count: number
  readonly intervalMs: number
  /** -W: how long to wait for an answer, ms. */
  readonly timeoutMs: number
  /** -s: bytes of data. */
  readonly size: number
  readonly quiet: boolean
  readonly sourceAddress: Address | null
  readonly resolver: ResolvConf
}

export interface TracerouteOptions {
  readonly host: string
  /** UDP to rising ports, echo requests, or SYNs from a raw socket. */
  readonly method: 'udp' | 'icmp' | 'tcp'
  readonly firstHop: number
  readonly maxHops: number
  /** Probes per hop. */
  readonly queries: number
  readonly port: number
  /** The longest wait for an answer. */
  readonly waitMs: number
  /** Bytes of the whole packet. */
  readonly length: number
  /** -n: addresses without a name beside them. */
  readonly numeric: boolean
  readonly sourceAddress: Address | null
  /** Which argument the host is, and its place in the command line: for the error message. */
  readonly position: readonly [argument: number, word: number]
  readonly resolver: ResolvConf
}

export interface TracepathOptions {
  readonly host: string
  readonly maxHops: number
  /** Of the first probe; the next ones count up. */
  readonly port: number
  /** -l: bytes of the whole packet; null: found out, from 65535 downwards. */
  readonly length: number | null
  /** -b: the address in parentheses too. */
  readonly both: boolean
  readonly resolver: ResolvConf
}

export interface MtrOptions {
  readonly host: string
  /** The name of the machine that asks, for the head of the report. */
  readonly hostname: string
  readonly method: 'icmp' | 'udp' | 'tcp'
  readonly firstHop: number
  readonly maxHops: number
  /** -U: so many hops in a row that do not answer end a cycle. */
  readonly maxUnknown: number
  readonly cycles: number
  /** Of one cycle, ms. */
  readonly intervalMs: number
  /** -G: how long answers to the last probes are waited for. */
  readonly graceMs: number
  /** Bytes of the whole packet. */
  readonly size: number
  /** -P; null: 80 with TCP, counting up with UDP. */
  readonly port: number | null
  /** -o: letters of the columns. */
  readonly fields: string
  /** -w: no host name is cut. */
  readonly wide: boolean
  readonly sourceAddress: Address | null
  readonly resolver: ResolvConf
}

export type DnsType = 'A' | 'AAAA' | 'PTR' | 'SRV' | 'CNAME' | 'TXT' | 'NS' | 'SOA' | 'MX' | 'HINFO' | 'CAA' | 'NAPTR' | 'ANY'

export interface DigOptions {
  readonly name: string
  readonly type: DnsType
  /** Null: the nameservers of resolv.conf. */
  readonly server: string | null
  readonly port: number
  readonly short: boolean
  readonly noall: boolean
  readonly answer: boolean
  /** +search: use the search list. */
  readonly search: boolean
  /** +tcp */
  readonly tcp: boolean
  readonly tries: number
  readonly timeoutMs: number
  readonly argv: readonly string[]
  readonly resolver: ResolvConf
}

export interface NslookupOptions {
  readonly name: string
  readonly type: DnsType
  readonly server: string | null
  readonly resolver: ResolvConf
}

/** `getent hosts NAME` (`database` hosts) and `getent ahosts NAME`. */
export interface GetentOptions {
  readonly database: 'hosts' | 'ahosts'
  readonly name: string
  readonly resolver: ResolvConf
}
