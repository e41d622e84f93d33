/** What every gesture looks at: the objects of the text with their places, and the cluster that the text makes. */
import type { Cluster, Pod } from '../cluster.ts'
import type { TextChange } from '../diagnostic.ts'
import { parseScenario } from '../manifest.ts'
import { type DrawProblem, problem } from './gesture.ts'
import { type ObjectInText, objectsInText } from './objects-in-text.ts'

/** A text as gestures see it. */
export interface Drawing {
  readonly text: string
  readonly objects: readonly ObjectInText[]
  /** Null while the text has errors that keep a cluster from being built. */
  readonly cluster: Cluster | null
}

/** Reads a text for a gesture. */
export function readDrawing(text: string): Drawing | DrawProblem {
  const objects = objectsInText(text)
  if ('unreadableAt' in objects) return problem(`The text has a syntax error in line ${objects.unreadableAt}: mend it first, then draw.`)
  return { text, objects, cluster: parseScenario(text).cluster }
}

/** The object of that reference which the text itself names; null: none. */
export function objectAt(drawing: Drawing, ref: string): ObjectInText | null {
  return drawing.objects.find((object) => object.ref === ref) ?? null
}

/** The documents that a shape comes from: its own, or of a pod without one its workload's. */
export function sourceOf(drawing: Drawing, ref: string): ObjectInText | null {
  const own = objectAt(drawing, ref)
  if (own) return own
  const pod = drawing.cluster?.pods.find((candidate) => refOfPod(candidate) === ref)
  const seen = new Set<string>()
  for (let owner = pod?.owner ?? null; owner !== null && !seen.has(owner); ) {
    seen.add(owner)
    const object = objectAt(drawing, owner)
    if (object) return object
    owner = ownerOf(drawing.cluster, owner)
  }
  return null
}

function ownerOf(cluster: Cluster | null, ref: string): string | null {
  return cluster?.workloads.find(({ kind, meta }) => `${kind.toLowerCase()}/${meta.namespace}/${meta.name}` === ref)?.owner ?? null
}

/** The reference that shapes use for a pod: 'pod/default/web'. */
export function refOfPod({ meta }: Pod): string {
  return `pod/${meta.namespace}/${meta.name}`
}

/** `web`, `web-2`, `web-3` …: the first that no object of that kind has. */
export function freeName(drawing: Drawing, kind: string, wanted: string, alsoTaken: ReadonlySet<string> = new Set()): string {
  const taken = new Set([...drawing.objects.filter((object) => object.kind === kind).map(({ name }) => name), ...alsoTaken])
  if (!taken.has(wanted)) return wanted
  const stem = wanted.replace(/-\d+$/, '')
  for (let n = 2; ; n++) if (!taken.has(`${stem}-${n}`)) return `${stem}-${n}`
}

/** The change that puts documents behind all others. */
export function appendDocuments(text: string, documents: readonly string[]): TextChange {
  const joined = documents.join('---\n')
  const bare = text.trimEnd()
  const separator = bare === '' || /(^|\n)---$/.test(bare) ? '' : '---\n'
  const newline = text === '' || text.endsWith('\n') ? '' : '\n'
  return { from: text.length, to: text.length, insert: `${newline}${separator}${joined}` }
}

/** In the order of the text; changes at one place keep the order they are given in. */
export function inOrder(changes: readonly (TextChange | null)[]): readonly TextChange[] {
  const present = changes.filter((change) => change !== null)
  const ordered = present
    .map((change, index) => ({ change, index }))
    .sort((a, b) => a.change.from - b.change.from || a.index - b.index)
    .map(({ change }) => change)
  return mergeSamePlace(ordered)
}

function mergeSamePlace(ordered: readonly TextChange[]): readonly TextChange[] {
  const merged: TextChange[] = []
  for (const change of ordered) {
    const last = merged.at(-1)
    if (last && last.from === last.to && last.from === change.from && change.from === change.to)
      merged[merged.length - 1] = { ...last, insert: last.insert + change.insert }
    else merged.push(change)
  }
  return merged
}

/** The text after changes in ascending order. */
export function applyChanges(text: string, changes: readonly TextChange[]): string {
  return changes.reduceRight((copy, { from, to, insert }) => copy.slice(0, from) + insert + copy.slice(to), text)
}
