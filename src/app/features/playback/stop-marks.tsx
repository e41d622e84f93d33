/** On the timeline: a flag with words where playing halts, and the range that playing goes round in. */
import type { Frames } from '../../store/frames.ts'
import { type Hit, stopWords } from '../../store/stops.ts'
import { FLAG } from '../../ui/stop-flag.ts'
import styles from './timeline.module.css'
import type { TimelineLayout } from './timeline.ts'

export interface StopMarksProps {
  readonly layout: TimelineLayout
  readonly frames: Frames
  readonly hits: readonly Hit[]
  readonly loop: { readonly first: number; readonly last: number } | null
  readonly height: number
}

/** Px that words need so as not to run into the next flag. */
const WORDS = 96

export function StopMarks({ layout, frames, hits, loop, height }: StopMarksProps) {
  const marks = marksOf(hits, frames, layout)
  return (
    <>
      {loop && <Loop loop={loop} layout={layout} height={height} />}
      {marks.map(({ moment, x, words }, i) => (
        <g key={moment} className={styles.stopMark}>
          <line x1={x} x2={x} y1={-4} y2={height} />
          <path d={FLAG} transform={`translate(${x + 5} -6)`} />
          {(marks[i + 1]?.x ?? Number.POSITIVE_INFINITY) - x > WORDS && (
            <text x={x + 14} y={-2}>
              {words}
            </text>
          )}
        </g>
      ))}
    </>
  )
}

/** One flag a moment. */
function marksOf(hits: readonly Hit[], frames: Frames, { page, xs }: TimelineLayout) {
  const marks = new Map<number, { readonly moment: number; readonly x: number; readonly words: string }>()
  for (const { n, stop } of hits) {
    const moment = frames.momentOf.get(n)
    const x = moment === undefined ? undefined : xs[moment - page.first]
    if (moment !== undefined && x !== undefined && !marks.has(moment)) marks.set(moment, { moment, x, words: stopWords(stop) })
  }
  return [...marks.values()].sort((a, b) => a.x - b.x)
}

function Loop({
  loop,
  layout,
  height,
}: {
  readonly loop: NonNullable<StopMarksProps['loop']>
  readonly layout: TimelineLayout
  readonly height: number
}) {
  const { page, step } = layout
  if (loop.last < page.first || loop.first > page.last) return null
  const from = (Math.max(loop.first, page.first) - page.first) * step
  const to = (Math.min(loop.last, page.last) - page.first + 1) * step
  return (
    <g className={styles.loop}>
      <rect x={from} y={-6} width={to - from} height={height + 6} />
      <text x={to - 16} y={height - 4}>
        loop
      </text>
    </g>
  )
}
