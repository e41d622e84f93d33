/**
 * Block YAML as kubectl prints it, read line by line: ten times as fast as the whole language, which matters for the dump of a cluster (megabytes).
 * Whatever is not plainly of that subset (flow collections, keys without a value, indented comments, anchors, tags, folded text, odd keys, anything wrong) makes it give up, and
 * the whole text is read by the YAML library instead: both give the very same values.
 */
import type { Entry, MapValue, Value } from './value.ts'

/** A document's value and its place among the documents. */
export interface BlockDocument {
  readonly index: number
  readonly value: Value
}

const MOST_DEPTH = 100
/** A key that can be nothing but a string, and the blanks after its colon. */
const KEY = /([A-Za-z_][\w./-]*|"[^"\\\n]*"|'[^'\n]*'):(?:[ ]+|(?=\n|$))/y
const WORDS_NOT_STRINGS = /^(?:true|false|null|True|False|Null|TRUE|FALSE|NULL)$/
const DOUBLE_QUOTED = /"(?:[^"\\\n\t]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SINGLE_QUOTED = /'(?:[^'\n\t]|'')*'/y
/** First characters of what is no plain scalar. */
const INDICATORS = new Set('[]{}&*!|>%@`#,?:"\'')
/** YAML 1.2 core schema. */
const INTEGER = /^[-+]?[0-9]+$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
/** Other numbers of the schema: left to the library. */
const ODD_NUMBER = /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/** Thrown to leave the recursion; caught below, never seen outside. */
class NotBlockYaml extends Error {}

interface Cursor {
  readonly text: string
  /** The content of the line that is read next, without its indentation; the text's length at its end. */
  at: number
  /** Its column; -1 at the end of a document. */
  indent: number
  lineEnd: number
  /** Behind the line that was read last: where a collection that ends with it ends. */
  past: number
}

/** The documents of the text; null where it is not of this subset. */
export function readBlockYaml(text: string): BlockDocument[] | null {
  const cursor: Cursor = { text, at: 0, indent: 0, lineEnd: 0, past: 0 }
  try {
    toLine(cursor, 0)
    return readDocuments(cursor)
  } catch (error) {
    if (error instanceof NotBlockYaml) return null
    throw error
  }
}

function readDocuments(cursor: Cursor): BlockDocument[] {
  const documents: BlockDocument[] = []
  let index = 0
  if (isSeparator(cursor)) toLine(cursor, cursor.lineEnd + 1)
  while (cursor.at < cursor.text.length) {
    if (isSeparator(cursor)) {
      index++
      toLine(cursor, cursor.lineEnd + 1)
      continue
    }
    if (cursor.indent !== 0) throw new NotBlockYaml()
    documents.push({ index, value: readNode(cursor, '', 0) })
    if (cursor.at < cursor.text.length && !isSeparator(cursor)) throw new NotBlockYaml()
  }
  return documents
}

function isSeparator({ text, at, indent, lineEnd }: Cursor): boolean {
  return indent === 0 && text.startsWith('---', at) && text.slice(at, lineEnd).trimEnd() === '---'
}

/** Moves to the first line from `offset` on that is neither empty nor a comment. */
function toLine(cursor: Cursor, offset: number): void {
  const { text } = cursor
  cursor.past = Math.min(offset, text.length)
  let start = offset
  while (start < text.length) {
    let at = start
    while (text.charCodeAt(at) === 0x20) at++
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    const first = text.charCodeAt(at)
    if (at < end && first !== 0x23) {
      if (first === 0x09 || first === 0x0d || first === 0x25 || first === 0xfeff || text.charCodeAt(end - 1) === 0x0d)
        throw new NotBlockYaml()
      if (at === start && text.startsWith('...', at)) throw new NotBlockYaml()
      cursor.at = at
      cursor.indent = at - start
      cursor.lineEnd = end
      return
    }
    // Which collection an indented comment belongs to is the library's to say.
    if (at < end && at > start) throw new NotBlockYaml()
    start = end + 1
  }
  cursor.at = text.length
  cursor.indent = -1
  cursor.lineEnd = text.length
}

function isDash({ text, at }: Cursor): boolean {
  const next = text.charCodeAt(at + 1)
  return text.charCodeAt(at) === 0x2d && (next === 0x20 || next === 0x0a || Number.isNaN(next))
}

/** The collection that begins where the cursor stands. */
function readNode(cursor: Cursor, path: string, depth: number): Value {
  if (depth > MOST_DEPTH) throw new NotBlockYaml()
  return isDash(cursor) ? readList(cursor, path, depth) : readMap(cursor, path, depth)
}

function readList(cursor: Cursor, path: string, depth: number): Value {
  const { text, at: from, indent } = cursor
  const items: Value[] = []
  let size = 1
  while (cursor.indent === indent && isDash(cursor)) {
    let at = cursor.at + 1
    while (text.charCodeAt(at) === 0x20) at++
    if (at >= cursor.lineEnd) throw new NotBlockYaml()
    cursor.indent = indent + at - cursor.at
    cursor.at = at
    const itemPath = `${path}[${items.length}]`
    const item = isDash(cursor) || keyAt(cursor) !== null ? readNode(cursor, itemPath, depth + 1) : readScalar(cursor, itemPath, indent)
    items.push(item)
    size += item.size
  }
  if (cursor.indent > indent) throw new NotBlockYaml()
  return { kind: 'list', from, to: cursor.past, path, size, items }
}

interface Key {
  readonly name: string
  readonly from: number
  readonly to: number
  /** Where its value may begin. */
  readonly after: number
}

function keyAt({ text, at }: Cursor): Key | null {
  KEY.lastIndex = at
  const match = KEY.exec(text)
  const written = match?.[1]
  if (!match || written === undefined) return null
  const quoted = written.startsWith('"') || written.startsWith("'")
  if (!quoted && WORDS_NOT_STRINGS.test(written)) throw new NotBlockYaml()
  return { name: quoted ? written.slice(1, -1) : written, from: at, to: at + written.length, after: at + match[0].length }
}

function readMap(cursor: Cursor, path: string, depth: number): MapValue {
  const { at: from, indent } = cursor
  const entries = new Map<string, Entry>()
  let size = 1
  while (cursor.indent === indent && !isSeparator(cursor) && !isDash(cursor)) {
    const key = keyAt(cursor)
    if (key === null || entries.has(key.name)) throw new NotBlockYaml()
    const value = readValue(cursor, key, { path: path === '' ? key.name : `${path}.${key.name}`, indent, depth })
    entries.set(key.name, { key: { from: key.from, to: key.to }, value })
    size += value.size
  }
  if (cursor.indent > indent) throw new NotBlockYaml()
  return { kind: 'map', from, to: cursor.past, path, size, entries }
}

interface Place {
  readonly path: string
  readonly indent: number
  readonly depth: number
}

function readValue(cursor: Cursor, key: Key, { path, indent, depth }: Place): Value {
  if (key.after < cursor.lineEnd) {
    cursor.at = key.after
    return readScalar(cursor, path, indent)
  }
  toLine(cursor, cursor.lineEnd + 1)
  if (cursor.indent > indent || (cursor.indent === indent && isDash(cursor))) return readNode(cursor, path, depth + 1)
  throw new NotBlockYaml()
}

/** A scalar on one line, a literal block, or an empty collection; `indent` is that of the collection around it. */
function readScalar(cursor: Cursor, path: string, indent: number): Value {
  const { text, at: from, lineEnd } = cursor
  const first = text.charAt(from)
  if (first === '|') return readLiteral(cursor, path, indent)
  let value: Value
  if (first === '"' || first === "'") value = readQuoted(cursor, path)
  else if (INDICATORS.has(first)) value = readEmpty(cursor, path)
  else value = readPlain(cursor, path)
  toLine(cursor, lineEnd + 1)
  if (cursor.indent > indent) throw new NotBlockYaml()
  return value
}

function readQuoted({ text, at: from, lineEnd }: Cursor, path: string): Value {
  const double = text.charAt(from) === '"'
  const form = double ? DOUBLE_QUOTED : SINGLE_QUOTED
  form.lastIndex = from
  const written = form.exec(text)?.[0]
  if (written === undefined || text.slice(from + written.length, lineEnd).trim() !== '') throw new NotBlockYaml()
  const inner = written.slice(1, -1)
  const value = double ? (inner.includes('\\') ? String(JSON.parse(written)) : inner) : inner.replaceAll("''", "'")
  return { kind: 'scalar', from, to: from + written.length, path, size: 1, value, source: value }
}

function readEmpty({ text, at: from, lineEnd }: Cursor, path: string): Value {
  const written = text.slice(from, lineEnd).trimEnd()
  const place = { from, to: from + written.length, path, size: 1 }
  if (written === '{}') return { kind: 'map', ...place, entries: new Map() }
  if (written === '[]') return { kind: 'list', ...place, items: [] }
  throw new NotBlockYaml()
}

function readPlain(cursor: Cursor, path: string): Value {
  const { text, at: from, lineEnd } = cursor
  const rest = text.slice(from, lineEnd)
  const source = rest.trimEnd()
  if (isDash(cursor) || source.endsWith(':') || /: | #/.test(source) || rest.includes('\t') || ODD_NUMBER.test(source))
    throw new NotBlockYaml()
  return { kind: 'scalar', from, to: from + source.length, path, size: 1, value: plainScalar(source), source }
}

function plainScalar(source: string): string | number | boolean | null {
  const first = source.charCodeAt(0)
  const numeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e
  if (numeric) return INTEGER.test(source) || FLOAT.test(source) ? Number(source) : source
  if (source === '~' || /^(?:null|Null|NULL)$/.test(source)) return null
  return /^(?:true|True|TRUE|false|False|FALSE)$/.test(source) ? source.toLowerCase() === 'true' : source
}

/** `|`, `|-` or `|+`: the lines that are indented deeper, as they are. */
function readLiteral(cursor: Cursor, path: string, indent: number): Value {
  const { text, at: from, lineEnd } = cursor
  const header = text.slice(from, lineEnd).trimEnd()
  if (!/^\|[-+]?$/.test(header)) throw new NotBlockYaml()
  const lines: string[] = []
  let depth = -1
  let start = lineEnd + 1
  let to = start
  while (start < text.length) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const blank = text.slice(start, end).trim() === ''
    let at = start
    while (at < end && text.charCodeAt(at) === 0x20) at++
    if (!blank && at - start <= indent) break
    if (!blank && depth < 0) depth = at - start
    if ((!blank && at - start < depth) || (blank && at !== end)) throw new NotBlockYaml()
    if (blank && at - start > (depth < 0 ? 0 : depth)) throw new NotBlockYaml()
    lines.push(blank ? '' : text.slice(start + depth, end))
    start = end + 1
    if (!blank || header === '|+') to = Math.min(start, text.length)
  }
  if (depth < 0 || text.charAt(to - 1) !== '\n') throw new NotBlockYaml()
  const kept = lines.join('\n').replace(/\n*$/, '')
  const value = header === '|-' ? kept : header === '|+' ? `${lines.join('\n')}\n` : `${kept}\n`
  toLine(cursor, start)
  cursor.past = to
  return { kind: 'scalar', from, to, path, size: 1, value, source: value }
}
