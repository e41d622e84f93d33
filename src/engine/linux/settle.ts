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
  const settled: Effect[] = []
  for (const effect of effects) settleOne(ns, effect, settled)
  return settled
}

function settleOne(ns: NetNs, effect: KernelEffect, settled: Effect[]): void {
  switch (effect.kind) {
    case 'transmit':
    case 'deliver':
    case 'tun':
    case 'timer':
    case 'unsupported':
      settled.push(effect)
      return
    default:
      for (const next of carryOut(ns, effect)) settleOne(ns, next, settled)
  }
}

/** What one inner effect leads to. */
function carryOut(ns: NetNs, effect: Exclude<KernelEffect, Effect>): readonly KernelEffect[] {
  switch (effect.kind) {
    case 'icmp-send':
      return icmpSend(ns, effect)
    case 'reject':
      return sendReject(ns, effect)
    case 'tunnel-xmit': {
      const device = ns.devices.get(effect.device)
      if (device?.kind === 'vxlan') return vxlanXmit(ns, device, effect.packet)
      return device?.kind === 'ipip' ? ipTunnelXmit(ns, device, effect.packet) : []
    }
    case 'queue-xmit':
      return devQueueXmit(ns, effect.device, effect.packet)
    case 'ip-vs-output':
      return ipVsOutput(ns, effect)
    case 'ip-local-out':
      return ipLocalOut(ns, effect.packet, effect.route).effects
    case 'receive':
      return netifReceive(ns, effect.device, effect.packet)
    case 'bridge-finish': {
      const bridge = ns.devices.get(effect.bridge)
      const { physIn } = effect.packet
      return bridge?.kind === 'bridge' && physIn !== null ? brHandleFrameFinish(ns, bridge, effect.packet, physIn) : []
    }
  }
}
