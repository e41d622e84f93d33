/** Go to definition (F12, Ctrl with a click): the engine says which documents a name means. */
import { type editor, type IDisposable, languages } from 'monaco-editor/editor'
import { ask } from '../../store/engine.ts'

/** Registers it for one model. */
export function offerDefinitions(model: editor.ITextModel): IDisposable {
  return languages.registerDefinitionProvider('yaml', {
    provideDefinition: async (of, position) => {
      if (of !== model) return null
      const version = of.getVersionId()
      const { found } = await ask('definitions', { text: of.getValue(), offset: of.getOffsetAt(position) }).catch(() => ({ found: null }))
      if (found === null || of.isDisposed() || of.getVersionId() !== version) return null
      const [from, to] = [of.getPositionAt(found.of.from), of.getPositionAt(found.of.to)]
      const originSelectionRange = {
        startLineNumber: from.lineNumber,
        startColumn: from.column,
        endLineNumber: to.lineNumber,
        endColumn: to.column,
      }
      return found.documents.map(({ range }): languages.LocationLink => {
        const start = { startLineNumber: range.line, startColumn: range.column }
        return {
          originSelectionRange,
          uri: of.uri,
          range: { ...start, endLineNumber: range.endLine, endColumn: range.endColumn },
          targetSelectionRange: { ...start, endLineNumber: range.line, endColumn: of.getLineMaxColumn(range.line) },
        }
      })
    },
  })
}
