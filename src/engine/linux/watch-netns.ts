/** Who is told what happens in a network namespace. */
import type { NetNs } from './netns.ts'
import type { TraceEvent } from './trace-event.ts'

/** Tells `sink` of everything that happens in `ns`; undefined: nobody of anything. */
export function watchNetNs(ns: NetNs, sink: ((event: TraceEvent) => void) | undefined): void {
  ns.trace = sink
  ns.explain = sink
}
