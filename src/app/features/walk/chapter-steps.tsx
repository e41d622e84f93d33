import { ArrowRightToLine, ChevronRight } from 'lucide-react'
import { memo, useEffect, useState } from 'react'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import type { Chapter, Frames, Moment } from '../../store/frames.ts'
import { runTo } from '../../store/playback.ts'
import type { WalkState } from '../../store/state.ts'
import { placeInside, placeName, stepSentence } from '../../store/steps.ts'
import { stopAtRecord, stopKey, stopWords } from '../../store/stops.ts'
import { appState, useStore } from '../../store/store.ts'
import { FLAG } from '../../ui/stop-flag.ts'
import styles from './walk-pane.module.css'

interface ChapterProps {
  readonly chapter: Chapter
  readonly frames: Frames
  readonly walk: WalkState
  /** Index of the moment on screen. */
  readonly shown: number
}

/** One packet's journey. The current one is open; the others are one line until they are asked for. */
export const ChapterSteps = memo(function ChapterSteps({ chapter, frames, walk, shown }: ChapterProps) {
  const [asked, setAsked] = useState<boolean | null>(null)
  const current = shown >= chapter.first && shown <= chapter.last
  const open = current || (asked ?? frames.chapters.length === 1)
  const steps = frames.moments.slice(chapter.first, chapter.last + 1)
  const first = steps[0]
  const last = steps.at(-1)
  return (
    <section className={styles.chapter} data-past={shown > chapter.last || undefined}>
      <button
        type="button"
        className={styles.chapterName}
        aria-expanded={open}
        aria-disabled={current || undefined}
        onClick={() => current || setAsked(!open)}
      >
        <ChevronRight size={13} aria-hidden className={styles.chevron} />
        <span>{chapter.name}</span>
        <span className={styles.ends}>{first && last ? `${placeName(first.where)} → ${placeName(last.where)}` : ''}</span>
        <span className={styles.count}>{steps.length}</span>
      </button>
      {open && <Steps steps={steps} walk={walk} shown={shown} />}
    </section>
  )
})

/** Steps behind the current one that are drawn at once. */
const AHEAD = 12

/** The steps of an open chapter. Those that are far behind the current one come a frame later: choosing a moment takes no longer in a long chapter. */
function Steps({ steps, walk, shown }: { readonly steps: readonly Moment[]; readonly walk: WalkState; readonly shown: number }) {
  const [isWhole, setWhole] = useState(false)
  useEffect(() => {
    let rest: ReturnType<typeof setTimeout> | undefined
    const frame = requestAnimationFrame(() => {
      rest = setTimeout(() => setWhole(true))
    })
    return () => {
      cancelAnimationFrame(frame)
      clearTimeout(rest)
    }
  }, [])
  const first = steps[0]?.index ?? 0
  const drawn = isWhole ? steps : steps.slice(0, Math.max(0, shown - first) + AHEAD)
  return (
    <ol>
      {drawn.map((moment, index) => (
        <Step
          key={moment.index}
          moment={moment}
          number={index + 1}
          walk={walk}
          state={moment.index === shown ? 'current' : moment.index < shown ? 'past' : 'future'}
        />
      ))}
    </ol>
  )
}

interface StepProps {
  readonly moment: Moment
  readonly number: number
  readonly walk: WalkState
  readonly state: 'past' | 'current' | 'future'
}

const Step = memo(function Step({ moment, number, walk, state }: StepProps) {
  const [open, setOpen] = useState(false)
  const record = walk.records[moment.n]
  if (!record) return null
  const events = moment.records.length
  return (
    <li className={styles.step} data-state={state} aria-current={state === 'current' ? 'step' : undefined}>
      <button type="button" className={styles.go} onClick={() => show(moment.n)}>
        <span className={styles.number}>{number}</span>
        <span className={styles.words}>
          <span className={styles.place}>
            <b>{placeName(moment.where)}</b> <code>{placeInside(record)}</code>
          </span>
          <span className={styles.sentence}>{stepSentence(walk, moment)}</span>
        </span>
      </button>
      {state === 'future' && (
        <button type="button" className={styles.run} aria-label="Run to here" title="Run to here" onClick={() => runTo(moment.n)}>
          <ArrowRightToLine size={13} aria-hidden />
        </button>
      )}
      {events > 1 && (
        <button
          type="button"
          className={styles.more}
          aria-expanded={open}
          aria-label={`${events} events of this step`}
          title={`${events} events`}
          onClick={() => setOpen(!open)}
        >
          <ChevronRight size={13} aria-hidden className={styles.chevron} />
        </button>
      )}
      {open && <Events moment={moment} walk={walk} />}
    </li>
  )
})

function Events({ moment, walk }: { readonly moment: Moment; readonly walk: WalkState }) {
  return (
    <ol className={styles.events}>
      {moment.records
        .flatMap((n) => walk.records[n] ?? [])
        .map((record) => (
          <li key={record.n}>
            <button type="button" onClick={() => show(record.n)}>
              <code>{record.event.at}</code> {walk.sentences[record.n]}
            </button>
            <StopAt record={record} />
          </li>
        ))}
    </ol>
  )
}

/** The flag of a stop at what happens in a record. */
function StopAt({ record }: { readonly record: TraceRecord }) {
  const stop = stopAtRecord(record)
  const isSet = useStore((state) => state.stops.some((one) => stopKey(one) === stopKey(stop)))
  return (
    <button
      type="button"
      className={styles.flag}
      aria-pressed={isSet}
      aria-label={`Stop at ${stopWords(stop)}`}
      onClick={() => appState().toggleStop(stop)}
    >
      <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
        <path d={FLAG} />
      </svg>
    </button>
  )
}

function show(n: number): void {
  appState().pause()
  appState().setFrame(n)
}
