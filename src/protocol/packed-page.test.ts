import { expect, test } from 'vitest'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { TraceRecord } from '../engine/simulation/trace.ts'
import { walk } from '../engine/simulation/walk.ts'
import { type Message, pack, unpack } from './packed-page.ts'

const TEXT = `apiVersion: v1
kind: Service
metadata: {name: db}
spec: {selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, labels: {app: db}}
spec: {nodeName: worker-2, containers: [{name: db, image: db, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {nodeName: worker-1, containers: [{name: web, image: web}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: one}
spec: {from: pod/web, to: "http://db/"}
`

/** As it crosses to another thread. */
function crossed(records: readonly TraceRecord[]): readonly TraceRecord[] {
  const { message, transfer } = pack({ type: 'page', id: 1, revision: 1, records, sentences: [] })
  const response = unpack(structuredClone<Message>(message, { transfer }))
  if (response.type !== 'page') throw new Error(response.type)
  return response.records
}

/** With everything read that is read late. */
function read(records: readonly TraceRecord[]): unknown[] {
  return records.map(({ event, ...rest }) => {
    if (event.at !== 'ipt_rule') return { ...rest, event }
    const { at, packet, hook, table, chain, rule, tried, verdict } = event
    return { ...rest, event: { at, packet, hook, table, chain, rule, tried, verdict } }
  })
}

test('a walk crosses whole, page by page', () => {
  const trace = walk(parseScenario(TEXT), { name: 'one' })
  if ('problem' in trace) throw new Error(trace.problem)
  const { records } = trace
  expect(records.filter(({ event }) => event.at === 'ipt_rule').length).toBeGreaterThan(20)
  expect(read(crossed(records))).toEqual(records)
  expect(read(crossed(records.slice(40, 90)))).toEqual(records.slice(40, 90))
  expect(crossed([])).toEqual([])
})

test('one packet stays one packet', () => {
  const trace = walk(parseScenario(TEXT), { name: 'one' })
  if ('problem' in trace) throw new Error(trace.problem)
  const came = crossed(trace.records)
  for (const [index, { event }] of trace.records.entries()) {
    const before = trace.records[index - 1]?.event.packet
    if (before === event.packet) expect(came[index]?.event.packet).toBe(came[index - 1]?.event.packet)
  }
})

test('a rule crosses once, however often it matched', () => {
  const trace = walk(parseScenario(TEXT), { name: 'one' })
  if ('problem' in trace) throw new Error(trace.problem)
  const { message } = pack({ type: 'page', id: 1, revision: 1, records: trace.records, sentences: [] })
  if (!('packed' in message)) throw new Error('It is not packed.')
  const rules = trace.records.flatMap(({ event }) => (event.at === 'ipt_rule' ? [event.rule] : []))
  const different = new Set(rules.map((rule) => JSON.stringify(rule))).size
  expect(message.packed.rules.refs).toHaveLength(different)
  expect(different).toBeLessThan(rules.length / 2)
})

test('other responses cross as they are', () => {
  const response = { type: 'ready', version: 1 } as const
  expect(unpack(pack(response).message)).toBe(response)
})
