import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 20_000,
    // A test that expects nothing cannot fail: it counts as failed.
    expect: { requireAssertions: true },
    maxWorkers: '100%',
    projects: [
      // What keeps nothing between two calls: its tests share processes and what they import.
      {
        extends: true,
        test: { name: 'pure', include: ['src/**/*.test.{ts,tsx}'], exclude: ['src/app/store/**'], isolate: false },
      },
      // The store is one for the whole page, and takes a browser's objects where it finds them.
      { extends: true, test: { name: 'store', include: ['src/app/store/**/*.test.{ts,tsx}'] } },
    ],
  },
})
