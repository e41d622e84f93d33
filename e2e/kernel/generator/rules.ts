/** Random rulesets, and their text for iptables-restore. */
import fc from 'fast-check'
import type { Hook, Table } from '../../../src/engine/linux/netfilter/rule.ts'
import { type MatchDraft, matchAt, type Place } from './matches.ts'
import { type TargetDraft, targetAt } from './targets.ts'
import { fill, one, sometimes, text, type Words, word } from './template.ts'

export interface RuleDraft {
  /** -s, -d, -i, -o, -f. */
  readonly flat: readonly string[]
  /** Of a rule that no match or target needs a protocol for. */
  readonly protocol: string
  readonly matches: readonly MatchDraft[]
  readonly target: TargetDraft | null
}

interface ChainDraft {
  readonly name: string
  readonly policy: string
  readonly rules: readonly RuleDraft[]
}

export interface TableDraft {
  readonly table: Table
  readonly chains: readonly ChainDraft[]
}

/** Tables of labs, and their built-in chains. */
export const HOOKS: Readonly<Record<'raw' | 'mangle' | 'nat' | 'filter', readonly Hook[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}
const USER_CHAINS = ['U0', 'U1', 'U2', 'U3']
const MOST_RULES = { own: 4, user: 3 }

const address = fc.oneof(word('near'), word('near'), word('net'))
const flatNot = one('', '', '', '! ')

function flatAt({ hook }: Place): fc.Arbitrary<string[]> {
  const none = fc.constant('')
  const input =
    hook === 'OUTPUT' || hook === 'POSTROUTING' ? none : sometimes(text`${flatNot}-i ${fc.oneof(word('dev'), one('eth+', 'lo'))}`, 5)
  const output =
    hook === 'PREROUTING' || hook === 'INPUT' ? none : sometimes(text`${flatNot}-o ${fc.oneof(word('dev'), one('eth+', 'lo'))}`, 5)
  return fc
    .tuple(
      sometimes(text`${flatNot}-s ${address}`, 5),
      sometimes(text`${flatNot}-d ${address}`, 5),
      input,
      output,
      sometimes(text`${flatNot}-f`, 30),
    )
    .map((parts) => parts.filter((part) => part !== ''))
}

/** Chains of the user's that a chain may jump to: later ones, so that there is no loop; in nat those that change the same end. */
function jumpsFrom({ table, hook }: Place, userChain: number): readonly string[] {
  const parity = hook === null ? userChain % 2 : hook === 'POSTROUTING' || hook === 'INPUT' ? 1 : 0
  return USER_CHAINS.filter((_, i) => i > userChain && (table !== 'nat' || i % 2 === parity))
}

function ruleAt(place: Place, userChain: number): fc.Arbitrary<RuleDraft> {
  const target = targetAt(place, userChain, jumpsFrom(place, userChain))
  return fc.record({
    flat: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: flatAt(place) }),
    protocol: sometimes(one('-p tcp', '-p udp', '-p icmp', '! -p tcp', '! -p icmp', '-p 4'), 5),
    matches: fc.array(matchAt(place), { maxLength: 2 }),
    target: fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 9, arbitrary: target }),
  })
}

function chainAt(place: Place, userChain: number): fc.Arbitrary<ChainDraft> {
  const policy =
    place.hook === null
      ? fc.constant('-')
      : place.table === 'filter'
        ? one(...Array.from({ length: 9 }, () => 'ACCEPT'), 'DROP')
        : fc.constant('ACCEPT')
  return fc.record({
    name: fc.constant(place.hook ?? USER_CHAINS[userChain] ?? ''),
    policy,
    rules: fc.array(ruleAt(place, userChain), { maxLength: place.hook === null ? MOST_RULES.user : MOST_RULES.own }),
  })
}

function tableOf(table: keyof typeof HOOKS): fc.Arbitrary<TableDraft> {
  const chains = [
    ...HOOKS[table].map((hook) => chainAt({ table, hook }, -1)),
    ...USER_CHAINS.map((_, i) => chainAt({ table, hook: null }, i)),
  ]
  return fc.record({ table: fc.constant(table), chains: fc.tuple(...chains) })
}

/** The tables of one machine: each is there every other time. */
export const ruleset: fc.Arbitrary<readonly TableDraft[]> = fc
  .tuple(...(Object.keys(HOOKS) as (keyof typeof HOOKS)[]).map((table) => fc.option(tableOf(table), { freq: 2, nil: null })))
  .map((tables) => tables.filter((table) => table !== null))

/** The rule's text, or null when this machine lacks something it names. `unique`: a number of its own. */
export function ruleText(chain: string, rule: RuleDraft, words: Words): string | null {
  const wanted = rule.matches.map((match) => match.protocol).filter((protocol) => protocol !== null)
  const allowed = rule.target?.protocols ?? null
  const protocol = protocolOf(wanted, allowed)
  const named = protocol === null ? (rule.protocol === '' ? [] : [rule.protocol]) : [`-p ${protocol}`]
  const seen = new Set<string>()
  const matches = rule.matches.filter((match) => {
    const loads = [...match.text.matchAll(/-m (\w+)/g)].map(([, name]) => name ?? '')
    const fits = (match.protocol === null || match.protocol === protocol) && !loads.some((name) => seen.has(name))
    for (const name of loads) if (fits) seen.add(name)
    return fits
  })
  const syn = allowed?.[0] === 'syn' && !seen.has('tcp') ? ['-m tcp --tcp-flags SYN,RST SYN'] : []
  if (allowed?.[0] === 'syn' && seen.has('tcp') && !/--tcp-flags|--syn/.test(matches.map((match) => match.text).join(' '))) return null
  // A fragment's first fragment only is asked for its ports: the tool refuses nothing, the kernel neither.
  const target =
    rule.target === null ? [] : [rule.target.text.startsWith('goto ') ? `-g ${rule.target.text.slice(5)}` : `-j ${rule.target.text}`]
  const parts = [`-A ${chain}`, ...rule.flat, ...named, ...matches.map((match) => match.text), ...syn, ...target]
  return fill(parts.join(' '), words)?.replace(/ +/g, ' ').trim() ?? null
}

/** The first protocol that a match demands, if the target allows it; else one that the target demands. */
function protocolOf(wanted: readonly string[], allowed: readonly string[] | null): string | null {
  if (allowed === null) return wanted[0] ?? null
  if (allowed[0] === 'syn') return 'tcp'
  return wanted.find((protocol) => allowed.includes(protocol)) ?? allowed[0] ?? null
}

/** Text for iptables-restore. */
export function rulesetText(tables: readonly TableDraft[], words: Words): string {
  let count = 0
  return tables
    .flatMap(({ table, chains }) => [
      `*${table}`,
      ...chains.map(({ name, policy }) => `:${name} ${policy} [0:0]`),
      ...chains.flatMap(({ name, rules }) => rules.flatMap((rule) => ruleText(name, rule, { ...words, rule: [String(count++)] }) ?? [])),
      'COMMIT',
    ])
    .join('\n')
}
