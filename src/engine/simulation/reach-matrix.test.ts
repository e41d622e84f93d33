import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { type ReachMatrix, reachMatrix } from './reach-matrix.ts'

const deployment = (name: string, replicas: number, port = 8080): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: main, image: example, ports: [{containerPort: ${port}}]}]}}
`
const service = (name: string, spec: string): string => `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {${spec}}\n`
const script = (on: string, run: string): string =>
  `---\napiVersion: packetwalk.dev/v1alpha1\nkind: Script\nmetadata: {name: fault}\nspec: {on: ${on}, run: ${JSON.stringify(run)}}\n`
const HOST = '---\napiVersion: packetwalk.dev/v1alpha1\nkind: Host\nmetadata: {name: db}\nspec: {listen: [5432/tcp]}\n'

function made(of: string | Scenario): ReachMatrix {
  const steps = reachMatrix(typeof of === 'string' ? parseScenario(of) : of)
  let step = steps.next()
  while (!step.done) step = steps.next()
  if ('problem' in step.value) throw new Error(step.value.problem)
  return step.value
}

/** 'FROM TO PORT: OUTCOME REACHED/OF' */
const said = ({ senders, goals, cells }: ReachMatrix): string[] =>
  senders.flatMap(({ ref }, i) =>
    goals.flatMap((goal, j) => {
      const cell = cells[i]?.[j]
      return cell ? [`${ref} ${goal.ref} ${goal.port}: ${cell.outcome} ${cell.reached}/${cell.of}`] : []
    }),
  )

describe('the matrix of who reaches whom', () => {
  const TEXT =
    deployment('web', 2) +
    deployment('api', 1) +
    service('web', 'type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]') +
    HOST

  it('has workloads, hosts and the internet as rows; Services, workloads, hosts and the internet as columns', () => {
    expect(said(made(TEXT))).toEqual([
      'deployment/default/web svc/default/web 80: delivered 2/2',
      'deployment/default/web deployment/default/web 8080: delivered 2/2',
      'deployment/default/web deployment/default/api 8080: delivered 2/2',
      // ip-masq-agent leaves private addresses alone, and the host knows no way to pods.
      'deployment/default/web host/db 5432: timeout 0/2',
      'deployment/default/web internet 80: delivered 2/2',
      'deployment/default/api svc/default/web 80: delivered 1/1',
      'deployment/default/api deployment/default/web 8080: delivered 2/2',
      'deployment/default/api host/db 5432: timeout 0/1',
      'deployment/default/api internet 80: delivered 1/1',
      'host/db svc/default/web 80: delivered 1/1',
      'host/db deployment/default/web 8080: timeout 0/2',
      'host/db deployment/default/api 8080: timeout 0/1',
      // The gateway translates nodes only.
      'host/db internet 80: timeout 0/1',
      'internet svc/default/web 80: delivered 1/1',
      'internet deployment/default/web 8080: rejected 0/2',
      'internet deployment/default/api 8080: rejected 0/1',
      'internet host/db 5432: rejected 0/1',
    ])
  })

  it('says when only some arrive, why not, and which walk to look at', () => {
    const { senders, goals, cells } = made(TEXT + script('node/worker-1', 'iptables -A FORWARD -d 10.244.1.2 -j DROP'))
    const row = senders.findIndex(({ ref }) => ref === 'deployment/default/api')
    const column = goals.findIndex(({ ref }) => ref === 'deployment/default/web')
    expect(cells[row]?.[column]).toEqual({
      outcome: 'mixed',
      reached: 1,
      of: 2,
      reason: 'NETFILTER_DROP',
      by: { where: 'node/worker-1', rule: '-A FORWARD -d 10.244.1.2/32 -j DROP' },
      walk: { from: expect.stringMatching(/^pod\/default\/api-/), to: expect.stringMatching(/^tcp:\/\/pod\/default\/web-.*:8080$/) },
    })
  })

  it('is mixed only when some arrive: of two failures the first is told', () => {
    const drop = 'iptables -A FORWARD -d 10.244.1.2 -j DROP; iptables -A FORWARD -d 10.244.2.2 -j REJECT'
    const { senders, goals, cells } = made(TEXT + script('node/worker-1', drop) + script('node/worker-2', drop))
    const row = senders.findIndex(({ ref }) => ref === 'deployment/default/api')
    const cell = cells[row]?.[goals.findIndex(({ ref }) => ref === 'deployment/default/web')]
    expect(cell).toMatchObject({ outcome: 'timeout', reached: 0, of: 2, reason: 'NETFILTER_DROP' })
  })

  it('goes on past a pair that cannot be walked', () => {
    const scenario = parseScenario(TEXT)
    const { cluster } = scenario
    if (cluster === null) throw new Error('no cluster')
    const hosts = cluster.hosts.map((host) => ({ ...host, interfaces: host.interfaces.map((nic) => ({ ...nic, addresses: [] })) }))
    const found = made({ ...scenario, cluster: { ...cluster, hosts } })
    expect(said(found)).toContain('deployment/default/api host/db 5432: problem 0/1')
    expect(said(found)).toContain('deployment/default/api internet 80: delivered 1/1')
    expect(found.cells[1]?.[3]).toMatchObject({ reason: 'tcp://host/db:5432: it has no address to send to', by: null })
  })

  it('tells how far it is, and stops when nobody asks on', () => {
    const steps = reachMatrix(parseScenario(TEXT))
    const first = steps.next()
    expect(first).toEqual({ done: false, value: { done: 2, total: 25 } })
    expect(steps.return({ problem: 'stopped' })).toEqual({ done: true, value: { problem: 'stopped' } })
    expect(steps.next().done).toBe(true)
  })

  it('has a problem where there is no cluster', () => {
    expect(reachMatrix(parseScenario('kind: [')).next()).toEqual({ done: true, value: { problem: expect.any(String) } })
  })

  it('costs about as much for each walk when there are many of them', () => {
    const text = (count: number): string =>
      Array.from(
        { length: count },
        (_, i) => deployment(`d${i}`, 3) + service(`d${i}`, `selector: {app: d${i}}, ports: [{port: 80, targetPort: 8080}]`),
      ).join('')
    const timed = (count: number): number => {
      const scenario = parseScenario(text(count))
      const start = performance.now()
      const steps = reachMatrix(scenario)
      let walks = 0
      for (let step = steps.next(); !step.done; step = steps.next()) walks = step.value.total
      return (performance.now() - start) / walks
    }
    timed(2)
    expect(timed(8) / timed(4)).toBeLessThan(4)
  })

  it('says of each cell which NetworkPolicies would have a say in it and are not enforced', () => {
    const policy = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: web}}}
`
    const { senders, goals, cells } = made(
      deployment('web', 1) +
        deployment('other', 1) +
        service('web', 'selector: {app: web}, ports: [{port: 80, targetPort: 8080}]') +
        policy,
    )
    const remarked = senders.flatMap(({ ref }, i) =>
      goals.flatMap((goal, j) =>
        cells[i]?.[j]?.remarks === undefined ? [] : [`${ref} ${goal.ref}: ${cells[i]?.[j]?.remarks?.[0]?.object}`],
      ),
    )
    expect(remarked).toEqual([
      'deployment/default/other svc/default/web: networkpolicy/default/deny',
      'deployment/default/other deployment/default/web: networkpolicy/default/deny',
    ])
  })
})
