/** Names of things as the scenario language writes them (`pod/web`, `svc/shop/web`, `internet`) and the `to` of a Walk. */
import { type Address, parseAddress } from '../net/address.ts'
import type { Cluster, ClusterNode, Host, NodeInterface, ObjectMeta, Pod, Service } from './cluster.ts'
import { isIPv6 } from './ipv6-text.ts'
import { internetClient, publicAddressOf } from './machines.ts'
import { nameProblem } from './names.ts'
import { nearest } from './nearest.ts'

export type Target =
  | { readonly kind: 'pod'; readonly ref: string; readonly pod: Pod }
  | { readonly kind: 'service'; readonly ref: string; readonly service: Service }
  | { readonly kind: 'node'; readonly ref: string; readonly node: ClusterNode }
  | { readonly kind: 'host'; readonly ref: string; readonly host: Host }
  | { readonly kind: 'gateway'; readonly ref: string }
  | { readonly kind: 'internet'; readonly ref: string }

/** Why a reference names nothing; `message` says what would. */
export interface ReferenceError {
  readonly kind: 'error'
  readonly code: 'bad-reference' | 'unknown-target'
  readonly message: string
}

/** What a walk sends, and to whom. `port` is filled in (http 80, https 443, dns 53); null for ping. */
export interface Destination {
  readonly kind: 'destination'
  readonly protocol: 'http' | 'https' | 'tcp' | 'udp' | 'sctp' | 'ping' | 'dns'
  /** `name`: to be resolved by DNS first. `target`: what a reference named. For `dns`, the name asked for. */
  readonly host:
    | { readonly kind: 'address'; readonly address: Address }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'target'; readonly target: Target }
  readonly port: number | null
  /** '/path?query' of http. */
  readonly path: string | null
  /** Record type asked for by `dns NAME TYPE`; absent: A. */
  readonly recordType?: string
}

const bad = (message: string): ReferenceError => ({ kind: 'error', code: 'bad-reference', message })
const unknown = (message: string): ReferenceError => ({ kind: 'error', code: 'unknown-target', message })

/** Short forms as kubectl has them. */
const KINDS: Readonly<Record<string, string>> = {
  po: 'pod',
  pod: 'pod',
  pods: 'pod',
  svc: 'service',
  service: 'service',
  services: 'service',
  no: 'node',
  node: 'node',
  nodes: 'node',
  host: 'host',
  deploy: 'deployment',
  deployment: 'deployment',
  deployments: 'deployment',
  rs: 'replicaset',
  replicaset: 'replicaset',
  sts: 'statefulset',
  statefulset: 'statefulset',
  ds: 'daemonset',
  daemonset: 'daemonset',
  job: 'job',
  rc: 'replicationcontroller',
  replicationcontroller: 'replicationcontroller',
}

/** Finds the machine, pod or Service that a reference names: `pod/NAME`, `pod/NS/NAME`, `deploy/NAME` (its first pod), `svc/…`, `node/…`, `host/…`, `gateway`, `internet`. */
export function resolveTarget(cluster: Cluster, text: string): Target | ReferenceError {
  if (text === 'internet' || text === 'gateway') return { kind: text, ref: text }
  const parts = text.split('/')
  const kind = Object.hasOwn(KINDS, parts[0] ?? '') ? KINDS[parts[0] ?? ''] : undefined
  if (kind === undefined || parts.length < 2 || parts.length > 3 || parts.some((part) => part === '')) {
    const named = parts.length === 1 ? findAnything(cluster, text) : null
    return bad(
      `"${text}" is no reference; write pod/NAME, svc/NAME, node/NAME, host/NAME or internet.${named === null ? '' : ` Did you mean "${named}"?`}`,
    )
  }
  const [first = '', second] = parts.slice(1)
  if (kind === 'node' || kind === 'host')
    return second === undefined
      ? resolveMachine(cluster, kind, first)
      : bad(`"${text}": a ${kind} has no namespace; write ${kind}/${second}.`)
  const namespace = second === undefined ? 'default' : first
  const name = second ?? first
  if (kind === 'pod') return resolvePod(cluster, namespace, name)
  if (kind === 'service') return resolveService(cluster, namespace, name)
  return resolveWorkload(cluster, `${kind}/${namespace}/${name}`)
}

/** The namespace of the pod, workload or Service that a reference means, whether or not there is one; null for machines. */
export function namespaceOfReference(text: string): string | null {
  const [first = '', second, third] = text.split('/')
  const kind = Object.hasOwn(KINDS, first) ? KINDS[first] : undefined
  if (kind === undefined || kind === 'node' || kind === 'host') return null
  return third === undefined ? 'default' : (second ?? null)
}

/** A bare name that is the name of something. */
function findAnything(cluster: Cluster, name: string): string | null {
  const own = (meta: ObjectMeta): boolean => meta.name === name
  if (cluster.services.some((s) => own(s.meta))) return `svc/${name}`
  if (cluster.pods.some((p) => own(p.meta))) return `pod/${name}`
  if (cluster.nodes.some((n) => own(n.meta))) return `node/${name}`
  return cluster.hosts.some((h) => own(h.meta)) ? `host/${name}` : null
}

function resolveMachine(cluster: Cluster, kind: 'node' | 'host', name: string): Target | ReferenceError {
  const ref = `${kind}/${name}`
  const node = kind === 'node' ? cluster.nodes.find((n) => n.meta.name === name) : undefined
  if (node) return { kind: 'node', ref, node }
  const hosts = cluster.loadBalancer === null ? cluster.hosts : [...cluster.hosts, cluster.loadBalancer]
  const host = kind === 'host' ? hosts.find((h) => h.meta.name === name) : undefined
  if (host) return { kind: 'host', ref, host }
  return unknown(
    `there is no ${kind} "${name}".${suggest(
      name,
      (kind === 'node' ? cluster.nodes : hosts).map((m) => m.meta.name),
    )}`,
  )
}

function resolvePod(cluster: Cluster, namespace: string, name: string): Target | ReferenceError {
  const pod = cluster.pods.find((p) => p.meta.name === name && p.meta.namespace === namespace)
  if (pod) return { kind: 'pod', ref: `pod/${namespace}/${name}`, pod }
  const owned = cluster.pods.find((p) => p.meta.namespace === namespace && p.owner?.endsWith(`/${namespace}/${name}`))
  if (owned?.owner)
    return unknown(
      `there is no pod "${name}" in namespace ${namespace}; the pods of ${owned.owner.split('/')[0]} ${name} have names like "${owned.meta.name}". Write ${owned.owner.split('/')[0]}/${name} for the first of them.`,
    )
  return unknown(elsewhere('pod', { namespace, name }, cluster.pods))
}

function resolveService(cluster: Cluster, namespace: string, name: string): Target | ReferenceError {
  const service = cluster.services.find((s) => s.meta.name === name && s.meta.namespace === namespace)
  return service
    ? { kind: 'service', ref: `service/${namespace}/${name}`, service }
    : unknown(elsewhere('Service', { namespace, name }, cluster.services))
}

/** The first pod of a controller, as `kubectl exec deploy/NAME` takes it. */
function resolveWorkload(cluster: Cluster, ref: string): Target | ReferenceError {
  const workload = cluster.workloads.find((w) => `${w.kind.toLowerCase()}/${w.meta.namespace}/${w.meta.name}` === ref)
  const [kind, namespace, name = ''] = ref.split('/')
  if (workload === undefined)
    return unknown(
      `there is no ${kind} "${name}" in namespace ${namespace}.${suggest(
        name,
        cluster.workloads.filter((w) => w.kind.toLowerCase() === kind).map((w) => w.meta.name),
      )}`,
    )
  const owner = workload.kind === 'ReplicaSet' && workload.owner !== null ? workload.owner : ref
  const pod = cluster.pods.find((p) => p.owner === owner)
  return pod ? { kind: 'pod', ref: `pod/${pod.meta.namespace}/${pod.meta.name}`, pod } : unknown(`${ref} has no running pod.`)
}

function elsewhere(
  kind: string,
  wanted: { readonly namespace: string; readonly name: string },
  all: readonly { readonly meta: ObjectMeta }[],
): string {
  const other = all.find((item) => item.meta.name === wanted.name)
  const say = `there is no ${kind} "${wanted.name}" in namespace ${wanted.namespace}.`
  if (other)
    return `${say} There is one in namespace ${other.meta.namespace}: write ${kind === 'pod' ? 'pod' : 'svc'}/${other.meta.namespace}/${wanted.name}.`
  return (
    say +
    suggest(
      wanted.name,
      all.filter((item) => item.meta.namespace === wanted.namespace).map((item) => item.meta.name),
    )
  )
}

function suggest(name: string, names: readonly string[]): string {
  const near = nearest(name, names)
  if (near !== null) return ` Did you mean "${near}"?`
  return names.length === 0
    ? ' There are none.'
    : ` There ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, 8).join(', ')}${names.length > 8 ? ' …' : ''}.`
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }
const FORMS = 'write e.g. http://web:80/, tcp://10.0.0.9:80, udp://dns:53, "ping 10.0.0.9", "dns web" or "dns _http._tcp.web SRV"'

/** Reads the `to` of a Walk: "http://db:3306/", "tcp://10.0.0.9:80", "udp://…", "ping 10.0.0.9", "dns db", "dns _http._tcp.db SRV". */
export function resolveDestination(cluster: Cluster, text: string): Destination | ReferenceError {
  const asked = /^dns\s+(\S+)(?:\s+(A|AAAA|SRV|PTR|CNAME|TXT|NS|SOA))?$/.exec(text.trim())
  if (asked) {
    const [, name = '', recordType] = asked
    const destination = { kind: 'destination', protocol: 'dns', host: { kind: 'name', name }, port: 53, path: null } as const
    return recordType === undefined ? destination : { ...destination, recordType }
  }
  const word = /^ping\s+(\S+)$/.exec(text.trim())
  if (word) {
    const [, rest = ''] = word
    const host = resolveHost(cluster, rest)
    return host.kind === 'error' ? host : { kind: 'destination', protocol: 'ping', host, port: null, path: null }
  }
  const url = /^(https?|tcp|udp|sctp):\/\/(.+)$/.exec(text.trim())
  if (!url) return bad(`cannot send to "${text}"; ${FORMS}.`)
  return resolveUrl(cluster, { protocol: url[1] as 'http' | 'https' | 'tcp' | 'udp' | 'sctp', rest: url[2] ?? '', text })
}

/** The host in a URL may itself hold slashes (pod/NS/NAME): the port, or the end, is what ends a reference. */
const REFERENCE = /^([a-z]+\/[^/:?#]+(?:\/[^/:?#]+)?)(?::([^/?#]*))?([/?#].*)?$/
const PLAIN = /^([^/:?#]+)(?::([^/?#]*))?([/?#].*)?$/

function resolveUrl(
  cluster: Cluster,
  url: { protocol: 'http' | 'https' | 'tcp' | 'udp' | 'sctp'; rest: string; text: string },
): Destination | ReferenceError {
  const { protocol, rest, text } = url
  const six = /^\[([0-9a-fA-F:.]+)\]/.exec(rest)?.[1]
  if (six !== undefined) return bad(`"${six}": IPv6 is not modelled.`)
  const split = splitUrl(cluster, rest)
  if (split === null) return bad(`cannot send to "${text}"; ${FORMS}.`)
  const { host, portText, path } = split
  const port = portText === null ? (DEFAULT_PORTS[protocol] ?? null) : /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN
  if (port === null) return bad(`"${text}" needs a port: ${protocol}://${host}:PORT.`)
  if (!(port >= 1 && port <= 65535)) return bad(`"${portText}" in "${text}" is no port.`)
  const found = resolveHost(cluster, host)
  const isHttp = protocol === 'http' || protocol === 'https'
  return found.kind === 'error' ? found : { kind: 'destination', protocol, host: found, port, path: isHttp ? (path ?? '/') : null }
}

/** 'svc/shop/web:80/path' or 'web:80/path'. Without a port the longest reference that exists wins over a path. */
function splitUrl(cluster: Cluster, rest: string): { host: string; portText: string | null; path: string | null } | null {
  const first = rest.split(/[/:]/)[0] ?? ''
  if (Object.hasOwn(KINDS, first) && rest[first.length] === '/') {
    const long = REFERENCE.exec(rest)
    const host = long?.[1] ?? ''
    if (long && (long[2] !== undefined || host.split('/').length < 3 || resolveTarget(cluster, host).kind !== 'error'))
      return { host, portText: long[2] ?? null, path: long[3] ?? null }
    const short = /^([a-z]+\/[^/:?#]+)([/?#].*)?$/.exec(rest)
    return short ? { host: short[1] ?? '', portText: null, path: short[2] ?? null } : null
  }
  const plain = PLAIN.exec(rest)
  return plain ? { host: plain[1] ?? '', portText: plain[2] ?? null, path: plain[3] ?? null } : null
}

function resolveHost(cluster: Cluster, host: string): Destination['host'] | ReferenceError {
  const address = parseAddress(host)
  if (address !== null) return { kind: 'address', address }
  if (host.includes('/') || host === 'internet') {
    const target = resolveTarget(cluster, host)
    if (target.kind === 'service' && isOnlyIPv6(target.service)) return bad(`${host} has no IPv4 address: IPv6 is not modelled.`)
    return target.kind === 'error' ? target : { kind: 'target', target }
  }
  if (isIPv6(host)) return bad(`"${host}": IPv6 is not modelled.`)
  if (/^[\d.]+$/.test(host)) return bad(`"${host}" is no IPv4 address.`)
  const problem = nameProblem(host.toLowerCase().replace(/\.$/, ''), 'subdomain-1123')
  return problem !== null && !/^[A-Za-z0-9_.-]+$/.test(host)
    ? bad(`"${host}" is no DNS name: it ${problem}.`)
    : { kind: 'name', name: host }
}

function isOnlyIPv6({ clusterIP, headless, type }: Service): boolean {
  return clusterIP === null && !headless && type !== 'ExternalName'
}

/** Is the machine outside, on the internet's side of the gateway? */
function isOutside(target: Target): boolean {
  if (target.kind === 'internet') return true
  return target.kind === 'host' && target.host.interfaces.every((nic) => nic.network === 'internet')
}

/** The address by which `from` would reach `target`: from the internet a node is its public address. Null: it has none (headless Service). */
export function addressOf(cluster: Cluster, target: Target, from: Target): Address | null {
  switch (target.kind) {
    case 'pod':
      return target.pod.podIP
    case 'service':
      return (isOutside(from) ? loadBalancerAddress(target.service) : null) ?? target.service.clusterIP
    case 'node': {
      const index = cluster.nodes.indexOf(target.node)
      return isOutside(from) && index >= 0
        ? publicAddressOf(cluster, index)
        : (nearestAddress(target.node.interfaces, from) ?? target.node.address)
    }
    case 'host':
      return nearestAddress(target.host.interfaces, from)
    case 'gateway':
      return cluster.networks.find((network) => network.meta.name === 'lan')?.gateway ?? null
    case 'internet':
      return internetClient(cluster.hosts)
  }
}

/** Where the outside finds the Service: its load balancer. */
function loadBalancerAddress({ loadBalancerIngress }: Service): Address | null {
  return loadBalancerIngress.find(({ ip }) => ip !== null)?.ip ?? null
}

/** An address on a segment that both share, else the first. A node is known by its primary address wherever that is on such a segment. */
function nearestAddress(interfaces: readonly NodeInterface[], from: Target): Address | null {
  const near = from.kind === 'node' ? from.node.interfaces : from.kind === 'host' ? from.host.interfaces : []
  const shared = interfaces.find((nic) => near.some((other) => other.network === nic.network))
  return (shared ?? interfaces[0])?.addresses[0]?.address ?? null
}
