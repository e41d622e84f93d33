/**
 * Flow YAML, which JSON is a part of, as long as it is plain: strings in quotes, simple words and numbers. Anything else (comments, tabs, keys
 * without a value, scalars over several lines …) is left to the YAML library; both give the very same values (block-yaml.test.ts).
 */
import type { Entry, Value } from './value.ts'
import { isOddKey, NotPlainYaml, ODD_NUMBER, plainScalar, quotedScalar } from './yaml-scalar.ts'

/** Where the reader stands, and where the collection must have ended. */
export interface Flow {
  readonly text: string
  at: number
  readonly end: number
}

const MOST_DEPTH = 100
/** Longer keys are refused on one line. */
const LONGEST_KEY = 1000
/** A key without quotes, which needs a blank behind its colon. */
const KEY = /[A-Za-z_][\w./-]*(?=:[ \n])/y
/** A scalar without quotes; colons only where they cannot end a key. */
const PLAIN = /[A-Za-z0-9_./](?:[\w./+ -]|:(?=[\w/]))*|-[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?(?=[ ,\]}\n])|~(?=[ ,\]}\n])/y

/** The collection or scalar where the reader stands, which moves behind it. */
export function readFlow(flow: Flow, path: string, depth: number): Value {
  if (depth > MOST_DEPTH) throw new NotPlainYaml()
  const first = flow.text.charAt(flow.at)
  if (first === '{') return readMap(flow, path, depth)
  if (first === '[') return readList(flow, path, depth)
  return readScalar(flow, path)
}

/** The first character behind blanks. A line of `---` would end the document. */
function skipBlanks(flow: Flow): string {
  const { text, end } = flow
  for (;;) {
    const c = text.charCodeAt(flow.at)
    if (c === 0x0a && (text.startsWith('---', flow.at + 1) || text.startsWith('...', flow.at + 1))) throw new NotPlainYaml()
    if (c !== 0x20 && c !== 0x0a) break
    flow.at++
  }
  if (flow.at >= end) throw new NotPlainYaml()
  return text.charAt(flow.at)
}

/** Takes a comma (true) or the bracket that closes (false). */
function isContinued(flow: Flow, close: string): boolean {
  const c = skipBlanks(flow)
  if (c !== ',' && c !== close) throw new NotPlainYaml()
  flow.at++
  return c === ','
}

function readMap(flow: Flow, path: string, depth: number): Value {
  const from = flow.at++
  const entries = new Map<string, Entry>()
  let size = 1
  if (skipBlanks(flow) === '}') flow.at++
  else {
    do {
      skipBlanks(flow)
      const key = readKey(flow)
      if (entries.has(key.name)) throw new NotPlainYaml()
      skipBlanks(flow)
      const value = readFlow(flow, path === '' ? key.name : `${path}.${key.name}`, depth + 1)
      entries.set(key.name, { key: { from: key.from, to: key.to }, value })
      size += value.size
    } while (isContinued(flow, '}'))
  }
  return { kind: 'map', from, to: flow.at, path, size, entries }
}

function readList(flow: Flow, path: string, depth: number): Value {
  const from = flow.at++
  const items: Value[] = []
  let size = 1
  if (skipBlanks(flow) === ']') flow.at++
  else {
    do {
      skipBlanks(flow)
      const item = readFlow(flow, `${path}[${items.length}]`, depth + 1)
      items.push(item)
      size += item.size
    } while (isContinued(flow, ']'))
  }
  return { kind: 'list', from, to: flow.at, path, size, items }
}

/** A key and its colon. */
function readKey(flow: Flow): { readonly name: string; readonly from: number; readonly to: number } {
  const { text, at: from } = flow
  const first = text.charAt(from)
  if (first === '"' || first === "'") {
    const { value, to } = quotedScalar(text, from, '')
    if (to - from > LONGEST_KEY || text.charAt(to) !== ':' || isOddKey(text.slice(from, to))) throw new NotPlainYaml()
    flow.at = to + 1
    return { name: String(value), from, to }
  }
  KEY.lastIndex = from
  const name = KEY.exec(text)?.[0]
  if (name === undefined || name.length > LONGEST_KEY || isOddKey(name)) throw new NotPlainYaml()
  flow.at = from + name.length + 1
  return { name, from, to: from + name.length }
}

function readScalar(flow: Flow, path: string): Value {
  const { text, at: from } = flow
  const first = text.charAt(from)
  if (first === '"' || first === "'") {
    const value = quotedScalar(text, from, path)
    flow.at = value.to
    return value
  }
  PLAIN.lastIndex = from
  const source = PLAIN.exec(text)?.[0].trimEnd()
  if (source === undefined || ODD_NUMBER.test(source)) throw new NotPlainYaml()
  flow.at = from + source.length
  return { kind: 'scalar', from, to: flow.at, path, size: 1, value: plainScalar(source), source }
}
