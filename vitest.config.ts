import { defineConfig } from 'vitest/config'

// A test that expects nothing cannot fail: it counts as failed.
export default defineConfig({
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], testTimeout: 20_000, expect: { requireAssertions: true } },
})
