/** The event loop: takes what happens next from the queue and lets it happen, until told to stop. */
import { netifReceiveSkb } from '../linux/receive.ts'
import { timerExpired } from '../linux/timer-expired.ts'
import { takeClusterStep } from './change-cluster.ts'
import { peekNext, takeNext, type WorldEvent } from './event-queue.ts'
import { takeSync } from './periodic-sync.ts'
import { deliver, makeCalls, readTun, runProcess } from './system-calls.ts'
import { applyEffects } from './transport.ts'
import { netnsNamed, type World } from './world.ts'

/** Bound on the events of one run, unless the caller gives another: a walk that needs more does not end by itself. */
export const DEFAULT_MAX_EVENTS = 200_000

export type RunEnd = 'done' | 'idle' | 'unsupported' | 'too-many-events'

export interface RunOptions {
  /** Asked before each event: is what we wait for over? */
  readonly done: () => boolean
  readonly maxEvents: number
  /** Runs the commands of a Script that stands inside the walk. */
  readonly script: (step: number) => void
  /** Does time pass even if nothing happens but looks of components? */
  readonly timePasses?: boolean
  /** Told after the cluster has changed: there may be new namespaces. */
  readonly changed?: () => void
}

/** Runs a world until `done`, until nothing is left to happen, until something is not modelled, or for `maxEvents` events. */
export function run(world: World, options: RunOptions): RunEnd {
  for (let events = 0; ; events++) {
    if (world.unsupported !== null) return 'unsupported'
    if (options.done()) return 'done'
    if (events >= options.maxEvents) return 'too-many-events'
    if (options.timePasses !== true && world.queue.heap.length === world.queue.periodic) return 'idle'
    const next = takeNext(world.queue)
    if (!next) return 'idle'
    world.kernel.nowMs = Math.max(world.kernel.nowMs, next.timeMs)
    handle(world, next.event, options)
  }
}

/** Lets time pass up to `untilMs`, whatever happens in it. */
export function runUntil(world: World, untilMs: number, options: Omit<RunOptions, 'done'>): RunEnd {
  const end = run(world, {
    ...options,
    timePasses: true,
    done: () => (peekNext(world.queue)?.timeMs ?? Number.POSITIVE_INFINITY) > untilMs,
  })
  if (end === 'done' || end === 'idle') world.kernel.nowMs = Math.max(world.kernel.nowMs, untilMs)
  return end
}

function handle(world: World, event: WorldEvent, options: RunOptions): void {
  switch (event.kind) {
    case 'receive': {
      const ns = netnsNamed(world, event.netns)
      if (ns) applyEffects(world, ns, netifReceiveSkb(ns, event.device, event.packet))
      return
    }
    case 'timer': {
      const ns = netnsNamed(world, event.netns)
      if (ns) applyEffects(world, ns, timerExpired(ns, event.timer))
      return
    }
    case 'tun':
      readTun(world, event.netns, event.device, event.packet)
      return
    case 'deliver':
      deliver(world, event.netns, event.socket, event.event)
      return
    case 'process':
      runProcess(world, event.process, event.input)
      return
    case 'calls': {
      const process = world.processes.get(event.process)
      if (process) makeCalls(world, process, event.calls)
      return
    }
    case 'cluster':
      takeClusterStep(world, event.step)
      options.changed?.()
      return
    case 'sync':
      takeSync(world, event.sync)
      return
    case 'script':
      options.script(event.step)
      return
  }
}
