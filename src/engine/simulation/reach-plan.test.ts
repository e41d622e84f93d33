import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { worldAt } from './checkpoints.ts'
import { reach } from './reach.ts'
import { type ReachPlan, type ReachQuestion, reachPlan } from './reach-plan.ts'

const TEXT = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 9100}]}]}}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: db}
spec: {listen: [5432/tcp]}
${['inner: ', 'node: type: NodePort,', 'balanced: type: LoadBalancer,', 'external: externalIPs: [203.0.113.9],']
  .map((one) => one.split(': '))
  .map(
    ([name, ...spec]) =>
      `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {${spec.join(': ')} selector: {app: web}, ports: [{port: 8000, targetPort: 80${name === 'node' ? ', nodePort: 30080' : ''}}]}\n`,
  )
  .join('')}`

const scenario = parseScenario(TEXT)

function planOf(question: ReachQuestion): ReachPlan {
  const world = worldAt(scenario, 'end', 0)
  if (world === null) throw new Error('no cluster')
  return reachPlan(world.cluster, question)
}

/** 'svc/default/node' → what the sender walks to. */
function targets({ senders, goals, pairs }: ReachPlan, sender: string): Readonly<Record<string, readonly string[]>> {
  const row = pairs[senders.findIndex(({ ref }) => ref === sender)] ?? []
  return Object.fromEntries(goals.map(({ ref }, i) => [ref, (row[i] ?? []).map(({ to }) => to)]))
}

describe('the plan of who is asked about whom', () => {
  const inside = { node: ['tcp://svc/default/node:8000'], balanced: ['tcp://svc/default/balanced:8000'] }
  const outside = { node: ['tcp://node/worker-1:30080'], balanced: ['tcp://203.0.113.212:8000'] }
  it.each([
    ['every-pod', 'services', 'pod/default/web', inside],
    ['every-pod', 'services', 'host/db', outside],
    ['pods', 'services', 'pod/default/web', inside],
    ['pods', 'services', 'host/db', outside],
    ['pods', 'services', 'internet', outside],
    ['workloads', 'all', 'pod/default/web', inside],
    ['workloads', 'all', 'host/db', outside],
    ['workloads', 'all', 'internet', outside],
  ] as const)('among %s, to %s: %s walks to a Service as its place allows', (among, to, sender, expected) => {
    const found = targets(planOf({ among, to, probes: null }), sender)
    expect(found).toMatchObject({ 'svc/default/node': expected.node, 'svc/default/balanced': expected.balanced })
    // What has no address outside is walked to all the same: the walk says why it cannot be reached.
    expect(found['svc/default/inner']).toEqual(['tcp://svc/default/inner:8000'])
    expect(found['svc/default/external']).toEqual([
      sender.startsWith('pod/') ? 'tcp://svc/default/external:8000' : 'tcp://203.0.113.9:8000',
    ])
  })

  it('leaves out what every cluster brings itself, and no other workload of kube-system', () => {
    const { senders, goals } = planOf({ among: 'workloads', to: 'all', probes: null })
    expect(senders.map(({ ref }) => ref)).toEqual(['pod/default/web', 'daemonset/kube-system/agent', 'host/db', 'internet'])
    expect(goals.map(({ ref }) => ref).filter((ref) => !ref.startsWith('svc/default/'))).toEqual([
      ...['pod/default/web', 'daemonset/kube-system/agent', 'host/db', 'internet'],
    ])
  })

  it('has every pod and Host, and only these, where rows are asked for', () => {
    const { senders, goals, pairs } = planOf({ among: 'every-pod', to: 'pods', probes: [{ protocol: 'udp', port: 53 }] })
    expect(senders.map(({ ref }) => ref.replace(/-[a-z0-9]+$|-[a-z0-9]+-[a-z0-9]+$/, ''))).toEqual([
      ...['pod/default/web', 'pod/kube-system/agent', 'pod/kube-system/agent', 'pod/kube-system/coredns', 'host/db'],
    ])
    expect(goals.map(({ protocol, port }) => `${protocol} ${port}`)).toEqual(Array(5).fill('udp 53'))
    expect(pairs.map((row, i) => row.map((cell, j) => cell.length === (i === j ? 0 : 1)).every(Boolean))).toEqual(Array(5).fill(true))
  })

  it('gives rows the port of the Service, whatever is walked to', () => {
    const rows = reach(scenario, { to: 'services', probes: [] })
    if ('problem' in rows) throw new Error(rows.problem)
    expect(rows.find(({ from, to }) => from === 'host/db' && to === 'svc/default/node')).toEqual({
      ...{ from: 'host/db', to: 'svc/default/node', protocol: 'tcp', port: 8000, outcome: 'delivered', by: null, reason: null },
    })
  })
})
