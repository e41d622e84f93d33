/** The edit that mends a walk, and the same walk once more when the engine has built the new text. */
import type { Why } from '../../../engine/narrator/why.ts'
import { appState, store } from '../../store/store.ts'

export function applyFix({ changes }: NonNullable<Why['fix']>): void {
  appState().edit(changes)
  const { revision } = appState()
  const stop = store.subscribe(({ walk, revision: now }) => {
    const over = now !== revision
    const walked = walk?.revision === revision && walk.status !== 'running'
    if (over || walked) stop()
    if (over || !walked) return
    appState().setFrame(-1)
    appState().play()
  })
}
