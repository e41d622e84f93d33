/** A scenario's Walks and Scripts as steps of a lab. */
import { nodeScripts } from '../cloud/node-scripts.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { resolveTarget } from '../kubernetes/reference.ts'
import type { Scenario, ScriptSpec, WalkSpec } from '../kubernetes/scenario.ts'
import type { NodeScript } from '../net/node-script.ts'
import { httpRequestText } from '../process/curl.ts'
import type { Lab, LabStep, LabWalk } from './lab.ts'
import { betweenWalks, duringWalk, type LabCluster, labCluster } from './lab-changes.ts'
import { netnsOf, PATIENCE, type WalkClient, type WalkProblem, walkClient } from './walk-client.ts'

/** Longest time a client of a lab waits, s: people wait for it. */
const LAB_PATIENCE_S = 20

/** The lab of a scenario; a problem when one of its steps names what is not there. */
export function scenarioLab(scenario: Scenario, cluster: Cluster): Pick<Lab, 'scripts' | 'steps' | 'mtu'> | WalkProblem {
  const steps: LabStep[] = []
  const changing = labCluster(scenario, cluster)
  for (const step of scenario.steps) {
    const made = step.kind === 'walk' ? labWalk(scenario, { cluster, changing }, step.walk) : labScripts({ cluster, changing }, step.script)
    if ('problem' in made) return made
    steps.push(...(Array.isArray(made) ? made : [made]))
  }
  const mtu = new Map(cluster.networks.map((network) => [network.meta.name, network.mtu]))
  return { scripts: machinesOf(nodeScripts(null, cluster)), steps, mtu }
}

/** The gateway and the internet are left out where nobody could reach them. */
function machinesOf(scripts: readonly NodeScript[]): readonly NodeScript[] {
  const edge = (script: NodeScript): boolean => script.machine === 'gateway' || script.machine === 'internet'
  const used = new Set(scripts.filter((script) => !edge(script)).flatMap((script) => script.nics.map((nic) => nic.network)))
  return used.has('lan') || used.has('internet') ? scripts : scripts.filter((script) => !edge(script))
}

interface Place {
  readonly cluster: Cluster
  readonly changing: LabCluster
}

function changesIn({ cluster, changing }: Place, script: ScriptSpec): ReturnType<LabCluster['changesOf']> {
  const target = resolveTarget(cluster, script.on)
  if (target.kind === 'error') return { problem: target.message }
  const on = netnsOf(target)
  return on === null ? { problem: `${script.on} is no machine` } : changing.changesOf(script, on)
}

/** A Script between walks. */
function labScripts(place: Place, script: ScriptSpec): LabStep[] | WalkProblem {
  if (script.at !== null) return []
  const changes = changesIn(place, script)
  return 'problem' in changes ? changes : betweenWalks(changes)
}

function labWalk(scenario: Scenario, place: Place, spec: WalkSpec): LabWalk | WalkProblem {
  const client = walkClient(place.cluster, spec)
  if ('problem' in client) return client
  const scripts: LabWalk['scripts'][number][] = []
  for (const step of scenario.steps) {
    if (step.kind !== 'script' || step.script.at?.walk !== spec.name) continue
    const changes = changesIn(place, step.script)
    const made = 'problem' in changes ? changes : duringWalk(changes, step.script)
    if ('problem' in made) return made
    scripts.push(...made)
  }
  const { destination, host, netns } = client
  const kind = destination.protocol === 'https' ? 'http' : destination.protocol
  return {
    name: spec.name,
    from: netns,
    kind,
    host,
    port: destination.port ?? 0,
    request: requestOf(client, spec),
    timeout: kind === 'udp' ? PATIENCE.udp : kind === 'ping' ? PATIENCE.ping : LAB_PATIENCE_S,
    scripts,
  }
}

/** RFC 1035 §3.2.2, RFC 2782, RFC 3596. */
const QUERY_TYPES: Readonly<Record<string, number>> = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 }

function requestOf({ destination, host, stdin }: WalkClient, { http }: WalkSpec): string {
  if (destination.protocol === 'dns') return String(QUERY_TYPES[destination.recordType ?? 'A'] ?? 1)
  if (destination.protocol !== 'http' && destination.protocol !== 'https') return stdin
  const headers = http?.host ? [['Host', http.host] as const] : []
  const target = destination.path ?? '/'
  return httpRequestText({
    method: http?.method ?? 'GET',
    scheme: destination.protocol,
    host,
    port: destination.port ?? 80,
    target,
    headers,
    body: null,
  })
}
