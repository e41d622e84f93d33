/** The timeline's pane grows with the lanes of a walk, so that their marks do not cover each other. */
import { useEffect } from 'react'
import { currentFrames } from '../../store/playback.ts'
import { store } from '../../store/store.ts'
import { mostLanes } from './timeline.ts'

/** Transport, times and the strip of chapters. */
const AROUND = 109
const LANE = 20
/** Of the window: on a low screen the picture needs the rest, and the marks become smaller instead. */
const MOST_SHARE = 0.28
/** A pane that was made smaller than this is meant to be small. */
const FOLDED = 120

interface Resizable {
  readonly getSize: () => { readonly inPixels: number }
  readonly resize: (size: number) => void
}

/** Height in px that a number of lanes needs. */
export function roomFor(lanes: number): number {
  return AROUND + LANE * lanes
}

/** Gives the pane more room when a walk needs it; it never takes room away. */
export function useTimelineRoom(panel: { readonly current: Resizable | null }): void {
  useEffect(() => {
    let known = 0
    const grow = () => {
      const lanes = mostLanes(currentFrames())
      if (lanes === known) return
      known = lanes
      const size = panel.current?.getSize().inPixels ?? 0
      const wanted = Math.round(Math.min(roomFor(lanes), innerHeight * MOST_SHARE))
      if (size >= FOLDED && size < wanted) panel.current?.resize(wanted)
    }
    grow()
    return store.subscribe((state, before) => {
      if (state.walk?.records !== before.walk?.records) grow()
    })
  }, [panel])
}
