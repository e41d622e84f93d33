/** A tcpdump that runs while the walk plays: the lines up to the moment on screen, the one of the packet shown marked. */
import type { IDecoration } from '@xterm/xterm'
import type { AnswerTo } from '../../../protocol/messages.ts'
import { askAt } from '../../store/engine.ts'
import { currentFrames, shownMoment } from '../../store/playback.ts'
import { appState } from '../../store/store.ts'
import { markRows, type Screen } from './screen.ts'

type Captured = Extract<AnswerTo<'terminal'>, { readonly lines: unknown }>

/** Where it prints. */
export interface Printer {
  readonly where: string
  readonly screen: Screen
  transcript: string
}

export interface Capturing {
  readonly printer: Printer
  readonly line: string
  /** What stood there before. */
  readonly above: string
  captured: Captured
  walkId: number | null
  /** Lines that are on the screen. */
  shown: number
  mark: IDecoration | null
  /** Ends it: its lines stay. */
  readonly stop: () => void
}

/** Begins to show; nothing of it is in the transcript until it ends. */
export function capturing(printer: Printer, line: string, captured: Captured): Capturing {
  const capture: Capturing = {
    ...{ printer, line, above: printer.transcript, captured, walkId: appState().walk?.id ?? null, shown: 0, mark: null },
    stop: () => {
      capture.mark?.dispose()
      const count = capture.shown
      const summary = `^C\n${count} packet${count === 1 ? '' : 's'} captured\n`
      printer.transcript = capture.above + screenText(capture) + summary
      printer.screen.term.write(crlf(summary))
    },
  }
  printer.screen.term.write(crlf(headerText(capture)))
  showLines(capture)
  return capture
}

/** The moment on screen is another one; or the walk, which is then listened to anew. */
export async function followCapture(capture: Capturing): Promise<void> {
  const { walk, frame } = appState()
  if (walk !== null && walk.id !== capture.walkId && walk.status === 'done') {
    capture.walkId = walk.id
    const answer = await askAt('terminal', { where: capture.printer.where, n: frame, line: capture.line }).catch(() => null)
    if (answer === null || !('lines' in answer)) return
    capture.captured = answer
    redraw(capture)
  }
  showLines(capture)
}

const crlf = (text: string): string => text.replaceAll('\n', '\r\n')
const headerText = ({ captured }: Capturing): string => `\u001b[90m${captured.header}\u001b[0m`
const screenText = (capture: Capturing): string =>
  headerText(capture) +
  capture.captured.lines
    .slice(0, capture.shown)
    .map(({ text }) => `${text}\n`)
    .join('')

function redraw(capture: Capturing): void {
  capture.shown = 0
  capture.printer.screen.term.reset()
  capture.printer.screen.term.write(crlf(capture.above + headerText(capture)))
}

function showLines(capture: Capturing): void {
  const { captured, printer } = capture
  const { frame } = appState()
  const wanted = captured.lines.filter(({ n }) => n <= frame).length
  capture.mark?.dispose()
  capture.mark = null
  if (wanted < capture.shown) redraw(capture)
  const added = captured.lines.slice(capture.shown, wanted).map(({ text }) => `${text}\n`)
  capture.shown = wanted
  // The mark needs its line on the screen.
  printer.screen.term.write(crlf(added.join('')), () => {
    if (capture.shown === wanted && appState().frame === frame) markNow(capture)
  })
}

/** The last line is marked while the packet shown is the one it speaks of. */
function markNow(capture: Capturing): void {
  const line = capture.captured.lines[capture.shown - 1]
  const { screen } = capture.printer
  if (line === undefined || currentFrames().momentOf.get(line.n) !== shownMoment()) return
  const rows = line.text.split('\n').reduce((sum, one) => sum + Math.max(1, Math.ceil(one.length / screen.term.cols)), 0)
  capture.mark?.dispose()
  capture.mark = markRows(screen, rows)
}
