/** What can be named in the walk bar: senders, targets, and how the names are written (DESIGN §4). Pure. */
import type { Topology, TopologyPod, TopologyService } from '../../engine/simulation/topology.ts'

export interface Suggestion {
  readonly value: string
  readonly hint: string
}

/** 'pod/default/web' → 'pod/web'; other namespaces stay. */
export function shortRef(ref: string): string {
  return ref.replace(/^(pod|service)\/default\//, '$1/')
}

/** Kinds of controllers as pods name them, and how `kubectl` shortens them. */
const SHORT_KINDS: Readonly<Record<string, string>> = {
  deployment: 'deploy',
  statefulset: 'sts',
  daemonset: 'ds',
  job: 'job',
  replicationcontroller: 'rc',
}
const LONG_KINDS: Readonly<Record<string, string>> = {
  ...{ po: 'pod', pods: 'pod', no: 'node', nodes: 'node', deployments: 'deployment', deploy: 'deployment' },
  ...{ sts: 'statefulset', ds: 'daemonset', rc: 'replicationcontroller' },
}

/** 'deployment/default/web' → 'deploy/web'. */
function shortWorkload(workload: string): string | null {
  const [kind = '', namespace, name] = workload.split('/')
  const short = SHORT_KINDS[kind]
  return short === undefined ? null : namespace === 'default' ? `${short}/${name}` : `${short}/${namespace}/${name}`
}

/** Everything a packet can be sent from: controllers first, whose names stay when their pods' change. */
export function senders(topology: Topology): readonly Suggestion[] {
  const owners = new Set(topology.machines.flatMap((machine) => machine.pods.flatMap((pod) => pod.workload ?? [])))
  const workloads = [...owners].flatMap((owner) => {
    const value = shortWorkload(owner)
    return value === null ? [] : [{ value, hint: 'the first of its pods' }]
  })
  const pods = topology.machines.flatMap((machine) =>
    machine.pods.map((pod) => ({ value: shortRef(pod.ref), hint: `${pod.address} on ${machine.name}` })),
  )
  const machines = topology.machines
    .filter((machine) => machine.kind !== 'gateway')
    .map((machine) => ({ value: machine.ref, hint: machine.kind === 'internet' ? 'outside the network' : machine.address }))
  return [...workloads, ...pods, ...machines]
}

/** A pod as a sender: by its controller when it has one. */
export function senderOf(pod: TopologyPod): string {
  return (pod.workload === null ? null : shortWorkload(pod.workload)) ?? shortRef(pod.ref)
}

/** What is wrong with a sender; null when nothing is, or when only the engine can tell. */
export function senderProblem(text: string, topology: Topology): string | null {
  if (text === '') return 'Say who sends: a pod, a node, a host or the internet.'
  const [kind = '', ...names] = text.split('/')
  const long = Object.hasOwn(LONG_KINDS, kind) ? LONG_KINDS[kind] : kind
  const isNamed = names.length > 0
  if (isNamed && !['pod', 'node', 'host', ...Object.keys(SHORT_KINDS)].includes(long ?? '')) return null
  const ref = [long, ...(names.length === 1 && long !== 'node' && long !== 'host' ? ['default', ...names] : names)].join('/')
  const isThere = topology.machines.some(
    (machine) => machine.ref === ref || machine.pods.some((pod) => pod.ref === ref || pod.workload === ref),
  )
  if (isThere) return null
  const known = senders(topology)
  const close = isNamed ? nearest(text, known) : (known.find(({ value }) => value.endsWith(`/${text}`))?.value ?? nearest(text, known))
  return `No pod, node or host has this name.${close ? ` Did you mean ${close}?` : ''}`
}

/** Likely targets of a sender, the Services first. */
export function targets(topology: Topology, from: string): readonly Suggestion[] {
  const inside = !/^(?:(?:node|host)\/|internet$)/.test(from)
  const namespace = from.split('/').length === 3 ? (from.split('/')[1] ?? 'default') : 'default'
  const byName = topology.services.flatMap((service) => (inside ? serviceTargets(service, namespace) : clusterIpTargets(service)))
  const outside = inside ? [] : nodePortTargets(topology)
  const pods = topology.machines.flatMap((machine) => machine.pods.flatMap(podTargets))
  const pings = topology.machines.flatMap((machine) => machine.pods.map((pod) => ({ value: `ping ${pod.address}`, hint: pod.name })))
  return [...outside, ...byName, ...pods, ...pings]
}

/** What is wrong with a target before anything is asked; null when only the engine, or the network, can tell. */
export function targetProblem(text: string): string | null {
  return text === '' ? 'Say what to call: http://web, tcp://10.0.0.9:80, ping 10.0.0.9 or dns web.' : null
}

/** A target that was probably meant: with its scheme, or a host's name spelt right. Null when the text is one, or when none is near. */
export function nearTarget(text: string, known: readonly Suggestion[]): string | null {
  if (known.some(({ value }) => value === text)) return null
  const whole = known.find(({ value }) => value.endsWith(`://${text}`))
  if (whole) return whole.value
  const hosts = known.map((suggestion) => ({ ...suggestion, value: hostOf(suggestion.value) }))
  const host = nearest(hostOf(text), hosts)
  return host === null ? null : (known[hosts.findIndex(({ value }) => value === host)]?.value ?? null)
}

/** 'http://pod/web:80/x' → 'pod/web'. */
function hostOf(target: string): string {
  return target.replace(/^(?:\w+:\/\/|ping\s+|dns\s+)/, '').replace(/:\d+.*$/, '')
}

/** The nearest known value, for "did you mean"; null when none is near. */
export function nearest(text: string, known: readonly Suggestion[]): string | null {
  let best: string | null = null
  let least = Math.max(2, Math.floor(text.length / 3)) + 1
  for (const { value } of known) {
    const distance = value.startsWith(text) && text.length > 4 ? 1 : editDistance(text, value, least)
    if (distance < least) {
      least = distance
      best = value
    }
  }
  return best
}

function serviceTargets(service: TopologyService, namespace: string): readonly Suggestion[] {
  return service.ports.map((port) => ({ value: portTarget(service, port, namespace), hint: `Service, ${service.type}` }))
}

/** A Service's first port as a target, by its name as seen from a namespace. */
export function serviceTarget(service: TopologyService, namespace: string): string {
  const [port] = service.ports
  return port ? portTarget(service, port, namespace) : ''
}

/** A Service's first NodePort as a target, at one node; null when it has none. */
export function nodePortTarget(service: TopologyService, node: { readonly ref: string }): string | null {
  const port = service.ports.find(({ nodePort }) => nodePort !== null)
  return port ? `${scheme(port)}://${node.ref}:${port.nodePort}` : null
}

function portTarget(service: TopologyService, port: TopologyService['ports'][number], namespace: string): string {
  const name = service.namespace === namespace ? service.name : `${service.name}.${service.namespace}`
  return `${scheme(port)}://${name}${port.port === 80 && scheme(port) === 'http' ? '' : `:${port.port}`}`
}

function clusterIpTargets(service: TopologyService): readonly Suggestion[] {
  if (service.clusterIP === null) return []
  return service.ports.map((port) => ({ value: `${scheme(port)}://${service.clusterIP}:${port.port}`, hint: `Service ${service.name}` }))
}

function nodePortTargets(topology: Topology): readonly Suggestion[] {
  return topology.services.flatMap((service) =>
    service.ports
      .filter((port) => port.nodePort !== null)
      .flatMap((port) =>
        topology.machines
          .filter((machine) => machine.kind === 'node')
          .map((node) => ({ value: `${scheme(port)}://${node.ref}:${port.nodePort}`, hint: `Service ${service.name}, NodePort` })),
      ),
  )
}

function podTargets(pod: TopologyPod): readonly Suggestion[] {
  return pod.containers.flatMap((container) =>
    container.ports.map((port) => ({
      value: `${scheme({ ...port, name: null })}://${shortRef(pod.ref)}:${port.port}`,
      hint: `${pod.address}, container ${container.name}`,
    })),
  )
}

function scheme(port: { readonly name: string | null; readonly port: number; readonly protocol: string }): string {
  if (port.protocol !== 'TCP') return port.protocol.toLowerCase()
  return [80, 8000, 8080, 3000, 5000].includes(port.port) || /^(http|web)/.test(port.name ?? '') ? 'http' : 'tcp'
}

/** Levenshtein distance, given up at `most`. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? most
}
