/** Turns what the layers of the stack leave to each other (`KernelEffect`) into what the world has to do (`Effect`). */
import { brHandleFrameFinish } from './bridge-input.ts'
import { devQueueXmit } from './dev-queue-xmit.ts'
import type { Effect } from './effect.ts'
import { icmpSend } from './icmp-send.ts'
import { ipLocalOut } from './ip-output.ts'
import { ipVsOutput } from './ip-vs-output.ts'
import { ipTunnelXmit } from './ipip.ts'
import type { KernelEffect } from './kernel-effect.ts'
import { netifReceive } from './netif-receive.ts'
import type { NetNs } from './netns.ts'
import { sendReject } from './reject.ts'
import { vxlanXmit } from './vxlan-xmit.ts'

/** Works the inner effects off, in order and depth first, until only outer ones are left. */
export function settle(ns: NetNs, effects: readonly KernelEffect[]): Effect[] {
  return effects.flatMap((effect): Effect[] => {
    switch (effect.kind) {
      case 'icmp-send':
        return settle(ns, icmpSend(ns, effect))
      case 'reject':
        return settle(ns, sendReject(ns, effect))
      case 'tunnel-xmit': {
        const device = ns.devices.get(effect.device)
        if (device?.kind === 'vxlan') return settle(ns, vxlanXmit(ns, device, effect.packet))
        return device?.kind === 'ipip' ? settle(ns, ipTunnelXmit(ns, device, effect.packet)) : []
      }
      case 'queue-xmit':
        return settle(ns, devQueueXmit(ns, effect.device, effect.packet))
      case 'ip-vs-output':
        return settle(ns, ipVsOutput(ns, effect))
      case 'ip-local-out':
        return settle(ns, ipLocalOut(ns, effect.packet, effect.route).effects)
      case 'receive':
        return settle(ns, netifReceive(ns, effect.device, effect.packet))
      case 'bridge-finish': {
        const bridge = ns.devices.get(effect.bridge)
        const { physIn } = effect.packet
        return bridge?.kind === 'bridge' && physIn !== null ? settle(ns, brHandleFrameFinish(ns, bridge, effect.packet, physIn)) : []
      }
      default:
        return [effect]
    }
  })
}
