/** A world: every machine of a scenario, the segments between them, the processes, and the clock. Plain data but for `kernel.chooser` and the traces. */

import type { Cluster } from '../kubernetes/cluster.ts'
import type { Machine } from '../linux/machine.ts'
import type { Kernel, NetNs } from '../linux/netns.ts'
import type { Mac } from '../net/mac.ts'
import type { NodeScript, ScriptOrigin } from '../net/node-script.ts'
import type { ChooserState } from './chooser.ts'
import type { EventQueue } from './event-queue.ts'
import type { Frame } from './frame.ts'
import type { Process } from './process.ts'
import type { TimerWheel } from './timer-wheel.ts'

/** A file descriptor of a process. */
export interface Descriptor {
  readonly process: number
  readonly fd: number
}

/** An L2 segment: a switch that forwards to the port where it saw a MAC address, else to all. */
export interface Segment {
  readonly name: string
  /** Time a frame takes, ms. */
  readonly latencyMs: number
  readonly mtu: number
  readonly plugs: readonly { readonly netns: string; readonly device: string }[]
  /** MAC address → index of its plug. */
  readonly learned: Map<Mac, number>
}

/** A command of a NodeScript or Script that failed, as its shell would have shown it. */
export interface FailedCommand {
  readonly machine: string
  readonly run: string
  readonly stderr: string
  readonly code: number
  readonly origin: ScriptOrigin
}

/** How often processes were woken up, at which of those times (counted from 0) they are kept waiting for how long, and until when those of a namespace are, ms. */
export interface WakeUps {
  /** From the kernel waking a process until it runs, ms. */
  readonly afterMs: number
  count: number
  late: ReadonlyMap<number, number>
  readonly until: Map<string, number>
}

/**
 * How many timers were put into slots of the timer wheel, and which of them (counted from 0) run behind the others of their slot: those of another
 * processor, while the newest of one goes first. `wheel`: null where nobody knows when the machine ticks: all slots are one tick long.
 */
export interface TimerSlots {
  count: number
  behind: ReadonlySet<number>
  wheel: TimerWheel | null
  /** Where each socket's timer stands, with a wheel: one that is started anew for the same slot keeps its place (`mod_timer()`). */
  readonly places: Map<string, { readonly atMs: number; readonly sequence: number }>
}

export interface World {
  /** As it is now: requests of kubectl and the controllers change it. */
  cluster: Cluster
  readonly scripts: readonly NodeScript[]
  readonly kernel: Kernel
  readonly chooser: ChooserState
  /** By `Machine.name`. */
  readonly machines: Map<string, Machine>
  readonly segments: Map<string, Segment>
  readonly queue: EventQueue
  /** By process id, in the order they started. */
  readonly processes: Map<number, Process>
  nextProcess: number
  /** Which process holds a socket or a TUN device: by namespace, and in it by socket id or device name. */
  readonly descriptors: Map<string, Map<number | string, Descriptor>>
  readonly failed: FailedCommand[]
  /** Machines whose state was pasted: no component puts back there what the paste left out. */
  readonly pasted: Set<string>
  readonly wakeUps: WakeUps
  readonly timerSlots: TimerSlots
  /** What interfaces saw since the last walk began. */
  frames: Frame[]
  /** Set by the event that met something that is not modelled; the run stops. */
  unsupported: string | null
  /** Told which scripts a change of the cluster is about to run. */
  onChange?: (scripts: readonly NodeScript[]) => void
}

/** Every namespace of the world: of each machine the initial one, then the named ones. */
export function* namespacesOf(world: World): Generator<NetNs> {
  for (const machine of world.machines.values()) {
    yield machine.root
    yield* machine.netns.values()
  }
}

/** The namespace with this `NetNs.name`; null when there is none (any more). */
export function netnsNamed(world: World, name: string): NetNs | null {
  return world.kernel.namespaces?.get(name) ?? null
}

/** The namespace with this `NetNs.name` and the machine it is on; null when there is none (any more). */
export function findNetNs(world: World, name: string): { readonly machine: Machine; readonly netns: NetNs } | null {
  const own = world.machines.get(name)
  if (own) return { machine: own, netns: own.root }
  for (const machine of world.machines.values()) {
    for (const netns of machine.netns.values()) if (netns.name === name) return { machine, netns }
  }
  return null
}
