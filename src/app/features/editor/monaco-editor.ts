/** The full editor: one Monaco editor over the store's text. Loaded when idle. */
import { editor, type IDisposable, KeyCode, KeyMod, languages, MarkerSeverity, type Range, Selection, Uri } from 'monaco-editor/editor'
import 'monaco-editor/features/register.all'
import 'monaco-editor/languages/definitions/yaml/register'
import type { Diagnostic, TextChange } from '../../../engine/kubernetes/diagnostic.ts'
import { fixable } from '../../store/checked-fix.ts'
import { documentAt, highlightOf } from '../../store/highlight.ts'
import { reducesMotion } from '../../store/settings.ts'
import type { AppState } from '../../store/state.ts'
import { appState, store } from '../../store/store.ts'
import { changeBetween } from '../../store/text.ts'
import { isDark } from '../../store/theme.ts'
import { offerDefinitions } from './definition-provider.ts'
import { foldAll, foldDocuments } from './document-folding.ts'
import { formatText, openOutline, setFullEditor } from './editor-commands.ts'
import { defineThemes } from './monaco-theme.ts'
import { startWorkers } from './monaco-workers.ts'
import { offerSnippets } from './snippet-completion.ts'

/** Problems marked in the text at once. */
const MOST_MARKERS = 500
const SEVERITY = { error: MarkerSeverity.Error, warning: MarkerSeverity.Warning, info: MarkerSeverity.Info } as const

/** Puts an editor into an element and keeps it and the store the same, both ways. Returns the way to take it out. */
export function mountEditor(place: HTMLElement): () => void {
  startWorkers()
  defineThemes()
  const model = editor.createModel(appState().text, 'yaml', Uri.parse('file:///scenario.yaml'))
  model.setEOL(editor.EndOfLineSequence.LF)
  // Its bracket tree takes seconds for a megabyte of brackets, and nothing here shows it.
  model.updateOptions({
    tabSize: 2,
    insertSpaces: true,
    bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false },
  })
  const view = editor.create(place, {
    ...OPTIONS,
    ...spacing(appState()),
    model,
    theme: isDark(appState().theme) ? 'packetwalk-dark' : 'packetwalk-light',
  })
  const disposables: IDisposable[] = [
    view,
    model,
    ...typing(view, model),
    fixes(model),
    showInPicture(view),
    ...undoing(view),
    indentOnEnter(view),
    ...leaveByTab(view),
    offerSnippets(model),
    offerDefinitions(model),
    ...foldDocuments(view, model),
    formatByKey(view),
    ...openByKeys(view),
  ]
  setFullEditor({
    goToDefinition: () => view.trigger('command', 'editor.action.revealDefinition', null),
    foldDocuments: () => foldAll(view),
    unfold: () => view.trigger('command', 'editor.unfoldAll', null),
  })
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const retheme = (): void => editor.setTheme(isDark(appState().theme) ? 'packetwalk-dark' : 'packetwalk-light')
  dark.addEventListener('change', retheme)
  const marks = view.createDecorationsCollection()
  takeOver(place, view)
  follow(view, model, marks)
  const unsubscribe = store.subscribe((state, before) => {
    if (state.text !== before.text) show(state, before, view)
    if (state.diagnostics !== before.diagnostics) mark(model, state.diagnostics)
    if (state.theme !== before.theme) retheme()
    if (state.density !== before.density) view.updateOptions(spacing(state))
    if (state.editorFocus !== before.editorFocus) view.focus()
    if (state.reveal !== before.reveal) reveal(view, state.reveal)
    if (FOLLOWED.some((key) => state[key] !== before[key])) follow(view, model, marks)
  })
  mark(model, appState().diagnostics)
  void import('./yaml-language.ts').then(({ startYamlLanguage }) => startYamlLanguage())
  return () => {
    setFullEditor(null)
    unsubscribe()
    dark.removeEventListener('change', retheme)
    for (const one of disposables) one.dispose()
  }
}

function spacing({ density }: Pick<AppState, 'density'>): { readonly lineHeight: number } {
  return { lineHeight: density === 'roomy' ? 23 : 19 }
}

const FOLLOWED = ['frame', 'selected', 'documents', 'walk', 'topology'] as const

const OPTIONS: editor.IStandaloneEditorConstructionOptions = {
  automaticLayout: true,
  ariaLabel: 'Scenario text. Press Escape, then Tab, to leave.',
  fontFamily: "'JetBrains Mono Variable', monospace",
  fontSize: 12,
  fontWeight: '500',
  fontLigatures: false,
  lineNumbersMinChars: 3,
  lineDecorationsWidth: 12,
  hideCursorInOverviewRuler: true,
  glyphMargin: false,
  links: false,
  autoIndent: 'none',
  formatOnPaste: false,
  autoIndentOnPaste: false,
  formatOnType: false,
  minimap: { enabled: false },
  scrollBeyondLastLine: false,
  renderLineHighlight: 'none',
  overviewRulerLanes: 0,
  guides: { indentation: false },
  stickyScroll: { enabled: false },
  bracketPairColorization: { enabled: false },
  matchBrackets: 'never',
  stopRenderingLineAfter: 1_500,
  maxTokenizationLineLength: 5_000,
  occurrencesHighlight: 'off',
  acceptSuggestionOnEnter: 'off',
  quickSuggestions: { strings: true, other: true, comments: false },
  wordBasedSuggestions: 'off',
  snippetSuggestions: 'top',
  // F12 again goes to the next one.
  gotoLocation: { multipleDefinitions: 'goto' },
  unicodeHighlight: { ambiguousCharacters: false },
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, useShadows: false },
  // Below: more than the horizontal scrollbar, which lies over the text.
  padding: { top: 8, bottom: 18 },
  fixedOverflowWidgets: true,
}

/** What is typed goes to the store; where the cursor stands, too. */
function typing(view: editor.IStandaloneCodeEditor, model: editor.ITextModel): readonly IDisposable[] {
  return [
    model.onDidChangeContent((event) => {
      if (model.getValue() === appState().text) return
      const changes = event.changes.map(
        (change): TextChange => ({ from: change.rangeOffset, to: change.rangeOffset + change.rangeLength, insert: change.text }),
      )
      appState().edit(changes, 'typed')
      if (model.getValue() !== appState().text) appState().edit([changeBetween(appState().text, model.getValue())], 'typed')
    }),
    view.onDidChangeCursorPosition((event) => {
      const { documents, setCursorLine, topology, select } = appState()
      setCursorLine(event.position.lineNumber)
      if (event.reason !== editor.CursorChangeReason.Explicit) return
      const ref = documentAt(documents, event.position.lineNumber)?.ref ?? null
      const shapes = topology ? [...topology.services, ...topology.machines, ...topology.machines.flatMap((machine) => machine.pods)] : []
      if (shapes.some((shape) => shape.ref === ref)) select(ref)
    }),
  ]
}

/** Line ends are "\n" everywhere: Monaco gives an empty text those of Windows there, and then its text is never the store's. */
function setText(model: editor.ITextModel, text: string): void {
  model.setValue(text)
  model.setEOL(editor.EndOfLineSequence.LF)
}

/** What others changed shows in the editor. It keeps no history of its own: the store has one for typing and drawing. */
function show(state: AppState, before: AppState, view: editor.IStandaloneCodeEditor): void {
  const model = view.getModel()
  if (model === null || model.getValue() === state.text) return
  if (state.opened !== before.opened) {
    setText(model, state.text)
    return
  }
  // One edit for each place: what stands between two of them keeps its folds and marks.
  const known = model.getValue() === before.text ? state.lastChange?.changes : undefined
  model.applyEdits((known ?? [changeBetween(model.getValue(), state.text)]).map((change) => textEdit(model, change)))
  if (state.lastChange?.origin !== 'history') return
  const end = model.getPositionAt(state.lastChange.end)
  view.setPosition(end)
  view.revealPositionInCenterIfOutsideViewport(end)
}

function textEdit(model: editor.ITextModel, { from, to, insert }: TextChange): languages.TextEdit {
  const [start, end] = [model.getPositionAt(from), model.getPositionAt(to)]
  const range = { startLineNumber: start.lineNumber, startColumn: start.column, endLineNumber: end.lineNumber, endColumn: end.column }
  return { range, text: insert }
}

function mark(model: editor.ITextModel, diagnostics: readonly Diagnostic[]): void {
  editor.setModelMarkers(
    model,
    'engine',
    diagnostics.slice(0, MOST_MARKERS).map(({ range, severity, message, code }) => ({
      ...{ startLineNumber: range.line, startColumn: range.column, endLineNumber: range.endLine, endColumn: range.endColumn },
      ...{ severity: SEVERITY[severity], message, code },
    })),
  )
}

/** Offers the engine's own fixes where the cursor meets the problem, as long as the text is the one they were found in. */
function fixes(model: editor.ITextModel): IDisposable {
  return languages.registerCodeActionProvider('yaml', {
    provideCodeActions: (of, range: Range) => {
      const here =
        of === model && fixable(appState())
          ? appState().diagnostics.filter(
              (one) => one.fix && one.range.line <= range.endLineNumber && one.range.endLine >= range.startLineNumber,
            )
          : []
      const actions = here.flatMap(({ fix }) =>
        fix ? [{ title: fix.title, kind: 'quickfix', edit: { edits: fix.changes.map((change) => edited(model, change)) } }] : [],
      )
      return { actions, dispose: () => undefined }
    },
  })
}

function edited(model: editor.ITextModel, change: TextChange): languages.IWorkspaceTextEdit {
  return { resource: model.uri, versionId: model.getVersionId(), textEdit: textEdit(model, change) }
}

/** Ctrl-Enter chooses the shape of the document under the cursor. */
function showInPicture(view: editor.IStandaloneCodeEditor): IDisposable {
  return view.addAction({
    id: 'packetwalk.show',
    label: 'Show in the picture',
    keybindings: [KeyMod.CtrlCmd | KeyCode.Enter],
    contextMenuGroupId: 'navigation',
    run: (of) => {
      const line = of.getPosition()?.lineNumber ?? 1
      appState().select(documentAt(appState().documents, line)?.ref ?? null)
    },
  })
}

function formatByKey(view: editor.IStandaloneCodeEditor): IDisposable {
  return view.addAction({
    id: 'packetwalk.format',
    label: 'Format the text',
    keybindings: [KeyMod.Shift | KeyMod.Alt | KeyCode.KeyF],
    contextMenuGroupId: '1_modification',
    run: () => formatText(),
  })
}

/** The page's menu and list in place of Monaco's: it waits for a second key after Ctrl-K, and its list knows symbols of YAML but no objects. */
function openByKeys(view: editor.IStandaloneCodeEditor): readonly IDisposable[] {
  return [
    view.addAction({
      id: 'packetwalk.commands',
      label: 'Command menu',
      keybindings: [KeyMod.CtrlCmd | KeyCode.KeyK],
      run: () => appState().setOverlay('palette'),
    }),
    view.addAction({
      id: 'packetwalk.outline',
      label: 'Go to a document…',
      keybindings: [KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.KeyO],
      contextMenuGroupId: 'navigation',
      run: openOutline,
    }),
  ]
}

/** The keys of the one history, in place of the editor's own. */
function undoing(view: editor.IStandaloneCodeEditor): readonly IDisposable[] {
  const keybindingContext = 'editorTextFocus'
  const { CtrlCmd, Shift } = KeyMod
  return [
    view.addAction({
      ...{ id: 'packetwalk.undo', label: 'Undo', keybindings: [CtrlCmd | KeyCode.KeyZ], keybindingContext },
      run: () => appState().undo(),
    }),
    view.addAction({
      ...{ id: 'packetwalk.redo', label: 'Redo', keybindings: [CtrlCmd | Shift | KeyCode.KeyZ, CtrlCmd | KeyCode.KeyY], keybindingContext },
      run: () => appState().redo(),
    }),
  ]
}

/**
 * Tab indents, unless the user wants otherwise; after Escape it leaves, so that nobody is caught here. Escape that closes suggestions or the search
 * does no more than that.
 */
function leaveByTab(view: editor.IStandaloneCodeEditor): readonly IDisposable[] {
  const leaveNext = (leaves: boolean): void => view.updateOptions({ tabFocusMode: leaves || appState().tabKey === 'leaves' })
  return [
    view.onKeyDown(({ keyCode }) => {
      if (keyCode === KeyCode.Tab || keyCode === KeyCode.Shift) return
      leaveNext(keyCode === KeyCode.Escape && document.querySelector(OPEN_WIDGET) === null)
    }),
    view.onDidBlurEditorText(() => leaveNext(false)),
    view.onDidFocusEditorText(() => leaveNext(false)),
  ]
}

const OPEN_WIDGET = '.monaco-editor :is(.suggest-widget, .find-widget, .parameter-hints-widget).visible'

/**
 * Enter keeps the indentation, and deepens it after "key:". Monaco's own way also re-indents every line of a text that is
 * inserted as a whole (dictation, automation), which changes what YAML means; it is off.
 */
function indentOnEnter(view: editor.IStandaloneCodeEditor): IDisposable {
  return view.addAction({
    id: 'packetwalk.enter',
    label: 'New line, indented',
    keybindings: [KeyCode.Enter],
    keybindingContext: 'editorTextFocus && !editorReadonly',
    run: (of) => {
      const at = of.getPosition()
      const before = at
        ? (of
            .getModel()
            ?.getLineContent(at.lineNumber)
            .slice(0, at.column - 1) ?? '')
        : ''
      const indent = /^ */.exec(before)?.[0] ?? ''
      of.trigger('keyboard', 'type', { text: `\n${indent}${/:\s*$/.test(before) ? '  ' : ''}` })
    },
  })
}

/** Marks the lines that belong to what is on screen and, while nobody types here, brings them into view. */
function follow(view: editor.IStandaloneCodeEditor, model: editor.ITextModel, marks: editor.IEditorDecorationsCollection): void {
  const highlight = highlightOf(appState())
  const last = model.getLineCount()
  if (highlight === null || highlight.from > last) {
    marks.clear()
    return
  }
  const range = { startLineNumber: highlight.from, startColumn: 1, endLineNumber: Math.min(highlight.to, last), endColumn: 1 }
  marks.set([{ range, options: { isWholeLine: true, className: `line-${highlight.kind}`, marginClassName: `margin-${highlight.kind}` } }])
  if (!view.hasTextFocus())
    view.revealRangeInCenterIfOutsideViewport(range, reducesMotion() ? editor.ScrollType.Immediate : editor.ScrollType.Smooth)
}

function reveal(view: editor.IStandaloneCodeEditor, asked: AppState['reveal']): void {
  if (asked === null) return
  const line = Math.min(asked.line, view.getModel()?.getLineCount() ?? 1)
  view.setPosition({ lineNumber: line, column: 1 })
  // The first line of a folded document shows, and nothing of what is asked for behind it.
  view.trigger('reveal', 'editor.unfold', null)
  view.revealLineInCenter(line)
  view.focus()
}

/** Takes focus and selection over from the plain field, if somebody is typing there already. */
function takeOver(place: HTMLElement, view: editor.IStandaloneCodeEditor): void {
  const field = document.activeElement
  if (!(field instanceof HTMLTextAreaElement) || !place.parentElement?.contains(field)) return
  const model = view.getModel()
  if (model === null) return
  const [start, end] = [model.getPositionAt(field.selectionStart), model.getPositionAt(field.selectionEnd)]
  view.setSelection(new Selection(start.lineNumber, start.column, end.lineNumber, end.column))
  view.setScrollTop(field.scrollTop)
  // What is hidden takes no focus: keys pressed until the next render would be lost.
  place.dataset.ready = 'true'
  view.focus()
}
