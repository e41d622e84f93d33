/** Files of the user's machine. */
import { outputIn, scriptChange } from './pasted-output.ts'
import { openAsOwn } from './store/opening.ts'
import { appState } from './store/store.ts'
import { download } from './ui/download.ts'

/** Text files larger than this are not opened, bytes. */
const MOST_BYTES = 8 * 1024 * 1024

/** Lets the user choose files; several become one scenario of as many documents. */
export function askForFile(): Promise<void> {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.accept = '.yaml,.yml,.json,.txt'
  return new Promise((resolve) => {
    input.addEventListener('change', () => void openFiles([...(input.files ?? [])]).then(resolve))
    input.addEventListener('cancel', () => resolve())
    input.click()
  })
}

/**
 * Opens files as a new work of the user's own. What a machine's tools printed becomes a Script of the scenario that is open, on the machine
 * whose shape it was dropped on.
 */
export async function openFiles(files: readonly File[], on: string | null = null): Promise<void> {
  const [first] = files
  if (!first) return
  if (files.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES) {
    appState().toast('These files have more than 8 MiB of text; that is not a scenario.', 'error')
    return
  }
  const texts = await Promise.all(files.map((file) => file.text()))
  const outputs = texts.map(outputIn)
  const tool = outputs.find((output) => output !== null)?.tool
  if (tool !== undefined && on === null) {
    appState().toast(`This is the output of ${tool}: drop it on the shape of the machine that printed it.`, 'error')
    return
  }
  if (on !== null && tool !== undefined) {
    for (const [i, output] of outputs.entries())
      if (output !== null) appState().edit([scriptChange(appState().text, output, { text: texts[i] ?? '', on })])
    return
  }
  openAsOwn(texts.join('\n---\n'), files.length === 1 ? first.name : `${first.name} and ${files.length - 1} more`)
}

/** Gives the text to the browser's downloads. */
export function downloadText(text: string, title: string): void {
  download(text, /\.(ya?ml|json|txt)$/.test(title) ? title : `${title}.yaml`, 'application/yaml')
}

/** The machine whose shape this is, or is inside of. */
function machineAt(target: EventTarget | null): string | null {
  const shape =
    target instanceof Element ? target.closest<HTMLElement>('[data-testid^="node/"][data-shape], [data-testid^="host/"][data-shape]') : null
  return shape?.dataset.testid ?? null
}

/** Files dropped anywhere on the page are opened. Returns the way to stop. */
export function acceptDrops(): () => void {
  const over = (event: DragEvent): void => event.preventDefault()
  const drop = (event: DragEvent): void => {
    if (!event.dataTransfer || event.dataTransfer.files.length === 0) return
    event.preventDefault()
    void openFiles([...event.dataTransfer.files], machineAt(event.target))
  }
  document.addEventListener('dragover', over)
  document.addEventListener('drop', drop)
  return () => {
    document.removeEventListener('dragover', over)
    document.removeEventListener('drop', drop)
  }
}
