import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIptables } from './iptables-command.ts'
import { isIptablesError } from './iptables-error.ts'
import { printRule } from './iptables-text.ts'
import { MATCHES } from './matches/list.ts'
import { formatRate, parseRate } from './rate.ts'
import type { Table } from './rule.ts'
import { splitWords } from './split-words.ts'

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
const number = (max: number) => fc.integer({ min: 1, max })
const directions = fc.array(fc.constantFrom('src', 'dst'), { minLength: 1, maxLength: 6 }).map((list) => list.join(','))
const rate = fc
  .tuple(number(99), fc.constantFrom('sec', 'min', 'hour', 'day'))
  .map(([amount, unit]) => formatRate(parseRate(`${amount}/${unit}`) ?? 1))
/** The rest of the matches, each with all it can say. */
const laterMatch = fc.oneof(
  fc.tuple(negation, range).map(([not, value]) => `-m length ${not}--length ${value}`),
  fc.tuple(negation, range).map(([not, value]) => `-m tcpmss ${not}--mss ${value}`),
  fc.tuple(fc.constantFrom('! --ttl-eq', '--ttl-eq', '--ttl-lt', '--ttl-gt'), number(255)).map(([how, ttl]) => `-m ttl ${how} ${ttl}`),
  fc.subarray(['--loose', '--validmark', '--accept-local', '--invert']).map((flags) => ['-m rpfilter', ...flags].join(' ')),
  fc
    .tuple(
      negation,
      directions,
      fc.subarray(['--return-nomatch', '! --update-counters', '! --update-subcounters']),
      part(number(9e9).map(String)),
    )
    .map(([not, ends, flags, packets]) =>
      [`-m set ${not}--match-set some-set ${ends}`, ...flags, ...(packets ? [`--packets-gt${packets}`] : [])].join(' '),
    ),
  fc
    .tuple(
      fc.constantFrom('above', 'upto'),
      rate,
      number(50),
      fc.subarray(['srcip', 'srcport', 'dstip', 'dstport'], { minLength: 1 }),
      number(31),
    )
    .map(
      ([what, limit, burst, modes, bits]) =>
        `-m hashlimit --hashlimit-${what} ${limit} --hashlimit-burst ${burst} --hashlimit-mode ${modes.join(',')} --hashlimit-name h --hashlimit-srcmask ${bits}`,
    ),
  fc
    .tuple(
      negation,
      number(255),
      negation,
      network,
      negation,
      port,
      fc.constantFrom('ORIGINAL', 'REPLY'),
      fc.constantFrom('GATE', 'IPIP', 'MASQ'),
    )
    .map(([a, proto, b, address, c, vport, dir, method]) => {
      const vaddr = address.replace(/\/32$/, '')
      return `-m ipvs ${a}--vproto ${proto} ${b}--vaddr ${vaddr} ${c}--vport ${vport} --vdir ${dir} --vmethod ${method}`
    }),
  fc
    .tuple(negation, fc.constantFrom('rcheck', 'update'), number(999), fc.boolean(), number(255), fc.constantFrom('rsource', 'rdest'))
    .map(([not, action, seconds, rttl, hits, side]) => {
      return `-m recent ${not}--${action} --seconds ${seconds} --hitcount ${hits}${rttl ? ' --rttl' : ''} --name X --mask 255.255.255.0 --${side}`
    }),
  fc
    .tuple(negation, number(255), negation, network, negation, range, number(99999), fc.constantFrom('ORIGINAL', 'REPLY'))
    .map(([a, proto, b, address, c, ports, expire, dir]) => {
      const from = address.replace(/\/32$/, '')
      return `-m conntrack ${a}--ctproto ${proto} ${b}--ctreplsrc ${from} ${c}--ctrepldstport ${ports} --ctstatus ASSURED --ctexpire ${expire} --ctdir ${dir}`
    }),
)
/** Those that bring examples of their own. */
const exampleMatch = fc.constantFrom(
  ...[...MATCHES.values()].flatMap(({ name, examples = [] }) => examples.map((text) => `-m ${name} ${text}`)),
)
const match = fc.oneof(
  laterMatch,
  exampleMatch,
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
const laterTarget = fc.oneof(
  fc.tuple(fc.constantFrom('set', 'inc', 'dec'), number(255)).map(([what, ttl]) => `-j TTL --ttl-${what} ${ttl}`),
  fc.constant('-j TCPMSS --clamp-mss-to-pmtu'),
  number(65515).map((mss) => `-j TCPMSS --set-mss ${mss}`),
  fc
    .tuple(comment, number(65535), number(999))
    .map(([prefix, group, size]) => `-j NFLOG --nflog-prefix ${prefix} --nflog-group ${group} --nflog-size ${size}`),
  fc.tuple(number(60000), number(9), fc.boolean()).map(([first, more, bypass]) => {
    return `-j NFQUEUE --queue-balance ${first}:${first + more}${bypass ? ' --queue-bypass' : ''}`
  }),
  fc.tuple(directions, directions, number(2147483), fc.boolean()).map(([a, b, timeout, exist]) => {
    return `-j SET --add-set one ${a}${exist ? ' --exist' : ''} --timeout ${timeout} --del-set two ${b}`
  }),
  fc
    .tuple(fc.constantFrom('save', 'restore'), hex, hex)
    .map(([what, nf, ct]) => `-j CONNMARK --${what}-mark --nfmask ${nf} --ctmask ${ct}`),
  fc.tuple(mark, number(31)).map(([value, bits]) => `-j CONNMARK --set-xmark ${value} --left-shift-mark ${bits}`),
  fc
    .tuple(host, host, fc.boolean())
    .map(([a, b, persistent]) => `-j SNAT --to-source ${a}-${b === a ? '9.9.9.9' : b}${persistent ? ' --persistent' : ''}`),
  network.map((to) => `-j NETMAP --to ${to}`),
  port.map((to) => `-j REDIRECT --to-ports ${to} --random`),
  fc
    .tuple(fc.constantFrom('zone', 'zone-orig', 'zone-reply'), fc.oneof(number(65535).map(String), fc.constant('mark')))
    .map(([what, id]) => `-j CT --${what} ${id}`),
)
const target = fc.oneof(
  laterTarget,
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
    ['nat', '-A X --protocol tcp --dport=80 --jump ACCEPT', '-A X -p tcp -m tcp --dport 80 -j ACCEPT'],
    ['filter', '-A X -p tcp --dp 80', '-A X -p tcp -m tcp --dport 80'],
    ['filter', '-A X --proto udp --dst 1.1.1.1 -m udp --sport 5', '-A X -d 1.1.1.1/32 -p udp -m udp --sport 5'],
    ['filter', '-A X -m set ! --match-set a src,dst -j DROP', '-A X -m set ! --match-set a src,dst -j DROP'],
    ['filter', '-A X -m connlimit --connlimit-above 5 -p udp --dport 5', '-A X -p udp -m connlimit --connlimit-above 5 -m udp --dport 5'],
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
