/** YAML as values with their place in the text: what the decoders read. Aliases are resolved, merge keys merged, keys are strings. */
import type { Span } from './report.ts'

interface ValueBase extends Span {
  /** Where it stands in its object: 'spec.ports[0].port'; '' at the top. */
  readonly path: string
  /** Number of values inside, aliases expanded. */
  readonly size: number
}

export interface ScalarValue extends ValueBase {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** As written. */
  readonly source: string
}

export interface ListValue extends ValueBase {
  readonly kind: 'list'
  readonly items: readonly Value[]
}

export interface Entry {
  readonly key: Span
  readonly value: Value
}

export interface MapValue extends ValueBase {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
}

export type Value = ScalarValue | ListValue | MapValue

/** As plain data, e.g. a CNI configuration that is handed on unread. */
export function plainValue(value: Value): unknown {
  if (value.kind === 'scalar') return value.value
  if (value.kind === 'list') return value.items.map(plainValue)
  return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plainValue(entry.value)]))
}

/** What the value is, in the words of the API server's errors. */
export function kindOfValue(value: Value): string {
  if (value.kind === 'map') return 'a mapping'
  if (value.kind === 'list') return 'a list'
  if (value.value === null) return 'null'
  if (typeof value.value === 'string') return 'a string'
  return typeof value.value === 'number' ? 'a number' : 'a boolean'
}
