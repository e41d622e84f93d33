import { defineConfig } from 'vite'

export default defineConfig({
  build: { ssr: 'scripts/mutation/main.ts', outDir: 'dist/mutation', target: 'node20', minify: false, emptyOutDir: true },
})
