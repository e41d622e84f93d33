import { defineConfig, devices } from '@playwright/test'
import { browserArguments, chromiumPath } from './e2e/browser/chromium.ts'

const PORT = 4178

/** The whole app in a real browser, as built: `npm run build:app` first. */
export default defineConfig({
  testDir: 'e2e/browser',
  timeout: 120_000,
  // A busy machine of two processors takes its time: how fast the app is, the benches measure.
  expect: { timeout: 15_000 },
  workers: 2,
  // The tests of one file, too: else the last long file keeps one worker busy while the other has nothing left.
  fullyParallel: true,
  // A busy machine may hold a page up for seconds. What passes only the second time is printed as flaky: a fault to look for, of the app or the test.
  retries: 1,
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    baseURL: `http://localhost:${PORT}/`,
    // Nobody's first visit, unless a test says so: the tour has been seen.
    storageState: {
      cookies: [],
      origins: [{ origin: `http://localhost:${PORT}`, localStorage: [{ name: 'packetwalk.tour', value: 'seen' }] }],
    },
    // A trace costs each test a third of its time: `npm run test:browser -- --trace on` keeps one.
    trace: 'off',
    launchOptions: { executablePath: await chromiumPath(), args: browserArguments },
  },
  webServer: { command: `npx vite preview --port ${PORT} --strictPort`, port: PORT, reuseExistingServer: false },
})
