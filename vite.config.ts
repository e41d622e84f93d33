import { readFileSync } from 'node:fs'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin, runnerImport } from 'vite'
import type { Response } from './src/protocol/messages.ts'

/**
 * The picture of the scenario that a first visit shows, drawn by the engine while the app is built: it can be on screen
 * before the engine itself has been fetched. See docs/decisions/003-first-picture.md. Vite imports the engine here as it does for the app: a plain
 * import of this file would not know `import.meta.glob` (docs/decisions/009-extensions-by-folder.md).
 */
function firstPicture(): Plugin {
  const id = 'virtual:first-picture'
  const file = 'src/scenarios/web-and-mysql.yaml'
  return {
    name: 'first-picture',
    resolveId: (asked) => (asked === id ? `\0${id}` : null),
    async load(asked) {
      if (asked !== `\0${id}`) return null
      const { createServer } = (
        await runnerImport<typeof import('./src/protocol/server.ts')>('./src/protocol/server.ts', { configFile: false })
      ).module
      const text = readFileSync(file, 'utf8')
      const answers: Response[] = []
      const { receive } = createServer({
        post: (answer) => void answers.push(answer),
        later: (task) => task(),
        pageRecords: 250,
      })
      receive({ type: 'open', revision: 1, text })
      const answer = answers.find((one) => one.type === 'scenario')
      if (answer?.type !== 'scenario' || answer.topology === null) throw new Error(`${file} cannot be built: ${JSON.stringify(answers)}`)
      const { topology, documents, walks } = answer
      return `export default ${JSON.stringify({ text, topology, documents, walks })}`
    },
  }
}

/** The app: one page, one worker for the engine, two for the editor; Monaco and everything opened by hand load later. */
export default defineConfig({
  base: './',
  plugins: [react(), firstPicture()],
  resolve: {
    // monaco-yaml still imports monaco by its old paths; since 0.56 the package's exports add esm/vs themselves.
    alias: [{ find: /^monaco-editor\/esm\/vs\/(.*)$/, replacement: 'monaco-editor/$1' }],
  },
  worker: { format: 'es' },
  build: { target: 'es2023', outDir: 'dist/app', chunkSizeWarningLimit: 4500, assetsInlineLimit: 2048 },
  preview: { open: false },
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
