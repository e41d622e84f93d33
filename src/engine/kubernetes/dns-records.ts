/** CoreDNS plugin/kubernetes: the records it computes from Services, EndpointSlices and pods (kubernetes/dns specification 1.1.0). */
import { formatAddress, parseAddress } from '../net/address.ts'
import type { Cluster, DnsConfig, Endpoint, EndpointSlice, Service } from './cluster.ts'
import type { DnsRecord, DnsServerConfig } from './dns-config.ts'
import { slicesByService } from './endpoint-slices.ts'
import { expandIPv6, isIPv6 } from './ipv6-text.ts'
import { OUTSIDE_RESOLVER } from './machine-script.ts'

const CLUSTER_ZONE = 'cluster.local.'
const NO_DNS: DnsConfig = { ttl: 5, pods: 'disabled', namespaces: [], ignoreEmptyService: false }

/** What the cluster's DNS server answers. */
export function clusterDns(cluster: Cluster): DnsServerConfig {
  const dns = cluster.dns ?? NO_DNS
  const served = cluster.namespaces.map((n) => n.name).filter((name) => dns.namespaces === null || dns.namespaces.includes(name))
  const { corefile } = dns
  const zones = corefile?.zones ?? [CLUSTER_ZONE, 'in-addr.arpa.', 'ip6.arpa.']
  const zone = zones.find((name) => !/(^|\.)(in-addr|ip6)\.arpa\.$/.test(name)) ?? null
  const forwarded = (upstream: string | null): string | null => (upstream === 'node' ? OUTSIDE_RESOLVER : upstream)
  const rest = corefile && {
    fallthrough: corefile.fallthrough,
    stubs: corefile.stubs.map((stub) => ({ ...stub, upstream: forwarded(stub.upstream) })),
    unhandled: corefile.root ? ('SERVFAIL' as const) : ('REFUSED' as const),
  }
  const clusterZone = zone ?? CLUSTER_ZONE
  const podAddresses = Object.fromEntries(
    served.map((name) => [name, cluster.pods.filter((pod) => pod.meta.namespace === name).map((pod) => formatAddress(pod.podIP))]),
  )
  const emptyNames = [
    clusterZone,
    `svc.${clusterZone}`,
    `pod.${clusterZone}`,
    ...served.flatMap((name) => [`${name}.svc.${clusterZone}`, ...(dns.pods === 'disabled' ? [] : [`${name}.pod.${clusterZone}`])]),
  ]
  let records: readonly DnsRecord[] | null = null
  return {
    zones,
    ttl: dns.ttl,
    // Only a question needs them, and 5,000 Services have 60,000.
    get records() {
      records ??= recordsOf(cluster, { dns, served, zone: clusterZone })
      return records
    },
    emptyNames,
    pods: dns.pods,
    podAddresses,
    upstream: corefile ? forwarded(corefile.upstream) : OUTSIDE_RESOLVER,
    ...rest,
    catchAll: null,
  }
}

interface Served {
  readonly dns: DnsConfig
  /** Namespaces. */
  readonly served: readonly string[]
  readonly zone: string
}

function recordsOf({ services, endpointSlices }: Cluster, { dns, served, zone }: Served): readonly DnsRecord[] {
  const builder = new RecordBuilder(dns.ttl)
  builder.add(`dns-version.${zone}`, 'TXT', '"1.1.0"')
  builder.add(zone, 'NS', `ns.dns.${zone}`)
  builder.add(zone, 'SOA', `ns.dns.${zone} hostmaster.${zone} 1499347823 7200 1800 86400 ${dns.ttl}`)
  const slices = slicesByService(endpointSlices)
  for (const service of services) {
    if (!served.includes(service.meta.namespace)) continue
    builder.begin()
    addService(service, slices.get(`${service.meta.namespace}/${service.meta.name}`) ?? [], { dns, zone }, builder)
  }
  return builder.records
}

/** Collects records, each once. No two Services have a record in common: both its name and what it says hold the Service's own. */
class RecordBuilder {
  readonly records: DnsRecord[] = []
  /** Of the Service that is being written. */
  readonly #seen = new Set<string>()
  readonly #ttl: number

  constructor(ttl: number) {
    this.#ttl = ttl
  }

  /** The records that follow are those of another Service. */
  begin(): void {
    this.#seen.clear()
  }

  add(name: string, type: DnsRecord['type'], data: string): void {
    const key = `${name} ${type} ${data}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.records.push({ name: name.toLowerCase(), type, ttl: this.#ttl, data })
  }

  /** An address by which `name` is known, and the name by which the address is known. */
  address(name: string, ip: string): void {
    if (isIPv6(ip)) {
      this.add(name, 'AAAA', ip)
      this.add(`${[...expandIPv6(ip).replaceAll(':', '')].reverse().join('.')}.ip6.arpa.`, 'PTR', name)
    } else if (parseAddress(ip) !== null) {
      this.add(name, 'A', ip)
      this.add(`${ip.split('.').reverse().join('.')}.in-addr.arpa.`, 'PTR', name)
    }
  }
}

interface ReadyAddress {
  readonly ip: string
  /** 'my-pet', else the dashed address. */
  readonly host: string
  readonly ports: EndpointSlice['ports']
}

function readyAddresses(slices: readonly EndpointSlice[]): ReadyAddress[] {
  return slices.flatMap((slice) =>
    slice.endpoints
      .filter((endpoint: Endpoint) => endpoint.ready ?? true)
      .flatMap((endpoint) => endpoint.addresses.map((ip) => ({ ip, host: endpoint.hostname ?? dashed(ip), ports: slice.ports }))),
  )
}

/** 10.244.1.2 → 10-244-1-2; 10::3 → 10--3; a name may not end with a dash. */
function dashed(ip: string): string {
  const text = ip.replaceAll(/[.:]/g, '-')
  return text.endsWith('-') ? `${text}0` : text
}

function addService(
  service: Service,
  slices: readonly EndpointSlice[],
  { dns, zone }: { readonly dns: DnsConfig; readonly zone: string },
  builder: RecordBuilder,
): void {
  const name = `${service.meta.name}.${service.meta.namespace}.svc.${zone}`
  if (service.type === 'ExternalName') {
    if (service.externalName !== null) builder.add(name, 'CNAME', `${service.externalName.replace(/\.$/, '')}.`)
    return
  }
  const ready = readyAddresses(slices)
  if (service.headless) addHeadless(name, ready, builder)
  else if (!dns.ignoreEmptyService || ready.length > 0) addClusterIP(service, name, builder)
  else return
  for (const { ip, host } of ready) builder.address(`${host}.${name}`, ip)
}

function addClusterIP(service: Service, name: string, builder: RecordBuilder): void {
  for (const ip of service.clusterIPs) builder.address(name, ip)
  const weight = Math.floor(100 / Math.max(1, service.clusterIPs.length))
  for (const port of service.ports) {
    const data = `0 ${weight} ${port.port} ${name}`
    builder.add(name, 'SRV', data)
    if (port.name !== null) builder.add(`_${port.name}._${port.protocol.toLowerCase()}.${name}`, 'SRV', data)
  }
}

/** A headless Service is its ready endpoints; without any the name does not exist. */
function addHeadless(name: string, ready: readonly ReadyAddress[], builder: RecordBuilder): void {
  for (const { ip } of ready) builder.add(name, isIPv6(ip) ? 'AAAA' : 'A', ip)
  const weight = Math.floor(100 / Math.max(1, ready.length))
  for (const { host, ports } of ready) {
    for (const port of ports) {
      if (port.port === null) continue
      const data = `0 ${weight} ${port.port} ${host}.${name}`
      builder.add(name, 'SRV', data)
      if (port.name !== null) builder.add(`_${port.name}._${port.protocol.toLowerCase()}.${name}`, 'SRV', data)
    }
  }
}
