import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { builtWorld } from '../simulation/checkpoints.ts'
import { topologyOf } from '../simulation/topology-of.ts'
import { walk } from '../simulation/walk.ts'
import { blameOf } from './blame.ts'
import { narratorContext } from './context.ts'

const PODS = `apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  nodeName: worker-1
  containers: [{name: c, image: i}]
---
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  nodeName: worker-2
  containers: [{name: c, image: i, ports: [{containerPort: 80}]}]
---
`
const WALK = `---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: w}
spec: {from: pod/client, to: "tcp://pod/server:80"}
`

function blame(on: string, run: string, place: 'above' | 'below' = 'above') {
  const script = `apiVersion: packetwalk.dev/v1alpha1\nkind: Script\nmetadata: {name: fault}\nspec:\n  on: ${on}\n  run: |\n${run.replaceAll(/^/gm, '    ')}\n`
  const text = place === 'above' ? PODS + script + WALK : `${PODS.slice(0, -4)}${WALK}---\n${script}`
  const scenario = parseScenario(text)
  const world = builtWorld(scenario)
  const trace = walk(scenario, { name: 'w' }, { seed: 0 })
  if (world === null || 'problem' in trace) throw new Error('no walk')
  const found = blameOf(scenario, trace, narratorContext(topologyOf(world, world.cluster)))
  return found && { ...found, at: text.split('\n')[found.command.line - 1]?.trim() }
}

describe('the Script to blame', () => {
  it.each([
    ['node/worker-1', 'ip route del 10.244.2.0/24', 'worker-1 has no route to 10.244.2.0/24. Script fault did that.'],
    ['node/worker-2', 'true\nip route del 10.244.1.0/24', 'worker-2 has no route to 10.244.1.0/24. Script fault did that.'],
    ['pod/client', 'ip route del default', 'client has no default route. Script fault did that.'],
    [
      'node/worker-1',
      'sysctl -w net.ipv4.ip_forward=0',
      'worker-1 does not forward packets: net.ipv4.ip_forward is 0. Script fault did that.',
    ],
  ])('on %s: %s', (on, run, sentence) => {
    const text = run.split('\n').at(-1)
    expect(blame(on, run)).toEqual({
      sentence,
      command: { script: 'fault', where: expect.any(String), text, line: expect.any(Number) },
      at: text,
    })
  })

  it.each([
    [
      'a route that no packet needed',
      'node/worker-1',
      'ip route add 10.9.0.0/24 via 172.18.0.12\nip route del 10.9.0.0/24\niptables -I FORWARD -j DROP',
    ],
    ['a walk that is delivered', 'node/worker-1', 'sysctl -w net.ipv4.ip_forward=1'],
    ['another machine', 'node/worker-2', 'ip route del 172.18.0.1/32\niptables -I FORWARD -j DROP'],
  ])('is none for %s', (_name, on, run) => {
    expect(blame(on, run)).toBeNull()
  })

  it('stands above the walk', () => {
    expect(blame('node/worker-1', 'ip route del 10.244.2.0/24', 'below')).toBeNull()
  })
})
