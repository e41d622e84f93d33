/** Documents fold as wholes; folded, each still says what it is. */
import { editor, type IDisposable, languages } from 'monaco-editor/editor'
import type { DocumentInfo } from '../../../engine/kubernetes/scenario.ts'
import { appState, store } from '../../store/store.ts'

/** Registers it for one editor over one model. */
export function foldDocuments(view: editor.IStandaloneCodeEditor, model: editor.ITextModel): readonly IDisposable[] {
  const changed = listeners()
  const provider: languages.FoldingRangeProvider = {
    onDidChange: changed.listen,
    provideFoldingRanges: (of) => (of === model ? foldable().map(({ first, last }) => ({ start: first, end: last })) : []),
  }
  const names = view.createDecorationsCollection()
  // The text that the documents are of: in a later one their lines are others, and the names move with the text meanwhile.
  let of = model.getVersionId()
  const name = (): void => {
    if (model.getVersionId() === of) names.set(namesOfFolded(view, model))
  }
  const unsubscribe = store.subscribe((state, before) => {
    if (state.documents === before.documents) return
    of = model.getVersionId()
    name()
    changed.fire(provider)
  })
  return [
    languages.registerFoldingRangeProvider('yaml', provider),
    // What is folded makes the text lower.
    view.onDidContentSizeChange(name),
    { dispose: unsubscribe },
  ]
}

interface Lines {
  readonly document: DocumentInfo
  /** 1-based, both included. */
  readonly first: number
  readonly last: number
}

/** Documents of two lines and more; the last line is one that holds something. */
function foldable(): readonly Lines[] {
  const { documents } = appState()
  return documents.flatMap((document) => {
    const { line, endLine, endColumn } = document.range
    const last = endColumn <= 1 ? endLine - 1 : endLine
    return last > line ? [{ document, first: line, last }] : []
  })
}

/** Monaco leaves open what holds the cursor: that one is folded by itself. */
export function foldAll(view: editor.IStandaloneCodeEditor): void {
  const line = view.getPosition()?.lineNumber ?? 1
  const own = foldable().find(({ first, last }) => first <= line && line <= last)
  if (own) view.setPosition({ lineNumber: own.first, column: 1 })
  view.trigger('command', 'editor.foldLevel1', null)
  if (own) view.trigger('command', 'editor.fold', null)
}

/** Before the first line of each folded document: its kind and name. */
function namesOfFolded(view: editor.IStandaloneCodeEditor, model: editor.ITextModel): editor.IModelDeltaDecoration[] {
  const lines = model.getLineCount()
  return foldable().flatMap(({ document, first, last }) => {
    if (last > lines || view.getTopForLineNumber(last) !== view.getTopForLineNumber(first)) return []
    const content = `${document.kind} ${document.name}\u2003`
    return [
      {
        range: { startLineNumber: first, startColumn: 1, endLineNumber: first, endColumn: 1 },
        options: {
          before: { content, inlineClassName: 'folded-name', cursorStops: editor.InjectedTextCursorStops.None },
          showIfCollapsed: true,
        },
      },
    ]
  })
}

/** As Monaco wants an event: a function that takes a listener. */
function listeners() {
  const all = new Set<(of: languages.FoldingRangeProvider) => unknown>()
  return {
    listen: (heard: (of: languages.FoldingRangeProvider) => unknown): IDisposable => {
      all.add(heard)
      return { dispose: () => all.delete(heard) }
    },
    fire: (of: languages.FoldingRangeProvider): void => {
      for (const heard of all) heard(of)
    },
  }
}
