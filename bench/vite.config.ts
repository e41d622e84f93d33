import { defineConfig } from 'vite'

export default defineConfig({
  build: { ssr: 'bench/bench.ts', outDir: 'dist/bench', target: 'node20', minify: false, emptyOutDir: true },
  ssr: { noExternal: true },
})
