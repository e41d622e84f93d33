import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IpPacket } from '../../net/packet.ts'
import { watchNetNs } from '../watch-netns.ts'
import { chainIndex, forgetIndex, noteWalk } from './chain-index.ts'
import { parseIptables } from './iptables-command.ts'
import { isIptablesError } from './iptables-error.ts'
import { printRule } from './iptables-text.ts'
import { nfHook } from './nf-hook.ts'
import { restoreText } from './restore.ts'
import type { Rule } from './rule.ts'
import { applyCommand } from './ruleset.ts'
import { splitWords } from './split-words.ts'
import { createTestMachine, packet, type TestMachine } from './testdata/machine.ts'

const LENGTH = 32
/** More rules looked at in vain than any chain here needs before its index is made. */
const OFTEN = 1_000_000

const host = fc.integer({ min: 1, max: 4 }).map((last) => `10.0.0.${last}`)
const network = fc.oneof(
  { weight: 6, arbitrary: host },
  { weight: 1, arbitrary: fc.constantFrom('10.0.0.0/30', '10.0.0.2/255.255.255.254', '0.0.0.0/0', '10.0.0.1/255.0.0.255') },
)
const port = fc.integer({ min: 1, max: 4 })
const device = fc.constantFrom('cni0', 'eth1', 'eth', 'e+', '+', 'veth1')
const not = fc.constantFrom('', '', '', '! ')
/** The kernel refuses to ask for what is in no network. */
const taken = (words: string): boolean => !words.includes('! ') || !words.endsWith('/0')
const optional = (part: fc.Arbitrary<string>) => fc.option(part, { nil: '', freq: 2 })
const text = (strings: TemplateStringsArray, ...parts: fc.Arbitrary<string | number>[]) =>
  fc.tuple(...parts).map((values) => strings.reduce((all, string, i) => `${all}${string}${values[i] ?? ''}`, ''))

/** A rule of the table "mangle" without what it does: every test that the index knows, and others around it. */
const tests = fc
  .tuple(
    optional(text` ${not}-s ${network}`.filter(taken)),
    optional(text` ${not}-d ${network}`.filter(taken)),
    optional(text` ${not}-i ${device}`),
    optional(text` ${not}-o ${device}`),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      text` -p tcp -m tcp ${not}--dport ${port}`,
      text` -p udp -m udp ${not}--dport ${port}`,
      text` -p tcp -m tcp --sport ${port} --dport ${port}`,
      text` -p udp -m udp --dport ${port}:${fc.integer({ min: 4, max: 9 })}`,
      text` -p tcp -m multiport --dports ${port},${port}`,
      text` ${not}-p tcp`,
      text` -p icmp -m icmp --icmp-type 8`,
      text` ${not}-f`,
    ),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant('') },
      text` -m mark ${not}--mark 0x1/0x1`,
      text` -m statistic --mode nth --every 2 --packet 0`,
      text` -m ttl --ttl-lt ${fc.constantFrom(30, 64)}`,
      text` -m recent --set --name R --mask 255.255.255.255 --rsource`,
      text` -m connlimit --connlimit-above 5`,
    ),
  )
  .map((parts) => parts.join(''))
const target = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  fc.constantFrom(' -j MARK --set-xmark 0x1/0x1', ' -j MARK --set-xmark 0x0/0x1', ' -j TTL --ttl-dec 1'),
  fc.constantFrom(' -j ACCEPT', ' -j DROP', ' -j RETURN', ' -j A', ' -g A'),
)
const rule = fc.tuple(tests, target).map((parts) => parts.join(''))
const plain = fc
  .tuple(tests, fc.constantFrom('', ' -j ACCEPT', ' -j RETURN', ' -j MARK --set-xmark 0x2/0x2'))
  .map((parts) => parts.join(''))
const chains = fc.record({
  forward: fc.array(rule, { minLength: LENGTH, maxLength: 60 }),
  called: fc.array(plain, { minLength: LENGTH, maxLength: 50 }),
})
const PATHS = ['FORWARD cni0 eth1', 'FORWARD eth1 veth1', 'OUTPUT eth1', 'INPUT cni0']
/** A packet, what becomes of it on the way (a fragment, a TTL), and its path. */
const sent = fc.record({
  packet: fc.oneof(
    text`tcp ${host}:${port}>${host}:${port} S`,
    text`udp ${host}:${port}>${host}:${port}`,
    text`icmp ${host}>${host} ${fc.constantFrom('8/0', '0/0')}`,
    text`esp ${host}>${host}`,
  ),
  fragment: fc.constantFrom<'whole' | 'first' | 'later'>('whole', 'whole', 'whole', 'first', 'later'),
  ttl: fc.constantFrom(64, 30, 2),
  path: fc.constantFrom(...PATHS),
})
type Sent = typeof sent extends fc.Arbitrary<infer T> ? T : never

function made({ packet: words, fragment, ttl }: Sent): IpPacket {
  const whole = packet(words)
  if (whole.network.kind !== 'ip') return whole
  const later = fragment === 'later'
  const network = { ...whole.network, ttl, mf: fragment !== 'whole', fragmentOffset: later ? 64 : 0 }
  return { ...whole, network, transport: later ? null : whole.transport }
}

function textOf({ forward, called }: { readonly forward: readonly string[]; readonly called: readonly string[] }): string {
  const every = (chain: string, rules: readonly string[]) => rules.map((one) => `-A ${chain}${one}`)
  // What a chain of the output may ask for is less: no -i; its rules lead to the same long chain.
  const lines = [
    ...every('FORWARD', forward),
    '-A OUTPUT -j B',
    '-A INPUT -j B',
    ...every('A', called),
    ...every(
      'B',
      called.filter((one) => !/ -[io] /.test(one)),
    ),
  ]
  return ['*mangle', ':A - [0:0]', ':B - [0:0]', ...lines, 'COMMIT', ''].join('\n')
}

const rulesOf = (machine: TestMachine): readonly Rule[][] =>
  [...(machine.ns.netfilter.ip.tables.get('mangle')?.chains.values() ?? [])].map((chain) => chain.rules)

/** Says of every chain that it has been walked often: long ones are searched by their index from now on. */
function indexAll(machine: TestMachine): void {
  for (const rules of rulesOf(machine)) noteWalk(rules, OFTEN)
}

const forgetAll = (machine: TestMachine): void => rulesOf(machine).forEach(forgetIndex)

/** Everything that can be seen of a packet's way: the verdict, the packet after it, each trace event. */
function experience(machine: TestMachine, one: Sent): unknown {
  const events: unknown[] = []
  watchNetNs(machine.ns, (event) => void events.push(event))
  const verdict = machine.pass(made(one), one.path)
  watchNetNs(machine.ns, undefined)
  return { verdict, events }
}

const counters = (machine: TestMachine): readonly string[] =>
  [...(machine.ns.netfilter.ip.tables.get('mangle')?.chains.values() ?? [])].flatMap((chain) => [
    `${chain.name} ${chain.packets} ${chain.bytes}`,
    ...chain.rules.map((one) => `${printRule(chain.name, one)} ${one.packets} ${one.bytes}`),
  ])

function loaded(rules: string): TestMachine {
  const machine = createTestMachine()
  expect(machine.load(rules)).toBe(null)
  return machine
}

describe('a chain searched by its index', () => {
  it('gives the verdicts, traces and counters of the chain walked rule by rule', () => {
    const met = { matched: 0, indexed: 0 }
    fc.assert(
      fc.property(chains, fc.array(sent, { minLength: 1, maxLength: 12 }), (rules, packets) => {
        const [indexed, walked] = [loaded(textOf(rules)), loaded(textOf(rules))]
        for (const one of packets) {
          indexAll(indexed)
          forgetAll(walked)
          expect(experience(indexed, one)).toEqual(experience(walked, one))
          if (rulesOf(indexed).some((list) => chainIndex(list) !== null)) met.indexed++
        }
        expect(counters(indexed)).toEqual(counters(walked))
        met.matched += counters(indexed).filter((line) => line.startsWith('-A') && !/ 0 0$/.test(line)).length
      }),
      { numRuns: 120 },
    )
    expect(met.indexed).toBeGreaterThan(100)
    expect(met.matched).toBeGreaterThan(100)
  })

  it('is made only of long chains that are walked often', () => {
    const machine = loaded(textOf({ forward: Array(LENGTH).fill(' -d 10.0.0.1'), called: Array(LENGTH - 1).fill(' -d 10.0.0.1') }))
    const [long, short] = ['FORWARD', 'A'].map((name) => machine.ns.netfilter.ip.tables.get('mangle')?.chains.get(name)?.rules ?? [])
    const madeOf = (rules: readonly Rule[] | undefined): boolean => chainIndex(rules ?? []) !== null
    expect([madeOf(long), madeOf(short)]).toEqual([false, false])
    for (let i = 0; i < 24; i++) {
      expect([i, madeOf(long)]).toEqual([i, false])
      machine.pass(packet('udp 10.0.0.9:1>10.0.0.9:1'), 'FORWARD cni0 eth1')
    }
    indexAll(machine)
    expect([madeOf(long), madeOf(short)]).toEqual([true, false])
  })

  const SIXTY = Array.from({ length: 60 }, (_, i) => ` -d 10.0.0.${i + 1}/32 -j MARK --set-xmark 0x${(i + 1).toString(16)}/0xffffffff`)
  const markOf = (machine: TestMachine, to: string): number =>
    machine.pass(packet(`udp 10.0.1.1:1>${to}:1`), 'FORWARD cni0 eth1').packet.mark
  const commands: readonly (readonly [string, string, number])[] = [
    ['-R FORWARD 5 -d 10.0.0.99/32 -j MARK --set-mark 99', '10.0.0.99', 99],
    ['-R FORWARD 5 -d 10.0.0.99/32 -j MARK --set-mark 99', '10.0.0.5', 0],
    ['-I FORWARD -d 10.0.0.60/32 -j ACCEPT', '10.0.0.60', 0],
    ['-A FORWARD -d 10.0.0.60/32 -j MARK --set-mark 77', '10.0.0.60', 77],
    ['-D FORWARD 7', '10.0.0.7', 0],
    ['-D FORWARD 7', '10.0.0.8', 8],
    ['-D FORWARD -d 10.0.0.60/32 -j MARK --set-mark 60', '10.0.0.60', 0],
    ['-F FORWARD', '10.0.0.60', 0],
  ]
  it.each(commands)('%s is seen at once: %s has mark %i', (command, to, mark) => {
    const machine = loaded(textOf({ forward: SIXTY, called: [] }))
    indexAll(machine)
    expect(markOf(machine, '10.0.0.60')).toBe(60)
    const { ns } = machine
    const options = { noflush: true, counters: false, table: null, origin: null, lineOrigins: null, test: false }
    expect(restoreText(ns.netfilter.ip, `*mangle\n${command}\nCOMMIT\n`, options)).toBe(null)
    expect(markOf(machine, to)).toBe(mark)
  })

  it.each(commands)('%s by iptables is seen at once: %s has mark %i', (command, to, mark) => {
    const machine = loaded(textOf({ forward: SIXTY, called: [] }))
    indexAll(machine)
    expect(markOf(machine, '10.0.0.60')).toBe(60)
    const parsed = parseIptables(splitWords(command), null, 'mangle')
    expect(isIptablesError(parsed) ? parsed.message : applyCommand(machine.ns.netfilter.ip, parsed)).toBe(null)
    expect(markOf(machine, to)).toBe(mark)
  })

  it('is no part of a copy of the machine: rules changed there are of no concern here', () => {
    const machine = loaded(textOf({ forward: SIXTY, called: [] }))
    indexAll(machine)
    expect(markOf(machine, '10.0.0.9')).toBe(9)
    const copy = { ...machine.ns, netfilter: structuredClone(machine.ns.netfilter) }
    const rules = copy.netfilter.ip.tables.get('mangle')?.chains.get('FORWARD')?.rules ?? []
    expect(chainIndex(rules)).toBe(null)
    rules.splice(8, 1)
    const state = { in: 'cni0', out: 'eth1', route: null, bridged: false }
    const to = packet('udp 10.0.1.1:1>10.0.0.9:1')
    expect(nfHook(copy, 'FORWARD', to, state).packet.mark).toBe(0)
    expect(markOf(machine, '10.0.0.9')).toBe(9)
  })
})
