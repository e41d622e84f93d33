import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { type Frames, nearMoments } from '../../store/frames.ts'
import type { WalkState } from '../../store/state.ts'
import type { Phase } from '../../store/steps.ts'
import { ChapterSteps } from './chapter-steps.tsx'
import styles from './walk-pane.module.css'

interface PhaseProps {
  readonly phase: Phase
  readonly frames: Frames
  readonly walk: WalkState
  /** Index of the moment on screen. */
  readonly shown: number
}

/** A phase of the walk: looking up the name, connecting … The current one is open; the others are one line. */
export function PhaseSteps({ phase, frames, walk, shown }: PhaseProps) {
  const [asked, setAsked] = useState<boolean | null>(null)
  const [first, last] = [phase.chapters[0], phase.chapters.at(-1)]
  if (!first || !last) return null
  const current = shown >= first.first && shown <= last.last
  const open = current || (asked ?? (shown < 0 && first.index === 0))
  const count = last.last - first.first + 1
  return (
    <section className={styles.phase} data-past={shown > last.last || undefined}>
      <button
        type="button"
        className={styles.phaseName}
        aria-expanded={open}
        aria-disabled={current || undefined}
        onClick={() => current || setAsked(!open)}
      >
        <ChevronRight size={13} aria-hidden className={styles.chevron} />
        <span>{phase.name}</span>
        <span className={styles.count}>{count === 1 ? '1 step' : `${count} steps`}</span>
      </button>
      {open &&
        phase.chapters.map((chapter) => (
          <ChapterSteps key={chapter.index} chapter={chapter} frames={frames} walk={walk} shown={nearMoments(chapter, shown)} />
        ))}
    </section>
  )
}
