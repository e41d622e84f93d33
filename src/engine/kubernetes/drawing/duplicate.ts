/** Copies: of shapes that the text has, or of documents from elsewhere. */
import { isMap, isSeq } from 'yaml'
import { freeAddress } from './add.ts'
import { appendDocuments, applyChanges, type Drawing, freeName, inOrder, sourceOf } from './drawing.ts'
import { type Drawn, type DrawProblem, problem } from './gesture.ts'
import { type ObjectInText, objectsInText } from './objects-in-text.ts'
import { at, removeKey, setValue, textAt } from './yaml-edit.ts'

/** Each gets the next free name. What can exist only once in a cluster (addresses, node ports) is left to the API to allocate. */
export function duplicate(drawing: Drawing, refs: readonly string[]): Drawn | DrawProblem {
  const sources = [...new Set(refs.flatMap((ref) => sourceOf(drawing, ref) ?? []))]
  if (sources.length === 0) return problem('Nothing of this is written in the text: it cannot be copied.')
  const texts = sources.map((source) => documentText(drawing.text, source))
  return append(drawing, texts)
}

/** Puts the documents of another text behind all others. */
export function paste(drawing: Drawing, pasted: string): Drawn | DrawProblem {
  const objects = objectsInText(pasted)
  if ('unreadableAt' in objects) return problem(`What was pasted is no YAML: there is a syntax error in its line ${objects.unreadableAt}.`)
  if (objects.length === 0) return problem('What was pasted holds no Kubernetes object.')
  return append(
    drawing,
    objects.map((object) => documentText(pasted, object)),
  )
}

/** The document without its separator; an item of a list by itself, less indented. */
function documentText(text: string, object: ObjectInText): string {
  if (object.document) return withNewline(text.slice(object.document.from, object.document.to).replace(/^---[^\n]*\n/, ''))
  const [from = 0, to = 0] = object.map.range ?? []
  const column = from - (text.lastIndexOf('\n', from - 1) + 1)
  return withNewline(
    text
      .slice(from, to)
      .replaceAll(`\n${' '.repeat(column)}`, '\n')
      .trimEnd(),
  )
}

const withNewline = (text: string): string => `${text.trimEnd()}\n`

function append(drawing: Drawing, texts: readonly string[]): Drawn {
  const taken = new Map<string, Set<string>>()
  const copies: string[] = []
  let select: string | null = null
  for (const text of texts) {
    const [object] = objectsIn(text)
    if (!object) {
      copies.push(text)
      continue
    }
    const names = taken.get(object.kind) ?? new Set<string>()
    const name = freeName(drawing, object.kind, object.name, names)
    taken.set(object.kind, names.add(name))
    copies.push(freed(drawing, { text, object, name }))
    select = object.ref.replace(/[^/]+$/, name)
  }
  return { changes: [appendDocuments(drawing.text, copies)], select, note: null }
}

function objectsIn(text: string): readonly ObjectInText[] {
  const objects = objectsInText(text)
  return 'unreadableAt' in objects ? [] : objects
}

/** Under another name, and without what only one may have: the API allocates that anew. */
function freed(drawing: Drawing, { text, object, name }: { text: string; object: ObjectInText; name: string }): string {
  if (name === object.name) return text
  const spec = at(object.map, 'spec')
  const ports = isMap(spec) ? at(spec, 'ports') : null
  const nodePorts = isSeq(ports) ? ports.items.map((port) => (isMap(port) ? removeKey(text, port, 'nodePort') : null)) : []
  const address = object.kind === 'Host' ? freeAddress(drawing.cluster, textAt(object.map, 'spec', 'network') ?? 'lan') : null
  const changes = inOrder([
    setValue(text, object.map, ['metadata', 'name'], name),
    isMap(spec) && object.kind === 'Service' && textAt(spec, 'clusterIP') !== 'None' ? removeKey(text, spec, 'clusterIP') : null,
    isMap(spec) && address !== null && textAt(spec, 'ip') !== null ? setValue(text, spec, ['ip'], address) : null,
    ...nodePorts,
  ])
  return applyChanges(text, changes)
}
