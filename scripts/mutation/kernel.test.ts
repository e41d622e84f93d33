/**
 * Not a unit test: each scenario that `npm run test:kernel -- --record FOLDER` recorded, compared again with what the kernel did in it. A mutation
 * that makes them differ would make `npm run test:kernel` fail.
 */
import { expect, test } from 'vitest'
import { compareRuns, labOf } from '../../e2e/kernel/compare.ts'
import { recordedRun, recordedRuns } from '../../e2e/kernel/record.ts'
import { parseScenario } from '../../src/engine/kubernetes/manifest.ts'
import { RECORDED } from './tree.ts'

const scripts = new Map<string, string>()

test.each(recordedRuns(RECORDED))('%s agrees with the kernel', (name) => {
  const { text, measured } = recordedRun(RECORDED, name)
  const scenario = parseScenario(text)
  const script = labOf(scenario)
  const first = scripts.get(name) ?? script
  scripts.set(name, first)
  // The kernel was given another script: it would answer otherwise too.
  if (script !== first) return
  expect(compareRuns(scenario, measured).differences).toEqual([])
})
