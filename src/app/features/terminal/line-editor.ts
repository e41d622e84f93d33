/** The line being typed, as readline edits it: what the keys that a terminal sends do to it. Pure. */

export interface EditedLine {
  readonly text: string
  readonly cursor: number
  /** Lines entered before, the oldest first. */
  readonly history: readonly string[]
  /** Which of them is shown; `history.length`: the new one, kept in `draft`. */
  readonly at: number
  readonly draft: string
}

/** What a key asks for beyond editing. */
export type Asked = 'enter' | 'interrupt' | 'complete' | 'clear' | null

export const NO_LINE: EditedLine = { text: '', cursor: 0, history: [], at: 0, draft: '' }

/** What a terminal sends, key by key: escape sequences whole, a paste letter by letter. */
export function keysOf(data: string): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys arrive as control characters
  return data.replace(/\r\n?|\n/g, '\r').match(/\u001b\[[0-9;]*[A-Za-z~]|\u001bO[A-Z]|\u001b.?|[\s\S]/gu) ?? []
}

const put = (line: EditedLine, text: string, cursor: number): EditedLine => ({ ...line, text, cursor })

/** Puts text in at the cursor. */
export function insert(line: EditedLine, text: string): EditedLine {
  return put(line, line.text.slice(0, line.cursor) + text + line.text.slice(line.cursor), line.cursor + text.length)
}

/** The line is entered: it is part of the history, and a new one begins. */
export function entered(line: EditedLine): EditedLine {
  const said = line.text.trim()
  const history = said === '' || line.history.at(-1) === said ? line.history : [...line.history, said].slice(-200)
  return { text: '', cursor: 0, history, at: history.length, draft: '' }
}

function recalled(line: EditedLine, by: 1 | -1): EditedLine {
  const at = Math.max(0, Math.min(line.history.length, line.at + by))
  if (at === line.at) return line
  const draft = line.at === line.history.length ? line.text : line.draft
  const text = at === line.history.length ? draft : (line.history[at] ?? '')
  return { ...line, at, draft, text, cursor: text.length }
}

const wordBefore = ({ text, cursor }: EditedLine): number => text.slice(0, cursor).replace(/\S+\s*$/, '').length
const wordAfter = ({ text, cursor }: EditedLine): number => cursor + (/^\s*\S*/.exec(text.slice(cursor))?.[0].length ?? 0)

const EDITS: Readonly<Record<string, (line: EditedLine) => EditedLine>> = {
  '\u001b[A': (line) => recalled(line, -1),
  '\u0010': (line) => recalled(line, -1),
  '\u001b[B': (line) => recalled(line, 1),
  '\u000e': (line) => recalled(line, 1),
  '\u001b[C': (line) => put(line, line.text, Math.min(line.text.length, line.cursor + 1)),
  '\u001b[D': (line) => put(line, line.text, Math.max(0, line.cursor - 1)),
  '\u001b[1;5C': (line) => put(line, line.text, wordAfter(line)),
  '\u001b[1;5D': (line) => put(line, line.text, wordBefore(line)),
  '\u001b[H': (line) => put(line, line.text, 0),
  '\u0001': (line) => put(line, line.text, 0),
  '\u001b[F': (line) => put(line, line.text, line.text.length),
  '\u0005': (line) => put(line, line.text, line.text.length),
  '\u007f': (line) => erased(line, Math.max(0, line.cursor - 1), line.cursor),
  '\u001b[3~': (line) => erased(line, line.cursor, line.cursor + 1),
  '\u0004': (line) => erased(line, line.cursor, line.cursor + 1),
  '\u000b': (line) => erased(line, line.cursor, line.text.length),
  '\u0015': (line) => erased(line, 0, line.cursor),
  '\u0017': (line) => erased(line, wordBefore(line), line.cursor),
}

function erased(line: EditedLine, from: number, to: number): EditedLine {
  return put(line, line.text.slice(0, from) + line.text.slice(to), from)
}

const ASKS: Readonly<Record<string, Asked>> = { '\r': 'enter', '\u0003': 'interrupt', '\t': 'complete', '\u000c': 'clear' }

/** What one key does. Keys that mean nothing here do nothing. */
export function press(line: EditedLine, key: string): { readonly line: EditedLine; readonly asked: Asked } {
  const asked = ASKS[key] ?? null
  if (asked !== null) return { line, asked }
  const edit = EDITS[key]
  if (edit) return { line: edit(line), asked: null }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is left of them is no text
  return { line: /^[\u0000-\u001f]/.test(key) ? line : insert(line, key), asked: null }
}

/** How the last word goes on: what all that it could become have in common, with a blank when there is only one. */
export function completed(line: EditedLine, words: readonly string[]): EditedLine {
  const typed = /\S*$/.exec(line.text.slice(0, line.cursor))?.[0] ?? ''
  const [first, ...others] = words
  if (first === undefined) return line
  let common = first
  for (const other of others) while (!other.startsWith(common)) common = common.slice(0, -1)
  return insert(line, common.slice(typed.length) + (others.length === 0 ? ' ' : ''))
}
