/** Where the terminals are in the walk, in words; and where they stay when it is taken again. Pure. */
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import { type Frames, momentAt } from './frames.ts'

/** Times closer than this are the same moment, ms. */
const SAME_MS = 1e-5

/** The record of a walk taken again that stands where `frame` stood in the one before. */
export function frameAt(records: readonly TraceRecord[], before: readonly TraceRecord[], frame: number): number {
  const old = before[frame]
  if (old === undefined) return frame
  const same = records[frame]
  if (same && Math.abs(same.timeMs - old.timeMs) < SAME_MS) return frame
  return records.slice(0, frame + 1).findLastIndex(({ timeMs }) => timeMs < old.timeMs + SAME_MS)
}

/** "152 µs, step 4 of SYN". */
export function momentWords(frames: Frames, frame: number): string {
  const moment = frames.moments[momentAt(frames, frame)]
  if (moment === undefined) return 'before the walk'
  const chapter = frames.chapters[moment.chapter]
  const time = moment.timeMs < 1 ? `${Math.round(moment.timeMs * 1000)} µs` : `${Number(moment.timeMs.toFixed(2))} ms`
  return chapter ? `${time}, step ${moment.index - chapter.first + 1} of ${chapter.name}` : time
}
