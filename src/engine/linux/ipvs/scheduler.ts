/** What every IPVS scheduler provides. One file a scheduler; `schedulers/list.ts` names them all. Kernel: struct ip_vs_scheduler. */
import type { Address } from '../../net/address.ts'
import type { IpvsDest, IpvsService } from './ipvs.ts'

/** The schedulers of the kernel, by the names that `ipvsadm -s` takes. */
export type SchedulerName = 'rr' | 'wrr' | 'lc' | 'wlc' | 'sh' | 'dh' | 'mh' | 'sed' | 'nq' | 'lblc' | 'lblcr' | 'fo' | 'ovf'

/** `svc->sched_data`. */
export type SchedulerData =
  | null
  /** rr: the server chosen last; null: the head of the list. */
  | { readonly kind: 'rr'; at: IpvsDest | null }
  /** wrr: the place in the list, current weight, largest weight and common divisor of all weights. */
  | { readonly kind: 'wrr'; at: IpvsDest | null; current: number; largest: number; divisor: number }
  /** sh, dh and mh: a table from hash to server. */
  | { readonly kind: 'buckets'; buckets: readonly (IpvsDest | null)[] }
  /** lblc and lblcr: the servers in use for a destination address, the last one added first; when they changed and were used, ms. */
  | { readonly kind: 'locality'; readonly sets: Map<Address, LocalitySet> }

type Kept = Exclude<SchedulerData, null>

function isKept<Kind extends Kept['kind']>(data: SchedulerData, kind: Kind): data is Extract<Kept, { kind: Kind }> {
  return data?.kind === kind
}

/** What a scheduler keeps of a service. */
export function dataOf<Kind extends Kept['kind']>({ data }: IpvsService, kind: Kind): Extract<Kept, { kind: Kind }> {
  if (isKept(data, kind)) return data
  throw new Error(`another scheduler's data: ${data?.kind}`)
}

/** The servers that serve one destination address. */
export interface LocalitySet {
  dests: readonly IpvsDest[]
  changedMs: number
  usedMs: number
}

/** What a scheduler may know of the packet that opens a connection. */
export interface SchedulerFlow {
  readonly source: Address
  readonly sourcePort: number
  readonly destination: Address
  /** Virtual time, ms. */
  readonly nowMs: number
  /** After how long a set of lblcr loses its busiest server, ms (`net.ipv4.vs.lblcr_expiration`). */
  readonly expirationMs: number
}

export interface Scheduler {
  readonly name: SchedulerName
  /** `init_service`. */
  init(service: IpvsService): SchedulerData
  /** `add_dest`, `upd_dest` and `del_dest`; the list of servers is as it is afterwards. `next` follows a deleted one. */
  changed?(service: IpvsService, what: DestChange): void
  /** The server of a new connection; null: none can take it. */
  schedule(service: IpvsService, flow: SchedulerFlow): IpvsDest | null
}

export type DestChange =
  | { readonly kind: 'added' | 'edited'; readonly dest: IpvsDest }
  /** `before`: the one that stood before it in the list; null: it was the first. */
  | { readonly kind: 'deleted'; readonly dest: IpvsDest; readonly before: IpvsDest | null }

/** May a new connection go there at all? */
export function isUsable(dest: IpvsDest): boolean {
  return dest.weight > 0 && !dest.overloaded
}

/** `ip_vs_dest_conn_overhead()`: an active connection weighs as much as 256 inactive ones. */
export function overhead(dest: IpvsDest): number {
  return dest.active * 256 + dest.inactive
}

/** The usable server with the least load in proportion to its weight; the first one in the list wins a tie. */
export function leastLoaded(dests: readonly IpvsDest[], load: (dest: IpvsDest) => number): IpvsDest | null {
  let least: IpvsDest | null = null
  for (const dest of dests) {
    if (!isUsable(dest)) continue
    if (least === null || load(least) * dest.weight > load(dest) * least.weight) least = dest
  }
  return least
}
