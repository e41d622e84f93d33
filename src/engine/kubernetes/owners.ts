/** Objects that controllers made and that the text brings itself, as the dump of a cluster does: by their ownerReferences. */
import { booleanAt, fieldsAt, mapsAt, stringAt } from './fields.ts'
import type { ObjectSource } from './object-source.ts'

export interface Owners {
  /** Of a pod or workload of the text (by its ref): the topmost controller that the text has too; null: none. */
  of(object: ObjectSource): string | null
  /** Workloads whose pods or ReplicaSets stand in the text: their controller has nothing left to make. */
  readonly settled: ReadonlySet<string>
}

/** Reads who made what. */
export function ownersOf(objects: readonly ObjectSource[]): Owners {
  const workloads = new Map(objects.flatMap((object) => (object.info.role === 'workload' ? [[object.ref, object] as const] : [])))
  const topmost = (object: ObjectSource): string | null => {
    const named = controllerOf(object)
    if (named === null) return null
    const found = workloads.get(named) ?? workloads.get(deploymentOf(named))
    return found === undefined ? null : (topmost(found) ?? found.ref)
  }
  const settled = new Set<string>()
  for (const object of objects) {
    if (object.info.role !== 'pod') continue
    const owner = topmost(object)
    if (owner !== null) settled.add(owner)
  }
  return { of: topmost, settled }
}

function controllerOf({ fields, meta }: ObjectSource): string | null {
  const references = mapsAt(fieldsAt(fields, 'metadata'), 'ownerReferences')
  const controller = references.find((reference) => booleanAt(reference, 'controller') === true)
  const kind = controller && stringAt(controller, 'kind')
  const name = controller && stringAt(controller, 'name')
  return kind && name ? `${kind.toLowerCase()}/${meta.namespace}/${name}` : null
}

/** A dump without ReplicaSets: theirs are named after their Deployment, and a hash. */
function deploymentOf(ref: string): string {
  return ref.replace(/^replicaset\/(.*)-[a-z0-9]+$/, 'deployment/$1')
}
