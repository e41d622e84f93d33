/** What the command menu and the keys ask of the text. The full editor, once it is there, does what only it can. */
import { ask } from '../../store/engine.ts'
import { appState } from '../../store/store.ts'

/** Commands of the full editor. */
export interface FullEditor {
  readonly goToDefinition: () => void
  readonly foldDocuments: () => void
  readonly unfold: () => void
}

let full: FullEditor | null = null

/** The full editor has come (or, null, gone). */
export function setFullEditor(there: FullEditor | null): void {
  full = there
}

/** Does it in the full editor, where the focus goes. */
export function inFullEditor(command: keyof FullEditor): void {
  if (full === null) {
    appState().toast('The full editor is still being loaded.')
    return
  }
  appState().focusEditor()
  full[command]()
}

/** Opens the list of documents, or goes into it. */
export function openOutline(): void {
  appState().setOutlineOpen(true)
  document.querySelector<HTMLInputElement>('[data-outline] input')?.focus()
}

/** Gives the text its layout, as one step of the history. */
export async function formatText(): Promise<void> {
  const { text, toast } = appState()
  try {
    const changes = await ask('format', { text })
    if (appState().text !== text) toast('The text has changed meanwhile: format it again.')
    else if (changes.length === 0) toast('The text has its layout already.')
    else appState().edit(changes)
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'error')
  }
}
