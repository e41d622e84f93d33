/** xterm in the page: colours of the tokens, the keys that leave it, marks on lines. */
import { FitAddon } from '@xterm/addon-fit'
import { type IDecoration, type ITheme, Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'

export interface Screen {
  readonly term: Terminal
  readonly fit: FitAddon
  /** What the terminal is drawn in; it goes with it from one place of the page to another. */
  readonly element: HTMLDivElement
}

/** Makes a terminal that is not in the page yet. */
export function createScreen(): Screen {
  const element = document.createElement('div')
  const term = new Terminal({
    // Marks on lines (registerDecoration) are behind this switch.
    allowProposedApi: true,
    cursorStyle: 'block',
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-code'),
    fontSize: 12,
    lineHeight: 1.35,
    minimumContrastRatio: 4.5,
    scrollback: 5_000,
    theme: themeOfTokens(),
  })
  const fit = new FitAddon()
  term.loadAddon(fit)
  term.attachCustomKeyEventHandler(keyFilter(term))
  term.onSelectionChange(() => element.toggleAttribute('data-selection', term.hasSelection()))
  return { term, fit, element }
}

/** Puts it into the page: xterm measures its letters there. */
export function showScreen({ term, fit, element }: Screen, label: string): void {
  if (term.element === undefined) {
    term.open(element)
    term.textarea?.setAttribute('aria-label', label)
  }
  fit.fit()
}

/** Colours mean in a terminal what they mean elsewhere: red is an error, amber a rewrite. */
export function themeOfTokens(): ITheme {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    ...{ background: token('panel'), foreground: token('ink'), cursor: token('ink'), cursorAccent: token('panel') },
    ...{ selectionBackground: token('outer-bg'), black: token('ink'), white: token('ink'), brightBlack: token('ink-3') },
    ...{
      red: token('drop'),
      yellow: token('rewrite'),
      green: token('id-2'),
      blue: token('id-1'),
      magenta: token('id-svc'),
      cyan: token('id-4'),
    },
  }
}

/** Marks rows above the cursor as the lines of this moment. Returns what takes the mark away. */
export function markRows({ term }: Screen, rows: number): IDecoration | null {
  const marker = term.registerMarker(-rows)
  const backgroundColor = getComputedStyle(document.documentElement).getPropertyValue('--outer-bg').trim()
  const mark = marker ? term.registerDecoration({ marker, width: term.cols, height: rows, backgroundColor }) : undefined
  mark?.onRender((element) => {
    element.dataset.testid = 'terminal-now'
  })
  return mark ?? null
}

/** Tab completes; after Escape, and with Shift, it goes on in the page. The page's command menu and the browser's paste stay what they are. */
function keyFilter(term: Terminal): (event: KeyboardEvent) => boolean {
  let leaving = false
  return (event) => {
    if (event.type !== 'keydown') return true
    const { key, ctrlKey, metaKey, shiftKey } = event
    if (key === 'Tab') return !(leaving || shiftKey)
    leaving = key === 'Escape'
    if (leaving) return false
    if ((ctrlKey || metaKey) && (key === 'k' || key === 'v')) return false
    return !((ctrlKey || metaKey) && key === 'c' && term.hasSelection())
  }
}
