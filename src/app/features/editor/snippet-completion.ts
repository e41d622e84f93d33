/** Offers whole documents where one begins. */
import { type editor, type IDisposable, languages } from 'monaco-editor/editor'
import { editorSnippet, SNIPPETS, withFreeName } from '../../store/snippets.ts'
import { appState } from '../../store/store.ts'

/** Registers it for one model. */
export function offerSnippets(model: editor.ITextModel): IDisposable {
  return languages.registerCompletionItemProvider('yaml', {
    provideCompletionItems: (of, { lineNumber, column }) => {
      const word = of.getLineContent(lineNumber).slice(0, column - 1)
      if (of !== model || !/^\w*$/.test(word) || !isBeginning(of, lineNumber)) return { suggestions: [] }
      const range = { startLineNumber: lineNumber, endLineNumber: lineNumber, startColumn: 1, endColumn: column }
      const suggestions = SNIPPETS.map(
        (snippet, index): languages.CompletionItem => ({
          label: { label: snippet.name, description: snippet.says },
          kind: languages.CompletionItemKind.Snippet,
          insertText: editorSnippet(withFreeName(snippet, appState().documents)).trimEnd(),
          insertTextRules: languages.CompletionItemInsertTextRule.InsertAsSnippet,
          // Before the keys of the schema, in this order.
          sortText: `!${String(index).padStart(2, '0')}`,
          range,
        }),
      )
      return { suggestions }
    },
  })
}

/** Is the line's document empty but for it, comments and blank lines? */
function isBeginning(model: editor.ITextModel, lineNumber: number): boolean {
  const isBetween = (line: number): boolean => /^---(?:\s|$)/.test(model.getLineContent(line))
  const isQuiet = (line: number): boolean => /^\s*(?:#.*)?$/.test(model.getLineContent(line))
  for (let line = lineNumber - 1; line >= 1 && !isBetween(line); line--) if (!isQuiet(line)) return false
  for (let line = lineNumber + 1; line <= model.getLineCount() && !isBetween(line); line++) if (!isQuiet(line)) return false
  return true
}
