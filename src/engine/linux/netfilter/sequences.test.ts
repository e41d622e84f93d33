/** Matches with a memory, packet by packet: sequences measured on Linux 6.18 (1: accepted, 0: dropped). */
import { describe, expect, it } from 'vitest'
import { createTestMachine, packet, type TestMachine } from './testdata/machine.ts'

function loaded(rules: readonly string[]): TestMachine {
  const machine = createTestMachine()
  expect(machine.load(['*filter', ...rules.map((rule) => `-A INPUT ${rule}`), 'COMMIT', ''].join('\n'))).toBe(null)
  return machine
}

function sends(machine: TestMachine, ttl = 64): string {
  const sent = packet('udp 192.168.9.2:5000>192.168.9.1:99')
  const network = sent.network.kind === 'ip' ? { ...sent.network, ttl } : sent.network
  return machine.pass({ ...sent, network }, 'INPUT eth1').kind === 'ACCEPT' ? '1' : '0'
}

/** A packet at each of these moments, ms. */
function at(machine: TestMachine, moments: readonly number[]): string {
  const start = machine.kernel.nowMs
  return moments
    .map((ms) => {
      machine.kernel.nowMs = start + ms
      return sends(machine)
    })
    .join('')
}

describe('limit', () => {
  const long = [
    10, 110, 212, 317, 430, 540, 644, 755, 865, 976, 1086, 1186, 1797, 1897, 2009, 2119, 2219, 3432, 3532, 3636, 3737, 3847, 3957,
  ]
  it.each<readonly [string, readonly number[], string]>([
    ['2/sec --limit-burst 3', long, '11100100001010010111000'],
    ['10/sec --limit-burst 1', [0, 54, 114, 164, 232, 282, 442, 593, 643, 703], '1010101101'],
    ['1/min --limit-burst 2', [0, 50, 101, 614], '1100'],
    ['100/sec --limit-burst 5', [2, 2, 2, 2, 2, 2, 13, 13, 59, 59, 59, 59], '111110101111'],
  ])('--limit %s', (limit, moments, passed) => {
    expect(at(loaded([`-m limit --limit ${limit} -j ACCEPT`, '-j DROP']), moments)).toBe(passed)
  })

  it('hashlimit: by source, two a second', () => {
    const rule = '-m hashlimit --hashlimit-upto 2/sec --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name h -j ACCEPT'
    expect(at(loaded([rule, '-j DROP']), [0, 5, 10, 165])).toBe('1100')
  })
})

/** libxt_hashlimit.c, hashlimit_mt_check(): without --hashlimit-htable-expire an entry is kept for the unit of the rate; a new one has all its credit. */
describe('entries of hashlimit end', () => {
  it.each<readonly [string, number]>([
    ['1/min', 60_000],
    ['1/hour', 3_600_000],
    ['1/day', 86_400_000],
    ['1/hour --hashlimit-htable-expire 5000', 5000],
    ['1/min --hashlimit-htable-expire 1', 1],
  ])('%s: after %s ms', (rate, kept) => {
    const rule = `-m hashlimit --hashlimit-upto ${rate} --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name h -j ACCEPT`
    const again = [kept, kept, kept, kept]
    expect(at(loaded([rule, '-j DROP']), [0, 0, 0, 0, ...again])).toBe('11101110')
    const early = again.map((ms) => ms - 1)
    expect(at(loaded([rule, '-j DROP']), [0, 0, 0, 0, ...early])).toBe('11100000')
  })
})

describe('statistic --mode nth', () => {
  it.each([
    ['--every 3 --packet 0', '01101101'],
    ['--every 3 --packet 2', '11011011'],
    ['! --every 3 --packet 1', '01001001'],
  ])('%s', (words, passed) => {
    const rule = `-m statistic --mode nth ${words}`
    expect(at(loaded([`${rule} -j DROP`]), [0, 1, 2, 3, 4, 5, 6, 7])).toBe(passed)
  })
})

describe('recent', () => {
  /** Pings one after another: an answer comes at once, a missing one takes 155 ms. `pause`: ms before the packet of that number. */
  function pings(rules: readonly string[], count: number, pause: Readonly<Record<number, number>> = {}): string {
    const machine = loaded(rules)
    let text = ''
    for (let i = 0; i < count; i++) {
      machine.kernel.nowMs += pause[i] ?? 0
      const result = sends(machine)
      machine.kernel.nowMs += result === '1' ? 5 : 155
      text += result
    }
    return text
  }

  it.each<readonly [string, string, string, number, Readonly<Record<number, number>>]>([
    ['--rcheck --hitcount 3', '--set', '111000', 6, {}],
    ['--update --seconds 1 --hitcount 3', '--set', '11100111', 8, { 5: 1100 }],
    ['--rcheck --seconds 1 --hitcount 3', '--set', '11100111', 8, { 5: 2100 }],
    ['--remove', '--set', '101010', 6, {}],
    ['! --set', '! --rcheck', '111', 3, {}],
    ['--rcheck --seconds 1 --reap', '--set', '10010', 5, { 3: 1200 }],
  ])('%s -j DROP, then %s', (first, second, passed, count, pause) => {
    const last = second === '! --rcheck' ? 'DROP' : 'ACCEPT'
    const rules = [`-m recent --name q ${first} -j DROP`, `-m recent --name q ${second} -j ${last}`]
    expect(pings(rules, count, pause)).toBe(passed)
  })

  it('--rttl: only packets with the TTL of the last one seen', () => {
    const machine = loaded([
      '-m recent --name t --rcheck --rttl -j DROP',
      '-m recent --name t ! --rcheck -m recent --name t --set -j ACCEPT',
    ])
    expect([62, 60, 62, 61].map((ttl) => sends(machine, ttl)).join('')).toBe('1101')
  })

  it.each<readonly [string, readonly number[], string]>([
    // Seen exactly so many seconds ago counts; a millisecond more does not.
    ['--rcheck --seconds 1', [0, 1000, 1001], '101'],
    ['--rcheck --seconds 1 --hitcount 1', [0, 999, 1000, 1001], '1001'],
  ])('%s, packets at %j ms', (first, moments, passed) => {
    const machine = loaded([`-m recent --name q ${first} -j DROP`, '-m recent --name q --set -j ACCEPT'])
    expect(at(machine, moments)).toBe(passed)
  })

  it('--rttl: a TTL of 1 is one like any other', () => {
    const machine = loaded(['-m recent --name t --rcheck --rttl -j DROP', '-m recent --name t --set -j ACCEPT'])
    expect([62, 1, 62, 1].map((ttl) => sends(machine, ttl)).join('')).toBe('1111')
  })
})

describe('statistic --mode random', () => {
  it.each([
    ['--probability 0.25', 0, '0'],
    ['--probability 0.25', 1, '1'],
    ['! --probability 0.25', 0, '1'],
    ['! --probability 0.25', 1, '0'],
  ])('%s, the %i. of two ways: %s', (words, way, passed) => {
    const machine = loaded([`-m statistic --mode random ${words} -j DROP`])
    const asked: unknown[] = []
    const choose = ({ odds }: { readonly odds: readonly number[] }): number => {
      asked.push(odds)
      return way
    }
    Object.assign(machine.kernel.chooser, { choose })
    expect(sends(machine)).toBe(passed)
    expect(asked).toEqual([[0.25, 0.75]])
  })
})

describe('conntrack --ctexpire', () => {
  it.each([
    ['30:40', 30_000, '0'],
    ['30:40', 29_999, '1'],
    ['20:29', 29_999, '0'],
    ['20:29', 30_000, '1'],
    ['! 30', 30_000, '1'],
  ])('%s, with %i ms left: %s', (range, leftMs, passed) => {
    const machine = loaded([`-m conntrack ${range.startsWith('!') ? `! --ctexpire ${range.slice(2)}` : `--ctexpire ${range}`} -j DROP`])
    const made = packet('udp 192.168.9.2:5000>192.168.9.1:99')
    const first = machine.pass(made, 'PREROUTING eth1', 'POSTROUTING eth1')
    const [entry] = machine.ns.netfilter.ip.conntrack.entries.values()
    if (!entry) throw new Error('no entry')
    machine.kernel.nowMs = entry.expiresMs - leftMs
    expect(machine.pass(first.packet, 'INPUT eth1').kind === 'ACCEPT' ? '1' : '0').toBe(passed)
  })
})
