/** A machine for tests of commands: 'node/worker-1' with a NIC, and a function that types at it. */
import { createNetNs } from '../linux/create-netns.ts'
import { addDevice } from '../linux/device-config.ts'
import type { Machine } from '../linux/machine.ts'
import type { Kernel } from '../linux/netns.ts'
import type { CapturedFrame } from '../net/frame.ts'
import { parseMac } from '../net/mac.ts'
import type { CommandResult, KubeApi, ShellContext, Spawn } from './command.ts'
import { runCommandLine } from './commands.ts'

export interface Terminal {
  readonly machine: Machine
  readonly spawned: Spawn[]
  /** Types a line in the machine's own namespace. */
  type(line: string, stdin?: string): CommandResult
  /** Types a line and gives what a person sees: both streams, and "=> CODE" when it failed. */
  see(line: string): string
}

/** A fresh machine; the chooser always takes the first choice. */
export function testTerminal(kube: KubeApi | null = null, frames: readonly CapturedFrame[] = []): Terminal {
  let picked = 0
  const kernel: Kernel = { nowMs: 0, nextPacketId: 1, chooser: { choose: () => 0, pick: (_kind, count) => picked++ % count } }
  const root = createNetNs('node/worker-1', kernel)
  const mac = parseMac('02:42:ac:12:00:0b')
  addDevice(root, { name: 'eth0', kind: 'physical', network: 'lan', ...(mac ? { mac } : {}) })
  const machine: Machine = {
    name: 'node/worker-1',
    hostname: 'worker-1',
    root,
    netns: new Map(),
    netnsNames: new Map([['cni-1', 'pod/default/web']]),
    files: new Map(),
  }
  const spawned: Spawn[] = []
  const type = (line: string, stdin = ''): CommandResult => {
    const context: ShellContext = {
      machine,
      netns: root,
      stdin,
      origin: null,
      lineOrigins: null,
      kube,
      frames: () => frames,
      spawn: (_netns, spawn) => {
        spawned.push(spawn)
        return { stdout: '', stderr: '', code: 0, effects: [] }
      },
    }
    return runCommandLine(line, context)
  }
  const see = (line: string): string => {
    const { stdout, stderr, code } = type(line)
    return `${stdout}${stderr}${code === 0 ? '' : `=> ${code}\n`}`
  }
  return { machine, spawned, type, see }
}
