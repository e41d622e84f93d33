/** What carries frames between namespaces: loopback, veth pairs and the segments that NICs are plugged into. */

import type { Effect } from '../linux/effect.ts'
import type { NetNs } from '../linux/netns.ts'
import { isMulticastMac } from '../net/mac.ts'
import { copyPacket, type PacketDraft } from '../net/new-packet.ts'
import type { EthHeader, Packet } from '../net/packet.ts'
import { schedule } from './event-queue.ts'
import { slotEnd } from './timer-wheel.ts'
import { netnsNamed, type Segment, type World } from './world.ts'

/** Time on a cable inside one machine, ms; a tunnel's packet is queued as long as a veth's. */
const LOOPBACK_MS = 0.002
const VETH_MS = 0.004

/** Acts on what a datapath function asked for in `ns`. */
export function applyEffects(world: World, ns: NetNs, effects: readonly Effect[]): void {
  for (const effect of effects) {
    switch (effect.kind) {
      case 'transmit':
        transmit(world, ns, effect.device, effect.packet)
        break
      case 'netif-rx': {
        const { device, packet } = effect
        schedule(world.queue, world.kernel.nowMs + VETH_MS, { kind: 'receive', netns: ns.name, device, packet })
        break
      }
      case 'deliver':
        schedule(world.queue, wakeUpAt(world, ns), {
          kind: 'deliver',
          netns: ns.name,
          socket: effect.socket,
          event: effect.event,
        })
        break
      case 'tun': {
        const { device, packet } = effect
        schedule(world.queue, world.kernel.nowMs + world.wakeUps.afterMs, { kind: 'tun', netns: ns.name, device, packet })
        break
      }
      case 'timer':
        startTimer(world, ns, effect)
        break
      case 'unsupported':
        world.unsupported ??= effect.what
        break
    }
  }
}

/** Kernel: expire_timers(): of slots that end together those of higher levels go first. Less than anything takes, ms. */
const LEVEL_MS = 0.0001

function startTimer(world: World, ns: NetNs, { afterMs, slotMs, timer }: Extract<Effect, { kind: 'timer' }>): void {
  const { queue, kernel, timerSlots } = world
  const atMs = kernel.nowMs + afterMs
  const event = { kind: 'timer', netns: ns.name, timer } as const
  if (slotMs === undefined) {
    schedule(queue, atMs, event)
    return
  }
  const order = timerSlots.behind.has(timerSlots.count++) ? 'last' : 'first'
  const { wheel, places } = timerSlots
  if (wheel === null || !('socket' in timer)) {
    schedule(queue, Math.ceil(atMs / slotMs) * slotMs, event, order)
    return
  }
  const slot = slotEnd(wheel, kernel.nowMs, afterMs)
  const endMs = slot.atMs - slot.level * LEVEL_MS
  const key = `${ns.name} ${timer.socket}`
  const before = places.get(key)
  const sequence = schedule(queue, endMs, event, before?.atMs === endMs ? before.sequence : order)
  places.set(key, { atMs: endMs, sequence })
}

/** When a process of the namespace runs that is woken up now. What it learns, it learns in order. */
function wakeUpAt({ wakeUps, kernel }: World, ns: NetNs): number {
  const late = wakeUps.late.get(wakeUps.count++)
  const at = Math.max(kernel.nowMs + (late ?? wakeUps.afterMs), wakeUps.until.get(ns.name) ?? 0)
  if (late !== undefined) wakeUps.until.set(ns.name, at)
  return at
}

/** Kernel: net/core/skbuff.c skb_scrub_packet(): what does not survive a change of namespace or machine. The hash does: NICs are the ends of veths in a lab. */
function scrub(packet: Packet): PacketDraft<Packet> {
  const scrubbed = copyPacket(packet)
  scrubbed.mark = 0
  scrubbed.ct = scrubbed.physIn = scrubbed.physOut = scrubbed.iif = scrubbed.socket = null
  scrubbed.ipvs = false
  return scrubbed
}

function transmit(world: World, ns: NetNs, deviceName: string, packet: Packet): void {
  const device = ns.devices.get(deviceName)
  const now = world.kernel.nowMs
  if (device?.kind === 'loopback') {
    // Kernel: drivers/net/loopback.c loopback_xmit(): conntrack and mark stay, the owner goes.
    const looped = copyPacket(packet)
    looped.physIn = looped.physOut = looped.iif = looped.socket = null
    schedule(world.queue, now + LOOPBACK_MS, { kind: 'receive', netns: ns.name, device: deviceName, packet: looped })
  } else if (device?.kind === 'veth' && netnsNamed(world, device.peer.netns)) {
    schedule(world.queue, now + VETH_MS, { kind: 'receive', netns: device.peer.netns, device: device.peer.device, packet: scrub(packet) })
  } else {
    const segment = device?.kind === 'physical' ? world.segments.get(device.network) : undefined
    const problem = segment ? switchFrame(world, segment, { ns, device: deviceName, packet: scrub(packet) }) : `${deviceName} leads nowhere`
    if (problem !== null) lost(ns, packet, problem)
  }
}

/** A learning switch: one port where the address was seen, otherwise all others; each further copy is a packet of its own. Returns why nobody got it. */
function switchFrame(
  world: World,
  segment: Segment,
  frame: { readonly ns: NetNs; readonly device: string; readonly packet: Packet },
): string | null {
  const { packet } = frame
  const { eth } = packet
  if (!eth) return 'it has no Ethernet header'
  const { source, destination } = eth
  const sender = { netns: frame.ns.name, device: frame.device }
  const from = segment.plugs.findIndex((plug) => isPlug(plug, sender))
  if (from >= 0) segment.learned.set(source, from)
  const known = isMulticastMac(destination) ? undefined : segment.learned.get(destination)
  const plugs = known === undefined ? segment.plugs : segment.plugs.slice(known, known + 1)
  const targets = plugs.filter((plug) => !isPlug(plug, sender) && listens(world, plug, eth))
  const atMs = world.kernel.nowMs + segment.latencyMs
  for (let i = 0; i < targets.length; i++) {
    const { netns, device } = targets[i] as Plug
    const copy = i === targets.length - 1 ? packet : flooded(world, packet)
    schedule(world.queue, atMs, { kind: 'receive', netns, device, packet: copy })
  }
  return targets.length === 0 ? `no machine on network ${segment.name} takes frames for ${destination}` : null
}

type Plug = Segment['plugs'][number]

const isPlug = (a: Plug, b: Plug): boolean => a.device === b.device && a.netns === b.netns

function flooded(world: World, packet: Packet): Packet {
  const copy = copyPacket(packet)
  copy.id = world.kernel.nextPacketId++
  copy.parent = packet.id
  return copy
}

/** Does the NIC take this frame: its own address, a group address, or any when promiscuous (ports of bridges are)? */
function listens(world: World, plug: Plug, eth: EthHeader): boolean {
  const device = netnsNamed(world, plug.netns)?.devices.get(plug.device)
  if (!device?.up) return false
  return isMulticastMac(eth.destination) || device.mac === eth.destination || device.promisc || device.master !== null
}

/** The cable ends nowhere: the packet dies on it. */
function lost(ns: NetNs, packet: Packet, detail: string): void {
  ns.trace?.({ at: 'kfree_skb', packet, reason: 'CLOUD_NO_LINK', by: { kind: 'device', text: detail, rule: null }, detail })
}
