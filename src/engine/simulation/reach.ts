/** Who can open a connection to whom: a walk for each probe and each ordered pair, in one world, unwatched as far as possible. */
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Scenario, WalkSpec } from '../kubernetes/scenario.ts'
import { formatAddress } from '../net/address.ts'
import { worldAt } from './checkpoints.ts'
import { runWalk } from './run-walk.ts'
import type { Outcome, WalkOutcome } from './trace.ts'
import type { WalkProblem } from './walk-client.ts'

export interface Probe {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
}

export interface ReachRow {
  readonly from: string
  readonly to: string
  readonly protocol: Probe['protocol']
  readonly port: number
  readonly outcome: Outcome
  readonly by: WalkOutcome['by']
  readonly reason: string | null
}

export interface ReachOptions {
  /** To every other pod and Host (with the probes), or to every port of every Service. */
  readonly to: 'pods' | 'services'
  readonly probes: readonly Probe[]
  readonly seed?: number
}

/** One row for each probe and each ordered pair of different pods and Hosts, or for each sender and Service port. Scripts have run, Walks have not. */
export function reach(scenario: Scenario, options: ReachOptions): ReachRow[] | WalkProblem {
  const world = worldAt(scenario, 'end', options.seed ?? 0)
  if (!world) return { problem: 'no cluster can be built of this text' }
  const rows: ReachRow[] = []
  const senders = peersOf(world.cluster)
  for (const from of senders) {
    for (const to of options.to === 'pods' ? toPeers(senders, from, options.probes) : toServices(world.cluster)) {
      const spec: WalkSpec = {
        name: 'reach',
        from: from.ref,
        to: `${to.protocol}://${to.address}:${to.port}`,
        expect: null,
        http: null,
        range: null,
      }
      const trace = runWalk(world, { spec, maxEvents: null, onRecord: null, scripts: [] })
      if ('problem' in trace) return trace
      const { outcome, by, reason } = trace.outcome
      rows.push({ from: from.ref, to: to.ref, protocol: to.protocol, port: to.port, outcome, by, reason })
    }
  }
  return rows
}

interface Peer {
  readonly ref: string
  readonly address: string
}

type Goal = Peer & Probe

function peersOf(cluster: Cluster): Peer[] {
  const pods = cluster.pods.map((pod) => ({ ref: `pod/${pod.meta.namespace}/${pod.meta.name}`, address: formatAddress(pod.podIP) }))
  const hosts = cluster.hosts.flatMap((host) => {
    const address = host.interfaces.flatMap((one) => one.addresses)[0]?.address
    return address === undefined ? [] : [{ ref: `host/${host.meta.name}`, address: formatAddress(address) }]
  })
  return [...pods, ...hosts]
}

function toPeers(peers: readonly Peer[], from: Peer, probes: readonly Probe[]): Goal[] {
  return peers.filter((peer) => peer.ref !== from.ref).flatMap((peer) => probes.map((probe) => ({ ...peer, ...probe })))
}

function toServices(cluster: Cluster): Goal[] {
  return cluster.services.flatMap((service) => {
    const { clusterIP } = service
    if (clusterIP === null) return []
    const ref = `svc/${service.meta.namespace}/${service.meta.name}`
    return service.ports.map(({ port, protocol }) => ({
      ref,
      address: formatAddress(clusterIP),
      port,
      protocol: protocol.toLowerCase() as Probe['protocol'],
    }))
  })
}
