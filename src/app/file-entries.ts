import { askForFile, downloadText } from './files.ts'
import { keepCopy, openAsOwn, openOwnWork, openWork } from './store/opening.ts'
import { appState } from './store/store.ts'
import { listWorks } from './store/works.ts'
import type { MenuEntry } from './ui/menu.tsx'

/** Works that the menu itself lists. */
const IN_MENU = 8

/** What the scenario's name opens: other scenarios, the user's own works, files. */
export function fileEntries(): readonly MenuEntry[] {
  const { source, workId, setOverlay, text, title } = appState()
  const all = listWorks()
  const works = all.slice(0, IN_MENU)
  return [
    ...(source === 'own'
      ? []
      : [
          { kind: 'item' as const, label: 'Keep a copy as my own', onSelect: keepCopy },
          ...(works.length > 0 ? [{ kind: 'item' as const, label: 'Back to my work', onSelect: openOwnWork }] : []),
          { kind: 'line' as const },
        ]),
    { kind: 'item', label: 'Scenarios…', onSelect: () => setOverlay('gallery') },
    { kind: 'item', label: 'New', onSelect: () => openAsOwn('', 'untitled.yaml') },
    { kind: 'item', label: 'Open a file…', onSelect: () => void askForFile() },
    { kind: 'item', label: 'Paste from the clipboard', onSelect: () => void pasteText() },
    { kind: 'item', label: 'Download this file', onSelect: () => downloadText(text, title) },
    ...(works.length > 0 ? [{ kind: 'line' as const }, { kind: 'heading' as const, label: 'Your work, kept in this browser' }] : []),
    ...works.map((work) => ({
      kind: 'item' as const,
      label: work.title,
      hint: new Date(work.changedMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
      checked: work.id === workId,
      onSelect: () => work.id !== workId && openWork(work.id),
    })),
    ...(all.length > 0
      ? [
          {
            kind: 'item' as const,
            label: all.length > works.length ? `All ${all.length} works…` : 'Rename, duplicate, delete…',
            onSelect: () => setOverlay('works'),
          },
        ]
      : []),
  ]
}

/** A new work with what the clipboard holds. */
export async function pasteText(): Promise<void> {
  try {
    const text = await navigator.clipboard.readText()
    if (text.trim() === '') appState().toast('The clipboard holds no text.', 'error')
    else openAsOwn(text, 'pasted.yaml')
  } catch {
    appState().toast('This browser does not let a page read the clipboard. Choose New and paste into the editor.', 'error')
  }
}
