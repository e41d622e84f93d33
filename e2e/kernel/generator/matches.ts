/** Random matches of iptables rules: those modelled that this machine's kernels have. */
import fc from 'fast-check'
import { MATCHES } from '../../../src/engine/linux/netfilter/matches/list.ts'
import type { Hook, Table } from '../../../src/engine/linux/netfilter/rule.ts'
import { not, one, sometimes, text, word } from './template.ts'

/** Where a rule stands; `hook` is null in a user's chain. */
export interface Place {
  readonly table: Table
  readonly hook: Hook | null
}

/** A match, with the protocol that the rule must have for it. */
export interface MatchDraft {
  readonly name: string
  readonly protocol: string | null
  readonly text: string
}

interface Kind {
  readonly name: string
  readonly protocol?: fc.Arbitrary<string>
  readonly hooks?: readonly Hook[]
  /** Also in chains of the user's? Not where the kernel asks from which hooks they are reached. */
  readonly inUserChains?: boolean
  readonly options: fc.Arbitrary<string>
}

/** Ports: those of servers, one of nobody, and ranges with all or none of the ports that clients and NAT draw at random. */
export const PORTS = ['80', '8080', '5353', '81', '0:1023', '1024:65535', '1:65535', '79:81']
const port = one(...PORTS)
export const MARKS = ['0x1', '0x2', '0x3', '0x10', '0x4000', '0x1/0x1', '0x2/0x3', '0x0/0xff', '0x10/0x30']
const mark = one(...MARKS)
const states = fc
  .subarray(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'], { minLength: 1, maxLength: 3 })
  .map((list) => list.join(','))
const flags = one(
  'SYN,ACK,FIN,RST SYN',
  'SYN SYN',
  'ACK ACK',
  'FIN FIN',
  'RST RST',
  'ALL NONE',
  'ALL ACK',
  'SYN,ACK SYN,ACK',
  'PSH PSH',
  'FIN,ACK FIN,ACK',
)
const types = one('LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT', 'UNSPEC', 'LOCAL,UNICAST')
const tcpOrUdp = one('tcp', 'udp')
const multiports = one('80', '80,8080', '5353,81', '0:1023', '80,1024:65535', '79:82,8080')
const listName = one('R0', 'R1')

const IN: readonly Hook[] = ['PREROUTING', 'INPUT', 'FORWARD']
const OUT: readonly Hook[] = ['OUTPUT', 'POSTROUTING']

const conntrackTests: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: text`${not}--ctstate ${states}` },
  text`${not}--ctstate ${one('SNAT', 'DNAT', 'NEW,DNAT', 'ESTABLISHED,SNAT')}`,
  text`${not}--ctproto ${one('tcp', 'udp', 'icmp', '6')}`,
  text`${not}--ctorigsrc ${word('near')}`,
  text`${not}--ctorigdst ${word('near')}`,
  text`${not}--ctreplsrc ${word('near')}`,
  text`${not}--ctrepldst ${word('near')}`,
  text`--ctproto ${tcpOrUdp} ${not}--ctorigdstport ${port}`,
  text`--ctproto ${tcpOrUdp} ${not}--ctreplsrcport ${port}`,
  text`${not}--ctstatus ${one('NONE', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED', 'EXPECTED', 'SEEN_REPLY,ASSURED')}`,
  text`--ctdir ${one('ORIGINAL', 'REPLY')}`,
  // Before it is confirmed, what expires of a connection counts from when the machine started.
  text`--ctstate ESTABLISHED ${not}--ctexpire ${one('1:1000000', '0')}`,
)

const OWN: readonly Kind[] = [
  {
    name: 'tcp',
    protocol: one('tcp'),
    options: fc.oneof(
      text`${not}--dport ${port}`,
      text`${not}--sport ${port}`,
      text`${not}--tcp-flags ${flags}`,
      text`${not}--syn`,
      text`--dport ${port} ${not}--sport ${port}`,
      text`${not}--tcp-option ${one('2', '3', '4', '8', '30')}`,
    ),
  },
  { name: 'udp', protocol: one('udp'), options: fc.oneof(text`${not}--dport ${port}`, text`${not}--sport ${port}`) },
  {
    name: 'icmp',
    protocol: one('icmp'),
    options: text`${not}--icmp-type ${one('8', '0', '3', '3/3', 'any', '3/1', '11', 'echo-request', 'port-unreachable', '3/13')}`,
  },
  {
    name: 'addrtype',
    options: fc.oneof(
      text`${not}--dst-type ${types}`,
      text`${not}--src-type ${types}`,
      text`${not}--src-type ${types} ${not}--dst-type ${types}`,
    ),
  },
  {
    name: 'addrtype',
    hooks: ['PREROUTING', 'INPUT', 'FORWARD'],
    inUserChains: false,
    options: text`${not}--dst-type LOCAL --limit-iface-in`,
  },
  {
    name: 'addrtype',
    hooks: ['FORWARD', 'OUTPUT', 'POSTROUTING'],
    inUserChains: false,
    options: text`${not}--src-type LOCAL --limit-iface-out`,
  },
  { name: 'comment', options: text`--comment ${one('x', '"a comment, with words"')}` },
  { name: 'connmark', options: text`${not}--mark ${mark}` },
  { name: 'conntrack', options: conntrackTests },
  {
    name: 'hashlimit',
    options: text`--hashlimit-${one('upto', 'above')} 1/hour --hashlimit-burst ${one('1', '2', '4')} ${one('', '--hashlimit-mode srcip', '--hashlimit-mode dstip', '--hashlimit-mode srcip,dstip')} --hashlimit-name h{rule:0}`,
  },
  { name: 'iprange', options: fc.oneof(text`${not}--src-range ${word('range')}`, text`${not}--dst-range ${word('range')}`) },
  { name: 'length', options: text`${not}--length ${one('60', '0:52', '53:65535', '84', '34', '0:65535', '53:60')}` },
  { name: 'limit', options: text`--limit 1/hour --limit-burst ${one('1', '2', '4', '8')}` },
  { name: 'mac', hooks: IN, inUserChains: false, options: text`${not}--mac-source ${word('mac')}` },
  { name: 'mark', options: text`${not}--mark ${mark}` },
  { name: 'multiport', protocol: tcpOrUdp, options: text`${not}--${one('dports', 'sports', 'ports')} ${multiports}` },
  {
    name: 'owner',
    hooks: OUT,
    inUserChains: false,
    options: fc.oneof(
      text`${not}--uid-owner ${one('0', '1', '0-5')}`,
      text`${not}--gid-owner ${one('0', '7')}`,
      text`${not}--socket-exists`,
    ),
  },
  {
    name: 'physdev',
    hooks: IN,
    inUserChains: false,
    options: fc.oneof(text`${not}--physdev-in ${word('dev')}`, text`${not}--physdev-is-in`),
  },
  {
    name: 'physdev',
    hooks: ['FORWARD', 'POSTROUTING'],
    inUserChains: false,
    options: fc.oneof(text`${not}--physdev-is-bridged`, text`--physdev-is-bridged ${not}--physdev-out ${word('dev')}`),
  },
  { name: 'pkttype', options: text`${not}--pkt-type ${one('unicast', 'unicast', 'broadcast', 'multicast')}` },
  {
    name: 'recent',
    options: fc.oneof(
      text`${not}--set --name ${listName} ${one('--rsource', '--rdest')}`,
      text`${not}--rcheck --name ${listName} ${sometimes(one('--hitcount 2', '--seconds 3600', '--seconds 3600 --hitcount 3'), 2)} ${one('--rsource', '--rdest')}`,
      text`${not}--update --name ${listName} ${sometimes(one('--hitcount 2', '--seconds 3600'), 2)} ${one('--rsource', '--rdest')}`,
      text`${not}--remove --name ${listName} ${one('--rsource', '--rdest')}`,
    ),
  },
  {
    name: 'rpfilter',
    hooks: ['PREROUTING'],
    inUserChains: false,
    options: text`${sometimes(one('--invert'), 2)} ${sometimes(one('--loose', '--validmark', '--accept-local'), 2)}`,
  },
  {
    name: 'set',
    options: fc.oneof(
      text`${not}--match-set ${word('set1')} ${one('src', 'dst')}`,
      text`${not}--match-set ${word('set2')} ${one('src,src', 'dst,dst', 'src,dst', 'dst,src')}`,
      text`${not}--match-set ${word('set3')} ${one('src,dst,dst', 'dst,dst,src', 'src,src,dst', 'dst,src,src')}`,
    ),
  },
  { name: 'state', options: text`${not}--state ${states}` },
  { name: 'statistic', options: text`--mode nth ${not}--every ${one('2', '3')} --packet ${one('0', '1')}` },
  {
    name: 'tcpmss',
    protocol: fc.constant('tcp'),
    options: text`--tcp-flags SYN SYN -m tcpmss ${not}--mss ${one('1460', '0:1400', '1401:65535', '1000', '1410')}`,
  },
  { name: 'ttl', options: text`--ttl-${one('eq 64', 'eq 63', 'lt 64', 'gt 62', 'eq 62')}` },
]

/** Those that bring examples of their own. */
const EXAMPLES: readonly Kind[] = [...MATCHES.values()].flatMap(({ name, examples, hooks }) =>
  examples === undefined ? [] : [{ name, options: one(...examples), ...(hooks && { hooks, inUserChains: false }) }],
)
const KINDS: readonly Kind[] = [...OWN, ...EXAMPLES]

const isAllowed = (kind: Kind, { table, hook }: Place): boolean => {
  if (kind.name === 'rpfilter' && table !== 'raw' && table !== 'mangle') return false
  if (hook === null) return kind.inUserChains !== false
  return kind.hooks === undefined || kind.hooks.includes(hook)
}

function draftOf(kind: Kind): fc.Arbitrary<MatchDraft> {
  return fc.record({ protocol: kind.protocol ?? fc.constant(null), options: kind.options }).map(({ protocol, options }) => {
    const load = kind.name === 'tcpmss' ? 'tcp' : kind.name
    return { name: kind.name, protocol, text: `-m ${load} ${options}` }
  })
}

/** A random match that is allowed there. `statistic --mode random` only looks at first packets: each packet it sees doubles the ways to go. */
export function matchAt(place: Place): fc.Arbitrary<MatchDraft> {
  const kinds = KINDS.filter((kind) => isAllowed(kind, place))
  const names = [...new Set(kinds.map((kind) => kind.name))]
  const random = text`--mode random ${not}--probability ${one('0.5', '0.25')}`.map(
    (options): MatchDraft => ({ name: 'statistic', protocol: null, text: `-m statistic ${options}` }),
  )
  // Only few packets come from where they would not be sent back to.
  const seldom = names.filter((name) => name === 'rpfilter')
  return fc.oneof(
    ...[...names, ...seldom, ...seldom].map((name) => fc.oneof(...kinds.filter((kind) => kind.name === name).map(draftOf))),
    ...(place.table === 'nat' ? [random] : []),
  )
}
