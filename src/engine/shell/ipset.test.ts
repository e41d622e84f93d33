import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import sessions from '../linux/netfilter/testdata/ipset-7.17.json' with { type: 'json' }
import orders from '../linux/netfilter/testdata/ipset-7.17-order.json' with { type: 'json' }
import { type Terminal, testTerminal } from './test-machine.ts'

/** Seeds are drawn by chance, and with them the order of listings. */
function withoutSeed(text: string): string {
  return text
    .replace(/initval 0x[0-9a-f]{8}/g, 'initval X')
    .split('\n')
    .sort()
    .join('\n')
}

function answer(terminal: Terminal, command: string): { output: string; code: number } {
  const { stdout, stderr, code } = terminal.type(command)
  return { output: withoutSeed(stdout + stderr), code }
}

describe('what ipset 7.17 on Linux 6.18 answered, command by command', () => {
  it.each(sessions.map((session, at) => [at, session] as const))('session %i', (_at, session) => {
    const terminal = testTerminal()
    for (const { command, output, code } of session) {
      expect({ command, ...answer(terminal, command) }).toEqual({ command, output: withoutSeed(output), code })
    }
  })
})

describe('the order of a listing', () => {
  it.each(orders.map((order) => [order.commands[0], order] as const))('%s', (_create, { commands, saved }) => {
    const terminal = testTerminal()
    expect(terminal.type('ipset restore', commands.join('\n'))).toMatchObject({ stdout: '', stderr: '', code: 0 })
    expect(terminal.type('ipset save').stdout).toBe(saved)
  })
})

describe('hash:mac (as User-Mode Linux 6.1 answered)', () => {
  it('keeps hardware addresses, printed in capitals', () => {
    const terminal = testTerminal()
    expect(terminal.see('ipset create g hash:mac initval 0x1c4e1814')).toBe('')
    expect(terminal.see('ipset add g 00:11:22:33:44:5A; ipset add g 0:1:2:3:4:5')).toBe('')
    expect(terminal.see('ipset add g 00:00:00:00:00:00')).toBe(
      'ipset v7.17: Null-valued element, cannot be stored in a hash type of set\n=> 1\n',
    )
    expect(terminal.see('ipset add g foo')).toBe("ipset v7.17: Syntax error: cannot parse 'foo' as ethernet address\n=> 1\n")
    expect(terminal.see('ipset test g 00:11:22:33:44:5b')).toBe('00:11:22:33:44:5B is NOT in set g.\n=> 1\n')
    expect(terminal.see('ipset save')).toBe(
      'create g hash:mac hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1c4e1814\nadd g 00:11:22:33:44:5A\nadd g 00:01:02:03:04:05\n',
    )
  })
})

describe('timeouts', () => {
  it('elements go when their time is over', () => {
    const terminal = testTerminal()
    terminal.type('ipset create t hash:ip timeout 5; ipset add t 10.0.0.1; ipset add t 10.0.0.2 timeout 0; ipset add t 10.0.0.3 timeout 60')
    const members = () =>
      terminal
        .type('ipset -s save')
        .stdout.split('\n')
        .filter((line) => line.startsWith('add'))
    expect(members()).toEqual(['add t 10.0.0.1 timeout 4', 'add t 10.0.0.2 timeout 0', 'add t 10.0.0.3 timeout 59'])
    terminal.machine.root.kernel.nowMs += 5000
    expect(terminal.see('ipset test t 10.0.0.1')).toBe('10.0.0.1 is NOT in set t.\n=> 1\n')
    expect(members()).toEqual(['add t 10.0.0.2 timeout 0', 'add t 10.0.0.3 timeout 54'])
    expect(terminal.see('ipset add t 10.0.0.1')).toBe('')
  })
})

const octet = fc.integer({ min: 1, max: 254 })
const host = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'))
const length = fc.integer({ min: 8, max: 32 })
const network = fc.tuple(octet, octet, length).map(([a, b, bits]) => {
  const value = (((a * 256 + b) * 65536 + 0x1234) >>> (32 - bits)) * 2 ** (32 - bits)
  const text = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
  return bits === 32 ? text : `${text}/${bits}`
})
const port = fc.oneof(
  fc.tuple(fc.constantFrom('tcp', 'udp', 'sctp', 'udplite'), fc.integer({ min: 1, max: 65535 })).map((pair) => pair.join(':')),
  fc.constantFrom('icmp:echo-request', 'icmp:port-unreachable', 'icmp:200/3', 'gre:0'),
)
const mac = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 6, maxLength: 6 })
  .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':'))
const join = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((words) => words.join(','))
const types: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'hash:ip': host,
  'hash:net': network,
  'hash:ip,port': join(host, port),
  'hash:ip,port,ip': join(host, port, host),
  'hash:ip,port,net': join(host, port, network),
  'hash:net,port': join(network, port),
  'hash:mac': mac,
}
const extensions = fc.tuple(
  fc.integer({ min: 0, max: 1e9 }),
  fc.integer({ min: 0, max: 1e9 }),
  fc.option(fc.stringMatching(/^[A-Za-z0-9 _.:/-]{1,20}$/), { nil: null }),
)
const savedSet = fc.constantFrom(...Object.keys(types)).chain((type) =>
  fc
    .tuple(fc.uniqueArray(types[type] ?? host, { maxLength: 40 }), fc.boolean(), fc.integer({ min: 0, max: 0xffffffff }), extensions)
    .map(([elements, extended, seed, [packets, bytes, comment]]) => {
      const family = type === 'hash:mac' ? '' : 'family inet '
      const flags = extended ? ' counters comment' : ''
      const create = `create x ${type} ${family}hashsize 64 maxelem 65536${flags} bucketsize 12 initval 0x${seed.toString(16).padStart(8, '0')}`
      const tail = extended ? ` packets ${packets} bytes ${bytes}${comment === null ? '' : ` comment "${comment}"`}` : ''
      return { create, adds: elements.map((element) => `add x ${element}${tail}`) }
    }),
)

describe('text', () => {
  it('saving what was restored gives the same text', () => {
    fc.assert(
      fc.property(savedSet, ({ create, adds }) => {
        const first = testTerminal()
        expect(first.type('ipset restore', `${[create, ...adds].join('\n')}\n`)).toMatchObject({ stderr: '', code: 0 })
        const saved = first.type('ipset save').stdout
        expect(saved.trim().split('\n').slice(1).sort()).toEqual(adds.toSorted())
        // The table may have grown; from then on the text stays as it is.
        const second = testTerminal()
        expect(second.type('ipset restore', saved)).toMatchObject({ stderr: '', code: 0 })
        const again = second.type('ipset save').stdout
        expect(again.split('\n')[0]).toBe(saved.split('\n')[0])
        expect(again.split('\n').sort()).toEqual(saved.split('\n').sort())
      }),
      { numRuns: 200 },
    )
  })

  it('ports and lists', () => {
    const text =
      'create p bitmap:port range 0-65535 timeout 0\nadd p 80 timeout 0\nadd p 443 timeout 0\ncreate a hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001\ncreate l list:set size 8\nadd l p\nadd l a\n'
    const terminal = testTerminal()
    terminal.type('ipset restore', text)
    expect(terminal.type('ipset save').stdout).toBe(text)
  })
})
