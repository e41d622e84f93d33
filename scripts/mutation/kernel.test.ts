/**
 * Not a unit test: each scenario that `npm run test:kernel -- --record FOLDER` recorded, compared again with what the kernel did in it. A mutation
 * that makes them differ would make `npm run test:kernel` fail.
 */
import { expect, test } from 'vitest'
import { compareRuns, labOf } from '../../e2e/kernel/compare.ts'
import { hashOfScript, recordedRun, recordedRuns } from '../../e2e/kernel/record.ts'
import { parseScenario } from '../../src/engine/kubernetes/manifest.ts'
import { stateOfProcess } from './runner.ts'
import { RECORDED } from './tree.ts'

test.each(recordedRuns(RECORDED))('%s agrees with the kernel', (name) => {
  const { text, script, measured } = recordedRun(RECORDED, name)
  const scenario = parseScenario(text)
  if (hashOfScript(labOf(scenario)) !== script) {
    if (stateOfProcess().active === null) throw new Error('recorded of another script: to be recorded anew')
    // Given this script, the kernel would answer otherwise too.
    return
  }
  expect(compareRuns(scenario, measured).differences).toEqual([])
})
