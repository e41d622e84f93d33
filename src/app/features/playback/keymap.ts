/** The keys of playback and of the picture, in one table. Letters act only when no field, editor or dialog has the focus. */
import { askCanvas, currentFrames, nextStop, type StopAt, showMoment, shownMoment } from '../../store/playback.ts'
import { SPEEDS } from '../../store/state.ts'
import { appState } from '../../store/store.ts'

const OWN_KEYS = 'input, textarea, select, [contenteditable], .monaco-editor, [role="dialog"], [role="menu"], [role="listbox"]'

/** Key with its modifiers in front ("Shift+ArrowRight") → what it does. */
export const PLAYBACK_KEYS: Readonly<Record<string, () => void>> = {
  ' ': togglePlay,
  k: togglePlay,
  ArrowLeft: () => showMoment(shownMoment() - 1),
  ArrowRight: () => showMoment(shownMoment() + 1),
  'Shift+ArrowLeft': () => stepHop(-1),
  'Shift+ArrowRight': () => stepHop(1),
  'Alt+ArrowLeft': () => stepRule(-1),
  'Alt+ArrowRight': () => stepRule(1),
  'Ctrl+ArrowLeft': () => stepMachine(-1),
  'Ctrl+ArrowRight': () => stepMachine(1),
  Home: () => showMoment(-1),
  End: () => showMoment(currentFrames().moments.length - 1),
  n: () => runTo('rewrite'),
  d: () => runTo('drop'),
  m: () => runTo('machine'),
  '[': () => changeSpeed(-1),
  ']': () => changeSpeed(1),
  '1': () => appState().setLevel('overview'),
  '2': () => appState().setLevel('network'),
  '0': () => askCanvas('fit'),
  f: () => {
    const { focusPath, setFocusPath } = appState()
    setFocusPath(!focusPath)
    askCanvas(focusPath ? 'fit' : 'focus-path')
  },
}

/** Plays, or pauses where it is. */
export function togglePlay(): void {
  const { playing, play, pause } = appState()
  if (playing) pause()
  else play()
}

/** One hop: the packet's next (or previous) chapter or machine, whichever comes first. */
export function stepHop(direction: 1 | -1): void {
  const { moments } = currentFrames()
  const from = shownMoment()
  const isStart = (index: number) =>
    moments[index]?.where !== moments[index - 1]?.where || moments[index]?.packet !== moments[index - 1]?.packet
  showMoment(search(from, direction, isStart))
}

function stepMachine(direction: 1 | -1): void {
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
function stepRule(direction: 1 | -1): void {
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

function runTo(stop: StopAt): void {
  const frames = currentFrames()
  if (frames.moments.length > 0) showMoment(nextStop(frames, shownMoment(), stop))
}

function changeSpeed(direction: 1 | -1): void {
  const { speed, setSpeed } = appState()
  const next = SPEEDS[SPEEDS.indexOf(speed) + direction]
  if (next !== undefined) setSpeed(next)
}

/** Listens for these keys on the page. Returns the way to stop. */
export function listenToPlaybackKeys(): () => void {
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.metaKey) return
  const { target } = event
  if (target instanceof Element && target.closest(OWN_KEYS)) return
  if (event.key === ' ' && target instanceof Element && target.closest('button, a, summary')) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const modifier = event.shiftKey && event.key.length > 1 ? 'Shift+' : event.altKey ? 'Alt+' : event.ctrlKey ? 'Ctrl+' : ''
  const act = PLAYBACK_KEYS[modifier + key]
  if (!act) return
  event.preventDefault()
  act()
}
