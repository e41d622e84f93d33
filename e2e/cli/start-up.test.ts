/** Alone on the machine: how long the command line takes to start. */
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { packetwalk } from './packetwalk.ts'

/** Milliseconds that Node itself takes to start: what a slow or busy machine costs everyone. */
function bareNode(): number {
  const started = performance.now()
  execFileSync(process.execPath, ['-e', '0'])
  return performance.now() - started
}

it('says its version and starts quickly', () => {
  const runs = [1, 2, 3].map(() => packetwalk(['--version']))
  expect(runs[0]).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' })
  expect(Math.min(...runs.map(({ ms }) => ms)) - Math.min(...[1, 2, 3].map(bareNode))).toBeLessThan(200)
})
