/** v1 Service: defaults and validation of the API server (pkg/apis/core/v1/defaults.go, validation.go). Allocation comes later. */
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { parseCidr } from '../../net/cidr.ts'
import type { Service, ServicePort } from '../cluster.ts'
import {
  booleanAt,
  type Fields,
  fieldsAt,
  integerAt,
  listAt,
  mapsAt,
  pathOf,
  placeOf,
  portAt,
  reportMissing,
  reportUnknownFields,
  stringAt,
  stringsAt,
  valueAt,
  wordAt,
} from '../fields.ts'
import { isIPv6 } from '../ipv6-text.ts'
import { nameProblem, portNameProblem } from '../names.ts'
import { type ObjectSource, readLabels } from '../object-source.ts'
import type { Span } from '../report.ts'
import { addressAt, reportIPv6 } from './address-fields.ts'
import { SERVICE_PORT_FIELDS, SERVICE_SPEC_FIELDS } from './known-fields.ts'
import { PROTOCOLS } from './pod-spec.ts'

export interface ServicePortDraft extends ServicePort {
  /** One is to be allocated. */
  readonly needsNodePort: boolean
  readonly at: { readonly port: Span; readonly targetPort: Span; readonly nodePort: Span }
}

/** A Service before it has its addresses and node ports. */
export interface ServiceDraft extends Omit<Service, 'ports'> {
  readonly ports: readonly ServicePortDraft[]
  readonly needsClusterIP: boolean
  readonly needsHealthCheckNodePort: boolean
  /** The cloud is to give it an address. */
  readonly needsLoadBalancer: boolean
  /** spec.loadBalancerIP, or kube-vip's annotation: the address that is asked for. */
  readonly loadBalancerIP: Address | null
  readonly at: { readonly name: Span; readonly selector: Span; readonly clusterIP: Span }
}

const NODE_PORTS = { from: 30000, to: 32767 }

/** Reads a Service; null when it has no spec. */
export function decodeService(source: ObjectSource): ServiceDraft | null {
  const spec = fieldsAt(source.fields, 'spec')
  if (spec.map === null) {
    reportMissing(source.fields, 'spec')
    return null
  }
  reportUnknownFields(spec, SERVICE_SPEC_FIELDS)
  const type = wordAt(spec, 'type', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], 'ClusterIP')
  const ips = clusterIPs(spec, type)
  const externalName = stringAt(spec, 'externalName')
  if (type === 'ExternalName' && externalName === null) reportMissing(spec, 'externalName')
  if (type !== 'ClusterIP' && type !== 'ExternalName' && ips.headless) {
    spec.report.error({
      code: 'unsupported-value',
      message: `spec.clusterIP: a Service of type ${type} cannot be headless.`,
      at: placeOf(spec, 'clusterIP'),
    })
  }
  const selector = valueAt(spec, 'selector') === null ? null : readLabels(spec, 'selector')
  return {
    meta: source.meta,
    type,
    ...ips,
    externalName: type === 'ExternalName' ? externalName : null,
    selector: type === 'ExternalName' || (selector !== null && Object.keys(selector).length === 0) ? null : selector,
    ports: decodePorts(spec, { type, headless: ips.headless, allocate: booleanAt(spec, 'allocateLoadBalancerNodePorts') ?? true }),
    ...decodeTraffic(spec, type),
    ...decodeStatus(source.fields),
    ...decodeLoadBalancer(source, spec, type),
    publishNotReadyAddresses: booleanAt(spec, 'publishNotReadyAddresses') ?? false,
    trafficDistribution: valueAt(spec, 'trafficDistribution') === null ? null : trafficDistributionAt(spec),
    at: { name: source.nameAt, selector: placeOf(spec, 'selector'), clusterIP: placeOf(spec, 'clusterIP') },
  }
}

/** The annotation by which kube-vip is asked for an address (kube-vip.io/docs/usage/kubernetes-services). */
const KUBE_VIP_ADDRESS = 'kube-vip.io/loadbalancerIPs'
/** A Service of another class waits for an implementation that is not here. */
const KUBE_VIP_CLASS = 'kube-vip.io/kube-vip-class'

/** A status that is written, be it empty, is kept: then nobody gives it an address. */
function decodeLoadBalancer(
  source: ObjectSource,
  spec: Fields,
  type: Service['type'],
): Pick<ServiceDraft, 'needsLoadBalancer' | 'loadBalancerIP'> {
  const annotation = source.meta.annotations[KUBE_VIP_ADDRESS]?.split(',')[0]?.trim()
  const annotated = annotation === undefined ? null : parseAddress(annotation)
  if (annotation !== undefined && annotated === null)
    spec.report.error({
      code: 'bad-address',
      message: `${KUBE_VIP_ADDRESS}: "${annotation}" is no IPv4 address.`,
      at: placeOf(fieldsAt(fieldsAt(source.fields, 'metadata'), 'annotations'), KUBE_VIP_ADDRESS),
    })
  const loadBalancerClass = stringAt(spec, 'loadBalancerClass')
  return {
    needsLoadBalancer:
      type === 'LoadBalancer' &&
      valueAt(source.fields, 'status') === null &&
      (loadBalancerClass === null || loadBalancerClass === KUBE_VIP_CLASS),
    loadBalancerIP: annotated ?? addressAt(spec, 'loadBalancerIP'),
  }
}

/** KEP-4444 and KEP-3015: words of the API; PreferClose is the older name of PreferSameZone. */
function trafficDistributionAt(spec: Fields): Service['trafficDistribution'] {
  return wordAt(spec, 'trafficDistribution', ['PreferClose', 'PreferSameZone', 'PreferSameNode'], 'PreferClose')
}

function clusterIPs(spec: Fields, type: Service['type']): Pick<ServiceDraft, 'clusterIP' | 'clusterIPs' | 'headless' | 'needsClusterIP'> {
  const listed = stringsAt(spec, 'clusterIPs')
  const single = stringAt(spec, 'clusterIP')
  if (type === 'ExternalName') return { clusterIP: null, clusterIPs: [], headless: false, needsClusterIP: false }
  const all = listed.length > 0 ? listed : single ? [single] : []
  if (all[0] === 'None') return { clusterIP: null, clusterIPs: [], headless: true, needsClusterIP: false }
  for (const text of all) {
    if (parseAddress(text) === null && !isIPv6(text))
      spec.report.error({
        code: 'bad-address',
        message: `${pathOf(spec, 'clusterIP')}: "${text}" is no IP address; write one, or None for a headless Service.`,
        at: placeOf(spec, single ? 'clusterIP' : 'clusterIPs'),
      })
  }
  const ip = all.map(parseAddress).find((address) => address !== null) ?? null
  const six = all.filter(isIPv6)
  const families = stringsAt(spec, 'ipFamilies')
  if (six.length > 0) reportFamily(spec, { key: single && isIPv6(single) ? 'clusterIP' : 'clusterIPs', six: six.join(', '), four: ip })
  else if (all.length === 0 && families.includes('IPv6'))
    reportFamily(spec, { key: 'ipFamilies', six: families.join(', '), four: families.includes('IPv4') })
  else checkFamilyPolicy(spec)
  const onlySix = all.length === 0 && families.length > 0 && !families.includes('IPv4')
  return { clusterIP: ip, clusterIPs: all, headless: false, needsClusterIP: all.length === 0 && !onlySix }
}

/** `four`: the IPv4 address that is left, true where one is to be allocated; else the Service has no address here. */
function reportFamily(
  spec: Fields,
  { key, six, four }: { readonly key: string; readonly six: string; readonly four: Address | boolean | null },
): void {
  const lost = four === null || four === false
  const said = `${pathOf(spec, key)}: ${six}`
  const kept = typeof four === 'number' ? `Only ${formatAddress(four)} is simulated.` : 'Only its IPv4 address is simulated.'
  const instead = lost ? 'This Service has no address and no rules here.' : kept
  reportIPv6(spec.report, { said, instead, at: placeOf(spec, valueAt(spec, key) === null ? 'clusterIP' : key), lost })
}

function checkFamilyPolicy(spec: Fields): void {
  const policy = wordAt(spec, 'ipFamilyPolicy', ['SingleStack', 'PreferDualStack', 'RequireDualStack'], 'SingleStack')
  for (const family of stringsAt(spec, 'ipFamilies'))
    if (family !== 'IPv4' && family !== 'IPv6')
      spec.report.error({
        code: 'unsupported-value',
        message: `${pathOf(spec, 'ipFamilies')}: "${family}" is none of IPv4, IPv6.`,
        at: placeOf(spec, 'ipFamilies'),
      })
  if (policy === 'RequireDualStack')
    reportIPv6(spec.report, {
      said: `${pathOf(spec, 'ipFamilyPolicy')}: ${policy}`,
      instead: 'Only the IPv4 address is simulated.',
      at: placeOf(spec, 'ipFamilyPolicy'),
      lost: false,
    })
}

/** What of the Service decides about its ports. */
interface PortContext {
  readonly type: Service['type']
  readonly headless: boolean
  /** allocateLoadBalancerNodePorts */
  readonly allocate: boolean
}

function decodePorts(spec: Fields, context: PortContext): ServicePortDraft[] {
  const { type, headless } = context
  const items = mapsAt(spec, 'ports')
  if (items.length === 0 && !headless && type !== 'ExternalName') reportMissing(spec, 'ports')
  const names = new Set<string>()
  const taken = new Set<string>()
  return items.flatMap((item) => {
    const port = decodePort(item, context, items.length > 1)
    if (port === null) return []
    const key = `${port.protocol} ${port.port}`
    if (taken.has(key))
      item.report.error({
        code: 'duplicate-name',
        message: `Port ${port.port}/${port.protocol} is listed twice.`,
        at: placeOf(item, 'port'),
      })
    if (port.name !== null && names.has(port.name))
      item.report.error({ code: 'duplicate-name', message: `Two ports are called "${port.name}".`, at: placeOf(item, 'name') })
    taken.add(key)
    if (port.name !== null) names.add(port.name)
    return [port]
  })
}

function decodePort(item: Fields, { type, allocate }: PortContext, several: boolean): ServicePortDraft | null {
  reportUnknownFields(item, SERVICE_PORT_FIELDS)
  const name = stringAt(item, 'name') || null
  const problem = name === null ? null : nameProblem(name, 'label-1123')
  if (problem !== null)
    item.report.error({ code: 'bad-name', message: `${pathOf(item, 'name')}: "${name}" ${problem}.`, at: placeOf(item, 'name') })
  if (several && name === null)
    item.report.error({
      code: 'missing-field',
      message: `${pathOf(item, 'name')} is missing: with several ports each needs a name.`,
      at: placeOf(item),
    })
  const port = portAt(item, 'port')
  if (valueAt(item, 'port') === null) reportMissing(item, 'port')
  const nodePort = decodeNodePort(item, type)
  const allocates = type === 'NodePort' || (type === 'LoadBalancer' && allocate)
  if (port === null) return null
  return {
    name,
    protocol: wordAt(item, 'protocol', PROTOCOLS, 'TCP'),
    port,
    targetPort: decodeTargetPort(item, port),
    nodePort,
    needsNodePort: allocates && nodePort === null,
    at: {
      port: placeOf(item, 'port'),
      targetPort: placeOf(item, valueAt(item, 'targetPort') === null ? 'port' : 'targetPort'),
      nodePort: placeOf(item, 'nodePort'),
    },
  }
}

function decodeNodePort(item: Fields, type: Service['type']): number | null {
  const port = integerAt(item, 'nodePort') || null
  const at = placeOf(item, 'nodePort')
  if (port !== null && type !== 'NodePort' && type !== 'LoadBalancer')
    item.report.error({ code: 'unsupported-value', message: `nodePort may not be used when type is ${type}; write "type: NodePort".`, at })
  if (port !== null && (port < NODE_PORTS.from || port > NODE_PORTS.to))
    item.report.error({ code: 'bad-port', message: `nodePort ${port} is not in the range ${NODE_PORTS.from}-${NODE_PORTS.to}.`, at })
  return port
}

function decodeTargetPort(item: Fields, port: number): number | string {
  const value = valueAt(item, 'targetPort')
  if (value === null) return port
  if (value.kind === 'scalar' && typeof value.value === 'number') return portAt(item, 'targetPort') ?? port
  const name = stringAt(item, 'targetPort')
  if (name === null) return port
  if (/^\d+$/.test(name)) {
    item.report.error({
      code: 'bad-port',
      message: `${pathOf(item, 'targetPort')}: "${name}" in quotes is a port's name, not its number: take the quotes away.`,
      at: value,
      fix: { title: 'Take the quotes away', changes: [{ from: value.from, to: value.to, insert: name }] },
    })
    return port
  }
  const problem = portNameProblem(name)
  if (problem !== null) item.report.error({ code: 'bad-name', message: `${pathOf(item, 'targetPort')}: "${name}" ${problem}.`, at: value })
  return name
}

type Traffic = Pick<
  ServiceDraft,
  | 'externalIPs'
  | 'loadBalancerSourceRanges'
  | 'healthCheckNodePort'
  | 'needsHealthCheckNodePort'
  | 'internalTrafficPolicy'
  | 'externalTrafficPolicy'
  | 'sessionAffinityTimeoutSeconds'
>

function decodeTraffic(spec: Fields, type: Service['type']): Traffic {
  const externalTrafficPolicy = wordAt(spec, 'externalTrafficPolicy', ['Cluster', 'Local'], 'Cluster')
  const healthCheckNodePort = integerAt(spec, 'healthCheckNodePort') || null
  const externalIPs = addressesAt(spec, 'externalIPs')
  if (valueAt(spec, 'externalTrafficPolicy') !== null && type === 'ClusterIP' && externalIPs.length === 0) {
    spec.report.error({
      code: 'unsupported-value',
      message:
        'externalTrafficPolicy may only be set on Services that are reached from outside: NodePort, LoadBalancer, or with externalIPs.',
      at: placeOf(spec, 'externalTrafficPolicy'),
    })
  }
  return {
    externalIPs,
    loadBalancerSourceRanges: rangesAt(spec),
    healthCheckNodePort,
    needsHealthCheckNodePort: type === 'LoadBalancer' && externalTrafficPolicy === 'Local' && healthCheckNodePort === null,
    internalTrafficPolicy: wordAt(spec, 'internalTrafficPolicy', ['Cluster', 'Local'], 'Cluster'),
    externalTrafficPolicy,
    sessionAffinityTimeoutSeconds: affinityTimeout(spec),
  }
}

function affinityTimeout(spec: Fields): number | null {
  if (wordAt(spec, 'sessionAffinity', ['None', 'ClientIP'], 'None') === 'None') return null
  const clientIP = fieldsAt(fieldsAt(spec, 'sessionAffinityConfig'), 'clientIP')
  const seconds = integerAt(clientIP, 'timeoutSeconds') ?? 10800
  if (seconds < 1 || seconds > 86400)
    spec.report.error({
      code: 'unsupported-value',
      message: `timeoutSeconds: ${seconds} must be between 1 and 86400.`,
      at: placeOf(clientIP, 'timeoutSeconds'),
    })
  return seconds
}

function addressesAt(spec: Fields, key: string): Address[] {
  return listAt(spec, key).flatMap((value) => {
    const text = value.kind === 'scalar' && typeof value.value === 'string' ? value.value : ''
    const address = parseAddress(text)
    if (address === null && !isIPv6(text))
      spec.report.error({ code: 'bad-address', message: `${value.path}: "${text}" is no IP address.`, at: value })
    if (isIPv6(text))
      reportIPv6(spec.report, { said: `${value.path}: ${text}`, instead: 'This address is left out.', at: value, lost: true })
    return address === null ? [] : [address]
  })
}

function rangesAt(spec: Fields): string[] {
  return stringsAt(spec, 'loadBalancerSourceRanges').map((text) => {
    const range = text.trim()
    const bad = (!range.includes('/') || parseCidr(range) === null) && !isIPv6(range.split('/')[0] ?? '')
    if (bad)
      spec.report.error({
        code: 'bad-address',
        message: `loadBalancerSourceRanges: "${range}" is no network; write e.g. 203.0.113.0/24.`,
        at: placeOf(spec, 'loadBalancerSourceRanges'),
      })
    return range
  })
}

function decodeStatus(fields: Fields): Pick<ServiceDraft, 'loadBalancerIngress'> {
  const items = mapsAt(fieldsAt(fieldsAt(fields, 'status'), 'loadBalancer'), 'ingress')
  return {
    loadBalancerIngress: items.map((item) => {
      const ip = stringAt(item, 'ip')
      const mode = stringAt(item, 'ipMode')
      if (ip !== null && isIPv6(ip))
        reportIPv6(fields.report, {
          said: `${pathOf(item, 'ip')}: ${ip}`,
          instead: 'This address is left out.',
          at: placeOf(item, 'ip'),
          lost: true,
        })
      return {
        ip: ip === null ? null : parseAddress(ip),
        hostname: stringAt(item, 'hostname'),
        ipMode: mode === 'VIP' || mode === 'Proxy' ? mode : null,
      }
    }),
  }
}
