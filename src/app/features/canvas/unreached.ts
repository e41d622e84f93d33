/** The way that a dropped packet would have gone on: from where it ended to the pod it was addressed to, as far as the plan tells. Pure. */

import { formatAddress } from '../../../engine/net/address.ts'
import type { Packet } from '../../../engine/net/packet.ts'
import type { Layout, PodShape, Point, RackShape, Rect } from './shapes.ts'
import { bottom, centre } from './shapes.ts'

interface Target {
  readonly rack: RackShape
  readonly pod: PodShape
  readonly bar: Rect
}

/** Points from `from`, where a packet ended in `where`, to its destination's socket; empty when the way is not known. */
export function unreached(packet: Packet, where: string, from: Point, layout: Layout): readonly Point[] {
  const target = packet.network.kind === 'ip' ? targetOf(formatAddress(packet.network.destination), layout) : null
  const rack = layout.racks.find((candidate) => candidate.ref === where)
  if (!target || !rack) return []
  const { portX, strip } = target.rack
  const laneY = strip.y + strip.height * 0.4
  const between =
    rack === target.rack ? [{ x: portX, y: Math.max(from.y, centre(target.bar).y) }] : acrossSegment({ rack, from, target, laneY }, layout)
  if (between === null) return []
  const barY = centre(target.bar).y
  const plugX = target.pod.veth?.plug.x ?? portX
  const onBar = rack === target.rack && from.y === barY
  const climb: Point[] = onBar ? [] : [{ x: portX, y: barY }]
  return [from, ...(onBar ? [] : between), ...climb, { x: plugX, y: barY }, ...(target.pod.veth?.points.toReversed() ?? [])]
}

function targetOf(address: string, layout: Layout): Target | null {
  for (const rack of layout.racks) {
    const pod = rack.pods.find((candidate) => candidate.veth !== null && candidate.pods.some((pod) => pod.address === address))
    const bar = rack.bridges[0]?.rect
    if (pod && bar) return { rack, pod, bar }
  }
  return null
}

interface Crossing {
  readonly rack: RackShape
  readonly from: Point
  readonly target: Target
  readonly laneY: number
}

/** Out by the NIC on the network that both nodes share, along its bar, and in again. */
function acrossSegment({ rack, from, target, laneY }: Crossing, layout: Layout): Point[] | null {
  const out = rack.nics.find((nic) => target.rack.nics.some((other) => other.network === nic.network))
  const into = target.rack.nics.find((nic) => nic.network === out?.network)
  const segment = layout.segments.find((candidate) => candidate.ref === out?.network)
  const bar = segment?.bars.find((candidate) => candidate.y > bottom(rack.rect))
  if (!out || !into || !bar || rack.rect.y !== target.rack.rect.y || from.y < rack.strip.y) return null
  const { y } = centre(bar)
  return [
    { x: out.wireX, y: from.y },
    { x: out.wireX, y },
    { x: into.wireX, y },
    { x: into.wireX, y: laneY },
    { x: target.rack.portX, y: laneY },
  ]
}
