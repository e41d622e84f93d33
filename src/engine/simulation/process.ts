/** Processes: a program's state, its file descriptors and what it printed. Plain data; `programs.ts` knows the code. */
import type { SocketEvent } from '../linux/effect.ts'
import type { Errno } from '../linux/errno.ts'
import type { Address } from '../net/address.ts'
import type { ProgramName } from './programs.ts'

/** A socket that a server process accepted or was asked on: who saw whom. */
export interface Contact {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  /** Namespace of the server. */
  readonly netns: string
  /** The process's owner: 'pod/default/web-1', 'host/db'. */
  readonly owner: string
  readonly program: ProgramName
  readonly localPort: number
  readonly from: { readonly address: Address; readonly port: number }
  readonly timeMs: number
}

/** A `connect` that a process made, and what came of it. */
export interface Connection {
  readonly fd: number
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'
  readonly address: Address
  readonly port: number
  readonly timeMs: number
  /** Everything the kernel told about it, in order. */
  readonly events: SocketEvent['kind'][]
  errno: Errno | null
  answeredFrom: { readonly address: Address; readonly port: number } | null
}

export interface Process {
  readonly id: number
  readonly program: ProgramName
  readonly netns: string
  readonly owner: string
  readonly container: string | null
  state: unknown
  /** File descriptor → socket id in the namespace; null where the system call that should have made one failed. */
  readonly fds: Map<number, number | null>
  /** File descriptor → TUN device. */
  readonly tuns: Map<number, string>
  nextFd: number
  stdout: string
  stderr: string
  /** Exit code; null while it runs. */
  code: number | null
  /** As a server: contacts, the latest last. */
  readonly contacts: Contact[]
  /** As a client. */
  readonly connections: Connection[]
}
