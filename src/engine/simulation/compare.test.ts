import { describe, expect, it } from 'vitest'
import type { Instead } from '../kubernetes/build-cluster.ts'
import { parseScenario } from '../kubernetes/manifest.ts'
import { compareWalks } from './compare.ts'
import { walkInBoth } from './compare-worlds.ts'
import type { Trace, TraceRecord } from './trace.ts'

const TEXT = `apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: worker-1, containers: [{name: c, image: i}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {nodeSelector: {kubernetes.io/hostname: worker-2}, containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: one}
spec: {from: pod/client, to: "tcp://10.96.0.50:80"}
`

function both(other: string, instead: Instead = {}, text = TEXT): { readonly a: Trace; readonly b: Trace } {
  const traces = walkInBoth({ a: parseScenario(text), b: parseScenario(other, instead) }, { name: 'one' })
  if ('problem' in traces) throw new Error(`${traces.side}: ${traces.problem}`)
  return traces
}

/** The first rows in which the two differ: what each side did there. */
function parting(other: string, instead: Instead = {}, text = TEXT) {
  const { a, b } = both(other, instead, text)
  const { rows, first, same } = compareWalks(a, b)
  const row = first === null ? undefined : rows[first]
  const step = (trace: Trace, n: number | null | undefined): TraceRecord | undefined => trace.records[n ?? -1]
  return { same, before: rows.slice(0, first ?? rows.length), a: step(a, row?.a), b: step(b, row?.b), ends: [a.outcome, b.outcome] }
}

describe('one walk in two worlds', () => {
  it('is the same in the same world, with every step beside itself', () => {
    const { a, b } = both(TEXT)
    const { rows, first, same, unread } = compareWalks(a, b)
    expect({ first, same, unread }).toEqual({ first: null, same: true, unread: 0 })
    expect(rows).toHaveLength(a.records.length)
    expect(rows.every((row) => row.same && row.a === row.b)).toBe(true)
  })

  it('is the same when only names and addresses of a new generation differ', () => {
    const pod = `apiVersion: v1
kind: Pod
metadata: {name: web-7d4b9c6f58-k2xvp, labels: {app: web}}
spec: {nodeName: worker-2, containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
`
    const [client = '', , service = '', walk = ''] = TEXT.split('---\n')
    const other = [client, pod, service, walk].join('---\n').replaceAll('10.96.0.50', '10.96.7.7')
    const { a, b } = both(other)
    expect(a.outcome.server).not.toBe(b.outcome.server)
    expect(compareWalks(a, b)).toMatchObject({ first: null, same: true })
  })

  it('parts in the node’s kernel between iptables and IPVS, and ends alike', () => {
    const { same, before, a, b, ends } = parting(TEXT, { proxy: 'ipvs' })
    expect(same).toBe(false)
    expect(before.length).toBeGreaterThan(3)
    expect([a?.where, b?.where]).toEqual(['node/worker-1', 'node/worker-1'])
    expect(a?.event).toMatchObject({ at: 'ipt_rule', table: 'nat', verdict: expect.stringMatching(/KUBE-SVC/) })
    expect(b?.event.at).not.toBe('kfree_skb')
    expect(ends.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered'])
  })

  it('parts at the routing decision after an edit that deletes the route', () => {
    const script = `---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: fault}
spec: {on: node/worker-1, run: ip route del 10.244.2.0/24}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk`
    const { a, b, ends } = parting(TEXT.replace('---\napiVersion: packetwalk.dev/v1alpha1\nkind: Walk', script))
    expect(a?.event).toMatchObject({ at: 'fib_lookup', result: { route: { destination: { prefixLength: 24 } } } })
    expect(b?.event).toMatchObject({ at: 'fib_lookup', result: { route: { destination: { prefixLength: 0 } } } })
    expect(ends.map(({ outcome }) => outcome)).toEqual(['delivered', 'timeout'])
  })

  it('parts where flannel sends into its tunnel', () => {
    const text = TEXT.replace('"tcp://10.96.0.50:80"', 'tcp://svc/web:80')
    const { a, b, ends } = parting(text, { cni: 'flannel' }, text)
    expect(a?.where).toBe('node/worker-1')
    expect(a?.event.at).toBe(b?.event.at)
    const { rows } = compareWalks(...(Object.values(both(text, { cni: 'flannel' }, text)) as [Trace, Trace]))
    expect(rows.some((row) => row.a === null)).toBe(true)
    expect(ends.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered'])
  })

  it('takes a Walk that the other text lacks by its ends', () => {
    expect(both(TEXT.split('---\napiVersion: packetwalk.dev')[0] ?? '').b.outcome).toMatchObject({
      walk: 'pod/client → tcp://10.96.0.50:80',
    })
  })

  it('says in which of the two it cannot be walked', () => {
    const other = TEXT.replaceAll('client', 'someone')
    const answer = walkInBoth({ a: parseScenario(TEXT), b: parseScenario(other) }, { from: 'pod/client', to: 'ping 10.0.0.1' })
    expect(answer).toMatchObject({ side: 'b', problem: expect.stringContaining('client') })
  })
})

describe('a setting instead of the text’s own', () => {
  it('leaves nodes that say otherwise what they are', () => {
    const node =
      'apiVersion: v1\nkind: Node\nmetadata: {name: worker-1, annotations: {packetwalk.dev/kube-proxy-mode: iptables}}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: worker-2}\n---\n'
    const { a, b } = both(node + TEXT, { proxy: 'ipvs' }, node + TEXT)
    const scheduled = (trace: Trace): boolean => trace.records.some(({ event }) => event.at === 'ip_vs_schedule')
    expect([scheduled(a), scheduled(b)]).toEqual([false, false])
    expect(both(TEXT, { proxy: 'ipvs' }).b.records.some(({ event }) => event.at === 'ip_vs_schedule')).toBe(true)
  })
})
