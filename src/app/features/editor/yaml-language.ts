/** Completion and hover from the JSON schemas of the kinds a scenario may hold. What is wrong is for the engine alone to say. */
import * as monaco from 'monaco-editor/editor'
import { configureMonacoYaml } from 'monaco-yaml'
import { workerFor } from './monaco-workers.ts'
import schemaUrl from './scenario.schema.json?url'

/** monaco-yaml asks for workers as Monaco did before 0.55: by label and data to create them with. */
interface OldOptions {
  readonly label: string
  readonly createData: unknown
}

/** Folding ranges of a text of megabytes come as one message that the page takes a quarter of a second to read: there only documents fold. */
const MOST_FOLDED = 500_000

function registerFolding(selector: monaco.languages.LanguageSelector, provider: monaco.languages.FoldingRangeProvider): monaco.IDisposable {
  return monaco.languages.registerFoldingRangeProvider(selector, {
    provideFoldingRanges: (model, context, token) =>
      model.getValueLength() > MOST_FOLDED ? [] : provider.provideFoldingRanges(model, context, token),
  })
}

/** Starts the language service; once for the page. */
export function startYamlLanguage(): void {
  const createWebWorker = ({ label, createData }: OldOptions): unknown => {
    const worker = workerFor(label)
    // The first message starts the worker, the second is taken as its data.
    worker.postMessage('ignore')
    worker.postMessage(createData)
    return monaco.editor.createWebWorker({ worker })
  }
  const languages = { ...monaco.languages, registerFoldingRangeProvider: registerFolding }
  const old: unknown = { ...monaco, editor: { ...monaco.editor, createWebWorker }, languages }
  configureMonacoYaml(old as Parameters<typeof configureMonacoYaml>[0], {
    validate: false,
    isKubernetes: true,
    format: { enable: false },
    enableSchemaRequest: true,
    // A file of this build says nothing to anybody.
    hoverSchemaSource: false,
    schemas: [{ fileMatch: ['**/scenario.yaml'], uri: new URL(schemaUrl, location.href).href }],
  })
}
