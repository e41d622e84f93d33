/** "Stop at": what playing halts at, chosen, listed and taken away in one menu. */
import { ChevronDown } from 'lucide-react'
import { type Stop, stopAtRecord, stopKey, stopWords, WATCHES } from '../../store/stops.ts'
import { appState, useStore } from '../../store/store.ts'
import { LazyMenu } from '../../ui/lazy-menu.tsx'
import type { MenuEntry } from '../../ui/menu.tsx'
import { FLAG } from '../../ui/stop-flag.ts'
import { toggleLoop, toggleStopHere, toStop } from './stepping.ts'
import styles from './transport.module.css'

export function StopMenu() {
  const stops = useStore((state) => state.stops)
  // The entry "stop here" is about the moment on screen.
  useStore((state) => state.frame)
  const words = wordsOf(stops)
  return (
    <LazyMenu
      look="ghost"
      align="end"
      className={styles.stop}
      aria-label={`Stop at: ${words}`}
      title="Where playing halts"
      entries={entriesOf}
    >
      <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
        <path d={FLAG} fill="currentColor" />
      </svg>
      <span>Stop at</span>
      <b>{words}</b>
      <ChevronDown size={14} aria-hidden />
    </LazyMenu>
  )
}

function wordsOf(stops: readonly Stop[]): string {
  const [first] = stops
  if (!first) return 'the end'
  return stops.length === 1 ? stopWords(first) : `${stops.length} stops`
}

function entriesOf(): readonly MenuEntry[] {
  const { stops, toggleStop, clearStops, walk, frame, loop } = appState()
  const record = walk?.records[frame]
  const isSet = (stop: Stop): boolean => stops.some((one) => stopKey(one) === stopKey(stop))
  const entry = (stop: Stop): MenuEntry => ({
    kind: 'item',
    label: stopWords(stop),
    checked: isSet(stop),
    onSelect: () => toggleStop(stop),
  })
  const places = stops.filter((stop) => 'where' in stop)
  const here = record ? stopAtRecord(record) : null
  return [
    { kind: 'heading', label: 'Playing halts at' },
    ...WATCHES.map(entry),
    ...(places.length > 0 ? [{ kind: 'line' } as const, { kind: 'heading', label: 'Stops; choose one to take it away' } as const] : []),
    ...places.map(entry),
    { kind: 'line' },
    ...(here
      ? [{ kind: 'item', label: `Stop here: ${stopWords(here)}`, checked: isSet(here), shortcut: 'B', onSelect: toggleStopHere } as const]
      : []),
    { kind: 'item', label: 'Run to the next stop', shortcut: '.', disabled: stops.length === 0, onSelect: () => toStop(1) },
    { kind: 'item', label: 'Back to the stop before', shortcut: ',', disabled: stops.length === 0, onSelect: () => toStop(-1) },
    { kind: 'item', label: 'Loop this packet’s journey', checked: loop !== null, shortcut: 'L', onSelect: toggleLoop },
    ...(stops.length > 0 ? [{ kind: 'item', label: 'Take all stops away', onSelect: clearStops } as const] : []),
  ]
}
