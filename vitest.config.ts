import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 20_000,
    // A test that expects nothing cannot fail: it counts as failed.
    expect: { requireAssertions: true },
    maxWorkers: '100%',
    projects: [
      // The engine keeps nothing between two calls, so its tests share processes and what they import.
      { extends: true, test: { name: 'engine', include: ['src/{cli,engine,protocol,scenarios}/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'app', include: ['src/app/**/*.test.{ts,tsx}'] } },
    ],
  },
})
