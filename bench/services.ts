/** 5,000 Services × 4 endpoints: kube-proxy's text written from the objects, loaded, one walk; and iptables-nft-restore of the same text alone. */
import { spawnSync } from 'node:child_process'
import { nodeScripts } from '../src/engine/cloud/node-scripts.ts'
import { parseScenario } from '../src/engine/kubernetes/manifest.ts'
import { buildWorld } from '../src/engine/simulation/build-world.ts'
import { walkInScenario } from '../src/engine/simulation/steps.ts'
import { clusterText, servicesText } from './cluster.ts'
import { medianMs, type Row } from './measure.ts'

const SERVICES = 5000
const RUNS = 10

export function benchServices(): Row {
  const scenario = parseScenario(`${clusterText(1, 2)}\n---\n${servicesText(SERVICES, 4)}`)
  const { cluster } = scenario
  if (!cluster)
    throw new Error(
      scenario.diagnostics
        .slice(0, 3)
        .map((d) => d.message)
        .join('\n'),
    )
  const spec = { name: 'bench', from: 'pod/p-1-0', to: 'tcp://pod/p-1-1:80', expect: null, http: null, range: null }
  const ours = medianMs(RUNS, () => {
    const trace = walkInScenario(buildWorld(cluster), scenario, { spec, maxEvents: null, onRecord: null })
    if ('problem' in trace || trace.outcome.outcome !== 'delivered') throw new Error('not delivered')
  })
  const memoryMb = process.memoryUsage().rss / 2 ** 20
  const restore = nodeScripts(null, cluster)
    .find((script) => script.machine === 'node/worker-1')
    ?.commands.find((command) => command.run.startsWith('iptables-restore'))
  const kernelRun = (): number | null => {
    // The chains that the jump commands make stand in the text too, so it loads alone.
    const timed = spawnSync(
      'unshare',
      [
        '--net',
        'bash',
        '-c',
        'cat > /tmp/packetwalk-bench.$$ && TIMEFORMAT=%R && time iptables-nft-restore --noflush --counters -w < /tmp/packetwalk-bench.$$; code=$?; rm /tmp/packetwalk-bench.$$; exit $code',
      ],
      { input: restore?.stdin ?? '', maxBuffer: 1 << 28 },
    )
    return timed.status === 0 ? Number(timed.stderr.toString().trim().split('\n').at(-1)) * 1000 : null
  }
  const kernel = kernelRun()
  return {
    what: `${SERVICES} Services × 4 endpoints: text written, loaded, one walk (median of ${RUNS})`,
    ours: `${ours.toFixed(0)} ms, ${memoryMb.toFixed(0)} MB resident`,
    peer: kernel === null ? 'iptables-nft-restore cannot run here' : `iptables-nft-restore alone ${kernel.toFixed(0)} ms`,
    bar: '< 1 ×',
    holds: kernel === null ? null : ours < kernel,
  }
}
