/** A 3-node, 9-pod cluster built and walked all pairs: ours, and the same lab in real namespaces. Walks a second. Growth. */
import { runLab, whyNoKernel } from '../e2e/kernel/kernel.ts'
import { nodeScripts } from '../src/engine/cloud/node-scripts.ts'
import { parseScenario } from '../src/engine/kubernetes/manifest.ts'
import { formatAddress } from '../src/engine/net/address.ts'
import { buildWorld } from '../src/engine/simulation/build-world.ts'
import { labScript } from '../src/engine/simulation/lab.ts'
import { walkInScenario } from '../src/engine/simulation/steps.ts'
import { clusterText, servicesText } from './cluster.ts'
import { medianMs, type Row } from './measure.ts'

/** Parses, builds and walks every ordered pair of pods as the reachability matrix does: outcomes, no traces; returns how many walks that was. */
function walkAllPairs(text: string): number {
  const scenario = parseScenario(text)
  const { cluster } = scenario
  if (!cluster) throw new Error(scenario.diagnostics.map((d) => d.message).join('\n'))
  const world = buildWorld(cluster)
  const pods = cluster.pods.filter((pod) => pod.meta.namespace === 'default')
  let walks = 0
  for (const from of pods) {
    for (const to of pods) {
      if (from === to) continue
      const spec = {
        name: 'bench',
        from: `pod/${from.meta.name}`,
        to: `tcp://pod/${to.meta.name}:80`,
        expect: null,
        http: null,
        range: null,
      }
      const trace = walkInScenario(world, scenario, { spec, maxEvents: null, onRecord: null, record: 'outcome' })
      if ('problem' in trace || trace.outcome.outcome !== 'delivered') throw new Error(`${spec.from} to ${spec.to} was not delivered`)
      walks++
    }
  }
  return walks
}

/** The same in real namespaces, ms. */
async function kernelMs(text: string): Promise<number> {
  const { cluster } = parseScenario(text)
  if (!cluster) throw new Error('no cluster')
  const pods = cluster.pods.filter((pod) => pod.meta.namespace === 'default')
  const steps = pods.flatMap((from) =>
    pods
      .filter((to) => to !== from)
      .map((to) => ({
        name: 'bench',
        from: `pod/default/${from.meta.name}`,
        kind: 'tcp' as const,
        host: formatAddress(to.podIP),
        port: 80,
        request: 'hello\n',
        timeout: 5,
        scripts: [],
      })),
  )
  const script = labScript({ scripts: nodeScripts(null, cluster), steps, mtu: new Map(), everywhere: null, probe: null, checks: false })
  const started = performance.now()
  await runLab(script)
  return performance.now() - started
}

/** The bar is for warm code: by then the JIT compiler has seen it. */
const WARM_RUNS = 20

export async function benchLab(): Promise<Row[]> {
  const text = clusterText(3, 3)
  const walks = walkAllPairs(text)
  for (let run = 0; run < WARM_RUNS; run++) walkAllPairs(text)
  const ours = medianMs(10, () => walkAllPairs(text))
  const kernel = whyNoKernel() === null ? await kernelMs(text) : null
  const ratio = kernel === null ? null : kernel / ours
  return [
    {
      what: `3 nodes, 9 pods: built, ${walks} walks, each with its outcome (as \`reach\` walks them: no trace kept)`,
      ours: `${ours.toFixed(0)} ms`,
      peer: kernel === null ? 'real namespaces cannot run here' : `real namespaces ${kernel.toFixed(0)} ms (${ratio?.toFixed(0)} ×)`,
      bar: '≥ 100 ×',
      holds: ratio === null ? null : ratio >= 100,
    },
    { what: 'walks a second, cluster building included', ours: ((walks * 1000) / ours).toFixed(0), peer: '', bar: 'none', holds: null },
  ]
}

const median = (text: string): number => medianMs(5, () => buildFrom(text))

function buildFrom(text: string): void {
  const { cluster } = parseScenario(text)
  if (!cluster) throw new Error('no cluster')
  buildWorld(cluster)
}

/** What ×10 costs, at three sizes. */
export function benchGrowth(): Row[] {
  const kinds: [string, number[], (size: number) => string][] = [
    ['pods', [10, 100, 1000], (size) => clusterText(10, size / 10)],
    ['Services × 4 endpoints', [50, 500, 5000], (size) => `${clusterText(1, 1)}\n---\n${servicesText(size, 4)}`],
  ]
  return kinds.map(([what, sizes, text]) => {
    const times = sizes.map((size) => median(text(size)))
    const ratios = times.slice(1).map((time, i) => time / (times[i] ?? Number.NaN))
    return {
      what: `growth: ${what}, ${sizes.join(' → ')}`,
      ours: times.map((ms) => `${ms.toFixed(0)} ms`).join(' → '),
      peer: `× ${ratios.map((ratio) => ratio.toFixed(1)).join(', × ')}`,
      bar: '≤ × 11',
      holds: ratios.every((ratio) => ratio <= 11),
    }
  })
}
