/** Walks as a capture file: what a packet socket at every interface of every namespace would have seen, with what was decided as comments. */
import type { DropBy, TraceEvent } from '../linux/trace-event.ts'
import { type CaptureFrame, type CaptureInterface, pcapng } from '../net/pcapng.ts'
import { type Frame, frameBytes, frameOf, linkTypeOf } from './frame.ts'
import type { Trace, TraceRecord } from './trace.ts'
import { eventText } from './trace-text.ts'

/** Events whose decision a reader of the capture wants to know; the others are the frames themselves. */
const DECISIONS: ReadonlySet<TraceEvent['at']> = new Set([
  ...(['fib_lookup', 'nat_manip', 'ip_vs_schedule', 'br_fdb', 'encap', 'decap', 'socket', 'unsupported'] as const),
])

/** Of the rules that matched only those that did something; of policies only those that drop. */
function decides(event: TraceEvent): boolean {
  if (event.at !== 'ipt_rule') return DECISIONS.has(event.at)
  return event.rule === null ? event.verdict === 'DROP' : !/^(jump|goto) |^(RETURN|CONTINUE)$/.test(event.verdict)
}

/** A frame and what has been said about it. */
interface Commented {
  readonly frame: Frame
  readonly comments: string[]
}

/**
 * The capture of some walks of one world, one after another. A frame that leaves carries what was decided about it on its way out; one that
 * arrives and goes no further, what became of it.
 */
export function captureOf(application: string, traces: readonly Trace[]): Uint8Array {
  return captureOfFrames(application, allFrames(traces))
}

/** What one interface saw of some walks. */
export interface InterfaceCapture {
  readonly where: string
  readonly device: string
  readonly bytes: Uint8Array
}

/** The same, a capture for each interface that saw a frame, in the order of their first. */
export function capturesByInterface(application: string, traces: readonly Trace[]): InterfaceCapture[] {
  const places = new Map<string, { where: string; device: string; frames: Commented[] }>()
  for (const one of allFrames(traces)) {
    const { where, device } = one.frame
    const place = places.get(`${where}:${device}`) ?? { where, device, frames: [] }
    places.set(`${where}:${device}`, place)
    place.frames.push(one)
  }
  return [...places.values()].map(({ where, device, frames }) => ({ where, device, bytes: captureOfFrames(application, frames) }))
}

const allFrames = (traces: readonly Trace[]): readonly Commented[] =>
  traces.flatMap((trace) => framesOf(trace)).toSorted((a, b) => a.frame.timeMs - b.frame.timeMs)

function captureOfFrames(application: string, frames: readonly Commented[]): Uint8Array {
  const interfaces: CaptureInterface[] = []
  const places = new Map<string, number>()
  const captured = frames.map(({ frame, comments }): CaptureFrame => {
    const name = `${frame.where}:${frame.device}`
    const place = places.get(name) ?? interfaces.push({ name, linkType: linkTypeOf(frame) }) - 1
    places.set(name, place)
    const timeNs = BigInt(Math.round(frame.timeMs * 1e6))
    return { interface: place, timeNs, direction: frame.direction, bytes: frameBytes(frame), comments }
  })
  return pcapng(application, interfaces, captured)
}

function framesOf(trace: Trace): Commented[] {
  const frames: Commented[] = []
  /** By namespace and packet: what was decided since its last frame there, and that frame. */
  const decided = new Map<string, string[]>()
  const last = new Map<string, Commented>()
  for (const record of trace.records) {
    const key = `${record.where} ${record.event.packet.id}`
    const frame = frameOf(record.where, record.event, trace.startMs + record.timeMs)
    if (frame) {
      const one: Commented = { frame, comments: frame.direction === 'out' ? (decided.get(key) ?? []) : [] }
      decided.delete(key)
      last.set(key, one)
      frames.push(one)
    } else if (record.event.at === 'kfree_skb') {
      const said = [...(decided.get(key) ?? []), droppedText(record.where, record.event.reason, record.event.by)]
      last.get(key)?.comments.push(...said)
      decided.delete(key)
    } else if (decides(record.event)) note(decided, last, key, record)
  }
  return frames
}

/** A socket takes the packet: nothing else will be said of it. Anything else is about the frame to come. */
function note(decided: Map<string, string[]>, last: Map<string, Commented>, key: string, { event }: TraceRecord): void {
  const said = [...(decided.get(key) ?? []), eventText(event)]
  if (event.at !== 'socket' || event.action === 'send') {
    decided.set(key, said)
    return
  }
  last.get(key)?.comments.push(...said)
  decided.delete(key)
}

function droppedText(where: string, reason: string, by: DropBy | null): string {
  return `dropped at ${where}: ${reason}${by === null ? '' : ` by ${by.kind} ${by.text}`}`
}
