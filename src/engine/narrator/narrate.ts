/** One sentence (at most two) for one kernel event. */
import type { TraceRecord } from '../simulation/trace.ts'
import type { NarratorContext } from './context.ts'

/** The sentence for a record: present tense, the actor first, at most 110 characters unless names alone are longer. */
export function narrate(record: TraceRecord, context: NarratorContext): string {
  void context
  return record.event.at
}
