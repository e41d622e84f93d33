/** The timeline's pane is as high as the lanes of a walk need, so that their marks do not cover each other and the picture has the rest. */
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
/** Also for one lane. */
const LEAST = 170

interface Resizable {
  readonly getSize: () => { readonly inPixels: number }
  readonly resize: (size: number) => void
}

/** Height in px that a number of lanes needs. */
export function roomFor(lanes: number): number {
  return AROUND + LANE * lanes
}

/** Fits the pane to each walk, until somebody has dragged it to a size of their own. */
export function useTimelineRoom(panel: { readonly current: Resizable | null }): void {
  useEffect(() => {
    let known = 0
    let given: number | null = null
    const refit = () => {
      const lanes = mostLanes(currentFrames())
      if (lanes === known || lanes === 0) return
      known = lanes
      const size = panel.current?.getSize().inPixels ?? 0
      const wanted = Math.round(Math.max(LEAST, Math.min(roomFor(lanes), innerHeight * MOST_SHARE)))
      const dragged = given !== null && Math.abs(size - given) > 2
      if (size < FOLDED || dragged) return
      panel.current?.resize(wanted)
      given = wanted
    }
    refit()
    // While pages of a walk arrive its lanes are still being counted: room is taken away once it is complete.
    return store.subscribe(({ walk }, before) => {
      if (walk?.records !== before.walk?.records || walk?.status !== before.walk?.status) {
        if (walk?.status === 'done' || mostLanes(currentFrames()) > known) refit()
      }
    })
  }, [panel])
}
