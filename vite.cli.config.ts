import { defineConfig } from 'vite'

/** The command line and the library for Node: one file each, packages bundled, so that start-up reads little. */
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'dist/node',
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rolldownOptions: {
      input: { 'cli/packetwalk': 'src/cli/packetwalk.ts', 'lib/packetwalk': 'src/index.ts' },
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
        banner: (chunk) => (chunk.name === 'cli/packetwalk' ? '#!/usr/bin/env node' : ''),
      },
    },
  },
  ssr: { noExternal: true },
})
