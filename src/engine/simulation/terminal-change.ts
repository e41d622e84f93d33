/** Has a command changed anything? Told by comparing what it could have changed before and after, not by its name. */
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Machine } from '../linux/machine.ts'
import { clonePlain } from './clone.ts'
import type { World } from './world.ts'

/** A machine and the cluster as they were. */
export interface Before {
  readonly machine: Machine
  readonly cluster: Cluster
}

/** Keeps what a command typed at a machine can change: everything on it, its tables and files; and, by kubectl, the cluster. */
export function rememberBefore(world: World, machine: Machine): Before {
  return { cluster: world.cluster, machine: clonePlain(machine, new Map<object, unknown>([[world.kernel, world.kernel]])) }
}

/** Is anything different now? */
export function hasChanged(world: World, machine: Machine, before: Before): boolean {
  return world.cluster !== before.cluster || !isSame(machine, before.machine, new Map())
}

function isSame(a: unknown, b: unknown, compared: Map<object, unknown>): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return typeof a === 'function' && typeof b === 'function'
  if (compared.has(a)) return compared.get(a) === b
  compared.set(a, b)
  if (a instanceof Map) return b instanceof Map && isSameList([...a].flat(), [...b].flat(), compared)
  if (a instanceof Set) return b instanceof Set && isSameList([...a], [...b], compared)
  if (ArrayBuffer.isView(a) || Array.isArray(a)) return isSameList(a as readonly unknown[], b as readonly unknown[], compared)
  const [ours, theirs] = [definedEntries(a), definedEntries(b)]
  return isSameList(ours.flat(), theirs.flat(), compared)
}

function isSameList(a: ArrayLike<unknown>, b: ArrayLike<unknown>, compared: Map<object, unknown>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i], compared)) return false
  return true
}

const definedEntries = (value: object): [string, unknown][] => Object.entries(value).filter(([, one]) => one !== undefined)
