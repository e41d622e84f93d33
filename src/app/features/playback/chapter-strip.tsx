/** The whole walk in one line: a tick a moment, a name a chapter, a frame around what the staircase shows. */
import { memo, useMemo } from 'react'
import type { Chapter, Frames, StepIcon } from '../../store/frames.ts'
import styles from './timeline.module.css'
import type { Page } from './timeline.ts'

export interface ChapterStripProps {
  readonly frames: Frames
  readonly page: Page
  readonly shown: number
  /** Px of the strip. */
  readonly width: number
  readonly onShow: (moment: number) => void
}

/** Px a letter of a chapter's name takes. */
const LETTER = 6.2

export function ChapterStrip({ frames, page, shown, width, onShow }: ChapterStripProps) {
  const count = Math.max(1, frames.moments.length)
  const ticks = useMemo(
    () => frames.moments.map((moment) => ({ at: ((moment.index + 0.5) / count) * 100, icon: moment.icon })),
    [frames, count],
  )
  const fits = (chapter: Chapter) => ((chapter.last - chapter.first + 1) / count) * width > chapter.name.length * LETTER + 6
  const share = (moments: number) => `${(moments / count) * 100}%`
  return (
    <div className={styles.strip} data-testid="chapters">
      <svg className={styles.ticks} preserveAspectRatio="none" viewBox="0 0 100 10" aria-hidden="true">
        {ticks.map((tick, index) => (
          <Tick key={tick.at} at={tick.at} icon={tick.icon} past={index <= shown} />
        ))}
      </svg>
      {frames.chapters.map((chapter) => {
        const current = shown >= chapter.first && shown <= chapter.last
        return (
          <button
            key={chapter.index}
            type="button"
            className={styles.chapter}
            style={{ left: share(chapter.first), width: share(chapter.last - chapter.first + 1) }}
            data-current={current || undefined}
            data-past={shown > chapter.last || undefined}
            aria-label={`${chapter.name}, chapter ${chapter.index + 1} of ${frames.chapters.length}`}
            aria-current={current || undefined}
            title={chapter.name}
            onClick={() => onShow(chapter.first)}
          >
            {fits(chapter) && <span>{chapter.name}</span>}
          </button>
        )
      })}
      {page.last >= page.first && (
        <span className={styles.window} style={{ left: share(page.first), width: share(page.last - page.first + 1) }} />
      )}
    </div>
  )
}

const Tick = memo(function Tick({ at, icon, past }: { readonly at: number; readonly icon: StepIcon; readonly past: boolean }) {
  return <line x1={at} x2={at} y1="3" y2="10" data-icon={icon} data-past={past || undefined} vectorEffect="non-scaling-stroke" />
})
