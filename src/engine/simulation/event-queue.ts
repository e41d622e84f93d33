/** The one queue of a world: things that will happen, by virtual time, then in the order they were put in. */
import type { SocketEvent } from '../linux/effect.ts'
import type { Timer } from '../linux/timer.ts'
import type { Packet } from '../net/packet.ts'
import type { ProcessInput, SystemCall } from '../process/program.ts'

export type WorldEvent =
  /** A frame arrives at a device. */
  | { readonly kind: 'receive'; readonly netns: string; readonly device: string; readonly packet: Packet }
  /** A process wakes up to a packet on a TUN device it has open. */
  | { readonly kind: 'tun'; readonly netns: string; readonly device: string; readonly packet: Packet }
  /** A kernel timer fires. */
  | { readonly kind: 'timer'; readonly netns: string; readonly timer: Timer }
  /** A process wakes up to news of its socket. */
  | { readonly kind: 'deliver'; readonly netns: string; readonly socket: number; readonly event: SocketEvent }
  /** A process starts, its own timer fires, or a system call of its failed. */
  | { readonly kind: 'process'; readonly process: number; readonly input: ProcessInput }
  /** A process goes on with the system calls it had begun. */
  | { readonly kind: 'calls'; readonly process: number; readonly calls: readonly SystemCall[] }
  /** Commands typed at a moment of a walk: index into the scenario's steps. */
  | { readonly kind: 'script'; readonly step: number }
  /** Pods of the cluster have stopped, are gone, or are ready. */
  | { readonly kind: 'cluster'; readonly step: ClusterStep }
  /** A component of a node looks whether its rules are still there. */
  | { readonly kind: 'sync'; readonly sync: PeriodicSync }

/** Which component looks, and when it noticed that somebody is flushing the tables, ms; null: nobody is. */
export interface PeriodicSync {
  readonly node: string
  readonly component: 'kube-proxy' | 'kubelet'
  readonly flushedMs: number | null
  /** It does not look again. */
  readonly once?: true
}

/** What becomes of pods some time after they were deleted or made; keys are 'NAMESPACE/NAME'. */
export interface ClusterStep {
  readonly what: 'stopped' | 'gone' | 'ready'
  readonly pods: readonly string[]
}

export interface QueuedEvent {
  readonly timeMs: number
  readonly sequence: number
  readonly event: WorldEvent
}

/** A binary heap in an array; plain data. */
export interface EventQueue {
  readonly heap: QueuedEvent[]
  nextSequence: number
  /** How many queued events are frames on their way or processes about to run: what a quiet network has none of. Scripts are none of its business. */
  busy: number
  /** How many are looks of components, which go on for ever: a world in which nothing else will happen is idle. */
  periodic: number
}

/** An empty queue. */
export function createEventQueue(): EventQueue {
  return { heap: [], nextSequence: 0, busy: 0, periodic: 0 }
}

const isBusy = (event: WorldEvent): boolean =>
  event.kind === 'receive' ||
  event.kind === 'deliver' ||
  event.kind === 'tun' ||
  event.kind === 'cluster' ||
  event.kind === 'calls' ||
  (event.kind === 'timer' && event.timer.kind === 'qdisc') ||
  (event.kind === 'process' && event.input.kind !== 'timer')
const before = (a: QueuedEvent, b: QueuedEvent): boolean => a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.sequence < b.sequence)

/**
 * Puts an event in, to happen at `timeMs` of virtual time: after what is to happen then already, before all of it, or in a place that it had before.
 * Returns its place.
 */
export function schedule(queue: EventQueue, timeMs: number, event: WorldEvent, order: 'last' | 'first' | number = 'last'): number {
  const { heap } = queue
  const next = queue.nextSequence++
  const sequence = typeof order === 'number' ? order : order === 'last' ? next : -next
  const entry: QueuedEvent = { timeMs, sequence, event }
  if (isBusy(event)) queue.busy++
  if (event.kind === 'sync') queue.periodic++
  let index = heap.length
  heap.push(entry)
  while (index > 0) {
    const parent = (index - 1) >> 1
    const above = heap[parent] as QueuedEvent
    if (!before(entry, above)) break
    heap[index] = above
    index = parent
  }
  heap[index] = entry
  return sequence
}

/** Takes out what happens next; null when nothing will. */
export function takeNext(queue: EventQueue): QueuedEvent | null {
  const { heap } = queue
  const first = heap[0]
  const last = heap.pop()
  if (first === undefined || last === undefined) return null
  if (isBusy(first.event)) queue.busy--
  if (first.event.kind === 'sync') queue.periodic--
  if (first === last) return first
  let index = 0
  for (;;) {
    let child = 2 * index + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1] as QueuedEvent, heap[child] as QueuedEvent)) child++
    const below = heap[child] as QueuedEvent
    if (!before(below, last)) break
    heap[index] = below
    index = child
  }
  heap[index] = last
  return first
}

/** Takes the scripts out that have not run, and returns them in order. */
export function takeScripts(queue: EventQueue): number[] {
  const inOrder = queue.heap.splice(0).sort((a, b) => (before(a, b) ? -1 : 1))
  // A sorted array is a heap.
  queue.heap.push(...inOrder.filter(({ event }) => event.kind !== 'script'))
  return inOrder.flatMap(({ event }) => (event.kind === 'script' ? [event.step] : []))
}

/** What happens next, left in the queue. */
export function peekNext(queue: EventQueue): QueuedEvent | null {
  return queue.heap[0] ?? null
}
