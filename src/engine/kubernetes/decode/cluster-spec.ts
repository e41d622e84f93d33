/** packetwalk.dev Cluster and v1 Node: what the cluster as a whole is like. */
import type { Address } from '../../net/address.ts'
import { parseAddress } from '../../net/address.ts'
import { type Cidr, parseCidr } from '../../net/cidr.ts'
import type { Cluster, DnsConfig, KubeProxyConfig } from '../cluster.ts'
import { FLANNEL_BACKENDS } from '../cni/flannel-config.ts'
import type { TextRange } from '../diagnostic.ts'
import {
  booleanAt,
  type Fields,
  fieldsAt,
  fieldsOf,
  integerAt,
  mapsAt,
  placeOf,
  portAt,
  reportMissing,
  reportNotModelled,
  reportUnknownFields,
  stringAt,
  stringMapAt,
  stringsAt,
  valueAt,
  wordAt,
} from '../fields.ts'
import { isIPv6 } from '../ipv6-text.ts'
import { NODE_PROXY_MODES, PROXY_MODE_ANNOTATION } from '../kube-proxy/mode.ts'
import { nameProblem } from '../names.ts'
import type { ObjectSource } from '../object-source.ts'
import type { Report, Span } from '../report.ts'
import { plainValue } from '../value.ts'
import { addressAt, cidrAt, reportIPv6 } from './address-fields.ts'
import { DEFAULT_KUBE_PROXY, decodeKubeProxyConfiguration } from './kube-proxy-configuration.ts'
import { decodeInterfaces, type InterfaceDraft } from './machine.ts'

export interface Taint {
  readonly key: string
  readonly value: string
  readonly effect: string
}

/** A node before it has its addresses. */
export interface NodeDraft {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly ip: Address | null
  /** Further addresses of eth0. */
  readonly addresses: readonly Address[]
  readonly podCIDR: Cidr | null
  readonly interfaces: readonly InterfaceDraft[] | null
  /** What it calls the only NIC it has then; null: eth0. */
  readonly nic: string | null
  readonly taints: readonly Taint[]
  readonly range: TextRange | null
  readonly at: Span
}

export interface ClusterSpec {
  readonly name: string
  /** Null: the default nodes. */
  readonly nodes: readonly NodeDraft[] | null
  readonly podCIDR: Cidr
  readonly serviceCIDR: Cidr
  /** Null: that of network `lan`. */
  readonly nodeCIDR: Cidr | null
  readonly cni: Cluster['cni']
  readonly kubeProxy: KubeProxyConfig
  readonly dns: DnsConfig | null
  readonly apiServer: Cluster['apiServer']
  /** Where the text says its networks. */
  readonly at: { readonly podCIDR: Span; readonly serviceCIDR: Span; readonly nodeCIDR: Span }
}

const NOWHERE: Span = { from: 0, to: 0 }

const mustCidr = (text: string): Cidr => {
  const network = parseCidr(text)
  if (network === null) throw new Error(`bad built-in network ${text}`)
  return network
}

const DEFAULT_DNS: DnsConfig = { ttl: 30, pods: 'insecure', namespaces: null, ignoreEmptyService: false }
/** A manifest with no cluster document gets this one. */
export const DEFAULT_CLUSTER: ClusterSpec = {
  name: 'cluster',
  nodes: null,
  podCIDR: mustCidr('10.244.0.0/16'),
  serviceCIDR: mustCidr('10.96.0.0/16'),
  nodeCIDR: null,
  cni: { plugin: 'bridge', config: {}, range: null },
  kubeProxy: DEFAULT_KUBE_PROXY,
  dns: DEFAULT_DNS,
  apiServer: { port: 6443 },
  at: { podCIDR: NOWHERE, serviceCIDR: NOWHERE, nodeCIDR: NOWHERE },
}
/** More machines than a picture can hold. */
export const MOST_NODES = 200

/** A node that nobody described. */
export function plainNode(name: string, at: Span, range: TextRange | null = null): NodeDraft {
  return { name, labels: {}, annotations: {}, ip: null, addresses: [], podCIDR: null, interfaces: null, nic: null, taints: [], range, at }
}

/** Reads our Cluster document. */
export function decodeClusterSpec(source: ObjectSource): ClusterSpec {
  const spec = fieldsAt(source.fields, 'spec')
  reportUnknownFields(spec, ['nodes', 'podCIDR', 'serviceCIDR', 'nodeCIDR', 'cni', 'cniConfig', 'kubeProxy', 'dns', 'apiServer'])
  return {
    name: source.meta.name,
    nodes: decodeNodes(spec, source),
    podCIDR: cidrAt(spec, 'podCIDR') ?? DEFAULT_CLUSTER.podCIDR,
    serviceCIDR: cidrAt(spec, 'serviceCIDR') ?? DEFAULT_CLUSTER.serviceCIDR,
    nodeCIDR: cidrAt(spec, 'nodeCIDR'),
    cni: decodeCni(spec, source),
    kubeProxy: decodeKubeProxy(spec),
    dns: isNone(spec, 'dns') ? null : decodeDns(fieldsAt(spec, 'dns')),
    apiServer: isNone(spec, 'apiServer') ? null : { port: portAt(fieldsAt(spec, 'apiServer'), 'port') ?? 6443 },
    at: { podCIDR: whereSaid(spec, 'podCIDR'), serviceCIDR: whereSaid(spec, 'serviceCIDR'), nodeCIDR: whereSaid(spec, 'nodeCIDR') },
  }
}

/** Where the key stands; nowhere where a default holds. */
export function whereSaid(spec: Fields, key: string): Span {
  return valueAt(spec, key) === null ? NOWHERE : placeOf(spec, key)
}

function isNone(spec: Fields, key: string): boolean {
  const value = valueAt(spec, key)
  return value?.kind === 'scalar' && value.value === 'none'
}

function decodeNodes(spec: Fields, source: ObjectSource): NodeDraft[] | null {
  const value = valueAt(spec, 'nodes')
  if (value === null) return null
  const at = placeOf(spec, 'nodes')
  if (value.kind !== 'list') {
    const count = integerAt(spec, 'nodes')
    if (count === null) return null
    if (count < 1 || count > MOST_NODES)
      spec.report.error({ code: 'bad-count', message: `nodes: ${count} must be between 1 and ${MOST_NODES}.`, at })
    return Array.from({ length: Math.max(1, Math.min(count, MOST_NODES)) }, (_, i) => plainNode(`worker-${i + 1}`, at, source.range))
  }
  if (value.items.length === 0 || value.items.length > MOST_NODES)
    spec.report.error({ code: 'bad-count', message: `A cluster has between 1 and ${MOST_NODES} nodes.`, at })
  const names = new Set<string>()
  return value.items.flatMap((item) => {
    const fields = fieldsOf(item, spec.report)
    if (fields.map === null) return []
    const node = decodeNode(fields)
    if (names.has(node.name)) spec.report.error({ code: 'duplicate-name', message: `Two nodes are called "${node.name}".`, at: node.at })
    names.add(node.name)
    return [node]
  })
}

function decodeNode(fields: Fields): NodeDraft {
  reportUnknownFields(fields, ['name', 'ip', 'addresses', 'podCIDR', 'labels', 'annotations', 'taints', 'interfaces'])
  const name = stringAt(fields, 'name')
  if (name === null) reportMissing(fields, 'name')
  const problem = name === null ? null : nameProblem(name, 'subdomain-1123')
  if (problem !== null) fields.report.error({ code: 'bad-name', message: `Node name "${name}" ${problem}.`, at: placeOf(fields, 'name') })
  const interfaces = valueAt(fields, 'interfaces') === null ? null : decodeInterfaces(fields)
  const annotations = stringMapAt(fields, 'annotations') ?? {}
  checkProxyMode(annotations, fields.report, placeOf(fields, 'annotations'))
  return {
    name: name ?? '',
    labels: stringMapAt(fields, 'labels') ?? {},
    annotations,
    ip: addressAt(fields, 'ip'),
    addresses: ipv4Of(stringsAt(fields, 'addresses'), fields.report, placeOf(fields, 'addresses')),
    podCIDR: cidrAt(fields, 'podCIDR'),
    interfaces,
    nic: null,
    taints: decodeTaints(fields),
    range: fields.map === null ? null : fields.report.rangeOf(fields.map),
    at: placeOf(fields, 'name'),
  }
}

function checkProxyMode(annotations: Readonly<Record<string, string>>, report: Report, at: Span): void {
  const mode = annotations[PROXY_MODE_ANNOTATION]
  if (mode === undefined || NODE_PROXY_MODES.some((one) => one === mode)) return
  const message = `${PROXY_MODE_ANNOTATION}: "${mode}" is none of ${NODE_PROXY_MODES.join(', ')}.`
  report.error({ code: 'unsupported-value', message, at })
}

function ipv4Of(texts: readonly string[], report: Report, at: Span): Address[] {
  return texts.flatMap((text) => {
    const address = parseAddress(text)
    if (isIPv6(text)) reportIPv6(report, { said: `addresses: ${text}`, instead: 'This address is left out.', at, lost: false })
    else if (address === null) report.error({ code: 'bad-address', message: `"${text}" is no IP address.`, at })
    return address === null ? [] : [address]
  })
}

function decodeTaints(fields: Fields): Taint[] {
  return mapsAt(fields, 'taints').map((taint) => ({
    key: stringAt(taint, 'key') ?? '',
    value: stringAt(taint, 'value') ?? '',
    effect: stringAt(taint, 'effect') ?? '',
  }))
}

/** v1 Node: its name, InternalIP, podCIDR, labels and taints. */
export function decodeNodeDocument(source: ObjectSource): NodeDraft {
  const { fields } = source
  const spec = fieldsAt(fields, 'spec')
  const [ip, ...addresses] = internalIPs(fields)
  checkProxyMode(source.meta.annotations, fields.report, source.nameAt)
  const unschedulable: Taint[] =
    booleanAt(spec, 'unschedulable') === true ? [{ key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' }] : []
  return {
    ...plainNode(source.meta.name, source.nameAt, source.range),
    labels: source.meta.labels,
    annotations: source.meta.annotations,
    ip: ip ?? null,
    addresses,
    podCIDR: podCIDROf(spec),
    taints: [...decodeTaints(spec), ...unschedulable],
  }
}

function internalIPs(fields: Fields): Address[] {
  const internal = mapsAt(fieldsAt(fields, 'status'), 'addresses').filter((item) => stringAt(item, 'type') === 'InternalIP')
  const isSix = (item: Fields): boolean => isIPv6(stringAt(item, 'address') ?? '')
  const four = internal.filter((item) => !isSix(item))
  for (const item of internal.filter(isSix))
    reportIPv6(fields.report, {
      said: `InternalIP ${stringAt(item, 'address')}`,
      instead: four.length > 0 ? 'Only the IPv4 address is simulated.' : 'The node gets an IPv4 address of the LAN instead.',
      at: placeOf(item, 'address'),
      lost: four.length === 0,
    })
  return four.map((item) => addressAt(item, 'address')).filter((address) => address !== null)
}

/** Of a dual-stack node the IPv4 one, wherever it stands. */
function podCIDROf(spec: Fields): Cidr | null {
  const listed = stringsAt(spec, 'podCIDRs')
  const four = listed.find((text) => !text.includes(':'))
  const single = stringAt(spec, 'podCIDR')
  if (single === null || !single.includes(':')) {
    const six = listed.filter((text) => text.includes(':')).join(', ')
    if (six !== '')
      reportIPv6(spec.report, {
        said: `podCIDRs: ${six}`,
        instead: 'Only the IPv4 network is simulated.',
        at: placeOf(spec, 'podCIDRs'),
        lost: false,
      })
    return cidrAt(spec, 'podCIDR')
  }
  const network = four === undefined ? null : parseCidr(four)
  reportIPv6(spec.report, {
    said: `podCIDR: ${single}`,
    instead: network === null ? 'The node gets a part of the IPv4 pod network instead.' : `Only ${four} is simulated.`,
    at: placeOf(spec, 'podCIDR'),
    lost: network === null,
  })
  return network
}

function decodeCni(spec: Fields, source: ObjectSource): Cluster['cni'] {
  const name = stringAt(spec, 'cni') ?? 'bridge'
  const plugin = (['bridge', 'flannel', 'none'] as const).find((one) => one === name)
  if (plugin === undefined) {
    spec.report.error({
      code: 'not-built',
      message: `The CNI plugin "${name}" is not built; write "cni: bridge", "cni: flannel" or "cni: none".`,
      at: placeOf(spec, 'cni'),
    })
  }
  const config = fieldsAt(spec, 'cniConfig')
  const plain = config.map === null ? {} : (plainValue(config.map) as Readonly<Record<string, unknown>>)
  if (plugin === 'flannel') checkFlannelConfig(config)
  else checkBridgeConfig(config)
  return { plugin: plugin ?? 'bridge', config: plain, range: source.range }
}

/** flannel's net-conf.json, the `Backend` part. */
function checkFlannelConfig(config: Fields): void {
  reportUnknownFields(config, ['backend', 'vni', 'port', 'directRouting'])
  wordAt(config, 'backend', FLANNEL_BACKENDS, 'vxlan')
  booleanAt(config, 'directRouting')
  portAt(config, 'port')
  const vni = integerAt(config, 'vni')
  if (vni !== null && (vni < 1 || vni > 0xffffff))
    config.report.error({ code: 'unsupported-value', message: `vni: ${vni} must be between 1 and 16777215.`, at: placeOf(config, 'vni') })
}

/** Keys of the bridge plugin; those that are not looked at are said to be ignored. */
function checkBridgeConfig(config: Fields): void {
  reportUnknownFields(config, [
    'type',
    'name',
    'cniVersion',
    'bridge',
    'isGateway',
    'isDefaultGateway',
    'ipMasq',
    'hairpinMode',
    'mtu',
    'ipam',
  ])
  reportNotModelled(config, { ipam: "Addresses come from each node's pod CIDR, as host-local gives them.", type: '', cniVersion: '' })
  for (const key of ['isGateway', 'isDefaultGateway', 'ipMasq', 'hairpinMode']) booleanAt(config, key)
  const bridge = stringAt(config, 'bridge')
  if (bridge !== null && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(bridge))
    config.report.error({
      code: 'bad-name',
      message: `bridge: "${bridge}" is no interface name (at most 15 letters, digits, '.', '_' or '-').`,
      at: placeOf(config, 'bridge'),
    })
  const mtu = integerAt(config, 'mtu')
  if (mtu !== null && (mtu < 68 || mtu > 65535))
    config.report.error({ code: 'unsupported-value', message: `mtu: ${mtu} must be between 68 and 65535.`, at: placeOf(config, 'mtu') })
}

function decodeKubeProxy(spec: Fields): KubeProxyConfig {
  if (isNone(spec, 'kubeProxy')) return { ...DEFAULT_KUBE_PROXY, mode: 'none' }
  return decodeKubeProxyConfiguration(fieldsAt(spec, 'kubeProxy'), DEFAULT_KUBE_PROXY)
}

function decodeDns(fields: Fields): DnsConfig {
  reportUnknownFields(fields, ['ttl', 'pods', 'namespaces', 'ignoreEmptyService'])
  const ttl = integerAt(fields, 'ttl') ?? DEFAULT_DNS.ttl
  if (ttl < 0 || ttl > 3600)
    fields.report.error({
      code: 'unsupported-value',
      message: `ttl: ${ttl} must be between 0 and 3600 seconds.`,
      at: placeOf(fields, 'ttl'),
    })
  return {
    ttl,
    pods: wordAt(fields, 'pods', ['disabled', 'insecure', 'verified'], DEFAULT_DNS.pods),
    namespaces: valueAt(fields, 'namespaces') === null ? null : stringsAt(fields, 'namespaces'),
    ignoreEmptyService: booleanAt(fields, 'ignoreEmptyService') ?? false,
  }
}
