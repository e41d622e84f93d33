/** v1 PodSpec: what of it touches the network or the scheduling (core/v1 types, pkg/apis/core/validation). */
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import type { Container, ContainerPort, Labels, ObjectMeta, Pod, Protocol } from '../cluster.ts'
import {
  booleanAt,
  type Fields,
  fieldsAt,
  integerAt,
  mapsAt,
  pathOf,
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
import { nameProblem, portNameProblem } from '../names.ts'
import type { Span } from '../report.ts'
import { addressAt, reportIPv6 } from './address-fields.ts'
import { CONTAINER_FIELDS, POD_SPEC_FIELDS } from './known-fields.ts'

export interface Toleration {
  readonly key: string | null
  readonly operator: 'Equal' | 'Exists'
  readonly value: string
  readonly effect: string | null
}

/** A pod before it has a node and an address. */
export interface PodDraft {
  readonly meta: ObjectMeta
  readonly owner: string | null
  readonly nodeName: string | null
  readonly nodeSelector: Labels
  readonly tolerations: readonly Toleration[]
  readonly hostNetwork: boolean
  readonly podIP: Address | null
  readonly containers: readonly Container[]
  readonly ready: boolean
  readonly terminating: boolean
  /** Succeeded or Failed: it runs no longer; or written as pending without a node: no scheduler has found one. */
  readonly finished: boolean
  readonly hostAliases: Pod['hostAliases']
  readonly hostname: string | null
  readonly subdomain: string | null
  readonly dnsPolicy: Pod['dnsPolicy']
  readonly dnsConfig: Pod['dnsConfig']
  /** Where to point when something is wrong with the pod as a whole. */
  readonly at: Span
}

export type PodSpec = Omit<PodDraft, 'meta' | 'owner' | 'podIP' | 'ready' | 'terminating' | 'finished' | 'at'>

export const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const

/** Reads a PodSpec; `fields` is the mapping of `spec`. */
export function decodePodSpec(fields: Fields): PodSpec {
  reportUnknownFields(fields, POD_SPEC_FIELDS)
  const hostNetwork = booleanAt(fields, 'hostNetwork') ?? false
  const hostname = stringAt(fields, 'hostname')
  const subdomain = stringAt(fields, 'subdomain')
  for (const [key, name] of Object.entries({ hostname, subdomain })) {
    const problem = name === null ? null : nameProblem(name, 'label-1123')
    if (problem !== null)
      fields.report.error({ code: 'bad-name', message: `${pathOf(fields, key)}: "${name}" ${problem}.`, at: placeOf(fields, key) })
  }
  reportUnread(fields)
  return {
    nodeName: stringAt(fields, 'nodeName'),
    nodeSelector: stringMapAt(fields, 'nodeSelector') ?? {},
    tolerations: mapsAt(fields, 'tolerations').map(decodeToleration),
    hostNetwork,
    containers: decodeContainers(fields, hostNetwork),
    hostAliases: decodeHostAliases(fields, hostNetwork),
    hostname,
    subdomain,
    dnsPolicy: wordAt(fields, 'dnsPolicy', ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'], 'ClusterFirst'),
    dnsConfig: decodeDnsConfig(fieldsAt(fields, 'dnsConfig')),
  }
}

/** What touches the network or the scheduling and is not looked at. */
function reportUnread(fields: Fields): void {
  const placed = valueAt(fields, 'nodeName') !== null
  if (!placed)
    reportNotModelled(fields, {
      affinity: 'Pods go to the node with the fewest pods; use nodeName or nodeSelector.',
      topologySpreadConstraints: 'Pods go to the node with the fewest pods; use nodeName or nodeSelector.',
    })
  reportNotModelled(fields, { setHostnameAsFQDN: '', ephemeralContainers: 'They do not run.' })
  const sysctls = mapsAt(fieldsAt(fields, 'securityContext'), 'sysctls')
  for (const item of sysctls)
    if (stringAt(item, 'name')?.startsWith('net.'))
      fields.report.info({
        code: 'not-modelled',
        message: `Not modelled: sysctl ${stringAt(item, 'name')} of a pod.`,
        at: placeOf(item, 'name'),
      })
}

/** Lines of /etc/hosts. A pod on the host network has that of its node. */
function decodeHostAliases(fields: Fields, hostNetwork: boolean): Pod['hostAliases'] {
  if (hostNetwork) {
    reportNotModelled(fields, { hostAliases: "A pod on the host network has its node's /etc/hosts here." })
    return []
  }
  return mapsAt(fields, 'hostAliases').flatMap((alias) => {
    if (valueAt(alias, 'ip') === null) reportMissing(alias, 'ip')
    const ip = addressAt(alias, 'ip')
    return ip === null ? [] : [{ ip, hostnames: stringsAt(alias, 'hostnames') }]
  })
}

function decodeToleration(fields: Fields): Toleration {
  return {
    key: stringAt(fields, 'key'),
    operator: wordAt(fields, 'operator', ['Equal', 'Exists'], 'Equal'),
    value: stringAt(fields, 'value') ?? '',
    effect: stringAt(fields, 'effect'),
  }
}

function decodeDnsConfig(fields: Fields): Pod['dnsConfig'] {
  if (fields.map === null) return null
  const options = mapsAt(fields, 'options').map((option) => ({ name: stringAt(option, 'name') ?? '', value: stringAt(option, 'value') }))
  return { nameservers: stringsAt(fields, 'nameservers'), searches: stringsAt(fields, 'searches'), options }
}

/** The containers that run: the ordinary ones, then sidecars (init containers that restart always, KEP-753). Other init containers have ended. */
function decodeContainers(fields: Fields, hostNetwork: boolean): Container[] {
  const list = mapsAt(fields, 'containers')
  if (list.length === 0 && fields.map !== null) reportMissing(fields, 'containers')
  const sidecars = mapsAt(fields, 'initContainers').filter((container) => stringAt(container, 'restartPolicy') === 'Always')
  const names = new Set<string>()
  return [...list, ...sidecars].map((container) => {
    reportUnknownFields(container, CONTAINER_FIELDS)
    const name = stringAt(container, 'name')
    if (name === null) reportMissing(container, 'name')
    const problem = name === null ? null : nameProblem(name, 'label-1123')
    if (problem !== null)
      fields.report.error({
        code: 'bad-name',
        message: `${pathOf(container, 'name')}: "${name}" ${problem}.`,
        at: placeOf(container, 'name'),
      })
    if (name !== null && names.has(name))
      fields.report.error({
        code: 'duplicate-name',
        message: `Two containers of this pod are called "${name}".`,
        at: placeOf(container, 'name'),
      })
    names.add(name ?? '')
    const image = stringAt(container, 'image')
    if (image === null)
      fields.report.warning({
        code: 'missing-field',
        message: `${pathOf(container, 'image')} is missing: the API server would refuse this pod. Here the image does not matter.`,
        at: placeOf(container),
      })
    return { name: name ?? '', image: image ?? '', ports: decodePorts(container, hostNetwork) }
  })
}

function decodePorts(container: Fields, hostNetwork: boolean): ContainerPort[] {
  const names = new Set<string>()
  return mapsAt(container, 'ports').flatMap((port) => {
    reportUnknownFields(port, ['name', 'containerPort', 'protocol', 'hostPort', 'hostIP'])
    const name = stringAt(port, 'name')
    const problem = name === null ? null : portNameProblem(name)
    if (problem !== null)
      port.report.error({ code: 'bad-name', message: `${pathOf(port, 'name')}: "${name}" ${problem}.`, at: placeOf(port, 'name') })
    if (name !== null && names.has(name))
      port.report.error({ code: 'duplicate-name', message: `Two ports of this container are called "${name}".`, at: placeOf(port, 'name') })
    if (name !== null) names.add(name)
    const containerPort = portAt(port, 'containerPort')
    if (valueAt(port, 'containerPort') === null) reportMissing(port, 'containerPort')
    const hostPort = portAt(port, 'hostPort')
    if (hostPort !== null && hostNetwork && containerPort !== null && hostPort !== containerPort) {
      port.report.error({
        code: 'bad-port',
        message: `On the host network hostPort must equal containerPort (${containerPort}).`,
        at: placeOf(port, 'hostPort'),
      })
    }
    return containerPort === null
      ? []
      : [
          {
            name,
            containerPort,
            protocol: wordAt(port, 'protocol', PROTOCOLS, 'TCP') as Protocol,
            hostPort,
            hostIP: addressAt(port, 'hostIP'),
          },
        ]
  })
}

/** What `status` and `metadata` of a Pod document say about its life: address, readiness, phase. */
export function decodePodStatus(fields: Fields): Pick<PodDraft, 'podIP' | 'ready' | 'terminating' | 'finished'> {
  const status = fieldsAt(fields, 'status')
  const text = stringAt(status, 'podIP')
  const podIP = podIPOf(status, text)
  if (text !== null && podIP === null && !isIPv6(text))
    status.report.error({ code: 'bad-address', message: `status.podIP: "${text}" is no IP address.`, at: placeOf(status, 'podIP') })
  if (podIP !== null && podIP === 0)
    status.report.error({
      code: 'bad-address',
      message: `status.podIP: ${formatAddress(podIP)} cannot be a pod's address.`,
      at: placeOf(status, 'podIP'),
    })
  const ready = mapsAt(status, 'conditions').find((condition) => stringAt(condition, 'type') === 'Ready')
  const phase = stringAt(status, 'phase')
  return {
    podIP,
    ready: ready === undefined || stringAt(ready, 'status') !== 'False',
    terminating: valueAt(fieldsAt(fields, 'metadata'), 'deletionTimestamp') !== null,
    finished: phase === 'Succeeded' || phase === 'Failed' || isPending(fields, phase),
  }
}

function isPending(fields: Fields, phase: string | null): boolean {
  if (phase !== 'Pending' || stringAt(fieldsAt(fields, 'spec'), 'nodeName') !== null) return false
  fields.report.info({
    code: 'pending-pod',
    message: 'This pod is pending and has no node: it is left out. Take its status away to have it placed.',
    at: placeOf(fieldsAt(fields, 'status'), 'phase'),
  })
  return true
}

/** The IPv4 one of a dual-stack pod. */
function podIPOf(status: Fields, text: string | null): Address | null {
  if (text === null || !isIPv6(text)) return text === null ? null : parseAddress(text)
  const four = mapsAt(status, 'podIPs').flatMap((item) => parseAddress(stringAt(item, 'ip') ?? '') ?? [])[0] ?? null
  reportIPv6(status.report, {
    said: `status.podIP: ${text}`,
    instead: four === null ? "The pod gets an IPv4 address of its node's network instead." : `Only ${formatAddress(four)} is simulated.`,
    at: placeOf(status, 'podIP'),
    lost: four === null,
  })
  return four
}

/** `replicas`, `parallelism` …: 0 … 5000. */
export function countAt(fields: Fields, key: string, fallback: number): number {
  const count = integerAt(fields, key)
  if (count === null) return fallback
  if (count >= 0 && count <= 5000) return count
  fields.report.error({
    code: 'bad-count',
    message: `${pathOf(fields, key)}: ${count} must be between 0 and 5000.`,
    at: placeOf(fields, key),
  })
  return fallback
}
