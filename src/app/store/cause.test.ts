import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../../engine/kubernetes/manifest.ts'
import { builtWorld } from '../../engine/simulation/checkpoints.ts'
import { topologyOf } from '../../engine/simulation/topology-of.ts'
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import { walk } from '../../engine/simulation/walk.ts'
import { causeOf, objectWords } from './cause.ts'
import { highlightOf } from './highlight.ts'
import { decidingRecord } from './steps.ts'
import { walkState } from './walk-state.fixture.ts'

const TEXT = readFileSync('src/scenarios/web-and-mysql.yaml', 'utf8')
const DROP = `---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: wall}
spec: {on: node/worker-2, run: "iptables -I FORWARD -p tcp --dport 3306 -j DROP"}
`

/** A walk of a text as the page has it. */
function walked(text: string) {
  const scenario = parseScenario(text)
  const world = builtWorld(scenario)
  const trace = walk(scenario, { from: 'deploy/webapp', to: 'tcp://webapp-sql1:3306' })
  if (world === null || 'problem' in trace) throw new Error('no walk')
  const state = walkState({ records: trace.records, outcome: trace.outcome })
  const shown = (record: TraceRecord | null) => ({
    topology: topologyOf(world, world.cluster),
    documents: scenario.documents,
    walk: state,
    frame: record?.n ?? -1,
  })
  return { ...trace, state, shown }
}

describe('what decided', () => {
  const { records } = walked(TEXT)
  const at = (kind: TraceRecord['event']['at'], has: (record: TraceRecord) => boolean = () => true) =>
    causeOf(records.find((record) => record.event.at === kind && has(record))?.event ?? records[0]?.event ?? ({} as never))

  it('a rewrite is its rule, and the Service that the rule is from', () => {
    const rewrites = records.flatMap(({ event }) =>
      event.at === 'nat_manip' && event.rule && event.manip === 'destination' ? causeOf(event) : [],
    )
    const cause = rewrites.find((one) => one?.text?.includes(':3306'))
    expect(cause).toMatchObject({ kind: 'rule', name: expect.stringMatching(/^KUBE-SEP-\w+ rule \d+$/) })
    expect(cause?.origin?.object).toBe('service/default/webapp-sql1')
    const line = (cause?.origin?.line ?? 0) - 1
    expect(
      TEXT.split('\n')
        .slice(line, line + 4)
        .join('\n'),
    ).toMatch(/^apiVersion: v1\nkind: Service\nmetadata:\n {2}name: webapp-sql1$/)
  })

  it.each([
    ['fib_lookup', { kind: 'route', name: expect.stringMatching(/^route [\d.]+\/\d+$/), text: expect.stringContaining(' dev ') }],
    ['neigh_resolve', { kind: 'neighbour', text: expect.stringMatching(/^[\d.]+ dev eth0 .*[A-Z]+$/) }],
    ['br_fdb', { kind: 'bridge', name: 'forwarding database of cni0' }],
    ['ct_lookup', { kind: 'connection', name: expect.stringMatching(/^conntrack: /) }],
    ['socket', { kind: 'socket', name: 'its socket', text: expect.stringMatching(/^send: ./) }],
  ] as const)('%s', (kind, cause) => expect(at(kind)).toMatchObject(cause))

  it('nothing is decided by a frame that leaves', () => expect(at('dev_queue_xmit')).toBeNull())
})

describe('a drop', () => {
  const { records, state, shown } = walked(TEXT + DROP)
  const deciding = decidingRecord(state)

  it('is decided by the first record that dropped at the place of the outcome, with its rule', () => {
    const drops = records.filter(({ event }) => event.at === 'kfree_skb' && event.reason === 'NETFILTER_DROP')
    expect(drops.length).toBeGreaterThan(1)
    expect(deciding).toBe(drops[0])
    expect(deciding?.where).toBe('node/worker-2')
    expect(deciding && causeOf(deciding.event)).toMatchObject({ name: 'FORWARD rule 1', text: expect.stringContaining('-j DROP') })
  })

  it('marks the lines of the Script that made the rule', () => {
    const mark = highlightOf({ selected: null, ...shown(deciding) })
    expect(mark?.kind).toBe('drop')
    expect(
      (TEXT + DROP)
        .split('\n')
        .slice((mark?.from ?? 1) - 1, mark?.to)
        .join('\n'),
    ).toContain('name: wall')
  })

  it('gives way to the shape that is chosen', () => {
    const mark = highlightOf({ selected: 'service/default/webapp-sql1', ...shown(deciding) })
    expect(mark?.kind).toBe('current')
    expect(
      (TEXT + DROP)
        .split('\n')
        .slice((mark?.from ?? 1) - 1, mark?.to)
        .join('\n'),
    ).toContain('name: webapp-sql1')
    expect(highlightOf({ selected: 'bridge/worker-1/cni0', ...shown(deciding) })).toBeNull()
  })

  it('decides nothing where the walk was delivered', () => expect(decidingRecord(walked(TEXT).state)).toBeNull())
})

it.each([
  ['service/default/webapp-sql1', 'Service webapp-sql1'],
  ['networkPolicy/shop/db', 'NetworkPolicy shop/db'],
  ['script/wall', 'Script wall'],
])('%s in words: %s', (object, words) => expect(objectWords(object)).toBe(words))
