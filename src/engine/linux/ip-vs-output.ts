/** Kernel: net/netfilter/ipvs/ip_vs_xmit.c, ip_vs_nat_send_or_cont(). What IPVS sends passes OUTPUT, then goes out. */
import { passHook } from './hook-verdict.ts'
import { ipOutput } from './ip-output.ts'
import { type KernelEffect, NOT_LOCAL } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'

/** `NF_HOOK(NF_INET_LOCAL_OUT, …, dst_output)`: no routing after OUTPUT; POSTROUTING knows where the packet came in. */
export function ipVsOutput(ns: NetNs, { packet, route, indev }: Extract<KernelEffect, { kind: 'ip-vs-output' }>): KernelEffect[] {
  const state = { in: null, out: route.device, route, bridged: false }
  const output = passHook(ns, 'OUTPUT', packet, { state, dst: NOT_LOCAL })
  return output.packet === null ? output.effects : ipOutput(ns, output.packet, output.route ?? route, indev).effects
}
