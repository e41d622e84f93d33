import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['e2e/cli/**/*.test.ts'], testTimeout: 120_000, fileParallelism: false, expect: { requireAssertions: true } },
})
