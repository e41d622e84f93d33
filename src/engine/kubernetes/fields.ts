/** Reading fields of a mapping as the API server decodes them: a wrong type is reported where it stands and read as absent. */

import { nearest } from './nearest.ts'
import type { Report, Span } from './report.ts'
import { kindOfValue, type MapValue, type Value } from './value.ts'
import { firstLine } from './yaml-documents.ts'

/** A mapping or nothing, and where problems go. */
export interface Fields {
  readonly map: MapValue | null
  readonly report: Report
}

/** The fields of a value that must be a mapping. */
export function fieldsOf(value: Value | null, report: Report): Fields {
  if (value === null || (value.kind === 'scalar' && value.value === null)) return { map: null, report }
  if (value.kind === 'map') return { map: value, report }
  wrongType(value, 'a mapping', report)
  return { map: null, report }
}

/** The value of a key; null when absent or null. */
export function valueAt(fields: Fields, key: string): Value | null {
  const value = fields.map?.entries.get(key)?.value ?? null
  return value === null || (value.kind === 'scalar' && value.value === null) ? null : value
}

/** Where to point for a key: its value's first line, else the mapping's first line. */
export function placeOf(fields: Fields, key?: string): Span {
  const entry = key === undefined ? undefined : fields.map?.entries.get(key)
  if (entry) return entry.value.kind === 'scalar' && entry.value.to > entry.value.from ? entry.value : entry.key
  return fields.map ? firstLine(fields.map, fields.report.text) : { from: 0, to: 0 }
}

/** 'spec.ports[0].port' */
export function pathOf(fields: Fields, key: string): string {
  return fields.map?.path ? `${fields.map.path}.${key}` : key
}

function wrongType(value: Value, wanted: string, report: Report): void {
  report.error({
    code: 'wrong-type',
    message: `${value.path || 'This'} must be ${wanted}, not ${kindOfValue(value)}.`,
    at: firstLine(value, report.text),
  })
}

/** A mapping below this one. */
export function fieldsAt(fields: Fields, key: string): Fields {
  return fieldsOf(valueAt(fields, key), fields.report)
}

/** A list below this one; empty when absent. */
export function listAt(fields: Fields, key: string): readonly Value[] {
  const value = valueAt(fields, key)
  if (value === null) return []
  if (value.kind === 'list') return value.items
  wrongType(value, 'a list', fields.report)
  return []
}

/** The mappings of a list. */
export function mapsAt(fields: Fields, key: string): Fields[] {
  return listAt(fields, key)
    .map((value) => fieldsOf(value, fields.report))
    .filter((item) => item.map !== null)
}

/** A string. Numbers and booleans are refused as the API server does, with the quotes offered. */
export function stringAt(fields: Fields, key: string): string | null {
  const value = valueAt(fields, key)
  return value === null ? null : stringOf(value, fields.report)
}

function stringOf(value: Value, report: Report): string | null {
  if (value.kind === 'scalar' && typeof value.value === 'string') return value.value
  if (value.kind === 'scalar') {
    const message = `${value.path} must be a string, not ${kindOfValue(value)}: put it in quotes.`
    report.error({
      code: 'wrong-type',
      message,
      at: value,
      fix: { title: 'Put it in quotes', changes: [{ from: value.from, to: value.to, insert: JSON.stringify(value.source) }] },
    })
  } else wrongType(value, 'a string', report)
  return null
}

/** A whole number. */
export function integerAt(fields: Fields, key: string): number | null {
  const value = valueAt(fields, key)
  if (value === null) return null
  if (value.kind === 'scalar' && typeof value.value === 'number' && Number.isSafeInteger(value.value)) return value.value
  if (value.kind === 'scalar' && typeof value.value === 'string' && /^\d{1,9}$/.test(value.value)) {
    const message = `${value.path} must be a number: take the quotes away.`
    fields.report.error({
      code: 'wrong-type',
      message,
      at: value,
      fix: { title: 'Take the quotes away', changes: [{ from: value.from, to: value.to, insert: value.value }] },
    })
    return Number(value.value)
  }
  wrongType(value, 'a whole number', fields.report)
  return null
}

/** A port number, 1 … 65535. */
export function portAt(fields: Fields, key: string): number | null {
  const port = integerAt(fields, key)
  if (port === null || (port >= 1 && port <= 65535)) return port
  fields.report.error({
    code: 'bad-port',
    message: `${pathOf(fields, key)}: ${port} is no port; it must be between 1 and 65535.`,
    at: placeOf(fields, key),
  })
  return null
}

/** True or false; null when absent or anything else, which is reported. */
export function booleanAt(fields: Fields, key: string): boolean | null {
  const value = valueAt(fields, key)
  if (value === null) return null
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value
  wrongType(value, 'true or false', fields.report)
  return null
}

/** The strings of a list. */
export function stringsAt(fields: Fields, key: string): string[] {
  return listAt(fields, key).flatMap((value) => {
    const text = stringOf(value, fields.report)
    return text === null ? [] : [text]
  })
}

/** A mapping of strings to strings (labels, annotations, selectors); null when absent. */
export function stringMapAt(fields: Fields, key: string): Record<string, string> | null {
  const { map } = fieldsAt(fields, key)
  if (map === null) return null
  const entries = [...map.entries].flatMap(([name, { value }]): [string, string][] => {
    if (value.kind === 'scalar' && value.value === null) return [[name, '']]
    const text = stringOf(value, fields.report)
    return text === null ? [] : [[name, text]]
  })
  return Object.fromEntries(entries)
}

/** One of a few words; `fallback` when absent or wrong. */
export function wordAt<const Word extends string>(fields: Fields, key: string, words: readonly Word[], fallback: NoInfer<Word>): Word {
  const text = stringAt(fields, key)
  if (text === null) return fallback
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  const place = placeOf(fields, key)
  const near = words.find((word) => word.toLowerCase() === text.toLowerCase()) ?? nearest(text, words)
  const fix = near === null ? {} : { fix: { title: `Write ${near}`, changes: [{ from: place.from, to: place.to, insert: near }] } }
  fields.report.error({
    code: 'unsupported-value',
    message: `${pathOf(fields, key)}: "${text}" is not supported; write ${listOf(words)}.`,
    at: place,
    ...fix,
  })
  return fallback
}

/** '' is a word of some fields, for the default: nobody need write it. */
function listOf(all: readonly string[]): string {
  const words = all.filter((word) => word !== '')
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** Says which keys of the mapping nobody reads, and what was probably meant. */
export function reportUnknownFields(fields: Fields, known: readonly string[], severity: 'error' | 'warning' = 'warning'): void {
  for (const [key, entry] of fields.map?.entries ?? []) {
    if (known.includes(key)) continue
    const near = nearest(key, known)
    const hint = near === null ? '' : ` Did you mean "${near}"?`
    const fix =
      near === null ? {} : { fix: { title: `Rename to ${near}`, changes: [{ from: entry.key.from, to: entry.key.to, insert: near }] } }
    fields.report[severity]({ code: 'unknown-field', message: `Unknown field "${pathOf(fields, key)}".${hint}`, at: entry.key, ...fix })
  }
}

/** Says which fields are there that the real thing reads and this one does not: key → what holds instead, a whole sentence or ''. */
export function reportNotModelled(fields: Fields, keys: Readonly<Record<string, string>>): void {
  for (const [key, instead] of Object.entries(keys)) {
    if (valueAt(fields, key) === null) continue
    const message = `Not modelled: ${pathOf(fields, key)}.${instead === '' ? '' : ` ${instead}`}`
    fields.report.info({ code: 'not-modelled', message, at: placeOf(fields, key) })
  }
}

/** Reports a field that must be there. */
export function reportMissing(fields: Fields, key: string, at?: Span): void {
  fields.report.error({ code: 'missing-field', message: `${pathOf(fields, key)} is missing.`, at: at ?? placeOf(fields) })
}
