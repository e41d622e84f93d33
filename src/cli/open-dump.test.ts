/** A dump of a large cluster opens at once, and walks. */
import { cpuUsage } from 'node:process'
import { expect, it } from 'vitest'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { dumpText } from '../engine/kubernetes/test-dump.ts'
import { builtWorld } from '../engine/simulation/checkpoints.ts'
import { topologyOf } from '../engine/simulation/topology-of.ts'
import { walk } from '../engine/simulation/walk.ts'

const TEXT = dumpText({ nodes: 20, pods: 400, services: 40, agent: { name: 'kube-flannel-ds', label: 'app: flannel' } })

/** Reads, builds and draws; milliseconds of this process, whatever else the machine does. */
function open(): { readonly scenario: Scenario; readonly ms: number; readonly pods: number; readonly failed: number } {
  const before = cpuUsage()
  const scenario = parseScenario(TEXT)
  const world = builtWorld(scenario)
  if (world === null) throw new Error('it cannot be built')
  const { machines } = topologyOf(world, world.cluster)
  const ms = cpuUsage(before).user / 1000
  return { scenario, ms, pods: machines.flatMap(({ pods }) => pods).length, failed: world.failed.length }
}

it('20 nodes and 400 pods: read, built and drawn in less than two seconds, and every Service answers', () => {
  const first = open()
  expect(first.ms).toBeLessThan(2000)
  expect(first).toMatchObject({ pods: 400 + 2 * 20 + 1, failed: 0 })
  const from = 'pod/shop/app-0-6c9f7d5b8-bbbb0'
  for (const name of ['app-0', 'app-7', 'app-39']) {
    const trace = walk(first.scenario, { from, to: `http://${name}` })
    if ('problem' in trace) throw new Error(trace.problem)
    expect(trace.outcome).toMatchObject({ outcome: 'delivered', seenFrom: '10.32.0.3' })
    expect(trace.outcome.server).toMatch(new RegExp(`^pod/shop/${name}-.*:8080$`))
  }
}, 60_000)
