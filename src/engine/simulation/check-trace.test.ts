/** The invariants are no decoration: each kind of nonsense is found. */
import { describe, expect, it } from 'vitest'
import { CLIENT_AND_WEB } from '../kubernetes/client-and-web.fixture.ts'
import { parseScenario } from '../kubernetes/manifest.ts'
import { checkTrace } from './check-trace.ts'
import { builtWorld } from './checkpoints.ts'
import { foldHops } from './fold.ts'
import type { Trace, TraceRecord } from './trace.ts'
import { walk } from './walk.ts'

const scenario = parseScenario(CLIENT_AND_WEB)
const world = builtWorld(scenario)
const walked = walk(scenario, { from: 'pod/client', to: 'tcp://pod/web:80' })
if (!world || 'problem' in walked) throw new Error('no walk')
const trace: Trace = walked

/** The walk with its records changed, renumbered and folded anew. */
function changed(change: (records: TraceRecord[]) => readonly TraceRecord[]): Trace {
  const records = change([...trace.records]).map((record, n) => ({ ...record, n }))
  return { ...trace, records, hops: foldHops(records) }
}

const without = (isIt: (record: TraceRecord) => boolean): Trace =>
  changed((records) => {
    const index = records.findIndex(isIt)
    return records.filter((_, n) => n !== index)
  })

describe('checkTrace', () => {
  it('finds nothing wrong with a real walk', () => {
    expect(checkTrace(trace, world)).toEqual([])
  })

  it('finds a packet that jumps from one namespace into another', () => {
    const jump = without(
      (record) =>
        record.event.at === 'dev_queue_xmit' && record.where === 'pod/default/client' && record.event.packet.network.kind === 'ip',
    )
    expect(checkTrace(jump, world).join()).toContain('never left pod/default/client')
  })

  it('finds links that no cable joins', () => {
    const wrong = changed((records) =>
      records.map((record) =>
        record.event.at === 'netif_receive_skb' && record.where === 'node/worker-2' ? { ...record, where: 'gateway' } : record,
      ),
    )
    expect(checkTrace(wrong, world).join()).toMatch(/no cable joins them|never left|but was never received/)
  })

  it('finds a rewrite that no event tells of', () => {
    expect(
      checkTrace(
        without((record) => record.event.at === 'ip_forward'),
        world,
      ).join(),
    ).toContain('no event says so')
  })

  it('finds a packet that vanishes on a cable', () => {
    const last = trace.records.findLast((record) => record.event.at === 'dev_queue_xmit')
    if (!last) throw new Error('nothing was sent')
    expect(
      checkTrace(
        changed((records) => records.slice(0, last.n + 1)),
        world,
      ).join(),
    ).toContain('never arrived')
  })

  it('finds a packet that vanishes inside a namespace', () => {
    const isTaken = ({ event, where }: TraceRecord): boolean =>
      event.at === 'socket' && (event.action === 'accept' || event.action === 'receive') && where === 'pod/default/web'
    const vanished = changed((records) => records.filter((record) => !isTaken(record)))
    expect(checkTrace(vanished, world).join()).toContain('vanished in pod/default/web')
  })

  it('finds life after death', () => {
    const first = trace.records[0]
    if (!first) throw new Error('empty')
    const killed = changed((records) => [
      first,
      { ...first, event: { at: 'kfree_skb', packet: first.event.packet, reason: 'NOT_SPECIFIED', by: null, detail: null } },
      ...records.slice(1),
    ])
    const errors = checkTrace(killed, world).join()
    expect(errors).toContain('ended at record 1 but is seen')
    expect(errors).toContain('dropped for no reason')
  })

  it('finds time that runs backwards', () => {
    const back = changed((records) => records.map((record, n) => (n === 5 ? { ...record, timeMs: record.timeMs + 1000 } : record)))
    expect(checkTrace(back, world).join()).toContain('time runs backwards')
  })
})
