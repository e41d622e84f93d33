/** What a comparison let run late, so that its last line can tell. */
import type { Lateness } from './simulate.ts'

export const IN_TIME: Lateness = { programs: 0, timers: 0 }

/** "In 3 of them 4 programs ran late, and 1 timer behind others of its slot, as the captures show." */
export function latenessText(all: readonly Lateness[]): string {
  const labs = all.filter(({ programs, timers }) => programs + timers > 0).length
  const sum = (what: keyof Lateness): number => all.reduce((total, one) => total + one[what], 0)
  return `In ${labs} of them ${sum('programs')} programs ran late and ${sum('timers')} timers behind others of their slot, as the captures show.`
}
