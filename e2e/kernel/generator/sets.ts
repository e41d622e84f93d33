/** Random ipsets: one of each kind that this machine's kernel has, with random members. */
import fc from 'fast-check'
import { fill, one, sometimes, text, type Words, word } from './template.ts'

interface Kind {
  readonly name: string
  readonly create: fc.Arbitrary<string>
  readonly member: fc.Arbitrary<string>
}

export interface SetDraft {
  readonly name: string
  readonly create: string
  readonly members: readonly string[]
}

const port = one('tcp:80', 'tcp:8080', 'udp:5353', 'icmp:8/0', 'tcp:81', 'tcp:80-81')
const options = sometimes(one(' timeout 3600', ' counters', ' forceadd', ' maxelem 1000'), 3)
const nomatch = sometimes(one(' nomatch'), 4)

const KINDS: readonly Kind[] = [
  { name: 'A0', create: text`hash:ip${options}${sometimes(one(' netmask 24'), 4)}`, member: word('near') },
  { name: 'A1', create: text`hash:net${options}`, member: text`${fc.oneof(word('net'), word('near'))}${nomatch}` },
  { name: 'A2', create: text`bitmap:port range 0-10000`, member: one('80', '8080', '5353', '81-90') },
  { name: 'A3', create: one('list:set'), member: one('A0', 'A1', 'A2') },
  { name: 'B0', create: text`hash:ip,port${options}`, member: text`${word('near')},${port}` },
  { name: 'B1', create: text`hash:net,port${options}`, member: text`${word('net')},${port}${nomatch}` },
  { name: 'C0', create: text`hash:ip,port,ip${options}`, member: text`${word('near')},${port},${word('near')}` },
  { name: 'C1', create: text`hash:ip,port,net${options}`, member: text`${word('near')},${port},${word('net')}${nomatch}` },
  { name: 'D0', create: text`hash:ip${sometimes(one(' timeout 3600'), 3)}`, member: word('near') },
  { name: 'D1', create: one('hash:net'), member: word('near') },
  { name: 'D2', create: one('bitmap:port range 0-10000'), member: one('80', '5353') },
  { name: 'E0', create: text`hash:ip,port${sometimes(one(' timeout 3600'), 3)}`, member: text`${word('near')},${port}` },
  { name: 'E1', create: one('hash:net,port'), member: text`${word('near')},${port}` },
]

/** Names that rules take for sets of so many dimensions. Dynamic ones are changed by SET. Clients' ports are random: they must not be added. */
export const SET_WORDS: Words = {
  set1: ['A0', 'A1', 'A2', 'A3', 'D0', 'D1'],
  set2: ['B0', 'B1', 'E0'],
  set3: ['C0', 'C1'],
  dynamic1: ['D0', 'D1'],
  dynamic2: ['E0', 'E1'],
}

/** All kinds; those that no rule uses are not made. */
export const sets: fc.Arbitrary<readonly SetDraft[]> = fc.tuple(
  ...KINDS.map(({ name, create, member }) => fc.record({ name: fc.constant(name), create, members: fc.array(member, { maxLength: 5 }) })),
)

/** Text for `ipset restore -exist`, of the sets that the rules name. */
export function setsText(drafts: readonly SetDraft[], rules: string, words: Words): string {
  const used = new Set([...rules.matchAll(/(?:match|add|del)-set (\w+)/g)].map((match) => match[1] ?? ''))
  const listed = used.has('A3') ? ['A0', 'A1', 'A2'] : []
  const made = drafts.filter(({ name }) => used.has(name) || listed.includes(name))
  // list:set comes last: its members must exist.
  const inOrder = [...made.filter(({ name }) => name !== 'A3'), ...made.filter(({ name }) => name === 'A3')]
  return inOrder
    .flatMap(({ name, create, members }) => [`create ${name} ${create}`, ...members.flatMap((member) => memberLine(name, member, words))])
    .join('\n')
}

function memberLine(name: string, member: string, words: Words): string[] {
  const filled = fill(member, words)
  return filled === null ? [] : [`add ${name} ${filled}`]
}
