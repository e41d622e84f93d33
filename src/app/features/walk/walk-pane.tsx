import { useEffect, useMemo, useRef } from 'react'
import { type Chapter, momentAt } from '../../store/frames.ts'
import { currentFrames } from '../../store/playback.ts'
import type { WalkState } from '../../store/state.ts'
import { decidingRecord, phasesOf, positionOf } from '../../store/steps.ts'
import { useStore } from '../../store/store.ts'
import { Branches } from './branches.tsx'
import { PhaseSteps } from './phase-steps.tsx'
import { Verdict } from './verdict.tsx'
import styles from './walk-pane.module.css'

const NOTHING = { records: [], outcome: null }

/** The walk in words: the verdict once it is known at this moment, then every step, in step with the timeline. */
export function WalkPane() {
  const walk = useStore((state) => state.walk)
  useStore((state) => state.topology)
  const frame = useStore((state) => state.frame)
  const everyEndpoint = useStore((state) => state.everyEndpoint)
  const frames = currentFrames()
  const shown = momentAt(frames, frame)
  const position = positionOf(frames, shown)
  const list = useCurrentInView(frame)
  const { records, outcome } = walk ?? NOTHING
  const deciding = useMemo(() => decidingRecord({ records, outcome }), [records, outcome])
  const end = deciding === null ? frames.moments.length - 1 : momentAt(frames, deciding.n)
  const ended = walk !== null && walk.status === 'done' && shown >= end && shown >= 0
  return (
    <section className={styles.pane} aria-label="Walk">
      {walk !== null && ended && walk.outcome !== null && <Verdict walk={walk} outcome={walk.outcome} deciding={deciding} />}
      {walk !== null && everyEndpoint && walk.branch !== null && <Branches walk={walk} />}
      <header className={styles.header}>
        <h2>Walk</h2>
        <span className={styles.where}>{position ? `${position.chapter} · step ${position.step} of ${position.of}` : walkWords(walk)}</span>
      </header>
      <div ref={list} className={styles.list} role="log" aria-live="polite" aria-label="Steps of the walk">
        {walk !== null && frames.chapters.length > 0 ? (
          phasesOf(windowOf(frames.chapters, frames.moments[shown]?.chapter ?? 0)).map((phase) => (
            <PhaseSteps key={phase.chapters[0]?.index} phase={phase} frames={frames} walk={walk} shown={shown} />
          ))
        ) : (
          <p className={styles.empty}>{emptyWords(walk)}</p>
        )}
      </div>
    </section>
  )
}

/** Chapters drawn at once, around the current one: a walk may have thousands. */
const MOST_CHAPTERS = 120

function windowOf(chapters: readonly Chapter[], current: number): readonly Chapter[] {
  if (chapters.length <= MOST_CHAPTERS) return chapters
  const from = Math.max(0, Math.min(current - MOST_CHAPTERS / 2, chapters.length - MOST_CHAPTERS))
  return chapters.slice(from, from + MOST_CHAPTERS)
}

function walkWords(walk: WalkState | null): string {
  if (walk === null) return ''
  return walk.status === 'running' ? 'on its way' : walk.status === 'failed' ? 'did not start' : 'before the first step'
}

function emptyWords(walk: WalkState | null): string {
  if (walk === null) return 'Choose a sender and a target above, then Walk. Every step is told here.'
  return walk.error ?? 'The packet is on its way.'
}

/** Keeps the current step in view while the moment changes; right before the next frame, when the page is laid out anyway. */
function useCurrentInView(frame: number) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (frame < 0) return
    const handle = requestAnimationFrame(() => list.current && showCurrent(list.current))
    return () => cancelAnimationFrame(handle)
  }, [frame])
  return list
}

function showCurrent(box: HTMLElement): void {
  const current = box.querySelector('[aria-current="step"]')
  if (current === null) return
  const [inner, outer] = [current.getBoundingClientRect(), box.getBoundingClientRect()]
  // Under a verdict there may be room for little more than the step itself.
  const spare = Math.max(0, outer.height - inner.height)
  const edge = Math.min(24, spare / 2)
  if (inner.top < outer.top + edge) box.scrollTop -= outer.top - inner.top + Math.min(40, spare)
  else if (inner.bottom > outer.bottom - edge) box.scrollTop += inner.bottom - outer.bottom + Math.min(spare, outer.height / 3)
}
