/** A new thing is a new document behind all others; a node may be a number or a list entry of the Cluster document instead. */
import { isMap, isScalar, isSeq } from 'yaml'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { cidrContains, formatCidr, parseCidr } from '../../net/cidr.ts'
import type { Cluster } from '../cluster.ts'
import type { TextChange } from '../diagnostic.ts'
import { appendDocuments, type Drawing, freeName, inOrder, objectAt, refOfPod } from './drawing.ts'
import { type Drawn, type DrawnKind, type DrawProblem, problem } from './gesture.ts'
import {
  deploymentText,
  hostText,
  ingressText,
  networkPolicyText,
  networkText,
  nodeText,
  podText,
  scriptText,
  serviceText,
  walkText,
} from './templates.ts'
import { appendItem, at, setValue } from './yaml-edit.ts'

/** A new thing of a kind, where it was dropped. */
export function add(drawing: Drawing, what: DrawnKind, on: string | null): Drawn | DrawProblem {
  switch (what) {
    case 'node':
      return addNode(drawing)
    case 'pod':
      return addPod(drawing, on)
    case 'deployment': {
      const name = freeName(drawing, 'Deployment', 'web')
      return appended(drawing, deploymentText(name), `deployment/default/${name}`)
    }
    case 'service':
      return addService(drawing, on)
    case 'host':
      return addHost(drawing, on)
    case 'network':
      return addNetwork(drawing)
    case 'bridge':
      return addBridge(drawing, on)
    case 'script':
      return addScript(drawing, on)
    case 'walk':
      return addWalk(drawing, on)
    case 'networkpolicy':
      return addPolicy(drawing, on)
    case 'ingress':
      return addIngress(drawing, on)
  }
}

function appended(drawing: Drawing, document: string, select: string | null, note: string | null = null): Drawn {
  return { changes: [appendDocuments(drawing.text, [document])], select, note }
}

/** Nodes of the cluster as it is; those that nobody wrote are written out, since they would vanish otherwise. */
function addNode(drawing: Drawing): Drawn | DrawProblem {
  const { text, objects, cluster } = drawing
  const names = cluster?.nodes.map(({ meta }) => meta.name) ?? []
  const name = nextNodeName(names)
  const select = `node/${name}`
  const spec = objects.find((object) => object.kind === 'Cluster')
  if (spec?.apiVersion.startsWith('packetwalk.dev/')) {
    const nodes = at(spec.map, 'spec', 'nodes')
    if (isSeq(nodes)) return { changes: [appendItem(text, nodes, { name })], select, note: null }
    const count = isScalar(nodes) && typeof nodes.value === 'number' ? nodes.value : names.length
    return { changes: inOrder([setValue(text, spec.map, ['spec', 'nodes'], count + 1)]), select, note: null }
  }
  if (spec) {
    const nodes = at(spec.map, 'nodes')
    const change = isSeq(nodes)
      ? appendItem(text, nodes, { role: 'worker' })
      : setValue(text, spec.map, ['nodes'], [{ role: 'control-plane' }, { role: 'worker' }])
    return { changes: inOrder([change]), select: null, note: null }
  }
  const written = objects.some((object) => object.kind === 'Node')
  const implied = written || objects.length === 0 ? [] : names
  const first = objects.length === 0 ? 'worker-1' : name
  const documents = [...implied, first].map(nodeText)
  const note = implied.length === 0 ? null : `${implied.join(' and ')} stood in the picture by default; now the text names them.`
  return { changes: [appendDocuments(text, documents)], select: `node/${first}`, note }
}

function nextNodeName(names: readonly string[]): string {
  const stem = names.every((name) => name.startsWith('kind-')) && names.length > 0 ? 'kind-worker' : 'worker-'
  for (let n = 1; ; n++) if (!names.includes(`${stem}${n}`)) return `${stem}${n}`
}

const nodeOf = (on: string | null): string | null => (on?.startsWith('node/') ? on.slice('node/'.length) : null)

function addPod(drawing: Drawing, on: string | null): Drawn {
  const name = freeName(drawing, 'Pod', 'web')
  return appended(drawing, podText(name, nodeOf(on)), `pod/default/${name}`)
}

/** The labels by which a pod is found: `app` alone where it has one. */
export function labelsToFind(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { app } = labels
  if (app !== undefined) return { app }
  const name = labels['app.kubernetes.io/name']
  if (name !== undefined) return { 'app.kubernetes.io/name': name }
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !/hash|revision|index|pod-name/.test(key)))
}

/** Ports of the pod's containers; 80 where it says none. */
function portsOf(cluster: Cluster | null, ref: string | null): readonly { port: number; targetPort: number; protocol: string }[] {
  const pod = cluster?.pods.find((candidate) => refOfPod(candidate) === ref)
  const ports = pod?.containers.flatMap((container) => container.ports) ?? []
  const distinct = ports.filter(
    (port, i) => ports.findIndex((p) => p.containerPort === port.containerPort && p.protocol === port.protocol) === i,
  )
  if (distinct.length === 0) return [{ port: 80, targetPort: 80, protocol: 'TCP' }]
  return distinct.map(({ containerPort, protocol }) => ({ port: containerPort, targetPort: containerPort, protocol }))
}

/** The pod a Service, policy or ingress was dropped on; dropped elsewhere: the first that no Service selects, else the first. */
function podFor(drawing: Drawing, on: string | null) {
  const pods = drawing.cluster?.pods.filter(({ meta, hostNetwork }) => meta.namespace !== 'kube-system' && !hostNetwork) ?? []
  const dropped = pods.find((pod) => refOfPod(pod) === on || pod.owner === on)
  if (dropped) return dropped
  const selected = (labels: Readonly<Record<string, string>>, namespace: string): boolean =>
    drawing.cluster?.services.some(
      ({ meta, selector }) =>
        selector !== null && meta.namespace === namespace && Object.entries(selector).every(([key, value]) => labels[key] === value),
    ) ?? false
  const labelled = pods.filter(({ meta }) => Object.keys(labelsToFind(meta.labels)).length > 0)
  return labelled.find(({ meta }) => !selected(meta.labels, meta.namespace)) ?? labelled[0] ?? null
}

function addService(drawing: Drawing, on: string | null): Drawn {
  const pod = podFor(drawing, on)
  const selector = pod ? labelsToFind(pod.meta.labels) : {}
  const wanted = Object.values(selector)[0] ?? 'web'
  const name = freeName(drawing, 'Service', /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(wanted) ? wanted : 'web')
  const namespace = pod?.meta.namespace ?? 'default'
  const content = { selector: pod ? selector : { app: name }, ports: portsOf(drawing.cluster, pod ? refOfPod(pod) : null) }
  const note = pod ? null : `No pod has the label app: ${name} yet.`
  return appended(drawing, serviceText(name, namespace, content), `service/${namespace}/${name}`, note)
}

function addHost(drawing: Drawing, on: string | null): Drawn | DrawProblem {
  const name = freeName(drawing, 'Host', 'host')
  const network = on?.startsWith('network/') ? on.slice('network/'.length) : 'lan'
  const ip = freeAddress(drawing.cluster, network)
  if (ip === null) return problem(`Network ${network} has no free address.`)
  return appended(drawing, hostText(name, network, ip), `host/${name}`)
}

/** The first address from .50 on that no machine of the network has; null when all are taken. */
export function freeAddress(cluster: Cluster | null, network: string): string | null {
  const cidr = cluster?.networks.find(({ meta }) => meta.name === network)?.cidr ?? parseCidr('172.18.0.0/16')
  if (!cidr) return null
  const machines = [...(cluster?.nodes ?? []), ...(cluster?.hosts ?? [])]
  const taken = new Set(
    machines.flatMap(({ interfaces }) => interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => formatAddress(address)))),
  )
  const base = formatCidr(cidr).split('/')[0] ?? ''
  const prefix = base.slice(0, base.lastIndexOf('.'))
  for (const last of [...range(50, 254), ...range(2, 50)]) {
    const text = `${prefix}.${last}`
    const address = parseAddress(text)
    if (address !== null && cidrContains(cidr, address) && !taken.has(text)) return text
  }
  return null
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

function addNetwork(drawing: Drawing): Drawn | DrawProblem {
  const name = freeName(drawing, 'Network', 'office')
  const taken = new Set(drawing.cluster?.networks.map(({ cidr }) => formatCidr(cidr)) ?? [])
  const cidr = range(9, 255)
    .map((n) => `192.168.${n}.0/24`)
    .find((text) => !taken.has(text))
  return cidr === undefined
    ? problem('No free network is left in 192.168.0.0/16.')
    : appended(drawing, networkText(name, cidr), `network/${name}`)
}

/** node/…, host/… or pod/… as a Script names it. */
function machineFor(drawing: Drawing, on: string | null): string | null {
  if (on !== null && /^(node|host|pod)\//.test(on)) return on.replace(/^pod\/default\//, 'pod/')
  const node = drawing.cluster?.nodes[0]
  return node ? `node/${node.meta.name}` : null
}

function addBridge(drawing: Drawing, on: string | null): Drawn | DrawProblem {
  const machine = machineFor(drawing, on)
  if (machine === null) return problem('A bridge lives in a machine: drop it on a node or a host.')
  const name = freeName(drawing, 'Script', 'br0')
  return appended(drawing, scriptText(name, machine, [`ip link add ${name} type bridge`, `ip link set ${name} up`]), `script/${name}`)
}

function addScript(drawing: Drawing, on: string | null): Drawn | DrawProblem {
  const machine = machineFor(drawing, on)
  if (machine === null) return problem('A Script runs on a machine: add a node or a host first.')
  const name = freeName(drawing, 'Script', 'script')
  return appended(drawing, scriptText(name, machine, ['ip route']), `script/${name}`)
}

function addWalk(drawing: Drawing, on: string | null): Drawn | DrawProblem {
  const name = freeName(drawing, 'Walk', 'walk')
  const pods = drawing.cluster?.pods.filter(({ meta }) => meta.namespace !== 'kube-system') ?? []
  const from = on !== null && /^(pod|host|node|internet|gateway)\b/.test(on) ? on : pods[0] ? refOfPod(pods[0]) : null
  const service = drawing.cluster?.services.find(
    ({ meta, clusterIP }) => clusterIP !== null && meta.name !== 'kubernetes' && meta.namespace !== 'kube-system',
  )
  if (from === null) return problem('A walk starts somewhere: add a pod or a host first.')
  const to = service ? `http://${service.meta.name}.${service.meta.namespace}:${service.ports[0]?.port ?? 80}/` : 'ping 172.18.0.1'
  return appended(drawing, walkText(name, shortRef(from), to), `walk/${name}`)
}

/** As people write it: without the namespace `default`. */
export function shortRef(ref: string): string {
  return ref.replace(/^(\w+)\/default\//, '$1/').replace(/^service\//, 'svc/')
}

function addPolicy(drawing: Drawing, on: string | null): Drawn | DrawProblem {
  const pod = podFor(drawing, on)
  if (!pod) return problem('A NetworkPolicy selects pods by their labels: add a pod with labels first.')
  const selector = labelsToFind(pod.meta.labels)
  const name = freeName(drawing, 'NetworkPolicy', `only-${Object.values(selector)[0] ?? 'these'}`)
  return appended(drawing, networkPolicyText(name, pod.meta.namespace, selector), `networkpolicy/${pod.meta.namespace}/${name}`)
}

function addIngress(drawing: Drawing, on: string | null): Drawn | DrawProblem {
  const services = drawing.cluster?.services.filter(({ meta }) => meta.name !== 'kubernetes' && meta.namespace !== 'kube-system') ?? []
  const service = services.find(({ meta }) => `service/${meta.namespace}/${meta.name}` === on) ?? services[0]
  if (!service) return problem('An Ingress leads to a Service: add one first.')
  const name = freeName(drawing, 'Ingress', service.meta.name)
  const { namespace } = service.meta
  return appended(
    drawing,
    ingressText(name, namespace, { service: service.meta.name, port: service.ports[0]?.port ?? 80 }),
    `ingress/${namespace}/${name}`,
  )
}

/** Adds or raises nothing but the number of replicas. */
export function scale(drawing: Drawing, ref: string, replicas: number): Drawn | DrawProblem {
  const object = objectAt(drawing, ref)
  if (!object || !isMap(object.map) || !/^(Deployment|ReplicaSet|StatefulSet|ReplicationController)$/.test(object.kind))
    return problem('Only Deployments, ReplicaSets and StatefulSets have a number of replicas.')
  const change: TextChange | null = setValue(drawing.text, object.map, ['spec', 'replicas'], Math.max(0, replicas))
  return { changes: inOrder([change]), select: ref, note: `${object.kind} ${object.name} has ${Math.max(0, replicas)} replicas now.` }
}
