import { defineConfig } from 'vite'

export default defineConfig({
  build: {
    ssr: 'e2e/kernel/main.ts',
    outDir: process.env.KERNEL_OUT_DIR ?? 'dist/kernel',
    target: 'node20',
    minify: false,
    emptyOutDir: true,
  },
  ssr: { noExternal: true },
})
