/** A world as plain data, for comparing it with another. */
import { clonePlain } from './clone.ts'
import { namespacesOf, type World } from './world.ts'

/** Everything the namespaces hold: tables, caches, counters, sockets. */
export function dump(world: World): unknown {
  return [...namespacesOf(world)].map((ns) => {
    const { kernel, trace, ...state } = ns
    return { ...clonePlain(state), now: kernel.nowMs, traced: trace !== undefined }
  })
}
