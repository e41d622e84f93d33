/** The objects of a text as parsed nodes with their places, for edits that keep everything else as it stands. */
import { isMap, isSeq, parseAllDocuments, type YAMLMap } from 'yaml'
import { KINDS, splitApiVersion } from '../kinds.ts'
import { refOf } from '../object-source.ts'
import { at, textAt } from './yaml-edit.ts'

/** One object of the text. */
export interface ObjectInText {
  /** 'service/default/web' */
  readonly ref: string
  readonly kind: string
  readonly apiVersion: string
  /** '' where the kind has no namespace. */
  readonly namespace: string
  readonly name: string
  readonly map: YAMLMap
  /** Its document, from `---` to the next; null for an item of a `List`. */
  readonly document: { readonly from: number; readonly to: number } | null
  /** The list it is an item of, and its 0-based place there. */
  readonly item: { readonly list: unknown; readonly index: number } | null
}

/** 1-based line of the first syntax error, when the text cannot be edited by gestures. */
export interface Unreadable {
  readonly unreadableAt: number
}

/** The objects in order. Documents of kinds that are not known are there, too: they can be deleted. */
export function objectsInText(text: string): readonly ObjectInText[] | Unreadable {
  const parsed = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, strict: true, logLevel: 'silent', merge: false })
  const documents = 'empty' in parsed && parsed.empty ? [] : [...parsed]
  const broken = documents.find((document) => document.errors.length > 0)?.errors[0]
  if (broken) return { unreadableAt: text.slice(0, broken.pos[0]).split('\n').length }
  return documents.flatMap((document, index) => {
    const { contents, range } = document
    if (!isMap(contents)) return []
    const to = documents[index + 1]?.range[0] ?? text.length
    return unpack(contents, { document: { from: range[0], to }, item: null })
  })
}

function unpack(map: YAMLMap, place: Pick<ObjectInText, 'document' | 'item'>): ObjectInText[] {
  const kind = textAt(map, 'kind') ?? ''
  const items = at(map, 'items')
  if (kind.endsWith('List') && isSeq(items))
    return items.items.flatMap((item, index) => (isMap(item) ? unpack(item, { document: null, item: { list: items, index } }) : []))
  const apiVersion = textAt(map, 'apiVersion') ?? ''
  const info = KINDS.find((known) => known.kind === kind && known.group === splitApiVersion(apiVersion).group)
  const named = info?.role === 'kind-cluster' ? textAt(map, 'name') : textAt(map, 'metadata', 'name')
  const name = named ?? info?.role ?? ''
  const namespace = info && !info.namespaced ? '' : (textAt(map, 'metadata', 'namespace') ?? 'default')
  const ref = info ? refOf(info, { namespace, name }) : `${kind.toLowerCase()}/${namespace}/${name}`
  return [{ ref, kind, apiVersion, namespace, name, map, ...place }]
}
