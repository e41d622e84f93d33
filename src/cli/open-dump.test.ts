/** A dump of a large cluster opens at once, and walks. */
import { cpuUsage } from 'node:process'
import { expect, it } from 'vitest'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import { dumpText } from '../engine/kubernetes/test-dump.ts'
import { builtWorld } from '../engine/simulation/checkpoints.ts'
import { topologyOf } from '../engine/simulation/topology-of.ts'
import { walk } from '../engine/simulation/walk.ts'

/** Milliseconds of this process, whatever else the machine does. */
const spentMs = (since?: NodeJS.CpuUsage): number => cpuUsage(since).user / 1000

it('20 nodes and 400 pods: read, built and drawn in less than two seconds, and every Service answers', () => {
  const text = dumpText({ nodes: 20, pods: 400, services: 40, agent: { name: 'kube-flannel-ds', label: 'app: flannel' } })
  const before = cpuUsage()
  const scenario = parseScenario(text)
  const world = builtWorld(scenario)
  if (world === null) throw new Error('it cannot be built')
  const { machines } = topologyOf(world, world.cluster)
  expect(spentMs(before)).toBeLessThan(2000)
  expect(machines.flatMap(({ pods }) => pods)).toHaveLength(400 + 2 * 20 + 1)
  expect(world.failed).toEqual([])
  const from = 'pod/shop/app-0-6c9f7d5b8-bbbb0'
  for (const name of ['app-0', 'app-7', 'app-39']) {
    const trace = walk(scenario, { from, to: `http://${name}` })
    if ('problem' in trace) throw new Error(trace.problem)
    expect(trace.outcome).toMatchObject({ outcome: 'delivered', seenFrom: '10.32.0.3' })
    expect(trace.outcome.server).toMatch(new RegExp(`^pod/shop/${name}-.*:8080$`))
  }
}, 60_000)
