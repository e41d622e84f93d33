/** In every scenario of the gallery: stepping to a record, from before it or from behind it, finds the world that a fresh run has there. */
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { GALLERY } from '../../scenarios/gallery.ts'
import { parseScenario } from '../kubernetes/manifest.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { stateAt } from './replay.ts'
import { walk } from './walk.ts'
import type { World } from './world.ts'
import { dump } from './world-dump.fixture.ts'

/** Records looked at in the last walk of each scenario, behind all its Scripts and other walks. */
const SAMPLES = 3

test.each(GALLERY.map(({ file }) => file))(
  '%s',
  (file) => {
    const text = readFileSync(new URL(`../../scenarios/${file}.yaml`, import.meta.url), 'utf8')
    const stepped = parseScenario(text)
    const name = stepped.steps.flatMap((step) => (step.kind === 'walk' ? [step.walk.name] : [])).at(-1) ?? ''
    const trace = walk(stepped, { name })
    if ('problem' in trace) throw new Error(trace.problem)
    const last = trace.records.length - 1
    // Back from the end, as somebody scrubs: each moment is asked for after a later one.
    const moments = Array.from({ length: SAMPLES }, (_, i) => Math.round(((i + 0.5) / SAMPLES) * last)).toReversed()
    const worlds = moments.map((n) => dump(at(stepped, name, n)))
    for (const [i, n] of moments.entries()) {
      expect(isDeepStrictEqual(worlds[i], dump(at(parseScenario(text), name, n))), `record ${n}`).toBe(true)
      expect(isDeepStrictEqual(worlds[i], worlds[i - 1]), `record ${n} is not the one before`).toBe(false)
    }
  },
  30_000,
)

function at(scenario: Scenario, name: string, n: number): World {
  const world = stateAt(scenario, { name }, n)
  if ('problem' in world) throw new Error(world.problem)
  return world
}
