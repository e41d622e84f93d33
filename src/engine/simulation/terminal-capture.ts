/** tcpdump in a terminal while a walk plays: every line with the record at which it appears. */
import { parseCommandLine } from '../shell/command-line.ts'
import { captureAs } from '../shell/tcpdump.ts'
import { capturedFrame, frameOf } from './frame.ts'
import { terminalAt } from './terminal.ts'
import type { TraceRecord } from './trace.ts'
import type { WalkProblem } from './walk-client.ts'
import type { World } from './world.ts'

export interface TerminalCapture {
  readonly header: string
  /** `n`: the record that is the frame; `text` may have several lines. */
  readonly lines: readonly { readonly n: number; readonly text: string }[]
}

/** The words of a line that is nothing but a tcpdump command; null for all others. */
export function tcpdumpWords(line: string): readonly string[] | null {
  const parsed = parseCommandLine(line)
  const [pipeline, ...more] = parsed.ok ? parsed.pipelines : []
  const [command, ...piped] = pipeline?.commands ?? []
  if (command === undefined || more.length > 0 || piped.length > 0 || command.redirections.length > 0) return null
  const argv = command.argv[0] === 'sudo' ? command.argv.slice(1) : command.argv
  return argv[0] === 'tcpdump' ? argv : null
}

/** What a tcpdump begun before the walk shows of it. `world`: before the walk. */
export function captureWhileWalking(
  world: World | WalkProblem,
  { on, argv }: { readonly on: string; readonly argv: readonly string[] },
  records: readonly TraceRecord[],
): TerminalCapture | WalkProblem {
  const found = terminalAt(world, on)
  if ('problem' in found) return found
  const { netns } = found.place
  const startMs = found.world.kernel.nowMs
  const frames = records.flatMap(({ n, where, event, timeMs }) => {
    const frame = where === netns.name ? frameOf(where, event, startMs + timeMs) : null
    return frame ? [{ ...capturedFrame(frame), n }] : []
  })
  const capture = captureAs(argv, netns, frames)
  if ('code' in capture) return { problem: capture.stderr.trimEnd() }
  const lines = capture.lines.map(({ frame, text }) => ({ n: frame.n, text }))
  return { header: capture.header, lines }
}
