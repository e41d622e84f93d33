/** Fixes: small edits of the text that mend a problem and leave the rest of it as it was written. */
import type { TextChange } from '../diagnostic.ts'
import type { Fields } from '../fields.ts'
import type { ObjectSource } from '../object-source.ts'
import type { Span } from '../report.ts'

/** An edit that can be offered beside a problem. */
export interface Fix {
  readonly title: string
  readonly changes: readonly TextChange[]
}

/** Writes something else at a place. */
export function writeInstead(at: Span, insert: string, title = `Write ${insert}`): Fix {
  return { title, changes: [{ from: at.from, to: at.to, insert }] }
}

/** Writes the value of a field: in the place of the old one, else as a new field at the head of the mapping. Null where there is no mapping. */
export function writeField(fields: Fields, key: string, value: string): Fix | null {
  const old = fields.map?.entries.get(key)
  const title = `Write ${key}: ${value}`
  if (old !== undefined) return old.value.kind === 'scalar' ? writeInstead(old.value, value, title) : null
  const first = fields.map?.entries.values().next().value
  if (first === undefined) return null
  const { text } = fields.report
  const before = text.slice(text.lastIndexOf('\n', first.key.from - 1) + 1, first.key.from)
  // Block style: nothing but spaces and the dash of a list item stand before the key.
  const separator = /^[\s-]*$/.test(before) ? `\n${' '.repeat(before.length)}` : ', '
  return { title, changes: [{ from: first.key.from, to: first.key.from, insert: `${key}: ${value}${separator}` }] }
}

/** Takes out an object's document, with the line that separates it from the one before. Null for an object in a list, which shares its document. */
export function withoutDocument(text: string, { info, fields, meta }: Pick<ObjectSource, 'info' | 'fields' | 'meta'>): Fix | null {
  const start = fields.map?.from
  if (start === undefined) return null
  const separators = [...text.matchAll(/^---(?=\s|$)/gm)].map(({ index }) => index)
  const before = separators.findLast((at) => at <= start)
  const after = separators.find((at) => at > start)
  const from = before ?? 0
  const to = after ?? text.length
  const kinds = text.slice(from, to).match(/^\s*(?:- )?"?kind"?:/gm)?.length
  if (kinds !== 1) return null
  // The first document goes with the separator behind it.
  const end = before === undefined && after !== undefined ? after + '---'.length + 1 : to
  return { title: `Take out ${info.kind} ${meta.name}`, changes: [{ from, to: end, insert: '' }] }
}
