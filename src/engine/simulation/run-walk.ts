/** Runs one walk in a world from its first system call until the network is quiet again. */
import { remarksOn } from '../kubernetes/network-policies.ts'
import type { WalkSpec } from '../kubernetes/scenario.ts'
import type { TraceEvent } from '../linux/trace-event.ts'
import { watchNetNs } from '../linux/watch-netns.ts'
import type { CommandResult, Spawn } from '../shell/command.ts'
import { parseResolvConf } from '../shell/resolv-conf.ts'
import type { NcOptions, ResolvConf } from '../shell/spawn.ts'
import { schedule, takeScripts } from './event-queue.ts'
import { foldHops } from './fold.ts'
import { noteFrame } from './frame.ts'
import { outcomeOf } from './outcome.ts'
import type { Process } from './process.ts'
import { DEFAULT_MAX_EVENTS, type RunEnd, run } from './run.ts'
import { captureSpawn } from './run-commands.ts'
import { startClient } from './start-process.ts'
import type { Trace, TraceRecord } from './trace.ts'
import { type WalkClient, type WalkProblem, walkClient } from './walk-client.ts'
import { namespacesOf, type World } from './world.ts'

/** Records of a walk at most, and so many more for each machine: a broadcast reaches them all. Beyond that it does not end by itself. */
const MOST_RECORDS = 20_000
const RECORDS_PER_MACHINE = 40
/** Commands typed at a moment come before what happens at it, however its time was rounded. */
const JUST_BEFORE_MS = 1e-6

export interface WalkRun {
  readonly spec: WalkSpec
  /** Null: the default bound. */
  readonly maxEvents: number | null
  /** Sees every record as it is made, in the middle of things; may throw to stop the world there. */
  readonly onRecord: ((record: TraceRecord) => void) | null
  /** 'outcome': only what tells how the walk ends is recorded, without hops or frames; the default is every event. */
  readonly record?: 'everything' | 'outcome' | undefined
  /** Called before each event of the world, when nothing is half done; may throw to leave a world that can go on. */
  readonly onQuiet?: () => void
  /** Commands typed at moments of the walk, ms after its beginning. */
  readonly scripts: readonly { readonly timeMs: number; readonly run: () => void }[]
}

/** Runs the walk; the world goes on to its end. A problem (nothing has happened then) when it cannot begin. */
export function runWalk(world: World, walk: WalkRun): Trace | WalkProblem {
  const client = walkClient(world.cluster, walk.spec)
  if ('problem' in client) return client
  const spawn = clientProgram(world, client)
  if ('problem' in spawn) return spawn
  const startMs = world.kernel.nowMs
  const records: TraceRecord[] = []
  world.frames = []
  const watchAll = (): void => watch(world, startMs, records, walk)
  watchAll()
  for (const [index, script] of walk.scripts.entries())
    schedule(world.queue, startMs + Math.max(0, script.timeMs - JUST_BEFORE_MS), { kind: 'script', step: index })
  const process = startClient(world, { netns: client.netns, owner: walk.spec.from, program: spawn.program, config: spawn.options })
  const most = MOST_RECORDS + RECORDS_PER_MACHINE * world.machines.size
  const end = run(world, {
    done: () => {
      walk.onQuiet?.()
      return records.length >= most || (process.code !== null && world.queue.busy === 0)
    },
    maxEvents: walk.maxEvents ?? DEFAULT_MAX_EVENTS,
    changed: watchAll,
    script: (index) => {
      walk.scripts[index]?.run()
      watchAll()
    },
  })
  const durationMs = world.kernel.nowMs - startMs
  // A script later than the walk's end belongs to it all the same: what stands below finds its work done.
  if (walk.scripts.length > 0) for (const index of takeScripts(world.queue)) walk.scripts[index]?.run()
  for (const ns of namespacesOf(world)) watchNetNs(ns, undefined)
  const outcome = outcomeOf({
    world,
    client,
    process,
    records,
    startMs,
    unsupported: records.length >= most ? `the walk did not end within ${most} records` : whyStopped(world, end, process),
  })
  world.unsupported = null
  world.processes.delete(process.id)
  const { name, from, to } = walk.spec
  const remarks = outcome.outcome === 'delivered' ? remarksOn(world.cluster, { client: client.netns, server: outcome.server }) : []
  return {
    outcome: { walk: name, from, to, ...outcome, ...(remarks.length === 0 ? {} : { remarks }) },
    ...{ records, hops: walk.record === 'outcome' ? [] : foldHops(records), startMs, durationMs },
  }
}

function watch(world: World, startMs: number, records: TraceRecord[], { onRecord, record: what }: WalkRun): void {
  for (const ns of namespacesOf(world)) {
    const keep = (event: TraceEvent): void => {
      const record: TraceRecord = { n: records.length, timeMs: world.kernel.nowMs - startMs, where: ns.name, event }
      records.push(record)
      onRecord?.(record)
    }
    if (what === 'outcome') ns.trace = keep
    else
      watchNetNs(ns, (event) => {
        noteFrame(world, ns.name, event)
        keep(event)
      })
  }
}

/** The program that the client's command would start, with the options it would parse: exactly what a person typing it gets. */
function clientProgram(world: World, client: WalkClient): Spawn | WalkProblem {
  const captured = captureSpawn(world, client)
  if (captured.spawn) {
    const spawn = withResolvConf(captured.spawn, client.resolvConf)
    // No netcat option says SCTP; the exchange is the same.
    const sctp = client.destination.protocol === 'sctp'
    return sctp ? { ...spawn, options: { ...(spawn.options as NcOptions), protocol: 'sctp' } satisfies NcOptions } : spawn
  }
  const result: CommandResult = captured.result
  return { problem: result.stderr.trim() || `${client.argv[0]} sends nothing` }
}

/** With the pod's own name servers and search list instead of its node's. */
function withResolvConf(spawn: Spawn, text: string | null): Spawn {
  if (text === null) return spawn
  const options = spawn.options as { readonly resolver: ResolvConf }
  return { ...spawn, options: { ...options, resolver: { ...parseResolvConf(text, ''), hosts: options.resolver.hosts } } }
}

function whyStopped(world: World, end: RunEnd, process: Process): string | null {
  switch (end) {
    case 'unsupported':
      return world.unsupported
    case 'too-many-events':
      return 'the walk did not end within its step bound'
    case 'idle':
      return process.code === null ? 'the sender waits for something that never comes' : null
    case 'done':
      return null
  }
}
