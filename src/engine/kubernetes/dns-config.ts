/** What a DNS server program is told to answer: the records CoreDNS's kubernetes plugin would compute, as plain data. */

/** One resource record. Names are absolute, lower case, with the final dot; `data` is written as dig prints it. */
export interface DnsRecord {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'SRV' | 'PTR' | 'TXT' | 'NS' | 'SOA'
  /** Seconds. */
  readonly ttl: number
  readonly data: string
}

/** Configuration of the `coredns` program. CoreDNS: plugin/kubernetes, plugin/forward, plugin/template. */
export interface DnsServerConfig {
  /** Zones answered with authority, e.g. 'cluster.local.' and reverse zones; a miss in a reverse zone is forwarded when `upstream` is set. */
  readonly zones: readonly string[]
  /** Seconds; also the minimum of the SOA in negative answers. */
  readonly ttl: number
  readonly records: readonly DnsRecord[]
  /** Names that exist without a record of their own: NOERROR and no data instead of NXDOMAIN. */
  readonly emptyNames: readonly string[]
  /** `a-b-c-d.NAMESPACE.pod.ZONE`. 'verified' answers only for addresses listed in `podAddresses` of that namespace. */
  readonly pods: 'disabled' | 'insecure' | 'verified'
  /** Namespaces that exist and are served → addresses of their pods in dotted form. */
  readonly podAddresses: Readonly<Record<string, readonly string[]>>
  /** Where questions outside the zones go, dotted; null: REFUSED. */
  readonly upstream: string | null
  /** Names in these zones that the server does not know are handed on; absent: names of reverse zones. */
  readonly fallthrough?: readonly string[]
  /** Zones whose questions go elsewhere than to `upstream`. */
  readonly stubs?: readonly { readonly zone: string; readonly upstream: string | null }[]
  /** What a question outside the zones gets where `upstream` is null (plugin.NextOrFailure: SERVFAIL); absent: REFUSED. */
  readonly unhandled?: 'SERVFAIL' | 'REFUSED'
  /** Answers every A question outside the zones with this address (the internet's resolver); null: no such answer. */
  readonly catchAll: string | null
  /** With `catchAll`: last labels of names that nobody outside has, for they are namespaces of the cluster ("web.shop" is a Service's name). */
  readonly notPublic?: readonly string[]
}
