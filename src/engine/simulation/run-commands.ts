/** Types command lines at machines of a world, as their administrator or a component would. */
import type { Machine } from '../linux/machine.ts'
import type { NetNs } from '../linux/netns.ts'
import type { LineOrigins, Origin } from '../linux/origin.ts'
import { type CommandResult, failed, printed, type ShellContext, type Spawn } from '../shell/command.ts'
import { runCommand, runCommandLine } from '../shell/commands.ts'
import { capturedFrame, noteFrame } from './frame.ts'
import { kubeServer } from './kube-server.ts'
import { DEFAULT_MAX_EVENTS, run } from './run.ts'
import { startClient } from './start-process.ts'
import { applyEffects } from './transport.ts'
import type { WalkClient } from './walk-client.ts'
import { findNetNs, namespacesOf, type World } from './world.ts'

/** Where and by whom a line is typed. */
export interface Terminal {
  readonly machine: Machine
  readonly netns: NetNs
  readonly origin: Origin | null
  readonly lineOrigins: LineOrigins | null
  /** Of each command of the line, where they differ. */
  readonly originAt?: ShellContext['originAt']
  readonly stdin: string
  /** May the line take virtual time (ping, curl …)? */
  readonly timePasses: boolean
  /** Told, where no time passes, that the line would need some. */
  readonly needsTime?: () => void
}

/** Runs a command line (or several) and carries out what it makes the kernel do. */
export function typeLine(world: World, line: string, terminal: Terminal): CommandResult {
  const context: ShellContext = {
    machine: terminal.machine,
    netns: terminal.netns,
    stdin: terminal.stdin,
    origin: terminal.origin,
    lineOrigins: terminal.lineOrigins,
    originAt: terminal.originAt,
    kube: kubeServer(world),
    frames: () => world.frames.map(capturedFrame),
    spawn: spawnerOf(world, terminal),
  }
  const result = runCommandLine(line, context)
  applyEffects(world, terminal.netns, result.effects)
  for (const other of result.elsewhere ?? []) applyEffects(world, other.netns, other.effects)
  if (terminal.timePasses) letItSettle(world)
  return result
}

function spawnerOf(world: World, { timePasses, needsTime }: Terminal): ShellContext['spawn'] {
  if (timePasses) return (netns, spawn) => runToEnd(world, netns, spawn)
  if (needsTime === undefined) return null
  return () => {
    needsTime()
    return printed('')
  }
}

/** A change of the cluster is over when its pods have left and are ready, and a command when the frames it sent have arrived. */
function letItSettle(world: World): void {
  const waiting = (): boolean => world.queue.heap.some(({ event }) => event.kind === 'cluster')
  if (waiting()) run(world, { done: () => !waiting(), maxEvents: DEFAULT_MAX_EVENTS, script: () => {} })
  if (world.queue.busy > 0) run(world, { done: () => world.queue.busy === 0, maxEvents: DEFAULT_MAX_EVENTS, script: () => {} })
}

/** Keeps the frames of what runs now; namespaces that somebody watches tell him. Returns how to stop. */
function watchFrames(world: World): () => void {
  const watched = [...namespacesOf(world)].filter((ns) => ns.trace === undefined)
  for (const ns of watched) ns.trace = (event) => noteFrame(world, ns.name, event)
  return () => {
    for (const ns of watched) ns.trace = undefined
  }
}

/** Runs a program that takes time, and the world with it, until it exits. */
function runToEnd(world: World, netns: NetNs, spawn: Spawn): CommandResult {
  const stopWatching = watchFrames(world)
  const process = startClient(world, { netns: netns.name, owner: netns.name, program: spawn.program, config: spawn.options })
  const end = run(world, { done: () => process.code !== null, maxEvents: DEFAULT_MAX_EVENTS, script: () => {} })
  world.processes.delete(process.id)
  stopWatching()
  if (end === 'done') return { stdout: process.stdout, stderr: process.stderr, code: process.code ?? 1, effects: [] }
  const why =
    end === 'unsupported'
      ? `not modelled: ${world.unsupported}`
      : end === 'idle'
        ? 'it waits for something that never comes'
        : `it did not end within ${DEFAULT_MAX_EVENTS} events`
  world.unsupported = null
  return { stdout: process.stdout, stderr: `${process.stderr}${spawn.program}: stopped: ${why}\n`, code: 1, effects: [] }
}

/** What a client's command would start, without starting it: the shell parses the words, reads the resolver's files, and asks for the program. */
export function captureSpawn(world: World, client: WalkClient): { readonly spawn: Spawn | null; readonly result: CommandResult } {
  const place = findNetNs(world, client.netns)
  if (!place) return { spawn: null, result: failed(`${client.netns} does not exist (any more)`) }
  const captured: Spawn[] = []
  const result = runCommand(client.argv, {
    ...place,
    stdin: client.stdin,
    origin: null,
    lineOrigins: null,
    kube: null,
    spawn: (_netns, spawn) => {
      captured.push(spawn)
      return printed('')
    },
  })
  return { spawn: captured[0] ?? null, result }
}
