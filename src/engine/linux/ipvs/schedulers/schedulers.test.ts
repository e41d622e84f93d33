/** 12 consecutive connections under each scheduler, as a real kernel (6.1) placed them. */
import { describe, expect, test } from 'vitest'
import { balancer, sequence, withWeights } from '../flows.fixture.ts'
import type { SchedulerName } from '../scheduler.ts'

const repeat = (text: string, count: number): string => Array.from({ length: count }, () => text).join(' ')
const IN_TURN = repeat('13 12 11', 4)
const WEIGHTED = '13 12 11 11 12 11 13 12 11 11 12 11'

/** Scheduler, weights of 11, 12 and 13, each connection closed before the next, all kept open (absent: the same). */
const SEQUENCES: readonly (readonly [scheduler: SchedulerName, weights: string, closed: string, open?: string])[] = [
  ['rr', '1,1,1', IN_TURN],
  ['rr', '3,2,1', IN_TURN],
  ['rr', '0,2,1', repeat('13 12', 6)],
  ['rr', '2,0,1', repeat('13 11', 6)],
  ['wrr', '1,1,1', IN_TURN],
  ['wrr', '3,2,1', WEIGHTED],
  ['wrr', '0,2,1', repeat('13 12 12', 4)],
  ['wrr', '2,0,1', repeat('13 11 11', 4)],
  ['lc', '1,1,1', IN_TURN],
  ['lc', '3,2,1', IN_TURN],
  ['lc', '0,2,1', repeat('13 12', 6)],
  ['lc', '2,0,1', repeat('13 11', 6)],
  ['wlc', '1,1,1', IN_TURN],
  ['wlc', '3,2,1', WEIGHTED],
  ['wlc', '0,2,1', repeat('13 12 12', 4)],
  ['sed', '1,1,1', repeat('13', 12), IN_TURN],
  ['sed', '3,2,1', repeat('11', 12), '11 12 11 13 12 11 11 12 11 13 12 11'],
  ['sed', '0,2,1', repeat('12', 12), repeat('12 13 12', 4)],
  ['sed', '2,0,1', repeat('11', 12), repeat('11 13 11', 4)],
  ['nq', '1,1,1', repeat('13', 12), IN_TURN],
  ['nq', '3,2,1', repeat('13', 12), '13 12 11 11 12 11 11 12 11 13 12 11'],
  ['nq', '0,2,1', repeat('13', 12), '13 12 12 12 13 12 12 13 12 12 13 12'],
  ['nq', '2,0,1', repeat('13', 12), '13 11 11 11 13 11 11 13 11 11 13 11'],
  ['lblc', '1,1,1', repeat('13', 12)],
  ['lblcr', '1,1,1', repeat('13', 12)],
  ['lblc', '2,0,1', repeat('13', 12)],
  ['lblcr', '2,0,1', repeat('13', 12)],
  ['fo', '3,2,1', repeat('11', 12)],
  ['fo', '1,1,1', repeat('13', 12)],
]

const ROWS = SEQUENCES.map(([scheduler, weights, closed, open = closed]) => ({ scheduler, weights, closed, open }))

describe('sequences', () => {
  test.each(ROWS)('$scheduler with weights $weights, each closed before the next: $closed', ({ scheduler, weights, closed }) => {
    const made = withWeights(balancer(scheduler), weights)
    expect(sequence(12, () => made.visit())).toBe(closed)
  })
  // What lblc and lblcr do with many open connections is not in the table.
  test.each(ROWS.filter(({ scheduler }) => !scheduler.startsWith('lblc')))(
    '$scheduler with weights $weights, all kept open',
    ({ scheduler, weights, open }) => {
      const made = withWeights(balancer(scheduler), weights)
      expect(sequence(12, () => made.open())).toBe(open)
    },
  )

  test.each([
    ['sh', '1,1,1', '12', '12 13 12 11 13 11 12 11 13 12 13 11'],
    ['sh', '3,2,1', '11', '12 11 12 12 13 12 11 12 11 12 11 11'],
    ['sh', '0,2,1', '12', '12 refused 12 12 13 12 13 12 refused 12 refused 12'],
    ['mh', '1,1,1', '12', '13 13 13 13 13 13 13 12 12 13 11 13'],
    ['mh', '3,2,1', '12', '13 12 13 13 11 12 13 12 12 11 11 13'],
    ['mh', '0,2,1', '12', '13 12 13 13 13 12 13 12 12 13 13 13'],
  ] as const)('%s with weights %s: client .2 gets %s, clients .100 to .111 get %s', (scheduler, weights, own, others) => {
    const made = withWeights(balancer(scheduler), weights)
    expect(sequence(3, () => made.visit())).toBe(repeat(own, 3))
    expect(sequence(12, (index) => made.visit(100 + index))).toBe(others)
  })

  test('fo keeps to the highest weight, ovf moves on when it has more active connections than weight', () => {
    const fo = withWeights(balancer('fo'), '3,2,1')
    expect(sequence(4, () => fo.open())).toBe('11 11 11 11')
    const ovf = withWeights(balancer('ovf'), '3,2,1')
    expect(sequence(9, () => ovf.open())).toBe('11 11 11 11 12 12 12 13 13')
  })

  test('dh goes by the virtual address, whatever the client', () => {
    const made = withWeights(balancer('dh'), '1,1,1')
    const first = made.visit()
    expect(sequence(5, (index) => made.visit(100 + index))).toBe(repeat(String(first), 5))
    made.edit(Number(first), 0)
    expect(made.visit()).toBe('refused')
  })

  test.each(['rr', 'wrr', 'lc', 'wlc', 'sh', 'dh', 'mh', 'sed', 'nq', 'lblc', 'lblcr', 'fo', 'ovf'] as const)(
    '%s refuses without servers and with weights of 0 only',
    (scheduler) => {
      const made = balancer(scheduler)
      expect(made.visit()).toBe('refused')
      expect(withWeights(made, '0,0,0').visit()).toBe('refused')
    },
  )
})

describe('rr', () => {
  test('adding a server does not move the pointer; the new one is reached after the wrap', () => {
    const made = withWeights(balancer('rr'), '1,1')
    expect(sequence(3, () => made.visit())).toBe('12 11 12')
    made.add(13, 1)
    expect(sequence(4, () => made.visit())).toBe('11 13 12 11')
    made.delete(12)
    expect(sequence(3, () => made.visit())).toBe('13 11 13')
  })
  test('editing a weight does not reset it', () => {
    const made = withWeights(balancer('rr'), '1,1,1')
    expect(sequence(4, () => made.visit())).toBe('13 12 11 13')
    made.edit(12, 5)
    expect(sequence(3, () => made.visit())).toBe('12 11 13')
  })
  test('deleting the server that the pointer is on goes on with the next; one added again goes to the head', () => {
    const made = withWeights(balancer('rr'), '1,1,1')
    expect(sequence(2, () => made.visit())).toBe('13 12')
    made.delete(12)
    expect(made.visit()).toBe(11)
    made.add(12, 1)
    expect(sequence(3, () => made.visit())).toBe('12 13 11')
  })
})

describe('wrr', () => {
  test('each change starts at the head and keeps the current weight', () => {
    const made = withWeights(balancer('wrr'), '3,2,1')
    expect(sequence(4, () => made.visit())).toBe('13 12 11 11')
    made.edit(13, 2)
    expect(sequence(8, () => made.visit())).toBe('11 13 12 11 13 12 11 11')
  })
})

describe('weights of closed connections', () => {
  test('lc: a closed connection counts for 120 s', () => {
    const made = withWeights(balancer('lc'), '1,1')
    expect(made.visit()).toBe(12)
    made.wait(119)
    expect(made.visit()).toBe(11)
    made.wait(2)
    expect(made.visit()).toBe(12)
  })
})

describe('overload', () => {
  test('-x 2 with connections that are kept', () => {
    const made = balancer('rr')
    made.add(11, 1, 2)
    made.add(12, 1, 2)
    expect(sequence(5, () => made.open())).toBe('12 11 12 11 refused')
  })
})

describe('options of sh and mh', () => {
  /** hash_32() of the kernel: the bucket of an address among 256. */
  const hash = (address: number): number => Math.imul(address, 0x61c88647) >>> 24
  const client = (last: number): number => ((192 << 24) | (168 << 16) | (9 << 8) | last) >>> 0
  /** Buckets are filled from the list, newest first, as often in a row as the weight says. */
  const buckets = (weights: readonly (readonly [server: number, weight: number])[]): number[] => {
    const turn = weights.flatMap(([server, weight]) => Array.from({ length: Math.max(weight, 1) }, () => server))
    return Array.from({ length: 256 }, (_, index) => turn[index % turn.length] ?? 0)
  }

  test('sh: the bucket of the source address, in buckets filled by weight', () => {
    const made = withWeights(balancer('sh'), '3,2,1')
    const table = buckets([
      [13, 1],
      [12, 2],
      [11, 3],
    ])
    for (let last = 1; last < 255; last++) expect(made.visit(last)).toBe(table[hash(client(last))])
  })

  test('sh-port: the source port is added to the address', () => {
    const made = withWeights(balancer('sh', { flag2: true }), '1,1,1')
    const table = buckets([
      [13, 1],
      [12, 1],
      [11, 1],
    ])
    for (let port = 40001; port < 40060; port++) expect(made.segment(port, 'S')).toBe(table[hash(client(2) + port)])
  })

  test('sh-fallback: where the bucket’s server has weight 0, the buckets behind it are asked', () => {
    const made = withWeights(balancer('sh', { flag1: true }), '0,2,1')
    const table = buckets([
      [13, 1],
      [12, 2],
      [11, 0],
    ])
    for (let last = 1; last < 100; last++) {
      const start = hash(client(last))
      const asked = [...Array(256).keys()].map((offset) => table[(((offset + start) & 255) + start) & 255])
      const expected = table[start] === 11 ? asked.find((server) => server !== 11) : table[start]
      expect(made.visit(last)).toBe(expected)
    }
  })

  test('mh-port spreads the ports of one client; without it they stay together', () => {
    const spread = withWeights(balancer('mh', { flag2: true }), '1,1,1')
    expect(new Set(Array.from({ length: 30 }, (_, index) => spread.segment(40001 + index, 'S'))).size).toBe(3)
    const together = withWeights(balancer('mh'), '1,1,1')
    expect(new Set(Array.from({ length: 30 }, (_, index) => together.segment(40001 + index, 'S'))).size).toBe(1)
  })
})
