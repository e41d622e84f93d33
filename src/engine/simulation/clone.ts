/** Copies of plain data, and of a world: what checkpoints are made of. */
import type { Kernel } from '../linux/netns.ts'
import { watchNetNs } from '../linux/watch-netns.ts'
import { chooserOf } from './chooser.ts'
import { namespacesOf, type World } from './world.ts'

/** A deep copy of plain data (objects, arrays, maps, sets, typed arrays). What is shared inside stays shared; functions are kept as they are. */
export function clonePlain<T>(value: T, seen: Map<object, unknown> = new Map()): T {
  return copy(value, seen) as T
}

function copy(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = seen.get(value)
  if (known !== undefined) return known
  if (Array.isArray(value)) {
    const array: unknown[] = []
    seen.set(value, array)
    for (const one of value) array.push(copy(one, seen))
    return array
  }
  if (value instanceof Map) {
    const map = new Map<unknown, unknown>()
    seen.set(value, map)
    for (const [key, one] of value) map.set(copy(key, seen), copy(one, seen))
    return map
  }
  if (value instanceof Set) {
    const set = new Set<unknown>()
    seen.set(value, set)
    for (const one of value) set.add(copy(one, seen))
    return set
  }
  if (ArrayBuffer.isView(value)) return copyView(value, seen)
  return copyObject(value, seen)
}

function copyView(value: ArrayBufferView, seen: Map<object, unknown>): unknown {
  const typed = value as Uint8Array
  const made = typed.slice()
  seen.set(value, made)
  return made
}

function copyObject(value: object, seen: Map<object, unknown>): unknown {
  const made: Record<string, unknown> = Object.create(Object.getPrototypeOf(value))
  seen.set(value, made)
  for (const [key, one] of Object.entries(value)) made[key] = copy(one, seen)
  return made
}

/** What programs were started with; what a DNS server answers is only worked out when it is asked. */
function configsOf({ scripts }: World): [object, object][] {
  const configs = scripts.flatMap(({ programs }) => programs.map(({ config }) => config))
  return configs.flatMap((config): [object, object][] => (typeof config === 'object' && config !== null ? [[config, config]] : []))
}

/** A world that goes its own way from here; scripts (with the configurations in them) and cluster are shared, for nothing changes them. */
export function cloneWorld(world: World): World {
  const seen = new Map<object, unknown>([
    [world.cluster, world.cluster],
    [world.scripts, world.scripts],
    ...configsOf(world),
    [world.frames, [...world.frames]],
  ])
  const chooser = clonePlain(world.chooser, seen)
  const kernel: Kernel = { ...world.kernel, chooser: chooserOf(chooser) }
  seen.set(world.kernel, kernel)
  if (world.kernel.namespaces) kernel.namespaces = clonePlain(world.kernel.namespaces, seen)
  const made = clonePlain(world, seen)
  for (const ns of namespacesOf(made)) watchNetNs(ns, undefined)
  return made
}
