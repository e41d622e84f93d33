/** Which fields name other objects, and how. */
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import type { Cluster, Labels, Pod } from './cluster.ts'
import { serviceOfName } from './diagnose/walk.ts'
import { isSliceOf } from './endpoint-slices.ts'
import { KINDS } from './kinds.ts'
import { refOf } from './object-source.ts'
import { resolveDestination, resolveTarget } from './reference.ts'
import type { Span } from './report.ts'
import { selects } from './selected-by.ts'
import { matchesLabels } from './selector.ts'
import type { MapValue, ScalarValue } from './value.ts'
import { mapOf, textOf, type ValueAt } from './value-at.ts'

/** A place in the text, and the cluster that it is about. */
export interface Asked {
  readonly at: ValueAt
  /** Of its document. */
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly cluster: Cluster
  /** Of the document, as its values count. */
  readonly offset: number
}

/** What names something, and the references of what it names. */
export interface Found {
  readonly of: Span
  readonly refs: readonly string[]
}

/** Null where nothing is named. */
export function find(asked: Asked): Found | null {
  const { value, path } = asked.at
  const selected = bySelector(asked)
  if (selected) return selected
  if (value.kind !== 'scalar' || value.value === null) return null
  const named = (BY_PATH[asked.kind]?.[path] ?? ANY_KIND[lastKeys(path)] ?? null)?.(asked, String(value.value)) ?? []
  return named.length > 0 ? { of: value, refs: named } : inUrl(asked, value)
}

/** `env[].value` and the like: fields of a pod, wherever its template stands. */
const lastKeys = (path: string): string => path.split('.').slice(-2).join('.')

function bySelector({ at, kind, namespace, cluster }: Asked): Found | null {
  const { path, around, document } = at
  if (kind === 'Service' && /^spec\.selector(\.|$)/.test(path)) {
    const selector = mapOf(document, 'spec', 'selector')
    return (
      selector && {
        of: selector,
        refs: podRefs(cluster, ({ meta }) => meta.namespace === namespace && matchesLabels(labelsOf(selector), meta.labels)),
      }
    )
  }
  if (kind !== 'NetworkPolicy' || !/\.(?:podSelector|namespaceSelector)(\.|$)/.test(path)) return null
  const peer = around.findLast(({ entries }) => entries.has('podSelector') || entries.has('namespaceSelector'))
  const [pods, namespaces] = [peer && mapOf(peer, 'podSelector'), peer && mapOf(peer, 'namespaceSelector')]
  const chosen = namespaces ? cluster.namespaces.filter(({ labels }) => selects(namespaces, labels)).map(({ name }) => name) : [namespace]
  if (namespaces && /\.namespaceSelector(\.|$)/.test(path)) return { of: namespaces, refs: chosen.map((name) => `namespace/${name}`) }
  return pods ? { of: pods, refs: podRefs(cluster, ({ meta }) => chosen.includes(meta.namespace) && selects(pods, meta.labels)) } : null
}

function labelsOf(selector: MapValue): Labels {
  return Object.fromEntries([...selector.entries.keys()].map((key) => [key, textOf(selector, key) ?? '']))
}

function podRefs({ pods }: Cluster, wanted: (pod: Pod) => boolean): readonly string[] {
  return pods.filter(wanted).map(({ meta }) => `pod/${meta.namespace}/${meta.name}`)
}

type Finder = (asked: Asked, text: string) => readonly string[]

const reference: Finder = ({ cluster }, text) => refsOfTarget(resolveTarget(cluster, text))
const service: Finder = ({ namespace }, name) => [`service/${namespace}/${name}`]
const network: Finder = (_, name) => [`network/${name}`]
const walk: Finder = (_, name) => [`walk/${name}`]

/** By kind of the document and path. */
const BY_PATH: Readonly<Record<string, Readonly<Record<string, Finder>>>> = {
  Service: {
    'metadata.name': ({ cluster, namespace }, name) => endpointsOf(cluster, namespace, name),
  },
  Ingress: {
    'spec.rules[].http.paths[].backend.service.name': service,
    'spec.defaultBackend.service.name': service,
    'spec.ingressClassName': (_, name) => [`ingressclass/${name}`],
  },
  EndpointSlice: {
    'metadata.labels.kubernetes.io/service-name': service,
    'endpoints[].addresses[]': ({ cluster }, text) => byAddress(cluster, text),
    'endpoints[].nodeName': (_, name) => [`node/${name}`],
    'endpoints[].targetRef.name': targetRef,
  },
  Endpoints: {
    'metadata.name': service,
    'subsets[].addresses[].ip': ({ cluster }, text) => byAddress(cluster, text),
    'subsets[].addresses[].targetRef.name': targetRef,
  },
  StatefulSet: { 'spec.serviceName': service },
  Walk: {
    'spec.from': reference,
    'spec.to': destination,
    'spec.expect.by': reference,
    'spec.expect.seenFrom': reference,
  },
  Script: { 'spec.on': reference, 'spec.at.walk': walk },
  Lesson: { 'spec.steps[].walk': walk, 'spec.steps[].focus[]': reference },
  Host: { 'spec.network': network, 'spec.interfaces[].network': network },
  Cluster: { 'spec.nodes[].interfaces[].network': network },
}

/** By the last two keys, whatever the kind. */
const ANY_KIND: Readonly<Record<string, Finder>> = {
  'metadata.namespace': (_, name) => [`namespace/${name}`],
  'spec.nodeName': (_, name) => [`node/${name}`],
  'ownerReferences[].name': targetRef,
  'env[].value': byName,
}

/** kind, namespace and name, as ownerReferences and targetRef give them. */
function targetRef({ at, namespace }: Asked, name: string): readonly string[] {
  const map = at.around.at(-1) ?? null
  const info = KINDS.find(({ kind }) => kind === textOf(map, 'kind'))
  return info ? [refOf(info, { namespace: textOf(map, 'namespace') ?? namespace, name })] : []
}

function destination({ cluster, at }: Asked, text: string): readonly string[] {
  const found = resolveDestination(cluster, text)
  if (found.kind === 'error') return []
  const { host } = found
  if (host.kind === 'target') return refsOfTarget(host.target)
  if (host.kind === 'address') return byAddress(cluster, formatAddress(host.address))
  const from = resolveTarget(cluster, textOf(mapOf(at.document, 'spec'), 'from') ?? '')
  return refsOfService(serviceOfName(cluster, host.name, from.kind === 'pod' ? from.pod.meta.namespace : 'default'))
}

function refsOfTarget(target: ReturnType<typeof resolveTarget>): readonly string[] {
  return target.kind === 'error' ? [] : [target.ref]
}

function refsOfService(found: ReturnType<typeof serviceOfName>): readonly string[] {
  return found ? [`service/${found.meta.namespace}/${found.meta.name}`] : []
}

/** What a Service leads to: slices that people wrote, else its pods. */
function endpointsOf(cluster: Cluster, namespace: string, name: string): readonly string[] {
  const slices = cluster.endpointSlices.filter((slice) => isSliceOf(slice, { namespace, name }))
  const pods = slices.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses.flatMap((one) => byAddress(cluster, one))))
  return [...slices.map(({ meta }) => `endpointslice/${namespace}/${meta.name}`), ...pods]
}

/** Whose address it is: a Service's, a pod's, a node's, a Host's. */
function byAddress({ services, pods, nodes, hosts }: Cluster, text: string): readonly string[] {
  const address = parseAddress(text)
  if (address === null) return []
  const owns = ({
    interfaces,
  }: {
    readonly interfaces: readonly { readonly addresses: readonly { readonly address: Address }[] }[]
  }): boolean => interfaces.some(({ addresses }) => addresses.some((one) => one.address === address))
  return [
    ...services
      .filter((one) => one.clusterIP === address || one.externalIPs.includes(address))
      .map(({ meta }) => `service/${meta.namespace}/${meta.name}`),
    ...pods.filter(({ podIP, hostNetwork }) => podIP === address && !hostNetwork).map(({ meta }) => `pod/${meta.namespace}/${meta.name}`),
    ...nodes.filter(owns).map(({ meta }) => `node/${meta.name}`),
    ...hosts.filter(owns).map(({ meta }) => `host/${meta.name}`),
  ]
}

/** A whole value that is the name of a Service, or an address: DB_HOST and the like. */
function byName({ cluster, namespace }: Asked, text: string): readonly string[] {
  const host = text.replace(/:\d+$/, '')
  return /^[A-Za-z][-.\w]*$/.test(host) ? refsOfService(serviceOfName(cluster, host, namespace)) : byAddress(cluster, host)
}

/** A URL inside of a value, when it is at the offset. */
function inUrl(asked: Asked, value: ScalarValue): Found | null {
  for (const match of value.source.matchAll(URLS)) {
    const [whole, host = ''] = match
    const start = value.from + quoteLength(value) + match.index
    if (asked.offset < start || asked.offset > start + whole.length) continue
    const from = start + whole.indexOf(host, whole.indexOf('//'))
    const refs = byName(asked, host)
    if (refs.length > 0) return { of: { from, to: from + host.length }, refs }
  }
  return null
}

const URLS = /[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@'"]*@)?([-.\w]+)(?::\d+)?[^\s'",]*/gi

/** A quoted value begins behind its quote; lines of a block have no place of their own. */
function quoteLength({ from, to, source }: ScalarValue): number {
  return to - from - source.length === 2 ? 1 : 0
}
