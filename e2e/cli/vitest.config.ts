import { defineConfig } from 'vitest/config'

const TIMED = 'e2e/cli/start-up.test.ts'

export default defineConfig({
  test: {
    testTimeout: 120_000,
    expect: { requireAssertions: true },
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'timed', include: [TIMED], sequence: { groupOrder: 0 } } },
      // Files at once, when that one is done.
      { extends: true, test: { name: 'cli', include: ['e2e/cli/**/*.test.ts'], exclude: [TIMED], sequence: { groupOrder: 1 } } },
    ],
  },
})
