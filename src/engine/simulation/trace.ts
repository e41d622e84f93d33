/** What happened in one walk: numbered records, folded into hops, with the sender's outcome. */
import type { Remark } from '../kubernetes/network-policies.ts'
import type { TraceEvent } from '../linux/trace-event.ts'

/** One kernel event with its number in the walk (0-based), virtual time in ms since the walk began, and namespace. */
export interface TraceRecord {
  readonly n: number
  readonly timeMs: number
  /** 'pod/default/web-1', 'node/worker-1', 'host/client', 'gateway', 'internet'. */
  readonly where: string
  readonly event: TraceEvent
}

/** A packet's stay in one namespace: consecutive records of one packet id at one place. `in` and `out` are device names. */
export interface Hop {
  readonly index: number
  readonly where: string
  readonly packet: number
  readonly in: string | null
  readonly out: string | null
  /** `n` of its records. */
  readonly records: readonly number[]
}

/** What the sender experiences (DESIGN §5). */
export type Outcome = 'delivered' | 'refused' | 'rejected' | 'reset' | 'stalled' | 'timeout' | 'unresolved' | 'unsupported'

export interface WalkOutcome {
  readonly walk: string
  readonly from: string
  readonly to: string
  readonly outcome: Outcome
  /** errno, drop reason, DNS rcode … null when delivered. */
  readonly reason: string | null
  readonly by: { readonly where: string; readonly rule: string | null } | null
  /** 'pod/default/web-1:8080' */
  readonly server: string | null
  readonly seenFrom: string | null
  readonly answeredFrom: string | null
  readonly masqueraded: boolean
  /** HTTP status. */
  readonly status: number | null
  /** What of the cluster had no say in a walk that was delivered, though it would have one in life; absent where there is nothing to say. */
  readonly remarks?: readonly Remark[]
}

export interface Trace {
  readonly outcome: WalkOutcome
  readonly records: readonly TraceRecord[]
  readonly hops: readonly Hop[]
  /** Virtual time it began, ms since the world did. */
  readonly startMs: number
  /** Virtual time the walk took, ms. */
  readonly durationMs: number
}
