/** Files of the user's machine. */
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

/** Opens files as a new work of the user's own. */
export async function openFiles(files: readonly File[]): Promise<void> {
  const [first] = files
  if (!first) return
  if (files.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES) {
    appState().toast('These files have more than 8 MiB of text; that is not a scenario.', 'error')
    return
  }
  const texts = await Promise.all(files.map((file) => file.text()))
  openAsOwn(texts.join('\n---\n'), files.length === 1 ? first.name : `${first.name} and ${files.length - 1} more`)
}

/** Gives the text to the browser's downloads. */
export function downloadText(text: string, title: string): void {
  download(text, /\.(ya?ml|json|txt)$/.test(title) ? title : `${title}.yaml`, 'application/yaml')
}

/** Files dropped anywhere on the page are opened. Returns the way to stop. */
export function acceptDrops(): () => void {
  const over = (event: DragEvent): void => event.preventDefault()
  const drop = (event: DragEvent): void => {
    if (!event.dataTransfer || event.dataTransfer.files.length === 0) return
    event.preventDefault()
    void openFiles([...event.dataTransfer.files])
  }
  document.addEventListener('dragover', over)
  document.addEventListener('drop', drop)
  return () => {
    document.removeEventListener('dragover', over)
    document.removeEventListener('drop', drop)
  }
}
