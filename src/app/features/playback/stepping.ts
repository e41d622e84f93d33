/** Where the keys and buttons of playback go: the next hop, machine, rule, rewrite or drop. */
import { causeOf } from '../../store/cause.ts'
import { currentFrames, isOver, nextHit, nextStop, showMoment, shownMoment } from '../../store/playback.ts'
import { SPEEDS } from '../../store/state.ts'
import { stopAtRecord, stopWords } from '../../store/stops.ts'
import { appState } from '../../store/store.ts'

/** Plays, from the beginning where everything is over; or pauses where it is. */
export function togglePlay(): void {
  const { playing, play, pause, setFrame } = appState()
  if (playing) {
    pause()
    return
  }
  if (isOver()) setFrame(-1)
  play()
}

/** One moment on or back. */
export function stepMoment(direction: 1 | -1): void {
  showMoment(shownMoment() + direction)
}

/** One hop: the packet's next (or previous) chapter or machine, whichever comes first. */
export function stepHop(direction: 1 | -1): void {
  const { moments } = currentFrames()
  const from = shownMoment()
  const isStart = (index: number) =>
    moments[index]?.where !== moments[index - 1]?.where || moments[index]?.packet !== moments[index - 1]?.packet
  showMoment(search(from, direction, isStart))
}

/** One machine: a node or host other than the last one. */
export function stepMachine(direction: 1 | -1): void {
  const { moments } = currentFrames()
  const machine = (index: number) => moments[index]?.where.replace(/^pod\/.*/, 'pod')
  showMoment(
    search(
      shownMoment(),
      direction,
      (index) => moments[index]?.where.startsWith('pod/') === false && machine(index) !== machine(index - 1),
    ),
  )
}

/** One rule: the next record in which a rule matched, inside a moment too. */
export function stepRule(direction: 1 | -1): void {
  const { walk, frame, setFrame, pause } = appState()
  const records = walk?.records ?? []
  pause()
  let n = frame + direction
  while (n >= 0 && n < records.length && records[n]?.event.at !== 'ipt_rule') n += direction
  if (n >= 0 && n < records.length) setFrame(n)
}

function search(from: number, direction: 1 | -1, wanted: (index: number) => boolean): number {
  const last = currentFrames().moments.length - 1
  for (let index = from + direction; index >= 0 && index <= last; index += direction) if (wanted(index)) return index
  return direction > 0 ? last : -1
}

/** To the first moment, before anything was sent (−1), or to the last (1). */
export function toEnd(direction: 1 | -1): void {
  showMoment(direction < 0 ? -1 : currentFrames().moments.length - 1)
}

/**
 * To the next rewrite: one that a line of the scenario asked for, if any lies ahead (the Service's rule rather than the cluster's DNS),
 * else the next of any kind.
 */
export function toNextRewrite(): void {
  const ahead = currentFrames().moments.filter((moment) => moment.index > shownMoment() && moment.icon === 'rewritten')
  const { records } = appState().walk ?? { records: [] }
  const own = ahead.find((moment) => {
    const event = records[moment.n]?.event
    return event !== undefined && (causeOf(event)?.origin?.line ?? null) !== null
  })
  const next = own ?? ahead[0]
  if (next) showMoment(next.index)
  else appState().toast('Nothing is rewritten after this moment.')
}

/** To the next packet that is lost. */
export function toNextDrop(): void {
  const { moments } = currentFrames()
  const isDrop = (icon: string | undefined): boolean => icon === 'dropped' || icon === 'unmodelled'
  const next = moments.find((moment) => moment.index > shownMoment() && isDrop(moment.icon))
  if (next) showMoment(next.index)
  else appState().toast(moments.some((moment) => isDrop(moment.icon)) ? 'No drop after this moment.' : 'Nothing is dropped in this walk.')
}

/** To the next machine. */
export function toNextMachine(): void {
  const frames = currentFrames()
  if (frames.moments.length > 0) showMoment(nextStop(frames, shownMoment(), 'machine'))
}

/** To the nearest record after (or before) this one at which a stop halts. */
export function toStop(direction: 1 | -1): void {
  const { stops, pause, setFrame, toast } = appState()
  const hit = nextHit(direction)
  if (hit) {
    pause()
    setFrame(hit.n)
  } else toast(stops.length === 0 ? 'No stops are set: B sets one here.' : `No stop ${direction > 0 ? 'after' : 'before'} this moment.`)
}

/** Sets a stop at what happens now, or takes it away. */
export function toggleStopHere(): void {
  const { walk, frame, toggleStop, stops, toast } = appState()
  const record = walk?.records[frame]
  if (!record) {
    toast('Nothing happens yet that could be stopped at. Step on first.')
    return
  }
  const stop = stopAtRecord(record)
  toggleStop(stop)
  toast(`${appState().stops.length > stops.length ? 'Playing halts at' : 'No longer halts at'} ${stopWords(stop)}.`)
}

/** Goes round in the journey of the packet on screen, or ends the loop. */
export function toggleLoop(): void {
  const { loop, setLoop } = appState()
  const frames = currentFrames()
  const chapter = frames.chapters[frames.moments[Math.max(0, shownMoment())]?.chapter ?? -1]
  setLoop(loop === null && chapter ? { first: chapter.first, last: chapter.last } : null)
}

/** One step slower or faster. */
export function changeSpeed(direction: 1 | -1): void {
  const { speed, setSpeed } = appState()
  const next = SPEEDS[SPEEDS.indexOf(speed) + direction]
  if (next !== undefined) setSpeed(next)
}
