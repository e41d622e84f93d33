import { defineConfig } from 'vitest/config'
import NearestFirst from './order.ts'

/** All test files in one process that stays, in order. The last has no time limit but its own. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/mutation/*.test.ts'],
    runner: './scripts/mutation/runner.ts',
    sequence: { sequencer: NearestFirst },
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
    testTimeout: 3_600_000,
  },
})
