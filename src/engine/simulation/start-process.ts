/** Starts programs on machines of a world. */
import type { ProgramSpec } from '../net/node-script.ts'
import { schedule } from './event-queue.ts'
import type { Process } from './process.ts'
import { type ProgramName, programNamed } from './programs.ts'
import type { World } from './world.ts'

export interface ClientSpec {
  /** `NetNs.name` it runs in. */
  readonly netns: string
  readonly owner: string
  readonly program: ProgramName
  /** What the program's `start` takes. */
  readonly config: unknown
}

/** Starts a program; it runs for the first time when the clock goes on. */
export function startClient(world: World, spec: ClientSpec): Process {
  const process: Process = {
    id: world.nextProcess++,
    program: spec.program,
    netns: spec.netns,
    owner: spec.owner,
    container: null,
    state: programNamed(spec.program).start(spec.config),
    fds: new Map(),
    tuns: new Map(),
    nextFd: 1000,
    stdout: '',
    stderr: '',
    code: null,
    contacts: [],
    connections: [],
  }
  world.processes.set(process.id, process)
  schedule(world.queue, world.kernel.nowMs, { kind: 'process', process: process.id, input: { kind: 'start' } })
  return process
}

/** Starts a server of a NodeScript. A namespace that a failed command did not make leaves it out; the command's failure is reported. */
export function startProgram(world: World, machineName: string, spec: ProgramSpec): void {
  const machine = world.machines.get(machineName)
  const netns = spec.netns === null ? machine?.root : machine?.netns.get(spec.netns)
  if (!netns) return
  const process = startClient(world, { netns: netns.name, owner: spec.owner, program: spec.program, config: spec })
  world.processes.set(process.id, { ...process, container: spec.container })
}
