/** A scenario as a script for a real Linux machine, and what that machine needs. */
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { WalkSpec } from '../engine/kubernetes/scenario.ts'
import { writeLab } from '../engine/simulation/lab.ts'
import type { LabNeeds } from '../engine/simulation/lab-needs.ts'
import { scenarioLab } from '../engine/simulation/lab-scenario.ts'

export interface LabAnswer {
  readonly script: string
  readonly needs: LabNeeds
  readonly machines: readonly string[]
  /** Names of the Walks that it runs. */
  readonly walks: readonly string[]
}

/** Writes the lab of a text, and of a walk of the user's own; a problem when it cannot be built, or when a Walk or Script names what is not there. */
export function labAnswer(
  text: string,
  own: { readonly from: string; readonly to: string } | null,
): LabAnswer | { readonly problem: string } {
  const read = parseScenario(text)
  const scenario = own === null ? read : { ...read, steps: [...read.steps, { kind: 'walk' as const, walk: ownWalk(own) }] }
  if (scenario.cluster === null) return { problem: 'There is no script: the text has errors. Mend them first.' }
  const lab = scenarioLab(scenario, scenario.cluster)
  if ('problem' in lab) return lab
  const walks = lab.steps.flatMap((step) => ('kind' in step ? [step.name] : []))
  return {
    ...writeLab({ ...lab, everywhere: null, probe: null, checks: true }),
    machines: lab.scripts.map(({ machine }) => machine),
    walks,
  }
}

function ownWalk({ from, to }: { readonly from: string; readonly to: string }): WalkSpec {
  return { name: `${from} → ${to}`, from, to, expect: null, http: null, range: null }
}
