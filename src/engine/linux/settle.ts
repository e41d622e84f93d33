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
export function settle(ns: NetNs, effects: KernelEffect[]): Effect[] {
  // Most often there are no others.
  if (effects.every(isOuter)) return effects
  const settled: Effect[] = []
  for (const effect of effects) settleOne(ns, effect, { settled, icmpLocked: false })
  return settled
}

function isOuter(effect: KernelEffect): effect is Effect {
  switch (effect.kind) {
    case 'transmit':
    case 'netif-rx':
    case 'deliver':
    case 'tun':
    case 'timer':
    case 'unsupported':
      return true
    default:
      return false
  }
}

interface Settling {
  readonly settled: Effect[]
  /** Is this a part of sending an ICMP message? Then no other one is sent (`icmp_xmit_lock()` fails): none about what a tunnel makes of it, say. */
  readonly icmpLocked: boolean
}

function settleOne(ns: NetNs, effect: KernelEffect, settling: Settling): void {
  const { settled, icmpLocked } = settling
  if (isOuter(effect)) {
    settled.push(effect)
    return
  }
  switch (effect.kind) {
    case 'icmp-xmit':
      for (const next of effect.effects) settleOne(ns, next, { settled, icmpLocked: true })
      return
    default:
      if (icmpLocked && sendsIcmp(effect)) return
      for (const next of carryOut(ns, effect)) settleOne(ns, next, settling)
  }
}

const sendsIcmp = (effect: KernelEffect): boolean =>
  effect.kind === 'icmp-send' || (effect.kind === 'reject' && effect.with !== 'tcp-reset')

/** What one inner effect leads to. */
function carryOut(ns: NetNs, effect: Exclude<KernelEffect, Effect | { kind: 'icmp-xmit' }>): readonly KernelEffect[] {
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
