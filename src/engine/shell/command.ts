/** How commands see the machine they run on. One file a command; `commands.ts` lists them. */
import type { Effect } from '../linux/effect.ts'
import type { Machine } from '../linux/machine.ts'
import type { NetNs } from '../linux/netns.ts'
import type { LineOrigins, Origin } from '../linux/origin.ts'
import type { CapturedFrame } from '../net/frame.ts'

/** What a command printed and returned; `effects` are what it makes the kernel do (a gratuitous ARP …). */
export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
  readonly effects: readonly Effect[]
  /** Effects in namespaces other than the one the command ran in (`ip -n NAME …`, `ip netns exec NAME …`). */
  readonly elsewhere?: readonly { readonly netns: NetNs; readonly effects: readonly Effect[] }[]
  /** Of a command text: what failed in it, in order. */
  readonly failures?: readonly CommandFailure[]
}

/** A list (commands joined by `&&` and `||`) that failed: the pipeline that made it fail. */
export interface CommandFailure {
  /** As typed. */
  readonly text: string
  /** 1-based line of the command text. */
  readonly line: number
  readonly stderr: string
  readonly code: number
}

/** A program that needs virtual time (ping, curl, nc, dig): the world runs it and returns when it ends. */
export interface Spawn {
  readonly program: 'curl' | 'ping' | 'nc' | 'dig' | 'getent' | 'nslookup' | 'sleep' | 'traceroute' | 'tracepath' | 'mtr'
  /** The program's configuration: a type of `spawn.ts`, named after the program. */
  readonly options: unknown
}

/** What kubectl may ask to be changed. `resource` in plural lower case; `text` is one object as JSON, with its namespace. */
export type KubeChange =
  | { readonly verb: 'delete'; readonly resource: string; readonly namespace: string; readonly name: string }
  | { readonly verb: 'scale'; readonly resource: string; readonly namespace: string; readonly name: string; readonly replicas: number }
  | { readonly verb: 'apply'; readonly text: string }

/** `message` in the words of the API server. */
export type KubeChanged =
  | { readonly ok: true; readonly done: 'created' | 'configured' | 'deleted' | 'scaled' }
  | { readonly ok: false; readonly message: string }

/** The Kubernetes API for kubectl: `list` returns objects in API (JSON) form. */
export interface KubeApi {
  list(resource: string, namespace: string | null): readonly Readonly<Record<string, unknown>>[] | null
  /** Changes the cluster; components follow at once, pods take their time unless `force`. Absent where nothing can be changed. */
  change?(change: KubeChange, force: boolean): KubeChanged
  /** What a container of a pod printed; null: no such pod. */
  logs?(namespace: string, pod: string, container: string): string | null
  /** Where the processes of a pod run; null: nowhere (any more). */
  placeOf?(namespace: string, pod: string): Pick<ShellContext, 'machine' | 'netns'> | null
}

export interface ShellContext {
  readonly machine: Machine
  /** The namespace the command runs in. */
  readonly netns: NetNs
  readonly stdin: string
  /** Stamped on every object the command creates. */
  readonly origin: Origin | null
  /** Origin by 1-based line of stdin, where it differs. */
  readonly lineOrigins: LineOrigins | null
  /** Origin of one command of a text of several: by its 1-based line there and its own text. Absent: they all have `origin`. */
  readonly originAt?: ((line: number, command: string) => Origin) | undefined
  readonly kube: KubeApi | null
  /** What packet sockets saw since the last walk began, in all namespaces. Absent where nothing is kept. */
  readonly frames?: () => readonly CapturedFrame[]
  /** Null where time cannot pass (while scripts load): such commands then fail and say so. */
  readonly spawn: ((netns: NetNs, spawn: Spawn) => CommandResult) | null
}

export type Command = (argv: readonly string[], context: ShellContext) => CommandResult

/** A result that printed `stdout` and returned 0. */
export function printed(stdout: string, effects: readonly Effect[] = []): CommandResult {
  return { stdout, stderr: '', code: 0, effects }
}

/** A result that failed with a message, as the real tool words it. */
export function failed(stderr: string, code = 1): CommandResult {
  return { stdout: '', stderr: stderr.endsWith('\n') ? stderr : `${stderr}\n`, code, effects: [] }
}
