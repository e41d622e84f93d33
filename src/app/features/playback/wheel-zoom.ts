/** Ctrl and the wheel over the timeline, or two fingers that part. */
import { useRef, type WheelEvent } from 'react'
import { zoomTimeline } from '../../store/timeline-marks.ts'

/** Px to one step: a notch of a mouse is 100 and more, one event of two fingers a few. */
const STEP = 50

/** What it has been turned is added up; the timeline comes nearer by one step for every so much of it. */
export function useWheelZoom(): (event: WheelEvent) => void {
  const turned = useRef(0)
  return ({ ctrlKey, deltaY }) => {
    if (!ctrlKey || deltaY === 0) return
    turned.current = Math.sign(turned.current) === Math.sign(deltaY) ? turned.current + deltaY : deltaY
    if (Math.abs(turned.current) < STEP) return
    turned.current = 0
    zoomTimeline(deltaY < 0 ? 1 : -1)
  }
}
