/** net/sched/sch_netem.c: what is lost, what is late, and how `tc` prints it. */
import { describe, expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { newIpPacket } from '../net/new-packet.ts'
import { createNetNs } from './create-netns.ts'
import { type Netem, netemEnqueue, netemText } from './netem.ts'

const NETEM: Netem = { handle: 0x8001, limit: 1000, loss: 0, delayMs: 0, jitterMs: 0 }

function enqueue(
  netem: Partial<Netem>,
  { lost = false, jitter = 0 } = {},
): { readonly outcome: string; readonly odds: readonly number[] | null } {
  let odds: readonly number[] | null = null
  const ns = createNetNs('node', {
    nowMs: 0,
    nextPacketId: 1,
    chooser: {
      choose: (choice) => {
        odds = choice.odds
        return lost ? 1 : 0
      },
      pick: () => jitter,
    },
  })
  const lo = ns.devices.get('lo')
  if (!lo) throw new Error('no lo')
  const packet = newIpPacket({
    ...{ id: 1, df: false, source: ipv4(1), destination: ipv4(2), protocol: 17, ttl: 64, ipId: 1, transport: null, socket: null },
  })
  const effects = netemEnqueue(ns, lo, packet, { ...NETEM, ...netem })
  if (effects === null) return { outcome: 'sent now', odds }
  const [effect] = effects
  return { outcome: effect?.kind === 'timer' ? `after ${effect.afterMs} ms` : 'lost', odds }
}

describe('a packet', () => {
  test.each<[string, Partial<Netem>, Parameters<typeof enqueue>[1], string, readonly number[] | null]>([
    ['without anything', {}, {}, 'sent now', null],
    ['that cannot be lost is not asked about', { delayMs: 5 }, { lost: true }, 'after 5 ms', null],
    ['that is lost', { loss: 0.25 }, { lost: true }, 'lost', [0.75, 0.25]],
    ['that might have been lost', { loss: 0.25 }, {}, 'sent now', [0.75, 0.25]],
    ['of a line that loses all', { loss: 1 }, {}, 'lost', null],
    ['lost before it is late', { loss: 0.5, delayMs: 5 }, { lost: true }, 'lost', [0.5, 0.5]],
    ['not lost but late', { loss: 0.5, delayMs: 5 }, {}, 'after 5 ms', [0.5, 0.5]],
    ['late by the least', { delayMs: 10, jitterMs: 4 }, { jitter: 0 }, 'after 6 ms', null],
    ['late as usual', { delayMs: 10, jitterMs: 4 }, { jitter: 1000 }, 'after 10 ms', null],
    ['late by the most', { delayMs: 10, jitterMs: 4 }, { jitter: 2000 }, 'after 14 ms', null],
    ['with more jitter than delay', { delayMs: 1, jitterMs: 4 }, { jitter: 0 }, 'after 0 ms', null],
    ['with jitter alone', { jitterMs: 4 }, { jitter: 1500 }, 'after 2 ms', null],
  ])('%s', (_what, netem, chance, outcome, odds) => {
    expect(enqueue(netem, chance)).toEqual({ outcome, odds })
  })
})

test.each<[Partial<Netem>, string]>([
  [{}, ''],
  [{ delayMs: 10 }, ' delay 10ms'],
  [{ delayMs: 10, jitterMs: 2 }, ' delay 10ms  2ms'],
  [{ delayMs: 999 }, ' delay 999ms'],
  [{ delayMs: 1000 }, ' delay 1s'],
  [{ delayMs: 1500 }, ' delay 1.5s'],
  [{ delayMs: 1234.5 }, ' delay 1.23s'],
  [{ delayMs: 12.345 }, ' delay 12.3ms'],
  [{ delayMs: 1 }, ' delay 1ms'],
  [{ delayMs: 0.25 }, ' delay 250us'],
  [{ delayMs: 0.999 }, ' delay 999us'],
  [{ loss: 0.05 }, ' loss 5%'],
  [{ loss: 0.123456789 }, ' loss 12.3457%'],
  [{ loss: 1 }, ' loss 100%'],
  [{ delayMs: 10, loss: 0.05, limit: 5, handle: 0x8002 }, ' delay 10ms loss 5%'],
])('%j', (netem, end) => {
  const { handle, limit } = { ...NETEM, ...netem }
  expect(netemText('eth0', { ...NETEM, ...netem })).toBe(`qdisc netem ${handle.toString(16)}: dev eth0 root refcnt 2 limit ${limit}${end}`)
})
