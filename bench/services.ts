/** 5,000 Services × 4 endpoints: kube-proxy's text written from the objects, loaded, one walk; and the tools that load the same text alone. */
import { spawnSync } from 'node:child_process'
import { nodeScripts } from '../src/engine/cloud/node-scripts.ts'
import type { Cluster } from '../src/engine/kubernetes/cluster.ts'
import { parseScenario } from '../src/engine/kubernetes/manifest.ts'
import { buildWorld } from '../src/engine/simulation/build-world.ts'
import { walkInScenario } from '../src/engine/simulation/steps.ts'
import { clusterText, servicesText } from './cluster.ts'
import { medianMs, type Row } from './measure.ts'

const SERVICES = 5000
const RUNS = 10
const MOST_MB = 600

interface Measured {
  readonly cluster: Cluster
  readonly ms: number
  readonly memoryMb: number
}

function measure(mode: 'iptables' | 'ipvs'): Measured {
  const nodes = clusterText(1, 2).replace('spec: {', `spec: {kubeProxy: {mode: ${mode}}, `)
  const scenario = parseScenario(`${nodes}\n---\n${servicesText(SERVICES, 4)}`)
  const { cluster } = scenario
  if (!cluster)
    throw new Error(
      scenario.diagnostics
        .slice(0, 3)
        .map((d) => d.message)
        .join('\n'),
    )
  const spec = { name: 'bench', from: 'pod/p-1-0', to: 'tcp://pod/p-1-1:80', expect: null, http: null, range: null }
  const ms = medianMs(RUNS, () => {
    const trace = walkInScenario(buildWorld(cluster), scenario, { spec, maxEvents: null, onRecord: null })
    if ('problem' in trace || trace.outcome.outcome !== 'delivered') throw new Error('not delivered')
  })
  return { cluster, ms, memoryMb: process.memoryUsage().rss / 2 ** 20 }
}

/** Runs a bash line in a network namespace of its own with `input` in the file $F; the time in ms that `time` tells, or null where it cannot run. */
function timedMs(line: string, input: string): number | null {
  const script = `F=/tmp/packetwalk-bench.$$; cat > $F; TIMEFORMAT=%R; time ${line}; code=$?; rm $F; exit $code`
  const timed = spawnSync('unshare', ['--net', 'bash', '-c', script], { input, maxBuffer: 1 << 28 })
  return timed.status === 0 ? Number(timed.stderr.toString().trim().split('\n').at(-1)) * 1000 : null
}

/** What the node's commands that begin so are given to read. */
function stdinOf(cluster: Cluster, command: string): string {
  const commands = nodeScripts(null, cluster).find((script) => script.machine === 'node/worker-1')?.commands ?? []
  return commands.flatMap((one) => (one.run.startsWith(command) && one.stdin !== null ? [one.stdin] : [])).join('')
}

function row(what: string, { ms, memoryMb }: Measured, peer: { readonly name: string; readonly ms: number | null }): Row {
  const fits = memoryMb < MOST_MB
  return {
    what: `${SERVICES} Services × 4 endpoints, ${what}: text written, loaded, one walk (median of ${RUNS})`,
    ours: `${ms.toFixed(0)} ms, ${memoryMb.toFixed(0)} MB resident`,
    peer: peer.ms === null ? `${peer.name} cannot run here` : `${peer.name} alone ${peer.ms.toFixed(0)} ms`,
    bar: `< 1 ×, < ${MOST_MB} MB`,
    holds: peer.ms === null ? (fits ? null : false) : fits && ms < peer.ms,
  }
}

export function benchServices(): Row {
  const measured = measure('iptables')
  // The chains that the jump commands make stand in the text too, so it loads alone.
  const ms = timedMs('iptables-nft-restore --noflush --counters -w < $F', stdinOf(measured.cluster, 'iptables-restore'))
  return row('iptables', measured, { name: 'iptables-nft-restore', ms })
}

export function benchIpvs(): Row {
  const measured = measure('ipvs')
  const sets = timedMs('ipset restore < $F', stdinOf(measured.cluster, 'ipset restore'))
  const servers = timedMs('ipvsadm -R < $F', stdinOf(measured.cluster, 'ipvsadm -R'))
  const ms = sets === null || servers === null ? null : sets + servers
  return row('IPVS', measured, { name: 'ipset restore and ipvsadm -R', ms })
}
