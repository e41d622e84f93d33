/** Builds a world: boots each machine of a cluster, types its NodeScript at it, starts its programs. */

import { nodeScripts } from '../cloud/node-scripts.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { createNetNs } from '../linux/create-netns.ts'
import { addDevice } from '../linux/device-config.ts'
import type { Machine } from '../linux/machine.ts'
import type { Kernel } from '../linux/netns.ts'
import { parseMac } from '../net/mac.ts'
import type { NodeScript } from '../net/node-script.ts'
import { chooserOf, seededState } from './chooser.ts'
import { createEventQueue } from './event-queue.ts'
import { DEFAULT_MAX_EVENTS, run } from './run.ts'
import { runScriptCommand } from './run-commands.ts'
import { startProgram } from './start-process.ts'
import type { Segment, World } from './world.ts'

/** Time a frame takes on a segment, ms. */
const LAN_MS = 0.05
const INTERNET_MS = 5

/** The world of a cluster as it is when every machine has run its script and every server listens. `seed` starts the chooser. */
export function buildWorld(cluster: Cluster, seed = 0): World {
  const world = emptyWorld(cluster, nodeScripts(null, cluster), seed)
  for (const script of world.scripts) boot(world, script)
  for (const script of world.scripts) for (const command of script.commands) runScriptCommand(world, script.machine, command)
  for (const script of world.scripts) for (const program of script.programs) startProgram(world, script.machine, program)
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
    segments: segmentsOf(cluster, scripts),
    queue: createEventQueue(),
    processes: new Map(),
    nextProcess: 1,
    descriptors: new Map(),
    failed: [],
    unsupported: null,
  }
}

function segmentsOf(cluster: Cluster, scripts: readonly NodeScript[]): Map<string, Segment> {
  const segments = new Map<string, Segment>()
  for (const script of scripts) {
    for (const nic of script.nics) {
      const mtu = cluster.networks.find((network) => network.meta.name === nic.network)?.mtu ?? 1500
      const segment = segments.get(nic.network) ?? {
        name: nic.network,
        latencyMs: nic.network === 'internet' ? INTERNET_MS : LAN_MS,
        mtu,
        plugs: [],
        learned: new Map(),
      }
      segments.set(nic.network, { ...segment, plugs: [...segment.plugs, { netns: script.machine, device: nic.name }] })
    }
  }
  return segments
}

function boot(world: World, script: NodeScript): void {
  const root = createNetNs(script.machine, world.kernel)
  const machine: Machine = {
    name: script.machine,
    hostname: script.hostname,
    root,
    netns: new Map(),
    netnsNames: script.netns,
    files: new Map([['/etc/resolv.conf', script.resolvConf]]),
  }
  for (const nic of script.nics) {
    const mac = parseMac(nic.mac)
    const mtu = world.segments.get(nic.network)?.mtu ?? 1500
    if (mac) addDevice(root, { kind: 'physical', name: nic.name, mac, mtu, network: nic.network })
  }
  world.machines.set(machine.name, machine)
}
