import { defineConfig } from '@playwright/test'
import base from '../../playwright.config.ts'

export default defineConfig({
  ...base,
  testDir: '.',
  outputDir: '../../test-results/screens',
  webServer: { command: 'npx vite preview --port 4178 --strictPort', cwd: '../..', port: 4178, reuseExistingServer: false },
})
