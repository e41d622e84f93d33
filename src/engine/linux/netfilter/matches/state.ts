/** Userspace: extensions/libxt_conntrack.c (alias `state`). Kernel: net/netfilter/xt_state.c. */

import { withoutEntry } from '../conntrack-zone.ts'
import { not, requiredOption } from '../option.ts'
import { connectionOf } from './actual.ts'
import { parseWords } from './conntrack.ts'
import type { Match, MatchExtension } from './match.ts'

/** In the order they are printed. */
const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED']

export interface StateMatch extends Match {
  readonly name: 'state'
  readonly states: readonly string[]
  readonly not: boolean
}

/** `-m state --state NEW,…`: the old spelling of `-m conntrack --ctstate`. */
export const extension: MatchExtension<StateMatch> = {
  name: 'state',
  needsConntrack: true,
  options: [{ name: 'state', values: 1, invertible: true, mandatory: true }],
  parse(given) {
    const option = requiredOption(given, 'state')
    const words = parseWords(option, STATES, 'state')
    return typeof words === 'string' ? words : { name: 'state', states: words.value, not: words.not }
  },
  print: (m) => ` ${not(m.not)}--state ${m.states.join(',')}`,
  list: (m) => `${not(m.not)}state ${m.states.join(',')}`,
  match(m, packet, { zone }) {
    const { ct } = packet
    const word = ct === 'untracked' ? 'UNTRACKED' : ct === null || ct === 'detached' ? withoutEntry(zone) : ct.state
    return m.states.includes(word) !== m.not
  },
  actual: connectionOf,
}
