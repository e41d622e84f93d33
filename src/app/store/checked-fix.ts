/** Fixes that the engine found in the text it checked last. They are edits at offsets of that text, and wrong in any other. */
import type { Diagnostic } from '../../engine/kubernetes/diagnostic.ts'
import type { Facts } from './state.ts'
import { appState } from './store.ts'
import { lineAt } from './text.ts'

/** Are the problems on screen those of the text as it is now? */
export function fixable({ diagnosticsRevision, revision }: Pick<Facts, 'diagnosticsRevision' | 'revision'>): boolean {
  return diagnosticsRevision === revision
}

/** Mends the text, unless it has changed since. The button goes with its problem; who pressed it goes on in the text. */
export function applyChecked(fix: NonNullable<Diagnostic['fix']>): void {
  if (!fixable(appState())) return
  appState().edit(fix.changes)
  appState().revealLine(lineAt(appState().text, fix.changes[0]?.from ?? 0))
}
