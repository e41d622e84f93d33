import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The app: one page, one worker for the engine, two for the editor; Monaco and everything opened by hand load later. */
export default defineConfig({
  base: './',
  plugins: [react()],
  resolve: {
    // monaco-yaml still imports monaco by its old paths; since 0.56 the package's exports add esm/vs themselves.
    alias: [{ find: /^monaco-editor\/esm\/vs\/(.*)$/, replacement: 'monaco-editor/$1' }],
  },
  worker: { format: 'es' },
  build: { target: 'es2023', outDir: 'dist/app', chunkSizeWarningLimit: 4500, assetsInlineLimit: 2048 },
  optimizeDeps: {
    // Found while the page runs, they would make the dev server reload it.
    include: [
      'monaco-editor/editor',
      'monaco-editor/features/register.all',
      'monaco-editor/languages/definitions/yaml/register',
      'monaco-yaml',
      'monaco-yaml/yaml.worker.js',
    ],
  },
})
