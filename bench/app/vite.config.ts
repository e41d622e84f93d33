import { defineConfig } from 'vite'

export default defineConfig({
  build: { ssr: 'bench/app/main.ts', outDir: 'dist/bench-app', target: 'node20', minify: false, emptyOutDir: true },
})
