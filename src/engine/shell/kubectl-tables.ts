/** Kubernetes 1.30: pkg/printers/internalversion/printers.go. The columns of `kubectl get` for each resource. */

/** An API object; read only through the accessors below, since it is JSON. */
export type KubeObject = Readonly<Record<string, unknown>>

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly deletionTimestamp?: string
}

/** A resource kubectl can get. `full` is how errors name it, `kindPath` how `-o name` does. */
export interface Resource {
  readonly plural: string
  readonly names: readonly string[]
  readonly namespaced: boolean
  readonly full: string
  readonly kindPath: string
  readonly columns: readonly Column[]
}

/** One column; wide ones are shown by `-o wide` only. */
export interface Column {
  readonly head: string
  readonly wide?: true
  readonly cell: (object: KubeObject) => string
}

type Json = Readonly<Record<string, unknown>>

const record = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {})
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : [])
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])
const text = (value: unknown, none = '<none>'): string => String(value ?? '') || none

/** The metadata of an object. */
export function metadataOf(object: KubeObject): Metadata {
  return object.metadata as Metadata
}

const spec = (object: KubeObject): Json => record(object.spec)
const status = (object: KubeObject): Json => record(object.status)
const name: Column = { head: 'NAME', cell: (object) => metadataOf(object).name }
/** Virtual time has no calendar: everything is as old as the world. */
const age: Column = { head: 'AGE', cell: () => '0s' }

function selectorText(selector: unknown): string {
  const labels = record(record(selector).matchLabels ?? selector)
  return (
    Object.keys(labels)
      .sort()
      .map((key) => `${key}=${labels[key]}`)
      .join(',') || '<none>'
  )
}

const containers = (object: KubeObject): readonly Json[] => list(record(record(spec(object).template).spec).containers)
const containerNames: Column = {
  head: 'CONTAINERS',
  wide: true,
  cell: (object) =>
    containers(object)
      .map((container) => text(container.name))
      .join(','),
}
const containerImages: Column = {
  head: 'IMAGES',
  wide: true,
  cell: (object) =>
    containers(object)
      .map((container) => text(container.image))
      .join(','),
}
const selector: Column = { head: 'SELECTOR', wide: true, cell: (object) => selectorText(spec(object).selector) }

function podReady(object: KubeObject): string {
  const statuses = list(status(object).containerStatuses)
  const total = list(spec(object).containers).length
  return `${statuses.filter((one) => one.ready === true).length}/${total}`
}

function servicePorts(object: KubeObject): string {
  return (
    list(spec(object).ports)
      .map((port) => `${text(port.port)}${port.nodePort === undefined ? '' : `:${text(port.nodePort)}`}/${text(port.protocol, 'TCP')}`)
      .join(',') || '<none>'
  )
}

function externalIPs(object: KubeObject): string {
  const { type, externalIPs: ips, externalName } = spec(object)
  const given = strings(ips)
  if (type === 'ExternalName') return text(externalName)
  if (type !== 'LoadBalancer') return given.join(',') || '<none>'
  const balancer = list(record(status(object).loadBalancer).ingress).map((one) => text(one.ip ?? one.hostname))
  return [...balancer, ...given].join(',') || '<pending>'
}

function nodeAddress(object: KubeObject, type: string): string {
  return text(list(status(object).addresses).find((address) => address.type === type)?.address)
}

function nodeRoles(object: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/'
  return (
    Object.keys(metadataOf(object).labels ?? {})
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
      .sort()
      .join(',') || '<none>'
  )
}

/** At most `max` shown, then "+ N more...". */
function shortened(items: readonly string[], max: number): string {
  if (items.length === 0) return '<none>'
  return items.slice(0, max).join(',') + (items.length > max ? ` + ${items.length - max} more...` : '')
}

const nodeInfo = (object: KubeObject): Json => record(status(object).nodeInfo)

function nodeStatus(object: KubeObject): string {
  const ready = list(status(object).conditions).find((condition) => condition.type === 'Ready')
  return ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
}

const SLICE_LIMIT = 3

const replicaCounts = (desired: string, current: string): Column[] => [
  { head: desired, cell: (object) => text(spec(object).replicas, '0') },
  { head: current, cell: (object) => text(status(object).replicas, '0') },
  { head: 'READY', cell: (object) => text(status(object).readyReplicas, '0') },
]

/** Everything `kubectl get` knows here. */
export const RESOURCES: readonly Resource[] = [
  {
    plural: 'pods',
    names: ['pod', 'po'],
    namespaced: true,
    full: 'pods',
    kindPath: 'pod',
    columns: [
      name,
      { head: 'READY', cell: podReady },
      {
        head: 'STATUS',
        cell: (object) => (metadataOf(object).deletionTimestamp !== undefined ? 'Terminating' : text(status(object).phase, 'Unknown')),
      },
      {
        head: 'RESTARTS',
        cell: (object) => String(list(status(object).containerStatuses).reduce((sum, one) => sum + Number(one.restartCount ?? 0), 0)),
      },
      age,
      { head: 'IP', wide: true, cell: (object) => text(status(object).podIP) },
      { head: 'NODE', wide: true, cell: (object) => text(spec(object).nodeName) },
      { head: 'NOMINATED NODE', wide: true, cell: (object) => text(status(object).nominatedNodeName) },
      { head: 'READINESS GATES', wide: true, cell: () => '<none>' },
    ],
  },
  {
    plural: 'services',
    names: ['service', 'svc'],
    namespaced: true,
    full: 'services',
    kindPath: 'service',
    columns: [
      name,
      { head: 'TYPE', cell: (object) => text(spec(object).type, 'ClusterIP') },
      { head: 'CLUSTER-IP', cell: (object) => text(spec(object).clusterIP) },
      { head: 'EXTERNAL-IP', cell: externalIPs },
      { head: 'PORT(S)', cell: servicePorts },
      age,
      selector,
    ],
  },
  {
    plural: 'nodes',
    names: ['node', 'no'],
    namespaced: false,
    full: 'nodes',
    kindPath: 'node',
    columns: [
      name,
      { head: 'STATUS', cell: nodeStatus },
      { head: 'ROLES', cell: nodeRoles },
      age,
      { head: 'VERSION', cell: (object) => text(nodeInfo(object).kubeletVersion, '') },
      { head: 'INTERNAL-IP', wide: true, cell: (object) => nodeAddress(object, 'InternalIP') },
      { head: 'EXTERNAL-IP', wide: true, cell: (object) => nodeAddress(object, 'ExternalIP') },
      { head: 'OS-IMAGE', wide: true, cell: (object) => text(nodeInfo(object).osImage, '<unknown>') },
      { head: 'KERNEL-VERSION', wide: true, cell: (object) => text(nodeInfo(object).kernelVersion, '<unknown>') },
      { head: 'CONTAINER-RUNTIME', wide: true, cell: (object) => text(nodeInfo(object).containerRuntimeVersion, '<unknown>') },
    ],
  },
  {
    plural: 'deployments',
    names: ['deployment', 'deploy'],
    namespaced: true,
    full: 'deployments.apps',
    kindPath: 'deployment.apps',
    columns: [
      name,
      { head: 'READY', cell: (object) => `${text(status(object).readyReplicas, '0')}/${text(spec(object).replicas, '0')}` },
      { head: 'UP-TO-DATE', cell: (object) => text(status(object).updatedReplicas, '0') },
      { head: 'AVAILABLE', cell: (object) => text(status(object).availableReplicas, '0') },
      age,
      containerNames,
      containerImages,
      selector,
    ],
  },
  {
    plural: 'replicasets',
    names: ['replicaset', 'rs'],
    namespaced: true,
    full: 'replicasets.apps',
    kindPath: 'replicaset.apps',
    columns: [name, ...replicaCounts('DESIRED', 'CURRENT'), age, containerNames, containerImages, selector],
  },
  {
    plural: 'endpointslices',
    names: ['endpointslice'],
    namespaced: true,
    full: 'endpointslices.discovery.k8s.io',
    kindPath: 'endpointslice.discovery.k8s.io',
    columns: [
      name,
      { head: 'ADDRESSTYPE', cell: (object) => text(object.addressType) },
      {
        head: 'PORTS',
        cell: (object) =>
          list(object.ports).length === 0
            ? '<unset>'
            : shortened(
                list(object.ports).map((port) => text(port.port, '*')),
                SLICE_LIMIT,
              ),
      },
      {
        head: 'ENDPOINTS',
        cell: (object) => {
          const addresses = list(object.endpoints).flatMap((endpoint) => strings(endpoint.addresses))
          return addresses.length === 0 ? '<unset>' : shortened(addresses, SLICE_LIMIT)
        },
      },
      age,
    ],
  },
  {
    plural: 'endpoints',
    names: ['ep'],
    namespaced: true,
    full: 'endpoints',
    kindPath: 'endpoints',
    columns: [
      name,
      {
        head: 'ENDPOINTS',
        cell: (object) =>
          shortened(
            list(object.subsets).flatMap((subset) =>
              list(subset.ports).flatMap((port) => list(subset.addresses).map((address) => `${text(address.ip)}:${text(port.port)}`)),
            ),
            SLICE_LIMIT,
          ),
      },
      age,
    ],
  },
  {
    plural: 'namespaces',
    names: ['namespace', 'ns'],
    namespaced: false,
    full: 'namespaces',
    kindPath: 'namespace',
    columns: [name, { head: 'STATUS', cell: (object) => text(status(object).phase, 'Active') }, age],
  },
  {
    plural: 'statefulsets',
    names: ['statefulset', 'sts'],
    namespaced: true,
    full: 'statefulsets.apps',
    kindPath: 'statefulset.apps',
    columns: [
      name,
      { head: 'READY', cell: (object) => `${text(status(object).readyReplicas, '0')}/${text(spec(object).replicas, '0')}` },
      age,
      containerNames,
      containerImages,
    ],
  },
  {
    plural: 'daemonsets',
    names: ['daemonset', 'ds'],
    namespaced: true,
    full: 'daemonsets.apps',
    kindPath: 'daemonset.apps',
    columns: [
      name,
      { head: 'DESIRED', cell: (object) => text(status(object).desiredNumberScheduled, '0') },
      { head: 'CURRENT', cell: (object) => text(status(object).currentNumberScheduled, '0') },
      { head: 'READY', cell: (object) => text(status(object).numberReady, '0') },
      { head: 'UP-TO-DATE', cell: (object) => text(status(object).updatedNumberScheduled, '0') },
      { head: 'AVAILABLE', cell: (object) => text(status(object).numberAvailable, '0') },
      { head: 'NODE SELECTOR', cell: (object) => selectorText(record(record(spec(object).template).spec).nodeSelector) },
      age,
      containerNames,
      containerImages,
      selector,
    ],
  },
]

/** The rows of a table, the header first. */
export function tableOf(
  resource: Resource,
  objects: readonly KubeObject[],
  shown: { readonly wide: boolean; readonly namespace: boolean; readonly prefix: boolean; readonly labels: boolean },
): string[][] {
  const columns = resource.columns.filter((column) => shown.wide || !column.wide)
  const rows = [columns.map((column) => column.head), ...objects.map((object) => columns.map((column) => column.cell(object)))]
  for (const [i, row] of rows.entries()) {
    const object = objects[i - 1]
    if (object && shown.prefix) row[0] = `${resource.kindPath}/${row[0]}`
    if (shown.labels) row.push(object ? selectorText(metadataOf(object).labels ?? {}) : 'LABELS')
    if (shown.namespace) row.unshift(object ? (metadataOf(object).namespace ?? '') : 'NAMESPACE')
  }
  return rows
}
