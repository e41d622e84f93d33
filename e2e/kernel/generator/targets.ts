/** Random targets of iptables rules, by the table and chain they are allowed in. */
import fc from 'fast-check'
import type { Hook } from '../../../src/engine/linux/netfilter/rule.ts'
import { TARGETS } from '../../../src/engine/linux/netfilter/targets/list.ts'
import { MARKS, type Place } from './matches.ts'
import { one, sometimes, text, word } from './template.ts'

/** A target with the protocols that a rule may have for it; null: any, or none. */
export interface TargetDraft {
  readonly name: string
  readonly protocols: readonly string[] | null
  readonly text: string
}

const draft =
  (protocols: readonly string[] | null = null) =>
  (target: string): TargetDraft => ({ name: target.split(' ')[0] ?? '', protocols, text: target })

const plain = (target: fc.Arbitrary<string>, protocols: readonly string[] | null = null): fc.Arbitrary<TargetDraft> =>
  target.map(draft(protocols))

const mark = one(...MARKS)
const mask = one('0xff', '0x3', '0xffff')
const PORTED = ['tcp', 'udp']
const portRange = one('80', '8080', '5353', '1024-1030', '20000-30000', '300-320')
const random = sometimes(one(' --random'), 4)
const masqueraded = sometimes(one(' --random-fully', ' --random'), 3)
const fully = sometimes(one(' --random-fully', ' --random', ' --persistent'), 3)

/** Each may stand anywhere. */
const ANYWHERE: readonly fc.Arbitrary<TargetDraft>[] = [
  plain(
    text`MARK ${one('--set-mark', '--set-xmark', '--and-mark', '--or-mark', '--xor-mark')} ${one('0x1', '0x2', '0x3', '0x10', '0xff')}`,
  ),
  plain(text`MARK --set-xmark ${mark}`),
  plain(
    fc.oneof(
      text`CONNMARK --set-mark ${mark}`,
      text`CONNMARK --save-mark --nfmask ${mask} --ctmask ${mask}`,
      text`CONNMARK --restore-mark --nfmask ${mask} --ctmask ${mask}`,
      text`CONNMARK --set-xmark ${mark}`,
      one('CONNMARK --and-mark 0xf0', 'CONNMARK --or-mark 0x1', 'CONNMARK --xor-mark 0x3'),
    ),
  ),
  plain(text`LOG --log-prefix ${one('x', '"a prefix: "')} ${sometimes(one('--log-level 4', '--log-uid', '--log-ip-options'), 3)}`),
  plain(text`NFLOG --nflog-group ${one('1', '5')} ${sometimes(one('--nflog-prefix x', '--nflog-size 64'), 3)}`),
  plain(
    fc.oneof(
      text`SET --add-set ${word('dynamic1')} ${one('src', 'dst')} ${sometimes(one('--exist'))}`,
      text`SET --del-set ${word('dynamic1')} ${one('src', 'dst')}`,
      text`SET --add-set ${word('dynamic2')} ${one('src,dst', 'dst,dst', 'src,src')} ${sometimes(one('--exist'))}`,
      text`SET --del-set ${word('dynamic2')} ${one('src,dst', 'dst,dst')}`,
    ),
  ),
  plain(one('RETURN')),
  plain(one('TRACE')).map((target) => target),
]

const FINAL: readonly fc.Arbitrary<TargetDraft>[] = [
  plain(one('ACCEPT', 'ACCEPT', 'ACCEPT', 'DROP')),
  plain(one('NFQUEUE --queue-num 3 --queue-bypass', 'NFQUEUE --queue-num 3 --queue-bypass', 'NFQUEUE --queue-num 3')),
]

const REJECT: fc.Arbitrary<TargetDraft> = fc.oneof(
  plain(
    one(
      ...[
        'icmp-port-unreachable',
        'icmp-host-unreachable',
        'icmp-net-unreachable',
        'icmp-proto-unreachable',
        'icmp-net-prohibited',
        'icmp-host-prohibited',
        'icmp-admin-prohibited',
      ].map((kind) => `REJECT --reject-with ${kind}`),
    ),
  ),
  plain(one('REJECT --reject-with tcp-reset'), ['tcp']),
)

const DESTINATION: readonly fc.Arbitrary<TargetDraft>[] = [
  plain(text`DNAT --to-destination ${word('server')}${random}`),
  plain(text`DNAT --to-destination ${word('server')}:${portRange}${random}`, PORTED),
  plain(text`DNAT --to-destination ${word('range')}`),
  plain(text`REDIRECT --to-ports ${one('80', '8080', '5353')}`, PORTED),
  plain(one('REDIRECT')),
  plain(text`NETMAP --to ${word('net')}`),
]

const SOURCE: readonly fc.Arbitrary<TargetDraft>[] = [
  plain(text`SNAT --to-source ${word('server')}${fully}`),
  plain(text`SNAT --to-source ${word('server')}:${portRange}${fully}`, PORTED),
  plain(text`SNAT --to-source ${word('range')}`),
  plain(text`NETMAP --to ${word('net')}`),
]

const MASQUERADE: readonly fc.Arbitrary<TargetDraft>[] = [
  plain(text`MASQUERADE${masqueraded}`),
  plain(text`MASQUERADE --to-ports ${portRange}${masqueraded}`, PORTED),
]

const RAW: readonly fc.Arbitrary<TargetDraft>[] = [
  plain(one('CT --notrack', 'NOTRACK')),
  plain(text`CT --zone${one('', '-orig', '-reply')} ${one('1', '2', 'mark')}`),
]

const OWN_TTL = plain(text`TTL --ttl-${one('set 64', 'set 5', 'dec 1', 'inc 2')}`)
/** Of packets that are forwarded: one that gains time where routes lead in a circle would go round for ever. */
const FORWARDED_TTL = plain(one('TTL --ttl-dec 1', 'TTL --ttl-dec 2'))
const MSS = plain(text`TCPMSS ${one('--set-mss 1400', '--set-mss 536', '--clamp-mss-to-pmtu')}`, ['syn'])

/** Targets of the nat table by hook; user chains are reached from those that change destinations (0) or sources (1). */
function natTargets(hook: Hook | null, userChain: number): readonly fc.Arbitrary<TargetDraft>[] {
  const source = hook === 'POSTROUTING' || hook === 'INPUT' || (hook === null && userChain % 2 === 1)
  if (!source) return DESTINATION
  return hook === 'POSTROUTING' ? [...SOURCE, ...MASQUERADE, ...MASQUERADE] : SOURCE
}

/** Those that bring examples of their own. */
function exampleTargets({ table, hook }: Place): readonly fc.Arbitrary<TargetDraft>[] {
  return [...TARGETS.values()].flatMap(({ name, examples, tables, hooks }) => {
    const allowed = (tables?.includes(table) ?? true) && (hooks === null || (hook !== null && hooks.includes(hook)))
    return examples === undefined || !allowed ? [] : [plain(one(...examples).map((options) => `${name} ${options}`.trimEnd()))]
  })
}

function ownTargets({ table, hook }: Place, userChain: number): readonly fc.Arbitrary<TargetDraft>[] {
  switch (table) {
    case 'raw':
      return RAW
    case 'mangle':
      return [
        hook === 'INPUT' || hook === 'OUTPUT' ? OWN_TTL : FORWARDED_TTL,
        ...(hook === 'FORWARD' || hook === 'POSTROUTING' || hook === 'OUTPUT' ? [MSS] : []),
      ]
    case 'nat':
      return natTargets(hook, userChain)
    case 'filter':
      return hook === null ? [] : [REJECT]
    default:
      return []
  }
}

/** A random target that is allowed there. `jumps`: chains of the user's that it may jump to. */
export function targetAt(place: Place, userChain: number, jumps: readonly string[]): fc.Arbitrary<TargetDraft> {
  const own = [...ownTargets(place, userChain), ...exampleTargets(place)]
  // DROP is refused in nat; NFQUEUE there would only see first packets.
  const final = place.table === 'nat' ? [plain(one('ACCEPT', 'RETURN'))] : FINAL
  const jump =
    jumps.length === 0
      ? []
      : [
          { weight: 4, arbitrary: plain(one(...jumps.map((chain) => chain))) },
          { weight: 1, arbitrary: plain(one(...jumps.map((chain) => `goto ${chain}`))) },
        ]
  return fc.oneof(
    { weight: place.table === 'nat' ? 3 : 8, arbitrary: fc.oneof(...ANYWHERE) },
    { weight: 2, arbitrary: fc.oneof(...final) },
    ...(own.length > 0 ? [{ weight: place.table === 'nat' ? 8 : 3, arbitrary: fc.oneof(...own) }] : []),
    ...jump,
  )
}
