/** The world at a record of a walk is always the same, however one comes to it. */
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { namespaceState } from './namespace-state.ts'
import { stateAt } from './replay.ts'
import { traceText } from './trace-text.ts'
import { walk } from './walk.ts'
import { namespacesOf, type World } from './world.ts'
import { dump } from './world-dump.fixture.ts'

const scenario = parseScenario(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: shell, image: busybox}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: first}
spec: {from: pod/client, to: "http://web/"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: second}
spec: {from: pod/client, to: "http://web/"}
`)

function at(name: string, n: number): World {
  const world = stateAt(scenario, { name }, n)
  if ('problem' in world) throw new Error(world.problem)
  return world
}

describe.each(['first', 'second'])('replay of the %s walk', (name) => {
  const trace = walk(scenario, { name })
  if ('problem' in trace) throw new Error(trace.problem)
  const last = trace.records.length - 1

  it('stepping back ten and forward again restores everything', () => {
    for (let n = 10; n <= last; n += Math.max(1, Math.floor(last / 12))) {
      const here = dump(at(name, n))
      const back = dump(at(name, n - 10))
      expect(back).not.toEqual(here)
      expect(dump(at(name, n))).toEqual(here)
    }
  })

  it('differs before and after: ARP, conntrack and counters are learned on the way', () => {
    const text = (n: number): string => {
      const world = at(name, n)
      return [...namespacesOf(world)].map((ns) => JSON.stringify(namespaceState(world, ns.name))).join('\n')
    }
    expect(text(-1)).not.toEqual(text(last))
    expect(text(last)).toEqual(text(last))
  })

  it('is deterministic: two runs give one trace', () => {
    const again = walk(scenario, { name })
    if ('problem' in again) throw new Error(again.problem)
    expect(traceText(again)).toBe(traceText(trace))
  })
})

describe('seeds', () => {
  it('choose other endpoints', () => {
    const servers = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const trace = walk(scenario, { from: 'pod/client', to: 'http://web/' }, { seed })
      return 'problem' in trace ? trace.problem : trace.outcome.server
    })
    expect(new Set(servers).size).toBeGreaterThan(1)
  })
})
