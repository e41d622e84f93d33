/**
 * The matrix of who reaches whom: pods by the workload that owns them, Services by their ports, the outside. One walk for each pair of
 * members, all in one world. A generator, so that whoever asks can show how far it is and stop it by asking no further.
 */
import type { Cluster, Pod, Service } from '../kubernetes/cluster.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { worldAt } from './checkpoints.ts'
import { runWalk } from './run-walk.ts'
import type { Outcome, WalkOutcome } from './trace.ts'
import type { WalkProblem } from './walk-client.ts'
import type { World } from './world.ts'

/** A row: 'deployment/default/web' with its pods, or a single pod, host or the internet. */
export interface ReachGroup {
  readonly ref: string
  /** As a Walk's `from` names them. */
  readonly members: readonly string[]
}

/** A column. */
export interface ReachGoal {
  readonly ref: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
}

/** Whether the members of a row reach a column. */
export interface MatrixCell {
  /** `mixed`: some do, some do not. */
  readonly outcome: Outcome | 'mixed'
  /** Walks that were delivered, of those that were walked. */
  readonly reached: number
  readonly of: number
  /** Of the first walk that failed. */
  readonly reason: string | null
  readonly by: WalkOutcome['by']
  /** The walk to look at: the first that failed, else the first. */
  readonly walk: { readonly from: string; readonly to: string }
}

export interface ReachMatrix {
  readonly senders: readonly ReachGroup[]
  readonly goals: readonly ReachGoal[]
  /** By sender, then by goal; null where a member would only reach itself. */
  readonly cells: readonly (readonly (MatrixCell | null)[])[]
  /** Only the first members of each group were walked, for there would have been too many walks. */
  readonly sampled: boolean
}

export interface ReachProgress {
  readonly done: number
  readonly total: number
}

/** So many walks at most, unless even two members of each group make more. */
const MOST_WALKS = 20_000
const SAMPLE = 2

/** Makes the matrix, a cell a step. Scripts have run, Walks have not. What every cluster brings itself is left out. */
export function* reachMatrix(
  scenario: Scenario,
  options: { readonly seed?: number } = {},
): Generator<ReachProgress, ReachMatrix | WalkProblem> {
  const world = worldAt(scenario, 'end', options.seed ?? 0)
  if (!world) return { problem: 'no cluster can be built of this text' }
  const all = planOf(world.cluster, Number.POSITIVE_INFINITY)
  const sampled = walksOf(all) > MOST_WALKS
  const plan = sampled ? planOf(world.cluster, SAMPLE) : all
  const total = walksOf(plan)
  let done = 0
  const cells: (MatrixCell | null)[][] = []
  for (const pairs of plan.pairs) {
    const row: (MatrixCell | null)[] = []
    cells.push(row)
    for (const walks of pairs) {
      const cell = walkAll(world, walks)
      if (cell !== null && 'problem' in cell) return cell
      row.push(cell)
      done += walks.length
      yield { done, total }
    }
  }
  const { senders, goals } = plan
  return { senders, goals: goals.map(({ ref, protocol, port }) => ({ ref, protocol, port })), cells, sampled }
}

interface Pair {
  readonly from: string
  readonly to: string
}

interface Goal extends ReachGoal {
  /** Where a sender walks to; empty when there is nobody but itself. */
  readonly targets: (sender: string) => readonly string[]
}

interface Plan {
  readonly senders: readonly ReachGroup[]
  readonly goals: readonly Goal[]
  /** By sender, then by goal. */
  readonly pairs: readonly (readonly (readonly Pair[])[])[]
}

const walksOf = ({ pairs }: Plan): number => pairs.reduce((sum, row) => row.reduce((inRow, walks) => inRow + walks.length, sum), 0)

function planOf(cluster: Cluster, most: number): Plan {
  const groups = groupsOf(cluster).map(({ ref, pods }) => ({ ref, pods: spread(pods, most) }))
  const senders: ReachGroup[] = [
    ...groups.map(({ ref, pods }) => ({ ref, members: pods.map(podRef) })),
    ...cluster.hosts.map(({ meta }) => ({ ref: `host/${meta.name}`, members: [`host/${meta.name}`] })),
    { ref: 'internet', members: ['internet'] },
  ]
  const goals = [
    ...cluster.services.flatMap((service) => serviceGoals(service, cluster)),
    ...groups.flatMap(podGoals),
    ...outsideGoals(cluster),
  ]
  const pairs = senders.map(({ members }) =>
    goals.map((goal) => members.flatMap((from) => goal.targets(from).map((to) => ({ from, to: `${goal.protocol}://${to}` })))),
  )
  return { senders, goals, pairs }
}

const podRef = ({ meta }: Pod): string => `pod/${meta.namespace}/${meta.name}`

/** Pods that the text brings, by owner. */
function groupsOf(cluster: Cluster): { readonly ref: string; readonly pods: readonly Pod[] }[] {
  const groups = new Map<string, Pod[]>()
  for (const pod of cluster.pods) {
    if (pod.meta.namespace === 'kube-system') continue
    const ref = pod.owner ?? podRef(pod)
    const own = groups.get(ref)
    if (own) own.push(pod)
    else groups.set(ref, [pod])
  }
  return [...groups].map(([ref, pods]) => ({ ref, pods }))
}

/** So many of the pods, on different nodes where they can be. */
function spread(pods: readonly Pod[], most: number): readonly Pod[] {
  if (pods.length <= most) return pods
  const nodes = new Set<string>()
  const first = pods.filter(({ nodeName }) => !nodes.has(nodeName) && nodes.add(nodeName))
  return [...first, ...pods.filter((pod) => !first.includes(pod))].slice(0, most)
}

const protocolOf = (protocol: string): ReachGoal['protocol'] => protocol.toLowerCase() as ReachGoal['protocol']

/** From outside a Service is its load balancer's address or its node port; in the cluster its ClusterIP. */
function serviceGoals(service: Service, cluster: Cluster): Goal[] {
  const { clusterIP, meta, loadBalancerIngress } = service
  if (clusterIP === null || meta.range === null) return []
  const balanced = loadBalancerIngress.some(({ ip }) => ip !== null)
  const node = cluster.nodes[0]?.meta.name
  return service.ports.map(({ port, protocol, nodePort }) => ({
    ref: `service/${meta.namespace}/${meta.name}`,
    protocol: protocolOf(protocol),
    port,
    targets: (from) =>
      !from.startsWith('pod/') && !balanced && nodePort !== null && node !== undefined
        ? [`node/${node}:${nodePort}`]
        : [`svc/${meta.namespace}/${meta.name}:${port}`],
  }))
}

/** The ports that the pods of a group declare. */
function podGoals({ ref, pods }: { readonly ref: string; readonly pods: readonly Pod[] }): Goal[] {
  const ports = new Map<string, ReachGoal>()
  for (const pod of pods)
    for (const { containerPort, protocol } of pod.containers.flatMap((container) => container.ports))
      ports.set(`${containerPort}/${protocol}`, { ref, protocol: protocolOf(protocol), port: containerPort })
  return [...ports.values()].map((goal) => ({
    ...goal,
    targets: (from) => pods.flatMap((pod) => (podRef(pod) === from ? [] : [`${podRef(pod)}:${goal.port}`])),
  }))
}

/** Machines outside, and the internet. */
function outsideGoals(cluster: Cluster): Goal[] {
  const hosts = cluster.hosts.flatMap(({ meta, listen }) =>
    listen.map(({ protocol, port }) => ({
      ref: `host/${meta.name}`,
      protocol,
      port,
      targets: (from: string) => (from === `host/${meta.name}` ? [] : [`host/${meta.name}:${port}`]),
    })),
  )
  const internet: Goal = { ref: 'internet', protocol: 'tcp', port: 80, targets: (from) => (from === 'internet' ? [] : ['internet:80']) }
  return [...hosts, internet]
}

function walkAll(world: World, walks: readonly Pair[]): MatrixCell | WalkProblem | null {
  const ends: WalkOutcome[] = []
  for (const { from, to } of walks) {
    const spec = { name: 'reach', from, to, expect: null, http: null, range: null }
    const trace = runWalk(world, { spec, maxEvents: null, onRecord: null, scripts: [] })
    if ('problem' in trace) return trace
    ends.push(trace.outcome)
  }
  const failed = ends.filter(({ outcome }) => outcome !== 'delivered')
  const shown = failed[0] ?? ends[0]
  if (shown === undefined) return null
  const same = new Set(ends.map(({ outcome }) => outcome)).size === 1
  const { reason, by, from, to } = shown
  return { outcome: same ? shown.outcome : 'mixed', reached: ends.length - failed.length, of: ends.length, reason, by, walk: { from, to } }
}
