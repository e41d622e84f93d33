/** Where Monaco finds its workers. */
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import YamlWorker from './yaml.worker.ts?worker'

/** A worker for a language service by its label. */
export function workerFor(label: string): Worker {
  return label === 'yaml' ? new YamlWorker() : new EditorWorker()
}

/** Tells Monaco. */
export function startWorkers(): void {
  Object.assign(self, { MonacoEnvironment: { getWorker: (_id: string, label: string) => workerFor(label) } })
}
