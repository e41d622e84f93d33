/** A new name, in its own document and wherever the text speaks of the thing by reference. */
import { isMap, isSeq, type YAMLMap } from 'yaml'
import type { TextChange } from '../diagnostic.ts'
import { KINDS } from '../kinds.ts'
import { nameProblem } from '../names.ts'
import { type Drawing, inOrder, sourceOf } from './drawing.ts'
import { type Drawn, type DrawProblem, problem } from './gesture.ts'
import type { ObjectInText } from './objects-in-text.ts'
import { followPods, mentions, scriptsLeft } from './references.ts'
import { at, setValue, textAt } from './yaml-edit.ts'

/** Renames the thing; a pod of a Deployment renames the Deployment. */
export function rename(drawing: Drawing, ref: string, name: string): Drawn | DrawProblem {
  const object = sourceOf(drawing, ref)
  const listed = ref.startsWith('node/') && object === null ? nodeEntry(drawing, ref.slice('node/'.length)) : null
  if (object === null && listed === null) return problem(notWritten(ref))
  const kind = object?.kind ?? 'Node'
  const info = KINDS.find((known) => known.kind === kind)
  const wrong = nameProblem(name, info?.nameRule ?? 'subdomain-1123')
  if (wrong !== null) return problem(`"${name}" is no name for a ${kind}: it ${wrong}.`)
  const before = object?.name ?? ref.slice('node/'.length)
  if (before === name) return { changes: [], select: ref, note: null }
  const taken = drawing.objects.some(
    (other) => other !== object && other.kind === kind && other.name === name && other.namespace === (object?.namespace ?? ''),
  )
  if (taken) return problem(`There is a ${kind} "${name}" already.`)
  const own = object
    ? setValue(drawing.text, object.map, nameField(object), name)
    : listed && setValue(drawing.text, listed, ['name'], name)
  const thing = { kind: kind.toLowerCase(), namespace: object?.namespace ?? '', before, after: name }
  const changes = inOrder([own, ...(object ? namesakes(drawing, object, name) : []), ...mentions(drawing.objects, [thing])])
  const select = thing.namespace === '' ? `${thing.kind}/${name}` : `${thing.kind}/${thing.namespace}/${name}`
  return followPods(drawing, { changes, select, note: noteOf(scriptsLeft(drawing.objects, thing), before) }, thing)
}

function noteOf(scripts: readonly string[], before: string): string | null {
  if (scripts.length === 0) return null
  return scripts.length === 1
    ? `Script ${scripts[0]} mentions "${before}" and was not changed.`
    : `Scripts ${scripts.join(', ')} mention "${before}" and were not changed.`
}

/** A pod's container and its label `app` that were called like it, as long as nothing selects pods by that label. */
function namesakes({ text, cluster }: Drawing, object: ObjectInText, name: string): (TextChange | null)[] {
  if (object.kind !== 'Pod') return []
  const containers = at(object.map, 'spec', 'containers')
  const only = isSeq(containers) && containers.items.length === 1 ? containers.items[0] : null
  const selected =
    cluster?.services.some(({ meta, selector }) => meta.namespace === object.namespace && selector?.app === object.name) ?? true
  const labels = at(object.map, 'metadata', 'labels')
  return [
    isMap(only) && textAt(only, 'name') === object.name ? setValue(text, only, ['name'], name) : null,
    isMap(labels) && !selected && textAt(labels, 'app') === object.name ? setValue(text, labels, ['app'], name) : null,
  ]
}

const nameField = (object: ObjectInText): readonly string[] =>
  object.apiVersion.startsWith('kind.x-k8s.io/') ? ['name'] : ['metadata', 'name']

function notWritten(ref: string): string {
  const kind = ref.split('/')[0] ?? ref
  return `Nothing in the text names ${ref}: ${kind === 'node' ? 'add Node documents or a list of nodes first' : 'it cannot be renamed'}.`
}

/** The name in the Cluster document's list of nodes. */
function nodeEntry(drawing: Drawing, name: string): YAMLMap | null {
  const spec = drawing.objects.find((object) => object.kind === 'Cluster' && object.apiVersion.startsWith('packetwalk.dev/'))
  const nodes = spec ? at(spec.map, 'spec', 'nodes') : null
  if (!isSeq(nodes)) return null
  return nodes.items.filter((item) => isMap(item)).find((item) => textAt(item, 'name') === name) ?? null
}
