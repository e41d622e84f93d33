/** The engine as a library: load a scenario, walk in it, ask who reaches whom. */
import { parseScenario } from './engine/kubernetes/manifest.ts'
import type { Scenario } from './engine/kubernetes/scenario.ts'

export type { Diagnostic } from './engine/kubernetes/diagnostic.ts'
export type { Scenario } from './engine/kubernetes/scenario.ts'
export { type ReachOptions, type ReachRow, reach } from './engine/simulation/reach.ts'
export type { Probe } from './engine/simulation/reach-plan.ts'
export type { Hop, Outcome, Trace, TraceRecord, WalkOutcome } from './engine/simulation/trace.ts'
export { type Branch, type WalkOptions, type WalkRequest, walk, walkAll, walkAllBranches } from './engine/simulation/walk.ts'
export type { WalkProblem } from './engine/simulation/walk-client.ts'
export { type WalkJson, walkJson } from './engine/simulation/walk-json.ts'

/** Parses the text of a scenario (multi-document YAML). Never throws: what is wrong with it stands in `diagnostics`. */
export function loadScenario(text: string): Scenario {
  return parseScenario(text)
}
