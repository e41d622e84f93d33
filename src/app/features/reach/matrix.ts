/** The matrix of who reaches whom as it is drawn: the engine's plan with names, cut to what can be read. Pure. */
import type { ReachPlan } from '../../../engine/simulation/reach-plan.ts'
import { placeName } from '../../store/steps.ts'

export interface Sender {
  /** As a walk names it: 'pod/default/web', 'internet'. */
  readonly ref: string
  readonly name: string
  /** By column: what it walks to; null: it would be itself. */
  readonly targets: readonly (string | null)[]
}

export interface Column {
  readonly key: string
  readonly name: string
  /** "tcp 80". */
  readonly port: string
}

export interface Matrix {
  readonly senders: readonly Sender[]
  readonly columns: readonly Column[]
  /** Senders and columns that were left out, because nobody could read them all. */
  readonly left: { readonly senders: number; readonly columns: number }
}

const MOST_SENDERS = 40
const MOST_COLUMNS = 24

/** Names the rows and columns of a plan in which every sender and target stands for itself. */
export function matrixOf({ senders, goals, pairs }: ReachPlan): Matrix {
  const columns = goals.slice(0, MOST_COLUMNS).map(({ ref, protocol, port }) => {
    const words = `${protocol} ${port}`
    return { key: `${ref} ${words}`, name: placeName(ref), port: words }
  })
  return {
    senders: senders.slice(0, MOST_SENDERS).map(({ ref }, row) => ({
      ref,
      name: placeName(ref),
      targets: columns.map((_, column) => pairs[row]?.[column]?.[0]?.to ?? null),
    })),
    columns,
    left: { senders: Math.max(0, senders.length - MOST_SENDERS), columns: Math.max(0, goals.length - MOST_COLUMNS) },
  }
}
