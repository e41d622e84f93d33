/** Captures of both worlds as lists of lines, by interface and direction. */
import { frameText, portPadding } from './frames.ts'
import type { LabResult } from './kernel.ts'
import type { RunNames } from './names.ts'

export interface Frame {
  readonly where: string
  readonly device: string
  readonly direction: 'in' | 'out'
  readonly bytes: Uint8Array
  readonly ethernet: boolean
  /** Grows with time, within one world. */
  readonly order: number
}

/** A frame as text, and where it stands in time. */
export interface Line {
  readonly text: string
  readonly frame: Frame
}

/** Key: 'where device direction'. */
export type Lines = ReadonlyMap<string, readonly Line[]>

/** The lines of the frames of one walk; `names` numbers ports in the order of these lists, so that it does not depend on time. */
export function linesOf(frames: readonly Frame[], names: RunNames): Lines {
  names.begin()
  const lists = new Map<string, Frame[]>()
  for (const frame of frames) {
    const key = `${frame.where} ${frame.device} ${frame.direction}`
    const list = lists.get(key)
    if (list) list.push(frame)
    else lists.set(key, [frame])
  }
  const lines = new Map<string, Line[]>()
  for (const key of [...lists.keys()].sort()) {
    const list = (lists.get(key) ?? []).flatMap((frame) => {
      const text = frameText(frame.bytes, frame.ethernet, names)
      return text === null ? [] : [{ text, frame }]
    })
    if (list.length > 0) lines.set(key, list)
  }
  return lines
}

/** The kernel's frames, by walk. `isHeard`: does the simulator's device see frames for other machines? (A NIC of a dumb switch does not.) */
export function kernelFrames(kernel: LabResult, isHeard: (where: string, device: string) => boolean): Frame[][] {
  const walks: Frame[][] = kernel.walks.map(() => [])
  for (const [where, namespace] of Object.entries(kernel.namespaces)) {
    for (const [device, captured] of Object.entries(namespace.captures)) {
      for (const frame of captured) {
        const walk = frame.walk === null ? undefined : walks[frame.walk]
        if (!walk || (frame.direction === 'other' && !isHeard(where, device))) continue
        const bytes = Uint8Array.from(Buffer.from(frame.bytes, 'hex'))
        const direction = frame.direction === 'out' ? 'out' : 'in'
        walk.push({ where, device, direction, bytes, ethernet: frame.link !== 'none', order: frame.timeMs })
      }
    }
  }
  return walks
}

/** Are they the same, and as long? */
const sameLine = (a: Line | undefined, b: Line | undefined): boolean =>
  a?.text === b?.text && (a === undefined || b === undefined || portPadding(a.frame.bytes) === portPadding(b.frame.bytes))

/** How many lines two captures do not have in common at the same place; ports written in texts must have as many digits, for bytes are counted. */
export function distanceBetween(a: Lines, b: Lines): number {
  let away = 0
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [mine, theirs] = [a.get(key) ?? [], b.get(key) ?? []]
    for (let i = 0; i < Math.max(mine.length, theirs.length); i++) if (!sameLine(mine[i], theirs[i])) away++
  }
  return away
}
