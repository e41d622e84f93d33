/** Which lines of the scenario belong to what is on screen: the chosen shape's document, else what decided this step. Pure. */
import type { DocumentInfo } from '../../engine/kubernetes/scenario.ts'
import { causeOf } from './cause.ts'
import type { AppState } from './state.ts'

export interface Highlight {
  /** 1-based, both included. */
  readonly from: number
  readonly to: number
  /** 'drop': these lines ended the packet. */
  readonly kind: 'current' | 'drop'
}

/** The lines to mark; null when none are to blame or to thank. */
export function highlightOf({
  selected,
  topology,
  documents,
  walk,
  frame,
}: Pick<AppState, 'selected' | 'topology' | 'documents' | 'walk' | 'frame'>): Highlight | null {
  if (selected !== null) {
    const line = (topology ? lineOfShape(topology, selected) : null) ?? documents.find(({ ref }) => ref === selected)?.range.line ?? null
    return line === null ? null : linesOf(documents, line, 'current')
  }
  const event = walk?.records[frame]?.event
  const line = event ? causeOf(event)?.origin?.line : null
  return event && line ? linesOf(documents, line, event.at === 'kfree_skb' ? 'drop' : 'current') : null
}

/** The document that holds a line; where one ends on the line that the next begins on, as items of a list do, the next. */
export function documentAt(documents: readonly DocumentInfo[], line: number): DocumentInfo | null {
  return documents.findLast(({ range }) => line >= range.line && line <= range.endLine) ?? null
}

/** The line a shape comes from; null when it comes from no text. */
export function lineOfShape(topology: NonNullable<AppState['topology']>, ref: string): number | null {
  const service = topology.services.find((one) => one.ref === ref)
  if (service) return service.line
  for (const machine of topology.machines) {
    if (machine.ref === ref) return machine.line
    const pod = machine.pods.find((one) => one.ref === ref)
    if (pod) return pod.line
  }
  return null
}

function linesOf(documents: readonly DocumentInfo[], line: number, kind: Highlight['kind']): Highlight {
  const document = documentAt(documents, line)
  if (document === null) return { from: line, to: line, kind }
  const { range } = document
  return { from: range.line, to: range.endColumn <= 1 && range.endLine > range.line ? range.endLine - 1 : range.endLine, kind }
}
