/**
 * The smallest changes of a YAML text that set, add or remove one value. Nothing else moves: comments, order, quotes and flow style stay, because
 * every change is a range taken from the parsed document. Offsets are UTF-16 units of the whole text.
 */
import { isCollection, isMap, isScalar, type Pair, type Scalar, stringify, type YAMLMap, type YAMLSeq } from 'yaml'
import type { TextChange } from '../diagnostic.ts'

/** What can be written: plain data. */
export type Writable = string | number | boolean | null | readonly Writable[] | { readonly [key: string]: Writable }

/** Offset of the first character of the line. */
function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

/** Offset behind the line's end, its newline included. */
function nextLine(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline < 0 ? text.length : newline + 1
}

function startOf(node: unknown): number | null {
  return (node as { range?: readonly [number, number, number] | null } | null)?.range?.[0] ?? null
}

/** Where the last thing that is written of a node ends: without what follows it, which the parser counts as part of block collections. */
function contentEnd(node: unknown, fallback: number): number {
  const range = (node as { range?: readonly [number, number, number] | null } | null)?.range
  if (isCollection(node) && !node.flow && node.items.length > 0) {
    const last = node.items.at(-1)
    return isMap(node) ? pairEnd(last as Pair) : contentEnd(last, fallback)
  }
  return range ? Math.max(range[1], fallback) : fallback
}

function pairEnd(pair: Pair): number {
  const keyEnd = (pair.key as Scalar | null)?.range?.[1] ?? 0
  return contentEnd(pair.value, keyEnd)
}

/** Where a line can be put in behind something that ends at `end`; a text without a last newline gets one. */
function behind(text: string, end: number): { readonly at: number; readonly before: string } {
  if (end > 0 && text[end - 1] === '\n') return { at: end, before: '' }
  const at = nextLine(text, end)
  return { at, before: at > 0 && text[at - 1] !== '\n' ? '\n' : '' }
}

/** In the way people write manifests: maps of plain strings in one line are kept short, everything else is block style. */
function printed(value: Writable, indent: number): string {
  const text = stringify(value, { lineWidth: 0, indent: 2, indentSeq: true }).replace(/\n$/, '')
  return text.replaceAll('\n', `\n${' '.repeat(indent)}`)
}

function printedFlow(value: Writable): string {
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
  return text.replace(/\n$/, '')
}

const isBlockValue = (value: Writable): boolean => value !== null && typeof value === 'object' && Object.keys(value).length > 0

function printedPair(key: string, value: Writable, indent: number): string {
  const name = stringify(key, { lineWidth: 0 }).trim()
  if (!isBlockValue(value)) return `${name}: ${printed(value, indent)}`
  const inner = indent + 2
  return `${name}:\n${' '.repeat(inner)}${printed(value, inner)}`
}

/** `path` leads from `map` to the value; what is missing on the way is made. An absent map is what `path` begins with. */
export function setValue(text: string, map: YAMLMap, path: readonly string[], value: Writable): TextChange | null {
  const [key = '', ...rest] = path
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key)
  if (!pair) return addPair(text, map, key, nested(rest, value))
  const below = pair.value
  if (rest.length > 0 && isMap(below) && (below.items.length > 0 || below.flow)) return setValue(text, below, rest, value)
  return replaceValue(text, pair, nested(rest, value))
}

function nested(path: readonly string[], value: Writable): Writable {
  return path.reduceRight<Writable>((inner, key) => ({ [key]: inner }), value)
}

/** Null when it says so already. */
function replaceValue(text: string, pair: Pair, value: Writable): TextChange | null {
  const keyEnd = (pair.key as Scalar).range?.[1] ?? 0
  const keyStart = startOf(pair.key) ?? 0
  const column = keyStart - lineStart(text, keyStart)
  const range = (pair.value as Scalar | null)?.range
  const from = range && range[0] >= keyEnd ? range[0] : keyEnd
  const to = Math.max(from, contentEnd(pair.value, from))
  if (isScalar(pair.value) && !isBlockValue(value)) {
    if (pair.value.value === value) return null
    if (from < to) return { from, to: trimmedEnd(text, from, to), insert: printed(value, column) }
  }
  const colon = text.indexOf(':', keyEnd) + 1
  if (isBlockValue(value) && from >= to) {
    const inner = column + 2
    return { from: colon, to: colon, insert: `\n${' '.repeat(inner)}${printed(value, inner)}` }
  }
  if (from >= to) return { from: colon, to: colon, insert: ` ${printedFlow(value)}` }
  return { from, to: trimmedEnd(text, from, to), insert: printedFlow(value) }
}

function trimmedEnd(text: string, from: number, to: number): number {
  let end = to
  while (end > from && /\s/.test(text[end - 1] ?? '')) end -= 1
  return end
}

function addPair(text: string, map: YAMLMap, key: string, value: Writable): TextChange {
  if (map.flow) return addFlow(text, map, `${stringify(key, { lineWidth: 0 }).trim()}: ${printedFlow(value)}`)
  const first = map.items[0]
  const firstAt = startOf(first?.key) ?? 0
  const indent = firstAt - lineStart(text, firstAt)
  const { at, before } = behind(
    text,
    map.items.reduce((end, pair) => Math.max(end, pairEnd(pair)), 0),
  )
  return { from: at, to: at, insert: `${before}${' '.repeat(indent)}${printedPair(key, value, indent)}\n` }
}

/** Before the closing bracket. */
function addFlow(text: string, node: YAMLMap | YAMLSeq, insert: string): TextChange {
  const close = (node.range?.[1] ?? 1) - 1
  const end = trimmedEnd(text, (node.range?.[0] ?? 0) + 1, close)
  const comma = node.items.length === 0 ? '' : text[end - 1] === ',' ? ' ' : ', '
  return { from: end, to: end, insert: `${comma}${insert}` }
}

/** A new last item. An item of a list that does not exist yet goes through `setValue`. */
export function appendItem(text: string, list: YAMLSeq, value: Writable): TextChange {
  if (list.flow) return addFlow(text, list, printedFlow(value))
  const first = startOf(list.items[0]) ?? 0
  const dash = text.lastIndexOf('-', first)
  const indent = dash - lineStart(text, dash)
  const flat = list.items.every((item) => !isCollection(item) || item.flow === true)
  const item = flat ? printedFlow(value) : printed(value, indent + 2)
  const { at, before } = behind(text, contentEnd(list, 0))
  return { from: at, to: at, insert: `${before}${' '.repeat(indent)}- ${item}\n` }
}

/** Removes the pair with that key; the only pair of a map leaves `{}` behind. Null when there is none. */
export function removeKey(text: string, map: YAMLMap, key: string): TextChange | null {
  const index = map.items.findIndex((item) => isScalar(item.key) && item.key.value === key)
  const pair = map.items[index]
  if (!pair) return null
  const from = startOf(pair.key) ?? 0
  return removePart(text, map, { index, from, to: pairEnd(pair) })
}

/** Removes an item of a list; the only one leaves `[]` behind. */
export function removeItem(text: string, list: YAMLSeq, index: number): TextChange | null {
  const item = list.items[index]
  const start = startOf(item)
  if (start === null) return null
  const from = list.flow ? start : text.lastIndexOf('-', start)
  return removePart(text, list, { index, from, to: contentEnd(item, start) })
}

function removePart(
  text: string,
  node: YAMLMap | YAMLSeq,
  { index, from, to }: { readonly index: number; readonly from: number; readonly to: number },
): TextChange {
  if (node.flow) return removeFlow(node, { index, from, to })
  if (node.items.length === 1) return { from, to: trimmedEnd(text, from, to), insert: isMap(node) ? '{}' : '[]' }
  const start = lineStart(text, from)
  const end = text[to - 1] === '\n' ? to : nextLine(text, to)
  if (/^ *$/.test(text.slice(start, from))) return { from: start, to: end, insert: '' }
  // The first of a map that stands behind a dash: the next one takes its place.
  const following = isMap(node) ? startOf(node.items[index + 1]?.key) : startOf(node.items[index + 1])
  return { from, to: following ?? trimmedEnd(text, from, to), insert: '' }
}

/** With the comma that belongs to it. */
function removeFlow(
  node: YAMLMap | YAMLSeq,
  { index, from, to }: { readonly index: number; readonly from: number; readonly to: number },
): TextChange {
  const next = node.items[index + 1]
  const following = startOf(isMap(node) ? (next as Pair | undefined)?.key : next)
  if (following !== null) return { from, to: following, insert: '' }
  const previous = node.items[index - 1]
  if (!previous) return { from, to, insert: '' }
  const end = isMap(node) ? pairEnd(previous as Pair) : contentEnd(previous, 0)
  return { from: end, to, insert: '' }
}

/** The value at a path of keys, or null. */
export function at(map: YAMLMap, ...path: readonly string[]): unknown {
  let node: unknown = map
  for (const key of path) {
    if (!isMap(node)) return null
    node = node.items.find((item) => isScalar(item.key) && item.key.value === key)?.value ?? null
  }
  return node
}

/** The text of a scalar at a path; null where there is none. */
export function textAt(map: YAMLMap, ...path: readonly string[]): string | null {
  const node = at(map, ...path)
  return isScalar(node) && (typeof node.value === 'string' || typeof node.value === 'number') ? String(node.value) : null
}

/** A map of texts at a path: labels, selectors. */
export function textMapAt(map: YAMLMap, ...path: readonly string[]): Readonly<Record<string, string>> {
  const node = at(map, ...path)
  if (!isMap(node)) return {}
  return Object.fromEntries(
    node.items.flatMap((item) =>
      isScalar(item.key) && isScalar(item.value) ? [[String(item.key.value), String(item.value.value ?? '')]] : [],
    ),
  )
}
