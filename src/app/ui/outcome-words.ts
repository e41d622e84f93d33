/** How a walk ended, in a word or two. */
import type { Outcome } from '../../engine/simulation/trace.ts'

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  delivered: 'Delivered',
  refused: 'Refused',
  rejected: 'Rejected',
  reset: 'Reset',
  stalled: 'Stalled',
  timeout: 'Timed out',
  unresolved: 'Name not resolved',
  unsupported: 'Not modelled',
}
