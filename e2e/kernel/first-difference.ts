/** Where the captures of two worlds part: the first frame, in time, that one has and the other has not. */
import { traceText } from '../../src/engine/simulation/trace-text.ts'
import type { Line, Lines } from './captures.ts'
import type { SimulatedWalk } from './simulate.ts'

interface Difference {
  readonly key: string
  readonly index: number
  readonly kernel: Line | undefined
  readonly simulator: Line | undefined
  /** Since the walk's first frame, ms. */
  readonly timeMs: number
}

/** Records of the simulator that are shown around a difference. */
const SHOWN_RECORDS = 30

/** Text about the first differing frame of the first differing walk; empty when all captures agree. */
export function firstDifference(kernel: readonly Lines[], simulator: readonly Lines[], walks: readonly SimulatedWalk[]): string[] {
  for (const [walk, { trace }] of walks.entries()) {
    const [real, ours] = [kernel[walk] ?? new Map(), simulator[walk] ?? new Map()]
    const found = differencesOf(real, ours)
    const first = found.sort((a, b) => a.timeMs - b.timeMs)[0]
    if (!first) continue
    const others =
      found.length > 1
        ? ` (and ${found.length - 1} more places: ${found
            .slice(1, 6)
            .map(({ key }) => key)
            .join(', ')})`
        : ''
    return [
      `walk ${trace.outcome.walk}: ${first.key}, frame ${first.index + 1}${others}`,
      `  kernel:    ${first.kernel?.text ?? 'nothing'}`,
      `  simulator: ${first.simulator?.text ?? 'nothing'}`,
      ...recordsAround(first, walks[walk] as SimulatedWalk),
    ]
  }
  return []
}

function differencesOf(real: Lines, ours: Lines): Difference[] {
  const begin = Math.min(...[...real.values()].map((list) => list[0]?.frame.order ?? Number.POSITIVE_INFINITY))
  return [...new Set([...real.keys(), ...ours.keys()])].flatMap((key) => {
    const [a, b] = [real.get(key) ?? [], ours.get(key) ?? []]
    const index = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).find((i) => a[i]?.text !== b[i]?.text)
    if (index === undefined) return []
    const [kernel, simulator] = [a[index], b[index]]
    return [{ key, index, kernel, simulator, timeMs: kernel ? kernel.frame.order - begin : (simulator?.frame.order ?? 0) }]
  })
}

/** What the simulator did with the frame, or around the time when it should have come. */
function recordsAround(first: Difference, { trace }: SimulatedWalk): string[] {
  const where = first.key.split(' ')[0]
  const until = first.simulator?.frame.order ?? first.timeMs
  const here = trace.records.filter((record) => record.where === where && record.timeMs <= until + 1)
  const text = traceText({ ...trace, records: here.slice(-SHOWN_RECORDS) })
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  | ${line}`)
}
