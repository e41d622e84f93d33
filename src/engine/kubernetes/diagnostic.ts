/** Problems with the user's text, as values: collected, never only the first. */

/** Offsets are UTF-16 code units into the scenario text; lines and columns are 1-based. */
export interface TextRange {
  readonly from: number
  readonly to: number
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** A replacement of `[from, to)` by `insert`, applied to the text the range refers to. */
export interface TextChange {
  readonly from: number
  readonly to: number
  readonly insert: string
}

export interface Diagnostic {
  /** Stable, kebab-case: 'yaml-syntax', 'duplicate-name', 'selector-matches-nothing' … */
  readonly code: string
  /** error: the API server would refuse it or it cannot be built; warning: accepted but will not work; info: the rest. */
  readonly severity: 'error' | 'warning' | 'info'
  /** What is wrong and how to mend it, in one or two sentences. */
  readonly message: string
  readonly range: TextRange
  readonly fix?: { readonly title: string; readonly changes: readonly TextChange[] }
}
