/** Matches that iptables has and this engine does not model: kept as text, and a packet that reaches one is UNSUPPORTED. */
import type { Match, MatchExtension } from './match.ts'

export interface UnmodelledMatch extends Match {
  /** The options as they were written. */
  readonly text: string
}

/** The extension object of one match that is not modelled. */
export function unmodelledMatch(name: string): MatchExtension<UnmodelledMatch> {
  return {
    name,
    options: [],
    keepsText: true,
    parse: () => ({ name, text: '' }),
    print: (m) => m.text,
    list: (m) => `${name}${m.text}`,
    match: () => 'unsupported',
  }
}
