/** `kubectl describe` (kubectl pkg/describe/describe.go): pods, Services, nodes, workloads and EndpointSlices. */
import { type CommandResult, type KubeApi, printed } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import type { KubectlCommand, KubectlOptions } from './kubectl-options.ts'
import { type KubeObject, metadataOf, type Resource } from './kubectl-tables.ts'
import { readSelector, readTargets } from './kubectl-targets.ts'

type Json = Readonly<Record<string, unknown>>
const record = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {})
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : [])
const text = (value: unknown, none = '<none>'): string => String(value ?? '') || none
/** One line: a label with its colon, and what it says; null is left out. */
type Line = readonly [label: string, value: string] | null

/** `kubectl describe RESOURCE [NAME…] [-l SELECTOR]`. */
export const kubectlDescribe: KubectlCommand = (words, options, kube) => {
  const targets = readTargets(words, options)
  if ('code' in targets) return targets
  const parts: string[] = []
  const missing: string[] = []
  for (const { resource, names } of targets) {
    const describe = DESCRIBERS[resource.plural]
    if (describe === undefined) return notModelled('kubectl', `describe ${resource.plural}`)
    const objects = select(resource, names, options, kube)
    if ('code' in objects) return objects
    missing.push(...objects.missing.map((name) => `Error from server (NotFound): ${resource.full} "${name}" not found\n`))
    if (objects.byPrefix) return printed(objects.found.map((object) => `${describe(object, kube)}\n`).join(''))
    parts.push(...objects.found.map((object) => describe(object, kube)))
  }
  if (missing.length > 0) return { ...printed(parts.join('\n\n')), stderr: missing.join(''), code: 1 }
  if (parts.length === 0)
    return { ...printed(''), stderr: `No resources found${options.allNamespaces ? '' : ` in ${options.namespace} namespace.`}\n` }
  return printed(parts.join('\n\n'))
}

interface Selected {
  readonly found: readonly KubeObject[]
  readonly missing: readonly string[]
  /** The one name given was the beginning of theirs: each is followed by an empty line. */
  readonly byPrefix: boolean
}

function select(resource: Resource, names: readonly string[], options: KubectlOptions, kube: KubeApi): Selected | CommandResult {
  const matches = options.selector === null ? () => true : readSelector(options.selector)
  if (typeof matches !== 'function') return matches
  const all = (kube.list(resource.plural, resource.namespaced && !options.allNamespaces ? options.namespace : null) ??
    []) as readonly KubeObject[]
  const missing = names.filter((name) => !all.some((object) => metadataOf(object).name === name))
  // DescribeMatchingResources(): a single name that is none may be the beginning of some.
  const [prefix] = names
  const beginning =
    names.length === 1 && missing.length === 1 ? all.filter((object) => metadataOf(object).name.startsWith(prefix ?? '')) : []
  if (beginning.length > 0) return { found: beginning, missing: [], byPrefix: true }
  const wanted = (object: KubeObject): boolean => names.length === 0 || names.includes(metadataOf(object).name)
  return { found: all.filter((object) => wanted(object) && matches(metadataOf(object).labels ?? {})), missing, byPrefix: false }
}

/** Labels in one column, wide enough for the longest; further lines of a value are indented to it. */
function columns(lines: readonly Line[]): string {
  const shown = lines.filter((line) => line !== null)
  const width = Math.max(...shown.map(([label]) => label.length)) + 2
  return shown.map(([label, value]) => `${`${label}:`.padEnd(width + 1)}${value.replaceAll('\n', `\n${' '.repeat(width + 1)}`)}\n`).join('')
}

function pairs(value: unknown, sign = '='): string {
  const held = record(value)
  const lines = Object.keys(held)
    .sort()
    .map((key) => `${key}${sign}${text(held[key], '')}`)
  return lines.join('\n') || '<none>'
}

const selectorText = (value: unknown): string => pairs(value).replaceAll('\n', ',')
const heading = (object: KubeObject): Line[] => {
  const { name, namespace } = metadataOf(object)
  return [['Name', name], namespace === undefined ? null : ['Namespace', namespace]]
}
const marks = (object: KubeObject): Line[] => {
  const metadata = record(object.metadata)
  return [
    ['Labels', pairs(metadata.labels)],
    ['Annotations', pairs(metadata.annotations, ': ')],
  ]
}
const NO_EVENTS = 'Events:  <none>\n'

function describePod(object: KubeObject): string {
  const [spec, status, metadata] = [record(object.spec), record(object.status), record(object.metadata)]
  const owner = list(metadata.ownerReferences)[0]
  const terminating = metadata.deletionTimestamp !== undefined
  const head = columns([
    ...heading(object),
    ['Node', `${text(spec.nodeName)}/${text(status.hostIP, '')}`],
    ...marks(object),
    ['Status', terminating ? 'Terminating' : text(status.phase)],
    ['IP', text(status.podIP, '')],
    owner === undefined ? null : ['Controlled By', `${text(owner.kind)}/${text(owner.name)}`],
  ])
  const containers = list(spec.containers).map((container) => {
    const state = list(status.containerStatuses).find((one) => one.name === container.name)
    const ports = list(container.ports)
    const each = (key: string, none: string): string =>
      ports.map((port) => `${text(port[key], none)}/${text(port.protocol, 'TCP')}`).join(', ') || '<none>'
    return `  ${text(container.name)}:\n    Container ID:   ${text(state?.containerID, '')}\n    Image:          ${text(container.image)}\n    Port${ports.length > 1 ? 's:         ' : ':          '} ${each('containerPort', '0')}\n    Host Port${ports.length > 1 ? 's:    ' : ':     '} ${each('hostPort', '0')}\n    State:          Running\n    Ready:          ${state?.ready === true ? 'True' : 'False'}\n    Restart Count:  0\n`
  })
  const conditions = list(status.conditions).map((one) => `  ${text(one.type).padEnd(14)} ${text(one.status)} \n`)
  const table = conditions.length === 0 ? '' : `Conditions:\n  Type           Status\n${conditions.join('')}`
  return `${head}Containers:\n${containers.join('')}${table}${NO_EVENTS}`
}

/** Ready endpoints of a port as `ip:port`, as describe joins them: four at most. */
function endpointsOf(object: KubeObject, port: Json, kube: KubeApi): string {
  const { name, namespace = null } = metadataOf(object)
  const all = (kube.list('endpointslices', namespace) ?? []) as readonly KubeObject[]
  const slices = all.filter((one) => metadataOf(one).labels?.['kubernetes.io/service-name'] === name)
  const found = slices.flatMap((one) =>
    list(one.ports)
      .filter((own) => text(own.name, '') === text(port.name, '') && text(own.protocol, 'TCP') === text(port.protocol, 'TCP'))
      .flatMap((own) =>
        list(one.endpoints)
          .filter((endpoint) => record(endpoint.conditions).ready !== false)
          .flatMap((endpoint) => (Array.isArray(endpoint.addresses) ? endpoint.addresses.map((ip) => `${ip}:${text(own.port)}`) : [])),
      ),
  )
  const shown = found.slice(0, 3).join(',')
  return slices.length === 0 ? '<none>' : found.length > 3 ? `${shown} + ${found.length - 3} more...` : shown
}

function describeService(object: KubeObject, kube: KubeApi): string {
  const spec = record(object.spec)
  const ingress = list(record(record(object.status).loadBalancer).ingress)
  const ports = list(spec.ports).flatMap((port): Line[] => [
    ['Port', `${text(port.name, '<unset>')}  ${text(port.port)}/${text(port.protocol, 'TCP')}`],
    ['TargetPort', `${text(port.targetPort)}/${text(port.protocol, 'TCP')}`],
    port.nodePort === undefined
      ? null
      : ['NodePort', `${text(port.name, '<unset>')}  ${text(port.nodePort)}/${text(port.protocol, 'TCP')}`],
    ['Endpoints', endpointsOf(object, port, kube)],
  ])
  const strings = (value: unknown): string => (Array.isArray(value) ? value.join(',') : text(value))
  return columns([
    ...heading(object),
    ...marks(object),
    ['Selector', selectorText(spec.selector)],
    ['Type', text(spec.type)],
    ['IP Family Policy', 'SingleStack'],
    ['IP Families', 'IPv4'],
    ['IP', text(spec.clusterIP, '')],
    ['IPs', strings(spec.clusterIPs)],
    spec.externalIPs === undefined ? null : ['External IPs', strings(spec.externalIPs)],
    ingress.length === 0 ? null : ['LoadBalancer Ingress', ingress.map((one) => text(one.ip ?? one.hostname)).join(', ')],
    spec.externalName === undefined ? null : ['External Name', text(spec.externalName)],
    ...ports,
    ['Session Affinity', text(spec.sessionAffinity, 'None')],
    spec.externalTrafficPolicy === undefined ? null : ['External Traffic Policy', text(spec.externalTrafficPolicy)],
    spec.internalTrafficPolicy === undefined ? null : ['Internal Traffic Policy', text(spec.internalTrafficPolicy)],
    spec.healthCheckNodePort === undefined ? null : ['HealthCheck NodePort', text(spec.healthCheckNodePort)],
    spec.loadBalancerSourceRanges === undefined ? null : ['LoadBalancer Source Ranges', strings(spec.loadBalancerSourceRanges)],
    ['Events', '<none>'],
  ])
}

function describeNode(object: KubeObject, kube: KubeApi): string {
  const [spec, status] = [record(object.spec), record(object.status)]
  const { name } = metadataOf(object)
  const pods = ((kube.list('pods', null) ?? []) as readonly KubeObject[]).filter((pod) => record(pod.spec).nodeName === name)
  const width = Math.max(9, ...pods.map((pod) => (metadataOf(pod).namespace ?? '').length)) + 4
  const rows = pods.map((pod) => `  ${(metadataOf(pod).namespace ?? '').padEnd(width)}${metadataOf(pod).name}\n`)
  const addresses = list(status.addresses).map((one) => `  ${`${text(one.type)}:`.padEnd(13)}${text(one.address)}\n`)
  const head = columns([['Name', name], ...marks(object)])
  return `${head}Addresses:\n${addresses.join('')}PodCIDR:                      ${text(spec.podCIDR)}\nNon-terminated Pods:          (${pods.length} in total)\n  ${'Namespace'.padEnd(width)}Name\n${rows.join('')}${NO_EVENTS}`
}

function describeWorkload(object: KubeObject): string {
  const [spec, status] = [record(object.spec), record(object.status)]
  const ready = text(status.readyReplicas ?? status.numberReady, '0')
  const containers = list(record(record(spec.template).spec).containers).map((one) => {
    const ports = list(one.ports).map((port) => `${text(port.containerPort)}/${text(port.protocol, 'TCP')}`)
    return `   ${text(one.name)}:\n    Image:      ${text(one.image)}\n    Port:       ${ports.join(', ') || '<none>'}\n`
  })
  const head = columns([
    ...heading(object),
    ['Selector', selectorText(record(spec.selector).matchLabels ?? spec.selector)],
    ...marks(object),
    [
      'Replicas',
      `${text(spec.replicas ?? status.desiredNumberScheduled, '0')} desired | ${text(status.replicas ?? status.currentNumberScheduled, '0')} total | ${ready} available`,
    ],
  ])
  return `${head}Pod Template:\n  Labels:  ${selectorText(record(record(spec.template).metadata).labels)}\n  Containers:\n${containers.join('')}${NO_EVENTS}`
}

function describeSlice(object: KubeObject): string {
  const ports = list(object.ports).map(
    (port) => `  ${text(port.name, '<unset>').padEnd(9)} ${text(port.port).padEnd(5)} ${text(port.protocol, 'TCP')}\n`,
  )
  const endpoints = list(object.endpoints).map((endpoint) => {
    const conditions = record(endpoint.conditions)
    const target = record(endpoint.targetRef)
    const name = target.name === undefined ? '' : `    TargetRef:  ${text(target.kind)}/${text(target.name)}\n`
    const ready = conditions.ready === undefined ? '<unset>' : String(conditions.ready)
    return `  - Addresses:  ${Array.isArray(endpoint.addresses) ? endpoint.addresses.join(', ') : ''}\n    Conditions:\n      Ready:    ${ready}\n    Hostname:   ${text(endpoint.hostname, '<unset>')}\n${name}    NodeName:   ${text(endpoint.nodeName, '<unset>')}\n    Zone:       ${text(endpoint.zone, '<unset>')}\n`
  })
  const head = columns([...heading(object), ...marks(object), ['AddressType', text(object.addressType)]])
  return `${head}Ports:\n  Name      Port  Protocol\n  ----      ----  --------\n${ports.join('')}Endpoints:\n${endpoints.join('')}${NO_EVENTS}`
}

const DESCRIBERS: Readonly<Record<string, (object: KubeObject, kube: KubeApi) => string>> = {
  pods: describePod,
  services: describeService,
  nodes: describeNode,
  endpointslices: describeSlice,
  deployments: describeWorkload,
  replicasets: describeWorkload,
  statefulsets: describeWorkload,
  daemonsets: describeWorkload,
}
