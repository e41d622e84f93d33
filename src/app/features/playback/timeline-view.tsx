/** The staircase: height is where, width is when. The scrubber is a slider; the strip below it is the whole walk. */
import { type KeyboardEvent, memo, type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import { type Frames, nearMoments } from '../../store/frames.ts'
import { type Identities, identityOf } from '../../store/identities.ts'
import { endsOf, unwrapped } from '../../store/packet-words.ts'
import { currentPlayhead, onPlayhead, runTo } from '../../store/playback.ts'
import { reducesMotion } from '../../store/settings.ts'
import { placeName } from '../../store/steps.ts'
import type { Hit } from '../../store/stops.ts'
import { appState } from '../../store/store.ts'
import { isMarked, useTimelineMarks } from '../../store/timeline-marks.ts'
import { Glyph } from '../../ui/glyph.tsx'
import { iconWords } from '../../ui/step-words.ts'
import { ChapterStrip } from './chapter-strip.tsx'
import { StepGlyph } from './step-icons.tsx'
import { StopMarks } from './stop-marks.tsx'
import styles from './timeline.module.css'
import { type Mark, momentNear, pageAt, pagesOf, playheadX, type Stairs, type TimelineLayout, timelineOf, timeWords } from './timeline.ts'
import { useWheelZoom } from './wheel-zoom.ts'

export interface TimelineProps {
  readonly frames: Frames
  readonly records: readonly TraceRecord[]
  readonly sentences: readonly string[]
  readonly identities: Identities
  /** Index of the moment on screen; −1 before the first. */
  readonly shown: number
  readonly onShow: (moment: number) => void
  /** Where playing halts. */
  readonly hits: readonly Hit[]
  readonly loop: { readonly first: number; readonly last: number } | null
}

const LABELS = 122
const TOP = 14
const BOTTOM = 18
const RIGHT = 14
const FLAG = 'M-6-7H6V1L0 7-6 1Z'

export function Timeline({ frames, records, sentences, identities, shown, onShow, hits, loop }: TimelineProps) {
  const [box, size] = useSize()
  const width = Math.max(120, size.width - LABELS - RIGHT)
  const height = Math.max(40, size.height - TOP - BOTTOM)
  const { hidden, zoom } = useTimelineMarks((state) => state)
  const pages = useMemo(() => pagesOf(frames, width, zoom), [frames, width, zoom])
  const page = pageAt(pages, Math.max(0, shown))
  const layout = useMemo(
    () => timelineOf(frames, page, { width, height }, { zoom, isMarked: (icon) => isMarked(icon, hidden) }),
    [frames, page, width, height, zoom, hidden],
  )
  const hues = useMemo(() => huesOf(frames, records, identities), [frames, records, identities])
  const moment = frames.moments[shown]
  const zoomByWheel = useWheelZoom()
  return (
    <div className={styles.timeline}>
      <div ref={box} className={styles.stage} data-testid="timeline" onWheel={zoomByWheel}>
        {size.width > 0 && (
          <>
            <Lanes layout={layout} identities={identities} width={width} />
            <svg className={styles.drawing} style={{ left: LABELS, top: TOP }} width={width} height={height + BOTTOM} aria-hidden="true">
              <StopMarks layout={layout} frames={frames} hits={hits} loop={loop} height={height} />
              {layout.stairs.map((stairs) => (
                <Staircase
                  key={stairs.points[0]?.moment}
                  stairs={stairs}
                  shown={nearMoments({ first: stairs.points[0]?.moment ?? 0, last: stairs.points.at(-1)?.moment ?? 0 }, shown)}
                  hue={hues.get(stairs.packet) ?? 'id-1'}
                />
              ))}
              {layout.marks.map((mark) => (
                <MarkView
                  key={mark.moment.index}
                  mark={mark}
                  state={mark.from > shown ? 'future' : mark.to >= shown ? 'here' : 'past'}
                  radius={layout.radius}
                  hue={hues.get(mark.moment.packet) ?? 'id-1'}
                />
              ))}
              <Ticks layout={layout} frames={frames} height={height} />
            </svg>
            <Scrubber
              layout={layout}
              frames={frames}
              shown={shown}
              left={LABELS}
              height={height}
              words={moment ? sentences[moment.n] : undefined}
              onShow={onShow}
            />
          </>
        )}
      </div>
      <ChapterStrip frames={frames} page={page} shown={shown} width={size.width - 26} onShow={onShow} />
    </div>
  )
}

/** The hue of each packet: its sender's. */
function huesOf(frames: Frames, records: readonly TraceRecord[], identities: Identities): Map<number, string> {
  const hues = new Map<number, string>()
  for (const moment of frames.moments) {
    const packet = hues.has(moment.packet) ? undefined : records[moment.first]?.event.packet
    if (packet) hues.set(moment.packet, identityOf(identities, endsOf(unwrapped(packet).packet).source, moment.where).hue)
  }
  return hues
}

const Lanes = memo(function Lanes({
  layout,
  identities,
  width,
}: {
  readonly layout: TimelineLayout
  readonly identities: Identities
  readonly width: number
}) {
  return (
    <div className={styles.lanes} aria-hidden="true" style={{ top: TOP }}>
      {layout.lanes.map(({ where, y }) => {
        const identity = identities.byRef.get(where)
        return (
          <div key={where} className={styles.lane} style={{ top: y }}>
            <span className={styles.laneName} style={{ width: LABELS - 18 }} title={where}>
              {laneName(where)}
            </span>
            <span className={styles.laneGlyph} style={{ left: LABELS - 13 }}>
              {identity && <Glyph shape={identity.glyph} hue={identity.hue} size={7} />}
            </span>
            <span className={styles.laneLine} style={{ left: LABELS, width }} />
          </div>
        )
      })}
    </div>
  )
})

/** The network between gateway and internet is called like the machine beyond it. */
function laneName(where: string): string {
  return where === 'network/internet' ? 'public network' : (placeName(where).split('/').at(-1) ?? where)
}

const Staircase = memo(function Staircase({
  stairs,
  shown,
  hue,
}: {
  readonly stairs: Stairs
  readonly shown: number
  readonly hue: string
}) {
  const past = stairs.points.filter((point) => point.moment <= shown)
  const future = stairs.points.filter((point) => point.moment >= Math.max(shown, stairs.points[0]?.moment ?? 0))
  const dashed = stairs.reply || undefined
  return (
    <g style={{ color: `var(--${hue})` }}>
      <path className={styles.future} data-reply={dashed} d={staircasePath(future)} />
      <path className={styles.past} data-reply={dashed} d={staircasePath(past)} />
    </g>
  )
})

/** Level along a lane, then down or up half way to the next mark. */
function staircasePath(points: Stairs['points']): string {
  let d = ''
  let before: Stairs['points'][number] | null = null
  for (const point of points) {
    if (!before) d += `M${point.x} ${point.y}`
    else if (before.y === point.y) d += `H${point.x}`
    else {
      const middle = (before.x + point.x) / 2
      const r = Math.min(4, Math.abs(point.y - before.y) / 2, (point.x - before.x) / 2)
      const down = Math.sign(point.y - before.y)
      d += `H${middle - r}Q${middle} ${before.y} ${middle} ${before.y + r * down}V${point.y - r * down}Q${middle} ${point.y} ${middle + r} ${point.y}H${point.x}`
    }
    before = point
  }
  return d
}

interface MarkProps {
  readonly mark: Mark
  readonly state: 'future' | 'here' | 'past'
  readonly radius: number
  readonly hue: string
}

const MarkView = memo(function MarkView({ mark, state, radius, hue }: MarkProps) {
  const { icon } = mark.moment
  return (
    <g
      className={styles.mark}
      transform={`translate(${mark.x} ${mark.y}) scale(${radius / 10})`}
      data-state={state}
      data-icon={icon}
      style={{ '--hue': `var(--${hue})` } as React.CSSProperties}
    >
      <circle className={styles.disc} r="10" />
      <StepGlyph icon={icon} />
    </g>
  )
})

/** A time under about every fifth moment, marked or not. */
const Ticks = memo(function Ticks({ layout, frames, height }: Pick<ScrubberProps, 'layout' | 'frames' | 'height'>) {
  const every = Math.max(1, Math.round(140 / layout.step))
  const ticks = layout.stairs.flatMap((stairs) => stairs.points).filter((point) => (point.moment - layout.page.first) % every === 0)
  return ticks.map((tick) => {
    const time = frames.moments[tick.moment]?.timeMs
    if (time === undefined) return null
    return (
      <text key={tick.moment} className={styles.tick} x={tick.x} y={height + 14} textAnchor={tick.x < 20 ? 'start' : 'middle'}>
        {timeWords(time)}
      </text>
    )
  })
})

interface ScrubberProps {
  readonly layout: TimelineLayout
  readonly frames: Frames
  readonly shown: number
  readonly left: number
  readonly height: number
  readonly words: string | undefined
  readonly onShow: (moment: number) => void
}

/** The flag follows the playhead, between moments too. */
function useFlag(layout: TimelineLayout) {
  const flag = useRef<HTMLDivElement>(null)
  const replace = useRef(() => {})
  useLayoutEffect(() => {
    const place = () => {
      const { index, fraction } = currentPlayhead()
      const x = playheadX(layout, index, reducesMotion() ? 0 : fraction)
      if (flag.current) flag.current.style.transform = `translateX(${x}px)`
    }
    replace.current = place
    return onPlayhead(place)
  }, [layout])
  useLayoutEffect(() => replace.current())
  return flag
}

function momentWords({ moments, chapters }: Frames, shown: number, words = ''): string {
  const moment = moments[shown]
  if (!moment) return 'before the first step'
  return `${chapters[moment.chapter]?.name ?? ''}, ${iconWords(moment.icon)} at ${placeName(moment.lane)}. ${words}`
}

function Scrubber({ layout, frames, shown, left, height, words, onShow }: ScrubberProps) {
  const flag = useFlag(layout)
  const area = useRef<HTMLDivElement>(null)
  const ranged = useRef<number | null>(null)
  const under = (event: PointerEvent) => momentNear(layout, event.clientX - (area.current?.getBoundingClientRect().left ?? 0))
  /** Alt runs to the moment; Shift marks a range to go round in. */
  const press = (event: PointerEvent) => {
    const moment = under(event)
    ranged.current = event.shiftKey ? moment : null
    if (event.shiftKey) appState().setLoop(null)
    else if (event.altKey) runTo(frames.moments[moment]?.n ?? -1)
    else onShow(moment)
  }
  const drag = (event: PointerEvent) => {
    const moment = under(event)
    if (ranged.current !== null) appState().setLoop({ first: Math.min(ranged.current, moment), last: Math.max(ranged.current, moment) })
    else if (!event.altKey) onShow(moment)
  }
  const last = frames.moments.length - 1
  const onKeyDown = (event: KeyboardEvent) => {
    const to = keyTarget(event, shown, last)
    if (to === null) return
    event.preventDefault()
    onShow(to)
  }
  return (
    <div
      ref={area}
      className={styles.area}
      title="Drag to scrub. Shift and drag: go round in a range. Alt and click: run to here."
      style={{ left, height: height + TOP }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        press(event)
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) drag(event)
      }}
    >
      <div
        ref={flag}
        role="slider"
        tabIndex={0}
        className={styles.flag}
        aria-label="Moment"
        aria-valuemin={0}
        aria-valuemax={last + 1}
        aria-valuenow={shown + 1}
        aria-valuetext={momentWords(frames, shown, words)}
        onKeyDown={onKeyDown}
      >
        <svg width="14" height="16" viewBox="-7 -8 14 16" aria-hidden="true">
          <path d={FLAG} />
        </svg>
        <span className={styles.needle} style={{ height: height + TOP - 12 }} />
      </div>
    </div>
  )
}

function keyTarget(event: KeyboardEvent, shown: number, last: number): number | null {
  if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return null
  if (event.key === 'ArrowRight' || event.key === 'ArrowUp') return Math.min(last, shown + 1)
  if (event.key === 'ArrowLeft' || event.key === 'ArrowDown') return Math.max(-1, shown - 1)
  if (event.key === 'Home') return -1
  if (event.key === 'End') return last
  if (event.key === 'PageUp') return Math.min(last, shown + 10)
  return event.key === 'PageDown' ? Math.max(-1, shown - 10) : null
}

/** The size of an element, kept up to date. */
function useSize() {
  const ref = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  useEffect(() => {
    const element = ref.current
    if (!element) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: Math.round(entry.contentRect.width), height: Math.round(entry.contentRect.height) })
    })
    observer.observe(element)
    // The browser would zoom the whole page.
    const keep = (event: WheelEvent) => event.ctrlKey && event.preventDefault()
    element.addEventListener('wheel', keep, { passive: false })
    return () => {
      observer.disconnect()
      element.removeEventListener('wheel', keep)
    }
  }, [])
  return [ref, size] as const
}
