/** How each shape is shown: its hue in this walk, whether it lies on the path, what is selected. Pure. */
import type { Topology } from '../../../engine/simulation/topology.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import type { Hue, Identities } from '../../store/identities.ts'

export interface Look {
  /** Null: no hue, the shape is ground. */
  readonly hue: Hue | null
  /** Fewer strokes and weaker text, because the path is in focus and this is not on it. */
  readonly faded: boolean
  readonly selected: boolean
  /** 1-based place on the path; null off it. */
  readonly place: number | null
  /** How many places the path has. */
  readonly places: number
}

export interface Looks {
  readonly of: (ref: string) => Look
  /** Services whose rules rewrote a packet, by the node that did it. */
  readonly acts: ReadonlyMap<string, { readonly services: readonly string[]; readonly onBridge: boolean }>
  /** Pods that Services chose for packets of this walk. */
  readonly chosen: ReadonlySet<string>
  /** Services whose address or whose rules the walk met. */
  readonly services: readonly string[]
}

export interface LooksContext {
  readonly topology: Topology
  readonly records: readonly TraceRecord[]
  readonly identities: Identities
  /** All that are chosen. */
  readonly selected: readonly string[]
  readonly focusPath: boolean
}

/** Works the looks of all shapes out, once for each change of walk, selection or focus. */
export function looksOf(context: LooksContext): Looks {
  const { records, identities, topology } = context
  const acts = new Map<string, { services: Set<string>; onBridge: boolean }>()
  const bridged = new Map<number, boolean>()
  const chosen = new Set<string>()
  const services = new Set<string>()
  const path = new Set<string>()
  const destinations = new Set<number>()
  let before: TraceRecord | undefined
  for (const record of records) {
    const { event, where } = record
    const { network } = event.packet
    // Rules that matched follow each other by the thousand: nothing below is about the next of them.
    const isNext = event.at === 'ipt_rule' && before?.where === where && before.event.packet === event.packet
    before = record
    if (isNext) continue
    if (network.kind !== 'arp') path.add(where)
    if (network.kind === 'ip') destinations.add(Number(network.destination))
    if (event.at === 'nf_hook') bridged.set(event.packet.id, event.bridged && event.hook !== 'PREROUTING')
    if (event.at !== 'nat_manip' || event.reply) continue
    const object = event.rule?.origin?.object ?? null
    if (!object?.startsWith('service/')) continue
    services.add(object)
    const here = acts.get(where)
    const onBridge = bridged.get(event.packet.id) ?? false
    if (here) here.services.add(object)
    acts.set(where, { services: here?.services ?? new Set([object]), onBridge: (here?.onBridge ?? true) && onBridge })
  }
  for (const service of topology.services) {
    if (identities.byRef.has(service.ref) && isMet(service.clusterIP, destinations)) services.add(service.ref)
  }
  for (const ref of identities.byRef.keys()) if (ref.startsWith('pod/') && path.has(ref)) chosen.add(ref)
  const places = new Map([...path].map((ref, index) => [ref, index + 1]))
  const selected = new Set(context.selected)
  const worked = new Map<string, Look>()
  const lookAt = (ref: string): Look => {
    const owner = ownerOf(ref)
    const place = places.get(owner) ?? null
    const identity = ref.startsWith('service/') || ref.startsWith('pod/') || ref.startsWith('host/') ? identities.byRef.get(ref) : undefined
    const hue = identity && (ref.startsWith('service/') ? services.has(ref) : path.has(ref)) ? identity.hue : null
    const onPath = place !== null || services.has(ref) || owner.startsWith('network/')
    return {
      hue,
      faded: context.focusPath && path.size > 0 && !onPath,
      selected: selected.has(ref),
      place: owner === ref ? place : null,
      places: places.size,
    }
  }
  const of = (ref: string): Look => {
    const known = worked.get(ref)
    if (known !== undefined) return known
    const look = lookAt(ref)
    worked.set(ref, look)
    return look
  }
  return {
    of,
    acts: new Map([...acts].map(([where, here]) => [where, { services: [...here.services], onBridge: here.onBridge }])),
    chosen,
    services: [...services],
  }
}

/** How shapes look when several walks are on screen: places are of the first, whatever one of the others touches has its hue and does not fade. */
export function togetherLooks(focused: Looks, others: readonly Looks[]): Looks {
  if (others.length === 0) return focused
  const acts = new Map(focused.acts)
  for (const other of others)
    for (const [where, { services, onBridge }] of other.acts) {
      const here = acts.get(where)
      acts.set(where, { services: [...new Set([...(here?.services ?? []), ...services])], onBridge: (here?.onBridge ?? true) && onBridge })
    }
  return {
    of: (ref) => {
      const own = focused.of(ref)
      if (own.hue !== null && !own.faded) return own
      const looks = others.map((other) => other.of(ref))
      return {
        ...own,
        hue: own.hue ?? looks.find(({ hue }) => hue !== null)?.hue ?? null,
        faded: own.faded && looks.every(({ faded }) => faded),
      }
    },
    acts,
    chosen: new Set([focused, ...others].flatMap(({ chosen }) => [...chosen])),
    services: [...new Set([focused, ...others].flatMap(({ services }) => services))],
  }
}

function isMet(address: string | null, destinations: ReadonlySet<number>): boolean {
  return address !== null && destinations.has(address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0))
}

/** The namespace that a device belongs to: 'bridge/worker-1/cni0' → 'node/worker-1'. */
function ownerOf(ref: string): string {
  if (ref.startsWith('pod/')) return ref
  const [kind, machine] = ref.split('/')
  return kind === 'bridge' || kind === 'nic' || kind === 'veth' || kind === 'tunnel' ? `node/${machine ?? ''}` : ref
}
