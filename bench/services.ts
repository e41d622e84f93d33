/** 5,000 Services × 4 endpoints: kube-proxy's text written from the objects, loaded, one walk; and the tools that load the same text alone. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { NotHere, runUml } from '../e2e/kernel/uml.ts'
import { nodeScripts } from '../src/engine/cloud/node-scripts.ts'
import type { Cluster } from '../src/engine/kubernetes/cluster.ts'
import { parseScenario } from '../src/engine/kubernetes/manifest.ts'
import type { Scenario } from '../src/engine/kubernetes/scenario.ts'
import { buildWorld } from '../src/engine/simulation/build-world.ts'
import { walkInScenario } from '../src/engine/simulation/steps.ts'
import { clusterText, servicesText } from './cluster.ts'
import { medianMs, type Row } from './measure.ts'

const SERVICES = 5000
const RUNS = 10
const MOST_MB = 600

interface Measured {
  /** Median of the warm runs. */
  readonly ms: number
  /** The most that was resident when the work had been done once, and after all runs. */
  readonly onceMb: number
  readonly highestMb: number
}

type Mode = 'iptables' | 'ipvs'

function scenarioOf(mode: Mode): Scenario & { readonly cluster: Cluster } {
  const nodes = clusterText(1, 2).replace('spec: {', `spec: {kubeProxy: {mode: ${mode}}, `)
  const scenario = parseScenario(`${nodes}\n---\n${servicesText(SERVICES, 4)}`)
  const { cluster, diagnostics } = scenario
  if (cluster) return { ...scenario, cluster }
  throw new Error(
    diagnostics
      .slice(0, 3)
      .map((d) => d.message)
      .join('\n'),
  )
}

const highestMb = (): number => process.resourceUsage().maxRSS / 1024

/** Does the work in this process and prints what it took, as JSON. */
export function measureHere(mode: Mode): void {
  const scenario = scenarioOf(mode)
  const spec = { name: 'bench', from: 'pod/p-1-0', to: 'tcp://pod/p-1-1:80', expect: null, http: null, range: null }
  const work = (): void => {
    const trace = walkInScenario(buildWorld(scenario.cluster), scenario, { spec, maxEvents: null, onRecord: null })
    if ('problem' in trace || trace.outcome.outcome !== 'delivered') throw new Error('not delivered')
  }
  work()
  const onceMb = highestMb()
  const ms = medianMs(RUNS, work)
  console.log(JSON.stringify({ ms, onceMb, highestMb: highestMb() } satisfies Measured))
}

/** What `measureHere` is asked for by, after the bench's own name. */
export const MEASURE_HERE = '--measure-services'

/** Does the work in a process of its own with Node's own settings: what other benches left behind is none of its memory. */
function measure(mode: Mode): Measured {
  const [bench = ''] = process.argv.slice(1)
  const run = spawnSync(process.execPath, [bench, MEASURE_HERE, mode], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (run.status !== 0) throw new Error(`the process for ${mode} failed`)
  return JSON.parse(run.stdout.toString()) as Measured
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

function row(what: string, { ms, onceMb, highestMb }: Measured, peer: { readonly name: string; readonly ms: number | null }): Row {
  const fits = onceMb < MOST_MB
  return {
    what: `${SERVICES} Services × 4 endpoints, ${what}: text written, loaded, one walk (median of ${RUNS})`,
    ours: `${ms.toFixed(0)} ms; its process had at most ${onceMb.toFixed(0)} MB resident, ${highestMb.toFixed(0)} MB after all runs`,
    peer: peer.ms === null ? `${peer.name} cannot run here` : `${peer.name} ${peer.ms.toFixed(0)} ms`,
    bar: `< 1 ×, < ${MOST_MB} MB`,
    holds: peer.ms === null ? (fits ? null : false) : fits && ms < peer.ms,
  }
}

export function benchServices(): Row {
  const measured = measure('iptables')
  // The chains that the jump commands make stand in the text too, so it loads alone.
  const ms = timedMs('iptables-nft-restore --noflush --counters -w < $F', stdinOf(scenarioOf('iptables').cluster, 'iptables-restore'))
  return row('iptables', measured, { name: 'iptables-nft-restore alone', ms })
}

/** Routes, each a netlink request of its own as a set's element or a virtual server is: what tells how much slower a guest is than this machine. */
const YARDSTICK = Array.from({ length: 20_000 }, (_, i) => `route add blackhole 10.200.${i >> 8}.${i & 255}/32\n`).join('')

/** The same in a User-Mode-Linux guest, for a kernel that lacks IPVS: the time that takes there, by what the yardstick takes there and here. */
async function guestMs(commands: readonly (readonly [line: string, input: string])[]): Promise<{ ms: number; slower: number } | null> {
  const here = timedMs('ip -batch $F', YARDSTICK)
  const timed = [['ip -batch $F', YARDSTICK] as const, ...commands]
  const scripts = timed.map(
    ([line, input]) =>
      `F=/tmp/input; cat >$F <<'INPUT'\n${input}INPUT\nip link set lo up; began=\${EPOCHREALTIME/./}; ${line}; echo $((\${EPOCHREALTIME/./} - began))\n`,
  )
  try {
    const { stdout } = await runUml(`set -e\n${scripts.join('')}`, [
      'nf_conntrack',
      'ip_set',
      'ip_set_hash_ip',
      'ip_set_bitmap_port',
      'ip_vs',
      'ip_vs_rr',
    ])
    const [yardstick = Number.NaN, ...times] = stdout
      .trim()
      .split('\n')
      .map((line) => Number(line) / 1000)
    return here === null ? null : { ms: times.reduce((sum, ms) => sum + ms, 0), slower: yardstick / here }
  } catch (error) {
    if (error instanceof NotHere) return null
    throw error
  }
}

export async function benchIpvs(): Promise<Row[]> {
  const measured = measure('ipvs')
  const { cluster } = scenarioOf('ipvs')
  const sets = stdinOf(cluster, 'ipset restore')
  const servers = stdinOf(cluster, 'ipvsadm -R')
  const name = 'ipset restore and ipvsadm -R alone'
  if (existsSync('/proc/net/ip_vs')) {
    const times = [timedMs('ipset restore < $F', sets), timedMs('ipvsadm -R < $F', servers)]
    return [row('IPVS', measured, { name, ms: times.reduce((sum, ms) => (sum === null || ms === null ? null : sum + ms), 0) })]
  }
  const guest = await guestMs([
    ['ipset restore <$F', sets],
    ['ipvsadm -R <$F', servers],
  ])
  if (guest === null) return [row('IPVS', measured, { name, ms: null })]
  const words = `${guest.ms.toFixed(0)} ms in a User-Mode-Linux guest, where netlink takes ${guest.slower.toFixed(1)} × as long: here about`
  return [row('IPVS', measured, { name: `${name} ${words}`, ms: guest.ms / guest.slower })]
}
