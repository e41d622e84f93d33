/** From a name, selector or address in the text to the documents it means: what "go to definition" opens. */
import type { Cluster, Pod } from './cluster.ts'
import { find } from './definition-finders.ts'
import type { TextRange } from './diagnostic.ts'
import type { Span } from './report.ts'
import type { DocumentInfo, Scenario } from './scenario.ts'
import { valueAtOffset } from './value-at.ts'

/** What something in the text means. */
export interface Definitions {
  /** What means it, UTF-16 offsets: what an editor underlines. */
  readonly of: Span
  /** Documents, each once, in the order of the text. */
  readonly documents: readonly { readonly ref: string; readonly range: TextRange }[]
}

/** Finds what stands at an offset; null where it means no document. */
export function definitionsAt(scenario: Scenario, offset: number): Definitions | null {
  const { cluster } = scenario
  const own = documentAround(scenario, offset)
  const at = own && valueAtOffset(scenario.text, own, offset)
  if (!at || cluster === null) return null
  const found = find({ at, kind: own.kind, namespace: own.namespace ?? 'default', name: own.name, cluster, offset: offset - at.base })
  if (found === null) return null
  const refs = new Set(found.refs.flatMap((ref) => documentOf(scenario, cluster, ref)?.ref ?? []))
  const documents = scenario.documents.filter((one) => one !== own && refs.has(one.ref)).map(({ ref, range }) => ({ ref, range }))
  return documents.length === 0 ? null : { of: { from: found.of.from + at.base, to: found.of.to + at.base }, documents }
}

function documentAround({ documents }: Scenario, offset: number): DocumentInfo | null {
  return documents.find(({ range }) => range.from <= offset && offset <= range.to) ?? null
}

/** A pod without a document of its own comes from its workload's, which may come from another's; a node from the Cluster's. */
function documentOf(scenario: Scenario, cluster: Cluster, ref: string): DocumentInfo | null {
  const own = scenario.documents.find((one) => one.ref === ref)
  if (own) return own
  if (ref.startsWith('node/')) return scenario.documents.find(({ kind }) => kind === 'Cluster') ?? null
  const owner = ownerOf(cluster, ref)
  return owner === null ? null : documentOf(scenario, cluster, owner)
}

function ownerOf({ pods, workloads }: Cluster, ref: string): string | null {
  const pod = pods.find(({ meta }: Pod) => `pod/${meta.namespace}/${meta.name}` === ref)
  return (pod ?? workloads.find(({ kind, meta }) => `${kind.toLowerCase()}/${meta.namespace}/${meta.name}` === ref))?.owner ?? null
}
