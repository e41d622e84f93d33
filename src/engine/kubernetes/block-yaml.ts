/**
 * Block YAML as kubectl prints it, read line by line: ten times as fast as the whole language, which matters for the dump of a cluster (megabytes).
 * Whatever is not plainly of that subset (flow collections that are not plain, keys without a value, indented comments, anchors, tags, folded text, odd keys, anything wrong)
 * makes it give up, and the whole text is read by the YAML library instead: both give the very same values.
 */
import { type Flow, readFlow } from './flow-yaml.ts'
import type { Entry, MapValue, Value } from './value.ts'
import { isOddKey, NotPlainYaml, ODD_NUMBER, plainScalar, quotedScalar } from './yaml-scalar.ts'

/** A document's value and its place among the documents. */
export interface BlockDocument {
  readonly index: number
  readonly value: Value
}

const MOST_DEPTH = 100
/** A key that can be nothing but a string, and the blanks after its colon. */
const KEY = /([A-Za-z_][\w./-]*|"[^"\\\n]*"|'[^'\n]*'):(?:[ ]+|(?=\n|$))/y
/** First characters of what is no plain scalar. */
const INDICATORS = new Set('[]{}&*!|>%@`#,?:"\'')
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
    if (error instanceof NotPlainYaml) return null
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
    if (cursor.indent !== 0) throw new NotPlainYaml()
    documents.push({ index, value: isFlow(cursor) ? readFlowHere(cursor, '', cursor.text.length) : readNode(cursor, '', 0) })
    if (cursor.at < cursor.text.length && !isSeparator(cursor)) throw new NotPlainYaml()
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
        throw new NotPlainYaml()
      if (at === start && text.startsWith('...', at)) throw new NotPlainYaml()
      cursor.at = at
      cursor.indent = at - start
      cursor.lineEnd = end
      return
    }
    // Which collection an indented comment belongs to is the library's to say.
    if (at < end && at > start) throw new NotPlainYaml()
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

function isFlow({ text, at }: Cursor): boolean {
  const first = text.charCodeAt(at)
  return first === 0x7b || first === 0x5b
}

/** A flow collection that ends before `end`: a document of its own may go on for many lines, as JSON does. */
function readFlowHere(cursor: Cursor, path: string, end: number): Value {
  const { text } = cursor
  const flow: Flow = { text, at: cursor.at, end }
  const value = readFlow(flow, path, 0)
  const newline = text.indexOf('\n', flow.at)
  const lineEnd = newline < 0 ? text.length : newline
  if (text.slice(flow.at, lineEnd).trim() !== '') throw new NotPlainYaml()
  toLine(cursor, lineEnd + 1)
  return value
}

/** The collection that begins where the cursor stands. */
function readNode(cursor: Cursor, path: string, depth: number): Value {
  if (depth > MOST_DEPTH) throw new NotPlainYaml()
  return isDash(cursor) ? readList(cursor, path, depth) : readMap(cursor, path, depth)
}

function readList(cursor: Cursor, path: string, depth: number): Value {
  const { text, at: from, indent } = cursor
  const items: Value[] = []
  let size = 1
  while (cursor.indent === indent && isDash(cursor)) {
    let at = cursor.at + 1
    while (text.charCodeAt(at) === 0x20) at++
    if (at >= cursor.lineEnd) throw new NotPlainYaml()
    cursor.indent = indent + at - cursor.at
    cursor.at = at
    const itemPath = `${path}[${items.length}]`
    const item = isDash(cursor) || keyAt(cursor) !== null ? readNode(cursor, itemPath, depth + 1) : readScalar(cursor, itemPath, indent)
    items.push(item)
    size += item.size
  }
  if (cursor.indent > indent) throw new NotPlainYaml()
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
  if (isOddKey(written)) throw new NotPlainYaml()
  const quoted = written.startsWith('"') || written.startsWith("'")
  return { name: quoted ? written.slice(1, -1) : written, from: at, to: at + written.length, after: at + match[0].length }
}

function readMap(cursor: Cursor, path: string, depth: number): MapValue {
  const { at: from, indent } = cursor
  const entries = new Map<string, Entry>()
  let size = 1
  while (cursor.indent === indent && !isSeparator(cursor) && !isDash(cursor)) {
    const key = keyAt(cursor)
    if (key === null || entries.has(key.name)) throw new NotPlainYaml()
    const value = readValue(cursor, key, { path: path === '' ? key.name : `${path}.${key.name}`, indent, depth })
    entries.set(key.name, { key: { from: key.from, to: key.to }, value })
    size += value.size
  }
  if (cursor.indent > indent) throw new NotPlainYaml()
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
  throw new NotPlainYaml()
}

/** A scalar on one line, a literal block, or an empty collection; `indent` is that of the collection around it. */
function readScalar(cursor: Cursor, path: string, indent: number): Value {
  const { text, at: from, lineEnd } = cursor
  const first = text.charAt(from)
  if (first === '|') return readLiteral(cursor, path, indent)
  let value: Value
  if (isFlow(cursor)) value = readFlowHere(cursor, path, lineEnd)
  else {
    if (first === '"' || first === "'") value = readQuoted(cursor, path)
    else if (INDICATORS.has(first)) throw new NotPlainYaml()
    else value = readPlain(cursor, path)
    toLine(cursor, lineEnd + 1)
  }
  if (cursor.indent > indent) throw new NotPlainYaml()
  return value
}

function readQuoted({ text, at: from, lineEnd }: Cursor, path: string): Value {
  const value = quotedScalar(text, from, path)
  if (text.slice(value.to, lineEnd).trim() !== '') throw new NotPlainYaml()
  return value
}

function readPlain(cursor: Cursor, path: string): Value {
  const { text, at: from, lineEnd } = cursor
  const rest = text.slice(from, lineEnd)
  const source = rest.trimEnd()
  if (isDash(cursor) || source.endsWith(':') || /: | #/.test(source) || rest.includes('\t') || ODD_NUMBER.test(source))
    throw new NotPlainYaml()
  return { kind: 'scalar', from, to: from + source.length, path, size: 1, value: plainScalar(source), source }
}

/** `|`, `|-` or `|+`: the lines that are indented deeper, as they are. */
function readLiteral(cursor: Cursor, path: string, indent: number): Value {
  const { text, at: from, lineEnd } = cursor
  const header = text.slice(from, lineEnd).trimEnd()
  if (!/^\|[-+]?$/.test(header)) throw new NotPlainYaml()
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
    if ((!blank && at - start < depth) || (blank && at !== end)) throw new NotPlainYaml()
    if (blank && at - start > (depth < 0 ? 0 : depth)) throw new NotPlainYaml()
    lines.push(blank ? '' : text.slice(start + depth, end))
    start = end + 1
    if (!blank || header === '|+') to = Math.min(start, text.length)
  }
  if (depth < 0 || text.charAt(to - 1) !== '\n') throw new NotPlainYaml()
  const kept = lines.join('\n').replace(/\n*$/, '')
  const value = header === '|-' ? kept : header === '|+' ? `${lines.join('\n')}\n` : `${kept}\n`
  toLine(cursor, start)
  cursor.past = to
  return { kind: 'scalar', from, to, path, size: 1, value, source: value }
}
