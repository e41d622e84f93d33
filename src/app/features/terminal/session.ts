/** One terminal: what is typed goes to the engine with the moment on screen, what it prints comes back. */
import type { AnswerTo } from '../../../protocol/messages.ts'
import { askAt } from '../../store/engine.ts'
import { remember } from '../../store/memory.ts'
import { currentFrames } from '../../store/playback.ts'
import { appState, store } from '../../store/store.ts'
import { addTyped } from '../../store/terminal.ts'
import { momentWords } from '../../store/terminal-moment.ts'
import { type Capturing, capturing, followCapture } from './capture.ts'
import { HELP } from './help-text.ts'
import { completed, entered, keysOf, NO_LINE, press } from './line-editor.ts'
import { createScreen, type Screen, themeOfTokens } from './screen.ts'

/** xterm's own text attributes. */
const BOLD = '\u001b[1m'
const DIM = '\u001b[90m'
const RED = '\u001b[31m'
const PLAIN = '\u001b[0m'
const MOST_TRANSCRIPT = 200_000
const READER = 'packetwalk.terminal-reader'

export interface Session {
  readonly where: string
  readonly screen: Screen
  /** Everything printed so far, to print it once more. */
  transcript: string
  line: typeof NO_LINE
  /** Keys that wait until the command before them has ended. */
  waiting: string[]
  busy: boolean
  capture: Capturing | null
  /** Row of the cursor below the first row of the prompt. */
  row: number
}

const sessions = new Map<string, Session>()

/** The session of a place; it begins with the first call. */
export function sessionOf(where: string): Session {
  const known = sessions.get(where)
  if (known) return known
  const session: Session = {
    ...{ where, screen: createScreen(), transcript: '', line: NO_LINE, waiting: [], busy: false, capture: null, row: 0 },
  }
  sessions.set(where, session)
  const { term } = session.screen
  term.options.screenReaderMode = remember.read(READER) === 'on'
  term.onData((data) => {
    session.waiting.push(...keysOf(data))
    void takeKeys(session)
  })
  print(session, `${DIM}Type help for what there is. Tab completes; Esc, then Tab leaves.${PLAIN}\n`)
  drawLine(session)
  return session
}

/** Its window on the page has gone for good. */
export function endSession(where: string): void {
  const session = sessions.get(where)
  sessions.delete(where)
  session?.capture?.stop()
  session?.screen.term.dispose()
}

export const labelOf = (where: string): string => `Terminal on ${where.replace(/^pod\/default\//, 'pod/')}`

/** The colours of the page have changed. */
export function recolour(): void {
  for (const { screen } of sessions.values()) screen.term.options.theme = themeOfTokens()
}

/** Is the text of terminals offered to screen readers? */
export function readerMode(): boolean {
  return remember.read(READER) === 'on'
}

export function setReaderMode(on: boolean): void {
  remember.write(READER, on ? 'on' : 'off')
  for (const { screen } of sessions.values()) screen.term.options.screenReaderMode = on
}

/** Prints text above the prompt, which is drawn anew afterwards. */
export function print(session: Session, text: string): void {
  session.transcript = (session.transcript + text).slice(-MOST_TRANSCRIPT)
  session.screen.term.write(text.replaceAll('\n', '\r\n'))
}

function promptOf(where: string): string {
  return `${where.split('/').at(-1)}:~# `
}

function drawLine(session: Session): void {
  const { term } = session.screen
  const { text, cursor } = session.line
  const prompt = promptOf(session.where)
  const up = session.row > 0 ? `\u001b[${session.row}A` : ''
  term.write(`${up}\r\u001b[J${DIM}${prompt}${PLAIN}${BOLD}${text}${PLAIN} \b`)
  const end = Math.floor((prompt.length + text.length) / term.cols)
  const at = prompt.length + cursor
  session.row = Math.floor(at / term.cols)
  if (end > session.row) term.write(`\u001b[${end - session.row}A`)
  term.write(`\r${at % term.cols > 0 ? `\u001b[${at % term.cols}C` : ''}`)
}

/** Takes the keys one by one; those after an Enter wait for the command to end. */
async function takeKeys(session: Session): Promise<void> {
  if (session.capture !== null && session.waiting.includes('\u0003')) stopCapture(session)
  if (session.busy) return
  session.busy = true
  while (session.waiting.length > 0 && session.capture === null) {
    const { line, asked } = press(session.line, session.waiting.shift() ?? '')
    session.line = line
    if (asked === 'enter') await enter(session)
    else if (asked === 'complete') await complete(session)
    else if (asked === 'interrupt') {
      finishLine(session, '^C')
      session.line = { ...NO_LINE, history: line.history, at: line.history.length }
    } else if (asked === 'clear') clear(session)
    if (session.capture === null) drawLine(session)
  }
  session.busy = false
}

/** The line stays as it was typed, and what follows begins below it. */
function finishLine(session: Session, end = ''): void {
  const text = `${DIM}${promptOf(session.where)}${PLAIN}${BOLD}${session.line.text}${PLAIN}${end}\n`
  if (session.row > 0) session.screen.term.write(`\u001b[${session.row}A`)
  session.screen.term.write('\r\u001b[J')
  session.row = 0
  print(session, text)
}

function clear(session: Session): void {
  session.transcript = ''
  session.row = 0
  session.screen.term.reset()
}

async function enter(session: Session): Promise<void> {
  const typed = session.line.text.trim()
  finishLine(session)
  session.line = entered(session.line)
  if (typed === '' || typed.startsWith('#')) return
  if (typed === 'clear' || typed === 'reset') clear(session)
  else if (typed === 'help' || typed === '?') print(session, HELP)
  else if (typed === 'history') print(session, session.line.history.map((one, i) => `${String(i + 1).padStart(5)}  ${one}\n`).join(''))
  else await run(session, typed)
}

async function run(session: Session, line: string): Promise<void> {
  try {
    const answer = await askAt('terminal', { where: session.where, n: appState().frame, line })
    if ('lines' in answer) session.capture = capturing(session, line, answer)
    else await show(session, answer)
  } catch (error) {
    print(session, `${RED}${error instanceof Error ? error.message : String(error)}${PLAIN}\n`)
  }
}

async function show(session: Session, answer: Exclude<AnswerTo<'terminal'>, { readonly lines: unknown }>): Promise<void> {
  const { stdout, stderr, change } = answer
  print(session, stdout)
  if (stderr !== '') print(session, `${RED}${stderr.trimEnd()}${PLAIN}\n`)
  if (change === null) return
  await addTyped(change)
  print(session, `${DIM}# done at ${momentWords(currentFrames(), appState().frame)}; the walk has been taken again${PLAIN}\n`)
}

async function complete(session: Session): Promise<void> {
  const { text, cursor } = session.line
  const words = await askAt('complete', { where: session.where, n: appState().frame, line: text.slice(0, cursor) }).catch(() => [])
  const before = session.line
  session.line = completed(before, words)
  if (session.line !== before && session.line.text !== before.text) return
  if (words.length < 2) return
  finishLine(session)
  print(session, `${words.slice(0, 60).join('  ')}${words.length > 60 ? `  … ${words.length - 60} more` : ''}\n`)
}

function stopCapture(session: Session): void {
  session.waiting.splice(0, session.waiting.indexOf('\u0003') + 1)
  const { capture } = session
  session.capture = null
  capture?.stop()
  drawLine(session)
}

/** Every terminal with a tcpdump follows the moment on screen. */
store.subscribe((state, before) => {
  if (state.frame === before.frame && state.walk === before.walk) return
  for (const session of sessions.values()) if (session.capture) void followCapture(session.capture)
})
