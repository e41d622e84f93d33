/** Splits a text into YAML documents (JSON is YAML) and turns each into values; every syntax error is collected. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, parseAllDocuments, type YAMLError } from 'yaml'
import { readBlockYaml } from './block-yaml.ts'
import type { Report, Span } from './report.ts'
import type { Entry, MapValue, Value } from './value.ts'

/** One document that is not empty. */
export interface YamlDocument extends Span {
  readonly index: number
  readonly value: Value
}

/** Deeper nesting than any manifest has; the parser recurses. */
const MOST_DEPTH = 200
/** Aliases may blow a document up to this many values. */
const MOST_EXPANDED = 200_000
/** A text this long (UTF-16 units) is no scenario, and parsing it would take seconds. */
const MOST_TEXT = 8_000_000

/** From this length on the quick reader is asked first: the whole language takes a second for each 2 MB. */
const LONG_TEXT = 100_000

/** Reads all documents; one with syntax errors is left out, since what could be read of it would only be reported as incomplete. */
export function readDocuments(text: string, report: Report): YamlDocument[] {
  if (text.length > MOST_TEXT) {
    report.error({
      code: 'too-large',
      message: `The text has ${text.length} characters; at most ${MOST_TEXT} are read.`,
      at: { from: 0, to: 0 },
    })
    return []
  }
  const deep = firstTooDeep(text)
  if (deep !== null) {
    report.error({ code: 'too-deep', message: `Nested more than ${MOST_DEPTH} levels deep.`, at: { from: deep, to: deep + 1 } })
    return []
  }
  const block = text.length < LONG_TEXT ? null : readBlockYaml(text)
  return block === null ? readAnyYaml(text, report) : block.map(({ index, value }) => ({ index, value, from: value.from, to: value.to }))
}

/** By the YAML library: the whole language, with everything that is wrong. */
export function readAnyYaml(text: string, report: Report): YamlDocument[] {
  try {
    return parse(text, report)
  } catch (error) {
    if (error instanceof RangeError) {
      report.error({ code: 'too-deep', message: 'Nested too deep to be read.', at: { from: 0, to: Math.min(text.length, 1) } })
      return []
    }
    const what = error instanceof Error ? error.message : 'unknown error'
    report.error({ code: 'yaml-syntax', message: `This cannot be read as YAML: ${what}.`, at: { from: 0, to: Math.min(text.length, 1) } })
    return []
  }
}

/** A part of the text that is parsed on its own, and where it begins. */
interface Segment {
  readonly text: string
  readonly base: number
}

function parse(text: string, report: Report): YamlDocument[] {
  const whole = parseSegment({ text, base: 0 })
  const segments = whole.some(({ document }) => document.errors.length > 0) ? splitAtGluedSeparators(text, report) : []
  const documents = segments.length > 1 ? segments.flatMap(parseSegment) : whole
  return documents.flatMap(({ document, base }, index) => readDocument(document, { index, base }, report))
}

function parseSegment({ text, base }: Segment): { readonly document: Document.Parsed; readonly base: number }[] {
  const parsed = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, strict: true, logLevel: 'silent', merge: false })
  return 'empty' in parsed && parsed.empty ? [] : [...parsed].map((document) => ({ document, base }))
}

/** Published manifests are often glued together without a newline: `- {}---`. The separator is meant, so it is taken as one, with a warning. */
function splitAtGluedSeparators(text: string, report: Report): Segment[] {
  const segments: Segment[] = []
  let base = 0
  for (const match of text.matchAll(/[}\]](?=---[ \t]*$)/gm)) {
    const at = match.index + 1
    segments.push({ text: text.slice(base, at), base })
    base = at
    report.warning({
      code: 'glued-separator',
      message: 'The separator --- must stand on a line of its own: kubectl would not see it here.',
      at: { from: at, to: at + 3 },
      fix: { title: 'Put --- on a line of its own', changes: [{ from: at, to: at, insert: '\n' }] },
    })
  }
  return [...segments, { text: text.slice(base), base }]
}

/** Offset of the bracket or dash that nests too deeply, without parsing: the parser would take seconds to say so. */
function firstTooDeep(text: string): number | null {
  let depth = 0
  let dashes = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x5b || c === 0x7b) depth++
    else if (c === 0x5d || c === 0x7d) depth = Math.max(0, depth - 1)
    else if (c === 0x0a) dashes = 0
    else if ((c === 0x2d || c === 0x3f || c === 0x3a) && text.charCodeAt(i + 1) === 0x20) dashes++
    else if (c !== 0x20) dashes = 0
    if (depth > MOST_DEPTH * 5 || dashes > MOST_DEPTH) return i
  }
  return null
}

function readDocument(
  document: Document.Parsed,
  { index, base }: { readonly index: number; readonly base: number },
  report: Report,
): YamlDocument[] {
  for (const error of document.errors) reportSyntax(error, base, report)
  for (const warning of document.warnings)
    report.warning({
      code: 'yaml-warning',
      message: sentence(warning.message),
      at: { from: base + warning.pos[0], to: base + warning.pos[1] },
    })
  if (document.errors.length > 0) return []
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null && document.contents.source === ''))
    return []
  const reader: Reader = { report, anchors: new Map(), text: report.text, base }
  const value = readNode(document.contents, '', 0, reader)
  if (value === null) return []
  if (value.size > MOST_EXPANDED) {
    report.error({
      code: 'alias-bomb',
      message: `The aliases (*name) of this document expand to ${value.size} values; at most ${MOST_EXPANDED} are read.`,
      at: firstLine(value, report.text),
    })
    return []
  }
  return [{ index, value, from: value.from, to: value.to }]
}

interface Reader {
  readonly report: Report
  readonly text: string
  /** Where the parsed part begins in the text. */
  readonly base: number
  /** Null while the anchored value itself is being read: an alias to it would be a cycle. */
  readonly anchors: Map<string, Value | null>
}

type Node = { readonly range?: [number, number, number] | null | undefined; readonly anchor?: string | undefined }

function spanOf(node: unknown, base: number): Span {
  const range = (node as Node | null)?.range
  return range ? { from: base + range[0], to: base + range[1] } : { from: base, to: base }
}

/** Of a block value only its first line: what a squiggle should cover. */
export function firstLine(span: Span, text: string): Span {
  const newline = text.indexOf('\n', span.from)
  return newline >= 0 && newline < span.to ? { from: span.from, to: newline } : span
}

function readNode(node: unknown, path: string, depth: number, reader: Reader): Value | null {
  const span = spanOf(node, reader.base)
  if (depth > MOST_DEPTH) {
    reader.report.error({ code: 'too-deep', message: `Nested more than ${MOST_DEPTH} levels deep.`, at: firstLine(span, reader.text) })
    return null
  }
  if (isAlias(node)) return readAlias(node.source, span, reader)
  const anchor = (node as Node | null)?.anchor
  if (anchor) reader.anchors.set(anchor, null)
  const value = readPlainNode(node, path, depth, reader)
  if (anchor && value) reader.anchors.set(anchor, value)
  return value
}

function readPlainNode(node: unknown, path: string, depth: number, reader: Reader): Value | null {
  const span = spanOf(node, reader.base)
  if (isMap(node)) return readMap(node.items, { ...span, path }, depth, reader)
  if (isSeq(node)) {
    const items: Value[] = []
    let size = 1
    for (const [i, item] of node.items.entries()) {
      const value = readNode(item, `${path}[${i}]`, depth + 1, reader)
      if (value === null) continue
      items.push(value)
      size += value.size
    }
    return { kind: 'list', ...span, path, size, items }
  }
  if (isScalar(node)) {
    const raw = node.value
    const value =
      typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean'
        ? raw
        : raw === null || raw === undefined
          ? null
          : String(raw)
    return { kind: 'scalar', ...span, path, size: 1, value, source: node.source ?? '' }
  }
  return null
}

function readAlias(name: string, span: Span, reader: Reader): Value | null {
  const value = reader.anchors.get(name)
  if (value) return value
  const code = value === null ? 'alias-cycle' : 'unknown-alias'
  const message =
    value === null ? `*${name} stands inside the very value that &${name} names: a cycle.` : `No &${name} stands before *${name}.`
  reader.report.error({ code, message, at: span })
  return null
}

function readMap(items: readonly Pair[], at: Span & { path: string }, depth: number, reader: Reader): MapValue {
  const entries = new Map<string, Entry>()
  const merged: MapValue[] = []
  let size = 1
  for (const pair of items) {
    const key = readKey(pair, reader)
    if (key === null) continue
    const path = at.path === '' ? key.name : `${at.path}.${key.name}`
    const value: Value = (pair.value === null ? null : readNode(pair.value, path, depth + 1, reader)) ?? {
      kind: 'scalar',
      from: key.span.from,
      to: key.span.to,
      path,
      size: 1,
      value: null,
      source: '',
    }
    size += value.size
    if (key.name === '<<') {
      merged.push(...(value.kind === 'list' ? value.items : [value]).filter((v) => v.kind === 'map'))
      continue
    }
    if (entries.has(key.name)) {
      reader.report.error({
        code: 'duplicate-key',
        message: `"${key.name}" is written twice in one mapping; only one may stay.`,
        at: key.span,
      })
      continue
    }
    entries.set(key.name, { key: key.span, value })
  }
  for (const map of merged) for (const [name, entry] of map.entries) if (!entries.has(name)) entries.set(name, entry)
  return { kind: 'map', from: at.from, to: at.to, path: at.path, size, entries }
}

function readKey(pair: Pair, reader: Reader): { name: string; span: Span } | null {
  const span = spanOf(pair.key, reader.base)
  const node = isAlias(pair.key) ? readAlias(pair.key.source, span, reader) : null
  const value: unknown = isScalar(pair.key) ? pair.key.value : node?.kind === 'scalar' ? node.value : undefined
  if (typeof value === 'string') return { name: value, span }
  if (isScalar(pair.key) && pair.key.source !== undefined && (typeof value === 'number' || typeof value === 'boolean')) {
    const written = pair.key.source
    reader.report.warning({
      code: 'key-not-a-string',
      message: `The key ${written} is no string; it is read as "${written}". Put it in quotes.`,
      at: span,
      fix: { title: 'Quote the key', changes: [{ from: span.from, to: span.to, insert: `"${written}"` }] },
    })
    return { name: written, span }
  }
  reader.report.error({ code: 'key-not-a-string', message: 'A key must be a string.', at: firstLine(span, reader.text) })
  return null
}

function sentence(message: string): string {
  const text = message.trim()
  return text.endsWith('.') ? text : `${text}.`
}

function reportSyntax(error: YAMLError, base: number, report: Report): void {
  const at = firstLine({ from: base + error.pos[0], to: base + error.pos[1] }, report.text)
  if (error.code === 'TAB_AS_INDENT' || report.text[at.from] === '\t') {
    const line = report.text.lastIndexOf('\n', at.from - 1) + 1
    const indent = /^[\t ]*/.exec(report.text.slice(line, line + 200))?.[0] ?? ''
    const fix = {
      title: 'Replace the tabs by spaces',
      changes: [{ from: line, to: line + indent.length, insert: indent.replaceAll('\t', '  ') }],
    }
    report.error({
      code: 'yaml-tab',
      message: 'YAML does not allow tabs as indentation: use spaces.',
      at,
      ...(indent.includes('\t') ? { fix } : {}),
    })
    return
  }
  report.error({ code: 'yaml-syntax', message: plainWords(error.message), at })
}

/** What the library says in the terms of the YAML specification, for those who have not read it. */
const PLAIN: readonly (readonly [said: RegExp, plain: string])[] = [
  [
    /^Flow sequence in block collection must be/,
    'A list that begins with [ does not end: write ] behind its last item, on a line that is indented.',
  ],
  [
    /^Flow map in block collection must be/,
    'A mapping that begins with { does not end: write } behind its last entry, on a line that is indented.',
  ],
  [
    /^Implicit map keys need to be followed by map values/,
    'This line is no "key: value": it lacks a colon, or belongs to the line above and must be indented deeper.',
  ],
  [/^Implicit keys need to be on a single line/, 'This text lacks a colon, or its quotes do not end on the same line.'],
  [
    /^Nested mappings are not allowed in compact mappings/,
    'A second "key: value" stands on this line: write it on a line of its own, or put the value in quotes.',
  ],
  [
    /^All mapping items must start at the same column/,
    'This key is indented differently from the keys above that it belongs to: they must start at the same column.',
  ],
  [
    /^All sequence items must start at the same column/,
    'This item is indented differently from the items above: their dashes must start at the same column.',
  ],
  [
    /^Unexpected (?:scalar|flow-\w+|block-\w+) at node end/,
    'This stands behind a value that is complete: it lacks a line break, or quotes around all of it.',
  ],
]

function plainWords(message: string): string {
  return PLAIN.find(([said]) => said.test(message))?.[1] ?? sentence(message)
}
