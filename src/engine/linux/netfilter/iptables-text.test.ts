import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIptables } from './iptables-command.ts'
import { isIptablesError } from './iptables-error.ts'
import { printRule } from './iptables-text.ts'
import { formatRate, parseRate } from './rate.ts'
import { splitWords } from './restore.ts'
import type { Table } from './rule.ts'

/** One rule line, parsed and printed again. */
function again(line: string, table: Table): string {
  const command = parseIptables(splitWords(line), null, table)
  if (isIptablesError(command)) return `error: ${command.message}`
  const [rule] = command.rules
  return rule ? printRule(command.chain ?? '', rule) : 'no rule'
}

const octet = fc.integer({ min: 0, max: 255 })
const host = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'))
const port = fc.integer({ min: 1, max: 65534 })
const range = fc.tuple(port, port).map(([a, b]) => (a === b ? `${a}` : `${Math.min(a, b)}:${Math.max(a, b)}`))
const negation = fc.constantFrom('', '! ')
const network = fc.tuple(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 0, max: 0xffffffff })).map(([length, bits]) => {
  const address = Math.floor(bits / 2 ** (32 - length)) * 2 ** (32 - length)
  return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}/${length}`
})
const part = (value: fc.Arbitrary<string>) => fc.option(value, { nil: '' }).map((text) => (text === '' ? '' : ` ${text}`))
const hex = fc.integer({ min: 0, max: 0xffffffff }).map((value) => `0x${value.toString(16)}`)
const mark = fc
  .tuple(hex, hex)
  .filter(([, mask]) => mask !== '0xffffffff')
  .map((pair) => pair.join('/'))
const device = fc.constantFrom('eth0', 'cni0', 'veth+', 'lo')
const comment = fc
  .string({ minLength: 1, maxLength: 30 })
  .filter((text) => /^[\x20-\x7e]+$/.test(text))
  .map((text) => {
    return /[^A-Za-z0-9_-]/.test(text) ? `"${text.replace(/["\\']/g, '\\$&')}"` : text
  })
const states = fc
  .subarray(['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'], { minLength: 1 })
  .map((list) => list.join(','))
const types = fc
  .subarray(['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'MULTICAST', 'BLACKHOLE'], { minLength: 1 })
  .map((list) => list.join(','))
const match = fc.oneof(
  comment.map((text) => `-m comment --comment ${text}`),
  fc.tuple(negation, mark).map(([not, value]) => `-m mark ${not}--mark ${value}`),
  fc.tuple(negation, mark).map(([not, value]) => `-m connmark ${not}--mark ${value}`),
  fc.tuple(negation, states).map(([not, list]) => `-m conntrack ${not}--ctstate ${list}`),
  fc.tuple(negation, host, range).map(([not, to, ports]) => `-m conntrack ${not}--ctorigdst ${to} --ctorigdstport ${ports}`),
  fc.tuple(negation, types).map(([not, list]) => `-m addrtype ${not}--dst-type ${list}`),
  fc.integer({ min: 0, max: 0x80000000 }).map((value) => `-m statistic --mode random --probability ${(value / 0x80000000).toFixed(11)}`),
  fc.integer({ min: 1, max: 50 }).map((every) => `-m statistic --mode nth --every ${every} --packet ${every - 1}`),
  fc
    .integer({ min: 1, max: 9999 })
    .map((seconds) => `-m recent --rcheck --seconds ${seconds} --reap --name KUBE-SEP-X --mask 255.255.255.255 --rsource`),
  fc.tuple(negation, fc.array(range, { minLength: 1, maxLength: 7 })).map(([not, list]) => `-m multiport ${not}--dports ${list.join(',')}`),
  fc.tuple(negation, device).map(([not, name]) => `-m physdev ${not}--physdev-in ${name} --physdev-is-bridged`),
  fc
    .tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom('sec', 'min', 'hour', 'day'))
    .map(([rate, unit]) => `-m limit --limit ${formatRate(parseRate(`${rate}/${unit}`) ?? 1)}`),
  fc.tuple(negation, range, negation, range).map(([a, s, b, d]) => `-m tcp ${a}--sport ${s} ${b}--dport ${d}`),
)
const target = fc.oneof(
  fc.constantFrom(
    '-j ACCEPT',
    '-j RETURN',
    '-j KUBE-SVC-XPGD46QRK7WJZT7O',
    '-g KUBE-X',
    '-j LOG --log-prefix "a b " --log-level 7',
    '-j REJECT --reject-with tcp-reset',
  ),
  mark.map((value) => `-j MARK --set-xmark ${value}`),
  fc.tuple(host, port).map(([to, number]) => `-j DNAT --to-destination ${to}:${number}`),
  fc.tuple(port, port).map(([a, b]) => `-j MASQUERADE --to-ports ${Math.min(a, b)}${a === b ? '' : `-${Math.max(a, b)}`} --random-fully`),
)
const device2 = (option: string) => part(fc.tuple(negation, device).map(([not, name]) => `${not}${option} ${name}`))
const line = fc
  .tuple(
    part(fc.tuple(negation, network).map(([not, value]) => `${not}-s ${value}`)),
    part(fc.tuple(negation, network).map(([not, value]) => `${not}-d ${value}`)),
    device2('-i'),
    device2('-o'),
    fc
      .array(match, { maxLength: 4 })
      .map((list) => [...new Map(list.map((text) => [text.split(' ')[1], text])).values()].map((text) => ` ${text}`).join('')),
    part(target),
  )
  .map(([s, d, i, o, matches, j]) => `-A KUBE-FORWARD${s}${d}${i}${o} -p tcp${matches}${j}`)

describe('rule text', () => {
  it('printing what was parsed gives the same text', () => {
    fc.assert(
      fc.property(line, (text) => void expect(again(text, 'mangle')).toBe(text)),
      { numRuns: 1000 },
    )
  })

  const written: readonly (readonly [Table, string, string])[] = [
    ['nat', '-A KUBE-MARK-MASQ -j MARK --or-mark 0x00004000', '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000'],
    ['nat', '-A KUBE-POSTROUTING -j MARK --xor-mark 0x00004000', '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0'],
    [
      'nat',
      '-A KUBE-SEP-X -m comment --comment ns1/svc1:p80 -m recent --name KUBE-SEP-X --set -m tcp -p tcp -j DNAT --to-destination 10.180.0.1:80',
      '-A KUBE-SEP-X -p tcp -m comment --comment "ns1/svc1:p80" -m recent --set --name KUBE-SEP-X --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.180.0.1:80',
    ],
    [
      'filter',
      '-A KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
      '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    ],
    ['nat', '-A X --protocol=tcp --dport 80 --jump=ACCEPT', '-A X -p tcp -m tcp --dport 80 -j ACCEPT'],
    ['filter', '-A X -p tcp --dp 80', '-A X -p tcp -m tcp --dport 80'],
    ['filter', '-A X --proto udp --dst 1.1.1.1 -m udp --sport 5', '-A X -d 1.1.1.1/32 -p udp -m udp --sport 5'],
    ['filter', '-A X -m set ! --match-set a src,dst -j DROP', '-A X -m set ! --match-set a src,dst -j DROP'],
    [
      'filter',
      '-A X -m hashlimit --hashlimit-above 5/sec --hashlimit-name a -p udp --dport 5',
      '-A X -p udp -m hashlimit --hashlimit-above 5/sec --hashlimit-name a -m udp --dport 5',
    ],
  ]
  it.each(written)('%s: %s', (table, text, saved) => {
    expect(again(text, table)).toBe(saved)
  })

  it('an address list makes a rule for each', () => {
    const command = parseIptables(splitWords('-A X -s 10.0.0.1,10.0.0.2 -d 1.0.0.0/8,2.0.0.0/8 -j ACCEPT'), null)
    expect('rules' in command && command.rules.map((rule) => printRule('X', rule))).toEqual([
      '-A X -s 10.0.0.1/32 -d 1.0.0.0/8 -j ACCEPT',
      '-A X -s 10.0.0.1/32 -d 2.0.0.0/8 -j ACCEPT',
      '-A X -s 10.0.0.2/32 -d 1.0.0.0/8 -j ACCEPT',
      '-A X -s 10.0.0.2/32 -d 2.0.0.0/8 -j ACCEPT',
    ])
  })
})
