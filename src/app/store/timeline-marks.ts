/** Which kinds of moments the timeline marks, and how near it is looked at; the browser remembers the kinds. */
import { useStore as useZustand } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { StepIcon } from './frames.ts'
import { remember } from './memory.ts'

/** Kinds that can be left out, as the menu calls them. */
export const MARK_KINDS = ['sent', 'ARP', 'routed', 'bridged', 'rule matched', 'rewritten', 'encapsulated', 'dropped', 'delivered'] as const
export type MarkKind = (typeof MARK_KINDS)[number]

const KIND_OF: Readonly<Record<StepIcon, MarkKind>> = {
  sent: 'sent',
  reply: 'sent',
  arp: 'ARP',
  routed: 'routed',
  bridged: 'bridged',
  wire: 'bridged',
  rule: 'rule matched',
  conntrack: 'rule matched',
  rewritten: 'rewritten',
  wrapped: 'encapsulated',
  unwrapped: 'encapsulated',
  dropped: 'dropped',
  unmodelled: 'dropped',
  delivered: 'delivered',
}

/** How much nearer than at first: each step is twice the one before. */
export const ZOOMS: readonly number[] = [0.25, 0.5, 1, 2, 4]

export interface TimelineMarks {
  /** Kinds that are not marked. */
  readonly hidden: readonly MarkKind[]
  readonly zoom: number
}

const KEY = 'packetwalk.timeline.hidden'

const marks = createStore<TimelineMarks>(() => ({ hidden: kept(), zoom: 1 }))

function kept(): readonly MarkKind[] {
  const words = (remember.read(KEY) ?? '').split(',')
  return MARK_KINDS.filter((kind) => words.includes(kind))
}

/** What the timeline marks, in a component. */
export function useTimelineMarks<T>(selector: (state: TimelineMarks) => T): T {
  return useZustand(marks, selector)
}

/** What it marks now, for event handlers. */
export function timelineMarks(): TimelineMarks {
  return marks.getState()
}

/** Is a moment of this kind marked? */
export function isMarked(icon: StepIcon, hidden: readonly MarkKind[]): boolean {
  return !hidden.includes(KIND_OF[icon])
}

/** Leaves a kind out, or marks it again. */
export function toggleMarks(kind: MarkKind): void {
  const { hidden } = marks.getState()
  const next = hidden.includes(kind) ? hidden.filter((one) => one !== kind) : [...hidden, kind]
  marks.setState({ hidden: next })
  remember.write(KEY, next.join(','))
}

/** Marks everything again. */
export function showAllMarks(): void {
  marks.setState({ hidden: [] })
  remember.forget(KEY)
}

/** One step nearer, or farther away; 0: as at first. */
export function zoomTimeline(step: 1 | -1 | 0): void {
  const { zoom } = marks.getState()
  const next = step === 0 ? 1 : ZOOMS[ZOOMS.indexOf(zoom) + step]
  if (next !== undefined) marks.setState({ zoom: next })
}
