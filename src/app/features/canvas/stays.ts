/** A packet's records, split where it moves from one drawn thing to another: a pod, a bridge, a kernel strip, a box. Pure. */

import type { TraceEvent } from '../../../engine/linux/trace-event.ts'
import type { Packet } from '../../../engine/net/packet.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import { machineAt } from './anchors.ts'
import type { Layout } from './shapes.ts'

export interface Stay {
  readonly where: string
  readonly kind: 'pod' | 'bridge' | 'strip' | 'tunnel' | 'box' | 'wire'
  /** Device by which it came and left, or null: made or ended here. For strips, the bridge's name stands for its own port. */
  readonly entry: string | null
  exit: string | null
  readonly records: TraceRecord[]
  /** In how many tunnels the packet is when it comes. */
  readonly wrapped: number
}

type Kind = Stay['kind']

/** Splits one packet's records. */
export function staysOf(records: readonly TraceRecord[], layout: Layout): Stay[] {
  const places = placesOf(layout)
  const stays: Stay[] = []
  let bridged = false
  for (const [index, record] of records.entries()) {
    const { where, event } = record
    const before = records[index - 1]
    if (event.at === 'ipt_rule' && before?.event.at === 'ipt_rule' && before.where === where) {
      // One more rule moves nothing, and of those of one hook only the last makes a moment.
      const passed = stays.at(-1)?.records
      if (before.event.hook === event.hook && passed?.at(-1) === before) passed.pop()
      passed?.push(record)
      continue
    }
    const place = places.get(where) ?? 'box'
    const last = stays.at(-1)
    const here = last?.where === where ? last : undefined
    bridged = isBridged(event, here ? bridged : false)
    const kind: Kind = place !== 'rack' ? place : kindIn(event, here, { bridged, layout, where })
    const received = event.at === 'netif_receive_skb'
    if (here && here.kind === kind && (here.exit === null || kind === 'tunnel') && !(received && kind === 'bridge'))
      here.records.push(record)
    else {
      if (here && here.exit === null) here.exit = linkBetween(here, kind, event, layout)
      const tunnel = kind === 'tunnel' ? tunnelOf(event, { layout, where }) : null
      const entry = received ? event.device : (tunnel ?? (here ? here.exit : null))
      const wrapped = wrapsOf('before' in event ? event.before : event.packet)
      stays.push({ where, kind, entry, exit: kind === 'tunnel' ? entry : null, records: [record], wrapped })
    }
    const stay = stays.at(-1)
    if (stay && event.at === 'dev_queue_xmit') leave(stay, event.device, { stays, record, layout })
  }
  return stays
}

/** A copy that a bridge or a switch made of a broadcast: same headers, another identity. */
export function isFloodCopyOf(packet: Packet, parent: Packet): boolean {
  return (
    packet.network === parent.network ||
    (packet.network.kind === 'arp' && parent.network.kind === 'arp' && packet.network.operation === parent.network.operation)
  )
}

function placesOf(layout: Layout): Map<string, 'rack' | 'pod' | 'box'> {
  const places = new Map<string, 'rack' | 'pod' | 'box'>()
  for (const rack of layout.racks) {
    places.set(rack.ref, 'rack')
    for (const { pods } of rack.pods) for (const { ref } of pods) places.set(ref, 'pod')
  }
  return places
}

/**
 * Netfilter called by the bridge on the way out: the frame has not left it. On the way in it is drawn in the kernel strip all the
 * same, where conntrack and nat act, and a frame for the bridge itself stays there.
 */
function isBridged(event: TraceEvent, before: boolean): boolean {
  if (event.at === 'nf_hook') return event.bridged && event.hook !== 'PREROUTING'
  if (
    event.at === 'ipt_rule' ||
    event.at === 'ct_lookup' ||
    event.at === 'nat_manip' ||
    event.at === 'fib_lookup' ||
    event.at === 'neigh_resolve'
  )
    return before
  return event.at === 'kfree_skb' ? before : false
}

interface InRack {
  readonly bridged: boolean
  readonly layout: Layout
  readonly where: string
}

/** How many tunnels a packet is in. */
export function wrapsOf({ payload }: Packet): number {
  return payload.inner === null ? 0 : 1 + wrapsOf(payload.inner)
}

type Place = Pick<InRack, 'layout' | 'where'>

/** The device that wraps or unwraps here: one the event names, or the TUN device of the program whose socket sends or takes it. */
function tunnelOf(event: TraceEvent, { layout, where }: Place): string | null {
  if (event.at === 'encap' || event.at === 'decap') return event.device
  if (event.at !== 'socket' || wrapsOf(event.packet) === 0) return null
  const tunnels = layout.racks.find((rack) => rack.ref === where)?.tunnels ?? []
  return tunnels.find(({ device }) => device.kind === 'tun')?.device.name ?? null
}

function isTunnel({ layout, where }: Place, device: string | null): boolean {
  return layout.racks.find((rack) => rack.ref === where)?.tunnels.some((tunnel) => tunnel.device.name === device) ?? false
}

/** Sent to a tunnel's device, a packet is in it until it comes out wrapped. */
function isInTunnel(event: TraceEvent, here: Stay | undefined, context: InRack): boolean {
  const device = tunnelOf(event, context)
  if (device !== null) return isTunnel(context, device)
  if (here?.kind === 'tunnel') return event.at === 'kfree_skb' || event.at === 'socket'
  return here?.kind === 'strip' && here.exit !== null && event.at !== 'netif_receive_skb' && isTunnel(context, here.exit)
}

function kindIn(event: TraceEvent, here: Stay | undefined, context: InRack): Kind {
  if (isInTunnel(event, here, context)) return 'tunnel'
  if (event.at === 'br_fdb') return event.decision === 'local' && here?.kind === 'strip' ? 'strip' : 'bridge'
  if (event.at === 'netif_receive_skb') {
    if (isBridge(context, event.device)) return 'strip'
    return masterOf(context, event.device) === null ? 'strip' : 'bridge'
  }
  if (event.at === 'dev_queue_xmit') return masterOf(context, event.device) === null ? 'strip' : (here?.kind ?? 'bridge')
  if (context.bridged) return 'bridge'
  if (here?.kind === 'bridge' && event.at === 'kfree_skb') return 'bridge'
  return 'strip'
}

function isBridge({ layout, where }: InRack, device: string): boolean {
  return layout.racks.find((rack) => rack.ref === where)?.bridges.some((bridge) => bridge.device.name === device) ?? false
}

function masterOf({ layout, where }: InRack, device: string): string | null {
  const rack = layout.racks.find((candidate) => candidate.ref === where)
  return rack?.machine.devices.find((candidate) => candidate.name === device)?.master ?? null
}

/** Between a bridge and the kernel of the same node lies the bridge's own port. */
function linkBetween(here: Stay, next: Kind, event: TraceEvent, layout: Layout): string | null {
  if (next === 'tunnel') return tunnelOf(event, { layout, where: here.where })
  if (event.at === 'br_fdb') return event.bridge
  const bridges = layout.racks.find((rack) => rack.ref === here.where)?.bridges ?? []
  const decided = here.records.findLast((record) => record.event.at === 'br_fdb')?.event
  if (decided?.at === 'br_fdb') return decided.bridge
  return next === 'strip' || here.kind === 'strip' ? (bridges[0]?.device.name ?? null) : null
}

/** A packet sent by a NIC on a segment is on the wire from then on. */
function leave(
  stay: Stay,
  device: string,
  context: { readonly stays: Stay[]; readonly record: TraceRecord; readonly layout: Layout },
): void {
  stay.exit = device
  const network = machineAt(context.layout, stay.where)?.devices.find((candidate) => candidate.name === device)?.network
  if (!network) return
  const popped = stay.records.at(-1) === context.record ? stay.records.pop() : undefined
  if (popped)
    context.stays.push({
      where: stay.where,
      kind: 'wire',
      entry: device,
      exit: device,
      records: [popped],
      wrapped: wrapsOf(popped.event.packet),
    })
}
