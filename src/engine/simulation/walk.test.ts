/** The main job: a web pod reaches its database by the name of a Service, across nodes; and the internet reaches the web. */
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { formatAddress } from '../net/address.ts'
import { checkTrace } from './check-trace.ts'
import { builtWorld } from './checkpoints.ts'
import { namespaceState } from './namespace-state.ts'
import { reach } from './reach.ts'
import { stateAt } from './replay.ts'
import type { Trace } from './trace.ts'
import { walk, walkAllBranches } from './walk.ts'
import { type StepJson, walkJson } from './walk-json.ts'

const APPLICATION = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: webapp}
spec:
  replicas: 2
  selector: {matchLabels: {app: webapp}}
  template:
    metadata: {labels: {app: webapp}}
    spec: {containers: [{name: web, image: php, ports: [{containerPort: 80}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mysql}
spec:
  selector: {matchLabels: {app: mysql}}
  template:
    metadata: {labels: {app: mysql}}
    spec: {containers: [{name: mysql, image: mysql, ports: [{containerPort: 3306}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: webapp}
spec: {type: NodePort, selector: {app: webapp}, ports: [{port: 80, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: webapp-sql1}
spec: {selector: {app: mysql}, ports: [{port: 3306}]}
`

const scenario = parseScenario(APPLICATION)
const { cluster } = scenario
if (!cluster) throw new Error('no cluster')
const mysql = cluster.pods.find((pod) => pod.meta.name.startsWith('mysql'))
const webs = cluster.pods.filter((pod) => pod.meta.name.startsWith('webapp'))
const far = webs.find((pod) => pod.nodeName !== mysql?.nodeName)
if (!mysql || !far) throw new Error('no pod on the other node')

function walked(from: string, to: string): Trace {
  const trace = walk(scenario, { from, to })
  if ('problem' in trace) throw new Error(trace.problem)
  return trace
}

describe('web to MySQL', () => {
  const trace = walked(`pod/${far.meta.name}`, 'http://webapp-sql1:3306')
  const json = walkJson(trace)
  const steps: readonly (StepJson & { readonly where: string })[] = json.hops.flatMap((hop) =>
    hop.steps.map((step): StepJson & { readonly where: string } => ({ ...step, where: hop.where })),
  )

  it('is delivered by the mysql pod, which sees the pod itself', () => {
    expect(json).toMatchObject({
      outcome: 'delivered',
      reason: null,
      server: `pod/default/${mysql.meta.name}:3306`,
      masqueraded: false,
      status: 200,
    })
    expect(json.seenFrom).toBe(formatAddress(far.podIP))
  })

  it('asks DNS through the kube-dns Service and gets an answer', () => {
    expect(
      steps.some(
        (step) => step.packet.protocol === 'udp' && step.packet.destination === '10.96.0.10' && step.packet.destinationPort === 53,
      ),
    ).toBe(true)
    expect(
      steps.some(
        (step) => step.where === `pod/default/${far.meta.name}` && step.packet.protocol === 'udp' && step.packet.sourcePort === 53,
      ),
    ).toBe(true)
  })

  it('passes KUBE-SERVICES, the Service chain and the endpoint chain, and is rewritten there', () => {
    const chains = steps.flatMap((step) =>
      step.at === 'ipt_rule' && step.packet.protocol === 'tcp' ? [String(step.chain).replace(/-[A-Z2-7]{16}$/, '')] : [],
    )
    expect(chains).toEqual(expect.arrayContaining(['KUBE-SERVICES', 'KUBE-SVC', 'KUBE-SEP']))
    expect(
      steps.some(
        (step) => step.at === 'nat_manip' && step.manip === 'destination' && step.reply === false && String(step.after).endsWith(':3306'),
      ),
    ).toBe(true)
    expect(
      steps.some(
        (step) =>
          step.at === 'nat_manip' && step.reply === true && String(step.after).endsWith(':3306') && String(step.before) !== step.after,
      ),
    ).toBe(true)
  })

  it('is routed to the other node and resolves the next hop on every segment', () => {
    expect(
      steps.some(
        (step) => step.where === `node/${far.nodeName}` && step.at === 'fib_lookup' && String(step.route).includes('via 172.18.0.'),
      ),
    ).toBe(true)
    const asked = new Set(steps.filter((step) => step.packet.protocol === 'arp').map((step) => step.where))
    for (const place of [
      `pod/default/${far.meta.name}`,
      `node/${far.nodeName}`,
      `node/${mysql.nodeName}`,
      `pod/default/${mysql.meta.name}`,
    ])
      expect(asked).toContain(place)
  })

  it('keeps the invariants of traces', () => {
    const world = builtWorld(scenario)
    expect(world && checkTrace(trace, world)).toEqual([])
  })
})

describe('the internet to the NodePort', () => {
  it.each(['worker-1', 'worker-2'])('by %s is masqueraded', (node) => {
    const trace = walked('internet', `http://node/${node}:30080/`)
    expect(trace.outcome).toMatchObject({ outcome: 'delivered', masqueraded: true, status: 200 })
    expect(trace.outcome.server).toMatch(/^pod\/default\/webapp-.*:80$/)
    expect(trace.outcome.seenFrom).not.toBe('198.51.100.10')
    const world = builtWorld(scenario)
    expect(world && checkTrace(trace, world)).toEqual([])
  })
})

describe('all branches', () => {
  it('shows each endpoint with its odds', () => {
    const branches = walkAllBranches(scenario, { from: `pod/${mysql.meta.name}`, to: 'tcp://svc/webapp:80' })
    if ('problem' in branches) throw new Error(branches.problem)
    expect(branches.map((branch) => branch.trace.outcome.server).sort()).toEqual(
      webs.map((pod) => `pod/default/${pod.meta.name}:80`).sort(),
    )
    expect(branches.reduce((sum, branch) => sum + branch.probability, 0)).toBeCloseTo(1, 9)
  })

  it('goes a branch again by its answers, whole and up to a record', () => {
    const request = { from: `pod/${mysql.meta.name}`, to: 'tcp://svc/webapp:80' }
    const branches = walkAllBranches(scenario, request)
    if ('problem' in branches) throw new Error(branches.problem)
    for (const { taken, trace } of branches) {
      expect(walk(scenario, request, { branch: taken })).toEqual(trace)
      const after = stateAt(scenario, request, trace.records.length, { branch: taken })
      const server = webs.find((pod) => trace.outcome.server === `pod/default/${pod.meta.name}:80`)
      const nodes =
        'problem' in after || !server ? [] : after.cluster.nodes.flatMap((one) => namespaceState(after, `node/${one.meta.name}`) ?? [])
      const tables = nodes
        .flat()
        .filter(({ command }) => command.startsWith('conntrack'))
        .flatMap(({ lines }) => lines)
      expect(server && tables.some((line) => line.includes(`src=${formatAddress(server.podIP)}`))).toBe(true)
    }
  })
})

describe('reach', () => {
  it('has a row for every ordered pair', () => {
    const rows = reach(scenario, { to: 'pods', probes: [{ protocol: 'tcp', port: 80 }] })
    if ('problem' in rows) throw new Error(rows.problem)
    const count = cluster.pods.length
    expect(rows.length).toBe(count * (count - 1))
    for (const row of rows) expect([row.to, row.outcome]).toEqual([row.to, row.to.includes('webapp') ? 'delivered' : 'refused'])
  })
})
