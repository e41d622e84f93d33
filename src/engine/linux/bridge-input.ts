/** Kernel: net/bridge/br_input.c, br_forward.c. A frame arrives on a port of a bridge. */

import { isMulticastMac, MAC_BROADCAST } from '../net/mac.ts'
import type { IpPacket, Packet } from '../net/packet.ts'
import { ipLength } from '../net/packet-length.ts'
import { brNfForward, brNfPreRouting, callsIptables } from './br-netfilter.ts'
import { type Bridge, bridgePorts, fdbFind, fdbUpdate, isLocalMac } from './bridge-fdb.ts'
import { withoutPorts } from './bridge-ports.ts'
import { brDevQueuePushXmit, cloneFor, shouldDeliver } from './bridge-xmit.ts'
import { bridgePortOf, type Device } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import { ipFragment } from './ip-fragment.ts'
import { inTurn, type KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'

/** `br_handle_frame()`: `port` received the frame for its bridge. */
export function brHandleFrame(ns: NetNs, port: Device, packet: Packet): KernelEffect[] {
  const bridge = port.master === null ? undefined : ns.devices.get(port.master)
  const settings = bridgePortOf(port)
  if (bridge?.kind !== 'bridge' || !packet.eth) return []
  if (!bridge.up || settings?.state === 'disabled') {
    const text = bridge.up ? `${bridge.name}: port ${port.name} is disabled` : `${bridge.name} is down`
    return drop(ns, packet, 'BRIDGE_INGRESS_STP_STATE', { by: decidedBy('bridge', text) })
  }
  if (isMulticastMac(packet.eth.source))
    return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('bridge', 'source MAC address is a group') })
  if (!callsIptables(ns, packet)) return brHandleFrameFinish(ns, bridge, packet, port.name)
  const continued = brNfPreRouting(ns, bridge, packet, port.name)
  if (continued.packet === null) return continued.effects
  return inTurn(continued.effects, brHandleFrameFinish(ns, bridge, continued.packet, port.name))
}

/** `br_handle_frame_finish()`: learns the source, then sends the frame up, to one port, or to all. */
export function brHandleFrameFinish(ns: NetNs, bridge: Bridge, packet: Packet, ingress: string): KernelEffect[] {
  const { eth } = packet
  if (!eth) return []
  const learned = fdbUpdate(ns, bridge, eth.source, ingress)
  const tell = (decision: 'local' | 'forward' | 'flood' | 'drop', ports: readonly string[]): void => {
    ns.explain?.({ at: 'br_fdb', packet, bridge: bridge.name, port: ingress, decision, ports, learned })
  }
  if (!isMulticastMac(eth.destination)) {
    if (isLocalMac(ns, bridge, eth.destination)) {
      tell('local', [])
      return passUp(bridge, packet)
    }
    const entry = fdbFind(ns, bridge, eth.destination)
    if (entry) return toPort(ns, bridge, packet, { ingress, port: ns.devices.get(entry.port), name: entry.port, tell })
  }
  const up = eth.destination === MAC_BROADCAST || isMulticastMac(eth.destination) || bridge.promisc
  const ports = bridgePorts(ns, bridge.name).filter((port) => shouldDeliver(port, ingress))
  tell(
    'flood',
    ports.map((port) => port.name),
  )
  if (ports.length === 0 && !up)
    return drop(ns, packet, 'NO_TX_TARGET', { by: decidedBy('bridge', `${bridge.name} has no port to send to`) })
  const flooded = cloneFor(ns, packet, ports, !up).flatMap(([port, clone]) => brForward(ns, bridge, clone, port))
  return up ? [...flooded, ...passUp(bridge, packet)] : flooded
}

interface KnownPort {
  readonly ingress: string
  readonly port: Device | undefined
  readonly name: string
  readonly tell: (decision: 'forward' | 'drop', ports: readonly string[]) => void
}

function toPort(ns: NetNs, bridge: Bridge, packet: Packet, to: KnownPort): KernelEffect[] {
  if (to.port && shouldDeliver(to.port, to.ingress)) {
    to.tell('forward', [to.name])
    if (!bridge.promisc) return brForward(ns, bridge, packet, to.port)
    const copies = cloneFor(ns, packet, [to.port], false)
    return [...copies.flatMap(([port, copy]) => brForward(ns, bridge, copy, port)), ...passUp(bridge, packet)]
  }
  to.tell('drop', [])
  const text =
    to.name === to.ingress ? `${bridge.name}: port ${to.name} has hairpin_mode off` : `${bridge.name}: port ${to.name} does not forward`
  return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('bridge', text) })
}

/** `br_pass_frame_up()`: the machine's own network stack gets it, as received on the bridge. */
function passUp(bridge: Bridge, packet: Packet): KernelEffect[] {
  return [{ kind: 'receive', device: bridge.name, packet }]
}

/** `br_nf_dev_queue_xmit()`: what was reassembled for the hooks leaves in pieces again; what the port takes decides whether, the bridge's MTU how long they are. */
function brNfDevQueueXmit(ns: NetNs, bridge: Bridge, port: Device, packet: IpPacket): KernelEffect[] {
  const longest = packet.fragMaxSize ?? Number.POSITIVE_INFINITY
  if (ipLength(packet) <= Math.min(port.mtu, longest)) return brDevQueuePushXmit(ns, port, packet)
  // br_nf_ip_fragment()
  const tooNarrow = packet.fragMaxSize === null ? port : bridge
  if (packet.fragMaxSize === null ? packet.network.df : longest > bridge.mtu)
    return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('mtu', `${tooNarrow.name} mtu ${tooNarrow.mtu}`), detail: 'may not be cut' })
  return ipFragment(ns, packet, Math.min(bridge.mtu, longest)).flatMap((piece) => brDevQueuePushXmit(ns, port, piece))
}

/** `__br_forward()`: through br_netfilter where it is on, and out of the port. */
function brForward(ns: NetNs, bridge: Bridge, packet: Packet, port: Device): KernelEffect[] {
  if (packet.physIn === null || !callsIptables(ns, packet)) return brDevQueuePushXmit(ns, port, withoutPorts(packet))
  const continued = brNfForward(ns, bridge, packet, port.name)
  if (continued.packet === null) return continued.effects
  return inTurn(continued.effects, brNfDevQueueXmit(ns, bridge, port, continued.packet))
}
