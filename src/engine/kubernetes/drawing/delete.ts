/** Deleting shapes: their documents go, and so does what only makes sense with them. */
import { isMap, isScalar, isSeq, type YAMLSeq } from 'yaml'
import type { TextChange } from '../diagnostic.ts'
import { parseScenario } from '../manifest.ts'
import { resolveDestination, resolveTarget } from '../reference.ts'
import { appendDocuments, applyChanges, type Drawing, inOrder, objectAt, sourceOf } from './drawing.ts'
import { type Drawn, type DrawProblem, problem } from './gesture.ts'
import type { ObjectInText } from './objects-in-text.ts'
import { nodeText } from './templates.ts'
import { at, removeItem, removeKey, setValue, textAt } from './yaml-edit.ts'

/** Deletes all of them at once; a pod of a Deployment means one replica less. */
export function deleteRefs(drawing: Drawing, refs: readonly string[]): Drawn | DrawProblem {
  const nodes = refs.filter((ref) => ref.startsWith('node/') && objectAt(drawing, ref) === null)
  const pods = replicasLess(drawing, refs)
  const whole = new Set<ObjectInText>(refs.flatMap((ref) => objectAt(drawing, ref) ?? []))
  const unknown = refs.find((ref) => !nodes.includes(ref) && objectAt(drawing, ref) === null && !pods.refs.has(ref))
  if (unknown !== undefined) return problem(reasonNotDeletable(drawing, unknown))
  const lost = deleteNodes(drawing, nodes)
  if ('problem' in lost) return lost
  const gone = new Set(refs.flatMap((ref) => (ref.startsWith('node/') ? [ref.slice('node/'.length)] : [])))
  const changes = [
    ...[...whole].map((object) => removeObject(drawing, object)),
    ...pods.changes.filter(({ object }) => !whole.has(object)).map(({ change }) => change),
    ...unbind(drawing, gone, whole),
    ...lost.changes,
  ]
  const deleted = withoutOverlap(inOrder(changes))
  const orphans = orphanedSteps(drawing, deleted)
  const notes = [...pods.notes, ...lost.notes, ...orphans.map(({ kind, name }) => `${kind} ${name} went with it.`)]
  const all = [...deleted, ...orphans.map((object) => removeObject(drawing, object))]
  return { changes: withoutOverlap(inOrder(all)), select: null, note: notes.join(' ') || null }
}

/** Walks and Scripts that meant something and would mean nothing any more. */
function orphanedSteps({ text, cluster, objects }: Drawing, changes: readonly TextChange[]): readonly ObjectInText[] {
  const after = parseScenario(applyChanges(text, changes)).cluster
  if (!cluster || !after) return []
  return objects.filter(({ kind, map }) => {
    const sides = kind === 'Walk' ? [textAt(map, 'spec', 'from')] : kind === 'Script' ? [textAt(map, 'spec', 'on')] : []
    const to = kind === 'Walk' ? textAt(map, 'spec', 'to') : null
    return (
      sides.some((side) => side !== null && isGone(resolveTarget(cluster, side), resolveTarget(after, side))) ||
      (to !== null && isGone(resolveDestination(cluster, to), resolveDestination(after, to)))
    )
  })
}

const isGone = (before: { readonly kind: string }, after: { readonly kind: string }): boolean =>
  before.kind !== 'error' && after.kind === 'error'

function reasonNotDeletable(drawing: Drawing, ref: string): string {
  const pod = drawing.cluster?.pods.find(({ meta }) => `pod/${meta.namespace}/${meta.name}` === ref)
  if (pod?.owner?.startsWith('daemonset/'))
    return `${pod.meta.name} belongs to a DaemonSet, which puts one on every node: delete the DaemonSet.`
  if (pod) return `${pod.meta.name} was not written by this text: cluster DNS and other system pods are settings of the Cluster document.`
  const kind = ref.split('/')[0] ?? ''
  if (kind === 'gateway' || kind === 'internet') return `The ${kind} belongs to every network that leads outside; it cannot be deleted.`
  if (ref.startsWith('network/lan')) return 'The segment lan is where the nodes are: it cannot be deleted.'
  return `Nothing in the text makes ${ref} by itself.`
}

/** The document with its separator, or the item of the list. */
function removeObject({ text }: Drawing, object: ObjectInText): TextChange | null {
  if (object.document) return { ...object.document, insert: '' }
  const { item } = object
  return item && isSeq(item.list) ? removeItem(text, item.list as YAMLSeq, item.index) : null
}

interface ReplicasLess {
  readonly refs: ReadonlySet<string>
  readonly changes: readonly { readonly object: ObjectInText; readonly change: TextChange | null }[]
  readonly notes: readonly string[]
}

function replicasLess(drawing: Drawing, refs: readonly string[]): ReplicasLess {
  const byWorkload = new Map<ObjectInText, string[]>()
  for (const ref of refs) {
    if (!ref.startsWith('pod/') || objectAt(drawing, ref)) continue
    const object = sourceOf(drawing, ref)
    if (object && /^(Deployment|ReplicaSet|StatefulSet|ReplicationController)$/.test(object.kind))
      byWorkload.set(object, [...(byWorkload.get(object) ?? []), ref])
  }
  const results = [...byWorkload].map(([object, pods]) => {
    const written = textAt(object.map, 'spec', 'replicas')
    const replicas = Math.max(0, (written === null ? 1 : Number(written)) - pods.length)
    const change = setValue(drawing.text, object.map, ['spec', 'replicas'], replicas)
    const note = `${object.kind} ${object.name} has ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} now.`
    return { object, change, note }
  })
  return { refs: new Set([...byWorkload.values()].flat()), changes: results, notes: results.map(({ note }) => note) }
}

/** Nodes without a document of their own: entries or the number of the Cluster document, or the default ones. */
function deleteNodes(
  drawing: Drawing,
  refs: readonly string[],
): { changes: readonly (TextChange | null)[]; notes: readonly string[] } | DrawProblem {
  if (refs.length === 0) return { changes: [], notes: [] }
  const names = new Set(refs.map((ref) => ref.slice('node/'.length)))
  const all = drawing.cluster?.nodes.map(({ meta }) => meta.name) ?? []
  const stay = all.filter((name) => !names.has(name))
  if (stay.length === all.length) return problem(`There is no node ${[...names].join(', ')}.`)
  if (stay.length === 0) return problem('A cluster keeps at least one node.')
  const spec = drawing.objects.find((object) => object.kind === 'Cluster')
  if (!spec)
    return {
      changes: [appendDocuments(drawing.text, stay.map(nodeText))],
      notes: [`The text names the nodes that stay: ${stay.join(', ')}.`],
    }
  if (!spec.apiVersion.startsWith('packetwalk.dev/'))
    return problem('Nodes of a kind cluster are listed under "nodes": take one away there.')
  const nodes = at(spec.map, 'spec', 'nodes')
  if (isSeq(nodes)) {
    const changes = nodes.items.map((item, index) =>
      (isMap(item) && names.has(textAt(item, 'name') ?? '')) || (isScalar(item) && names.has(String(item.value)))
        ? removeItem(drawing.text, nodes, index)
        : null,
    )
    return { changes, notes: [] }
  }
  const last = all.slice(stay.length).every((name) => names.has(name))
  const value = last ? stay.length : stay.map((name) => ({ name }))
  return { changes: [setValue(drawing.text, spec.map, ['spec', 'nodes'], value)], notes: [] }
}

/** Pods that were bound to a node that goes are scheduled anew. */
function unbind(drawing: Drawing, nodes: ReadonlySet<string>, deleted: ReadonlySet<ObjectInText>): (TextChange | null)[] {
  if (nodes.size === 0) return []
  return drawing.objects.flatMap((object) => {
    if (deleted.has(object)) return []
    const specs = [at(object.map, 'spec'), at(object.map, 'spec', 'template', 'spec')]
    return specs.map((spec) =>
      isMap(spec) && nodes.has(textAt(spec, 'nodeName') ?? '') ? removeKey(drawing.text, spec, 'nodeName') : null,
    )
  })
}

/** What lies inside a range that goes altogether is not changed as well. */
function withoutOverlap(changes: readonly TextChange[]): readonly TextChange[] {
  const kept: TextChange[] = []
  for (const change of changes) {
    const last = kept.at(-1)
    if (last && change.from < last.to) continue
    kept.push(change)
  }
  return kept
}
