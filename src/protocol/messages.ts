/** The only thing the page and the worker share. A discriminated union on `type`, with a version; plain, cloneable data. */
import type { Diagnostic } from '../engine/kubernetes/diagnostic.ts'
import type { DocumentInfo } from '../engine/kubernetes/scenario.ts'
import type { Blame } from '../engine/narrator/blame.ts'
import type { Why } from '../engine/narrator/why.ts'
import type { Topology } from '../engine/simulation/topology.ts'
import type { TraceRecord, WalkOutcome } from '../engine/simulation/trace.ts'

export const PROTOCOL_VERSION = 1

export interface WalkSummary {
  readonly name: string
  readonly from: string
  readonly to: string
  /** 1-based line of its document; null for walks typed in the walk bar. */
  readonly line: number | null
}

/** Page → worker. `revision` numbers the text; answers for an older one are dropped by the client. */
export type Request =
  | { readonly type: 'hello'; readonly version: number }
  | { readonly type: 'open'; readonly revision: number; readonly text: string }
  /** `name` of a Walk document, or `from` and `to`. */
  | {
      readonly type: 'walk'
      readonly id: number
      readonly revision: number
      readonly walk: { readonly name: string } | { readonly from: string; readonly to: string }
      readonly seed: number
    }
  /** The client has consumed a page: one more may be sent. */
  | { readonly type: 'credit'; readonly id: number }
  | { readonly type: 'cancel'; readonly id: number }
  /** The state of one namespace at record `n` of walk `id` (before the walk: n = −1). */
  | { readonly type: 'inspect'; readonly request: number; readonly id: number; readonly n: number; readonly where: string }

/** Tables of one namespace at one moment, as the tools print them, split in rows for display. */
export interface NamespaceState {
  readonly where: string
  readonly n: number
  /** `ip addr`, `ip route`, `ip neigh`, `bridge fdb`, `conntrack -L`, `iptables-save -c`, `ss -ltn`, `sysctl`: section title → text lines. */
  readonly sections: readonly { readonly title: string; readonly command: string; readonly lines: readonly string[] }[]
}

/** Worker → page. */
export type Response =
  | { readonly type: 'ready'; readonly version: number }
  | {
      readonly type: 'scenario'
      readonly revision: number
      readonly diagnostics: readonly Diagnostic[]
      readonly documents: readonly DocumentInfo[]
      readonly walks: readonly WalkSummary[] /** Null when the text cannot be built: keep the last good picture. */
      readonly topology: Topology | null
    }
  | {
      readonly type: 'page'
      readonly id: number
      readonly revision: number
      readonly records: readonly TraceRecord[] /** `n` → sentence, same order as `records`. */
      readonly sentences: readonly string[]
    }
  | {
      readonly type: 'walked'
      readonly id: number
      readonly revision: number
      readonly outcome: WalkOutcome /** One sentence: what happened and why. */
      readonly summary: string
      /** The Script that brought it about, where the trace shows one. */
      readonly blame: Blame | null
      /** Cause, place, line and fix of a walk that failed; null when it was delivered. */
      readonly why: Why | null
    }
  | { readonly type: 'state'; readonly request: number; readonly state: NamespaceState }
  | {
      readonly type: 'failed'
      readonly about: 'open' | 'inspect'
      readonly id: number
      readonly revision: number
      readonly message: string
    }
  | {
      readonly type: 'failed'
      readonly about: 'walk'
      readonly id: number
      readonly revision: number
      readonly message: string
      /** The end of the walk that is wrong; null when it is neither. */
      readonly end: 'from' | 'to' | null
    }
