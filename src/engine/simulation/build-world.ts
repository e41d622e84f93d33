/** Builds a world: boots each machine of a cluster, types its NodeScript at it, starts its programs. */

import { nodeScripts } from '../cloud/node-scripts.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Kernel } from '../linux/netns.ts'
import type { NodeScript } from '../net/node-script.ts'
import { boot, plugIn } from './boot.ts'
import { chooserOf, seededState } from './chooser.ts'
import { createEventQueue } from './event-queue.ts'
import { startSyncs } from './periodic-sync.ts'
import { DEFAULT_MAX_EVENTS, run } from './run.ts'
import { runScriptCommand } from './script-command.ts'
import { startProgram } from './start-process.ts'
import type { World } from './world.ts'

/** From the kernel waking a process until it runs, ms. */
const WAKE_UP_MS = 0.05

/** The world of a cluster as it is when every machine has run its script and every server listens. `seed` starts the chooser. */
export function buildWorld(cluster: Cluster, seed = 0): World {
  const world = emptyWorld(cluster, nodeScripts(null, cluster), seed)
  for (const script of world.scripts) plugIn(world, script)
  for (const script of world.scripts) boot(world, script)
  for (const script of world.scripts) for (const command of script.commands) runScriptCommand(world, script.machine, command)
  for (const script of world.scripts) for (const program of script.programs) startProgram(world, script.machine, program)
  startSyncs(world, cluster.nodes)
  run(world, { done: () => world.queue.busy === 0, maxEvents: DEFAULT_MAX_EVENTS, script: () => {} })
  world.chooser.made.length = 0
  return world
}

/** A world of machines that are not booted yet. */
function emptyWorld(cluster: Cluster, scripts: readonly NodeScript[], seed: number): World {
  const chooser = seededState(seed)
  const kernel: Kernel = { nowMs: 0, chooser: chooserOf(chooser), nextPacketId: 1 }
  return {
    cluster,
    scripts,
    kernel,
    chooser,
    machines: new Map(),
    segments: new Map(),
    queue: createEventQueue(),
    processes: new Map(),
    nextProcess: 1,
    descriptors: new Map(),
    failed: [],
    pasted: new Set(),
    frames: [],
    unsupported: null,
    wakeUps: { afterMs: WAKE_UP_MS, count: 0, late: new Map(), until: new Map() },
    timerSlots: { count: 0, behind: new Set(), wheel: null, places: new Map() },
  }
}
