/** Who is asked about whom, and the walk that tells it: one plan for the rows, the matrix and the page, so that they never disagree. */
import type { Cluster, Pod, Service } from '../kubernetes/cluster.ts'
import { formatAddress } from '../net/address.ts'

export interface Probe {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
}

export interface ReachQuestion {
  /** Every port of every Service, pods and Hosts, or both and the internet. */
  readonly to: 'pods' | 'services' | 'all'
  /** `every-pod`: each pod, the system's too, and each Host. Else what the text brings, pods singly or by owner, and the internet. */
  readonly among: 'every-pod' | 'pods' | 'workloads'
  /** Pods and Hosts are asked on these; null: on the ports that they declare. */
  readonly probes: readonly Probe[] | null
}

/** A row: 'deployment/default/web' with its pods, or a single pod, Host or the internet. */
export interface ReachGroup {
  readonly ref: string
  /** As a Walk's `from` names them. */
  readonly members: readonly string[]
}

/** A column: 'svc/default/web', 'deployment/default/web', 'pod/default/web-0', 'host/db' or 'internet', and a port of it. */
export interface ReachGoal extends Probe {
  readonly ref: string
}

/** A walk, by its ends. */
export interface ReachPair {
  readonly from: string
  readonly to: string
}

export interface ReachPlan {
  readonly senders: readonly ReachGroup[]
  readonly goals: readonly ReachGoal[]
  /** By sender, then by goal: empty where a member would only reach itself. */
  readonly pairs: readonly (readonly (readonly ReachPair[])[])[]
}

interface Goal extends ReachGoal {
  /** Where a sender walks to. */
  readonly targets: (sender: string) => readonly string[]
}

interface Group {
  readonly ref: string
  readonly pods: readonly Pod[]
}

/** The plan of a question. `most`: so many pods of each workload stand for the others. */
export function reachPlan(cluster: Cluster, question: ReachQuestion, most = Number.POSITIVE_INFINITY): ReachPlan {
  const groups = groupsOf(cluster, question.among, most)
  const every = question.among === 'every-pod'
  const senders: ReachGroup[] = [
    ...groups.map(({ ref, pods }) => ({ ref, members: pods.map(podRef) })),
    ...cluster.hosts.filter(({ interfaces }) => interfaces.length > 0).map(({ meta }) => single(`host/${meta.name}`)),
    ...(every ? [] : [single('internet')]),
  ]
  const goals = [
    ...(question.to === 'pods' ? [] : cluster.services.flatMap((service) => serviceGoals(service, cluster, every))),
    ...(question.to === 'services' ? [] : [...groups.flatMap((group) => podGoals(group, question)), ...hostGoals(cluster, question)]),
    ...(question.to === 'all' ? [INTERNET] : []),
  ]
  const pairs = senders.map(({ members }) =>
    goals.map((goal) => members.flatMap((from) => goal.targets(from).map((to) => ({ from, to: `${goal.protocol}://${to}` })))),
  )
  return { senders, goals: goals.map(({ ref, protocol, port }) => ({ ref, protocol, port })), pairs }
}

/** How many walks a plan takes. */
export const walksOf = ({ pairs }: ReachPlan): number => pairs.reduce((sum, row) => sum + row.flat().length, 0)

const single = (ref: string): ReachGroup => ({ ref, members: [ref] })
const podRef = ({ meta }: Pod): string => `pod/${meta.namespace}/${meta.name}`
const protocolOf = (protocol: string): Probe['protocol'] => protocol.toLowerCase() as Probe['protocol']

/** Pods by owner, or singly. The pods of CoreDNS are the cluster's own where the text does not bring it: they stand nowhere in it. */
function groupsOf(cluster: Cluster, among: ReachQuestion['among'], most: number): readonly Group[] {
  const groups = new Map<string, Pod[]>()
  for (const pod of cluster.pods) {
    if (among !== 'every-pod' && pod.meta.range === null) continue
    const ref = pod.owner ?? podRef(pod)
    const own = groups.get(ref)
    if (own) own.push(pod)
    else groups.set(ref, [pod])
  }
  const sampled = [...groups].map(([ref, pods]) => ({ ref, pods: spread(pods, most) }))
  if (among === 'workloads') return sampled
  const chosen = new Set(sampled.flatMap(({ pods }) => pods))
  return cluster.pods.filter((pod) => chosen.has(pod)).map((pod) => ({ ref: podRef(pod), pods: [pod] }))
}

/** So many of the pods, on different nodes where they can be. */
function spread(pods: readonly Pod[], most: number): readonly Pod[] {
  if (pods.length <= most) return pods
  const nodes = new Set<string>()
  const first = pods.filter(({ nodeName }) => !nodes.has(nodeName) && nodes.add(nodeName))
  return [...first, ...pods.filter((pod) => !first.includes(pod))].slice(0, most)
}

function serviceGoals(service: Service, cluster: Cluster, every: boolean): Goal[] {
  const { clusterIP, meta } = service
  if (clusterIP === null || (meta.range === null && !every)) return []
  const ref = `svc/${meta.namespace}/${meta.name}`
  return service.ports.map((port) => ({
    ref,
    protocol: protocolOf(port.protocol),
    port: port.port,
    targets: (from) => [(from.startsWith('pod/') ? null : outsideTarget(service, port, cluster)) ?? `${ref}:${port.port}`],
  }))
}

/**
 * From outside a Service is its load balancer's address, else an external one, else its node port on the first node. One that has none of
 * these is walked to by its ClusterIP: that nobody there knows the way is the answer.
 */
function outsideTarget({ loadBalancerIngress, externalIPs }: Service, port: Service['ports'][number], cluster: Cluster): string | null {
  const [address] = [...loadBalancerIngress.flatMap(({ ip }) => ip ?? []), ...externalIPs]
  if (address !== undefined) return `${formatAddress(address)}:${port.port}`
  const node = cluster.nodes[0]?.meta.name
  return port.nodePort === null || node === undefined ? null : `node/${node}:${port.nodePort}`
}

/** The ports that are asked for, else those that the pods of a group declare. */
function podGoals({ ref, pods }: Group, { probes }: ReachQuestion): Goal[] {
  const ports = new Map<string, Probe>()
  const declared = pods.flatMap(({ containers }) => containers).flatMap((container) => container.ports)
  for (const one of probes ?? declared.map(({ containerPort, protocol }) => ({ port: containerPort, protocol: protocolOf(protocol) })))
    ports.set(`${one.port}/${one.protocol}`, one)
  return [...ports.values()].map(({ protocol, port }) => ({
    ref,
    protocol,
    port,
    targets: (from) => pods.flatMap((pod) => (podRef(pod) === from ? [] : [`${podRef(pod)}:${port}`])),
  }))
}

/** Machines outside. */
function hostGoals({ hosts }: Cluster, { probes }: ReachQuestion): Goal[] {
  return hosts.flatMap(({ meta, listen, interfaces }) => {
    const ref = `host/${meta.name}`
    if (interfaces.length === 0) return []
    return (probes ?? listen).map(({ protocol, port }) => ({
      ref,
      protocol,
      port,
      targets: (from: string) => (from === ref ? [] : [`${ref}:${port}`]),
    }))
  })
}

const INTERNET: Goal = { ref: 'internet', protocol: 'tcp', port: 80, targets: (from) => (from === 'internet' ? [] : ['internet:80']) }
