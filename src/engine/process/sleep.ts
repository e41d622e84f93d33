/** GNU coreutils: sleep. */
import type { SleepOptions } from '../shell/spawn.ts'
import type { Program } from './program.ts'

export const sleep: Program<SleepOptions, SleepOptions> = {
  name: 'sleep',
  start: (options) => options,
  step: (state, input) => ({
    state,
    calls: input.kind === 'start' ? [{ kind: 'timer', afterMs: state.ms, id: 'over' }] : [{ kind: 'exit', code: 0, stderr: '' }],
  }),
}
