/** Which value of a document stands at an offset of the text. */
import { createReport } from './report.ts'
import type { DocumentInfo } from './scenario.ts'
import type { MapValue, Value } from './value.ts'
import { readDocuments } from './yaml-documents.ts'

/** A value and those around it, with offsets of the whole text. */
export interface ValueAt {
  /** Indices left out: 'spec.ports[].port'. */
  readonly path: string
  readonly value: Value
  /** The mappings that it stands in, the innermost last. */
  readonly around: readonly MapValue[]
  /** The whole document. */
  readonly document: MapValue
  /** What to add to the offsets of these values for those of the text. */
  readonly base: number
}

/** The innermost value at an offset (of a key: its value; between brackets: what they hold); null in what is no mapping. Only this document is read. */
export function valueAtOffset(text: string, { range }: Pick<DocumentInfo, 'range'>, offset: number): ValueAt | null {
  // The first line of a list's item begins behind its dash; its other lines are indented as deep.
  const indent = range.column - 1
  const base = range.from - indent
  const part = ' '.repeat(indent) + text.slice(range.from, range.to)
  const [read] = readDocuments(part, createReport(part))
  if (read?.value.kind !== 'map') return null
  return { ...inside(read.value, offset - base, []), document: read.value, base }
}

type Found = Pick<ValueAt, 'path' | 'value' | 'around'>

function inside(value: Value, at: number, around: readonly MapValue[]): Found {
  if (value.kind === 'scalar') return { path: withoutIndices(value), value, around }
  if (value.kind === 'list') {
    const item = value.items.find(({ from, to }) => from <= at && at <= to)
    return item ? inside(item, at, around) : { path: withoutIndices(value), value, around }
  }
  const entry = [...value.entries.values()].find((one) => one.key.from <= at && at <= Math.max(one.key.to, one.value.to))
  if (!entry) return { path: withoutIndices(value), value, around }
  const here = [...around, value]
  return at < entry.value.from ? { path: withoutIndices(entry.value), value: entry.value, around: here } : inside(entry.value, at, here)
}

const withoutIndices = ({ path }: Value): string => path.replaceAll(/\[\d+\]/g, '[]')

/** The text of a key's value; null where it has none. */
export function textOf(map: MapValue | null, key: string): string | null {
  const value = map?.entries.get(key)?.value
  return value?.kind === 'scalar' && value.value !== null ? String(value.value) : null
}

/** The mapping at a path of keys; null where there is none. */
export function mapOf(map: MapValue, ...path: readonly string[]): MapValue | null {
  let at: MapValue | null = map
  for (const key of path) {
    const value: Value | undefined = at?.entries.get(key)?.value
    at = value?.kind === 'map' ? value : null
  }
  return at
}
