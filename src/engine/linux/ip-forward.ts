/** Kernel: net/ipv4/ip_forward.c; route.c, ip_rt_send_redirect(). A packet passes through. */
import { withIp } from '../net/new-packet.ts'
import type { IpHeader, IpPacket } from '../net/packet.ts'
import { ipLength } from '../net/packet-length.ts'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_REDIRECT, ICMP_TIME_EXCEEDED } from '../net/protocol-number.ts'
import { decidedBy, drop } from './drop.ts'
import { passHook } from './hook-verdict.ts'
import { icmpSend } from './icmp-send.ts'
import { ipOutput } from './ip-output.ts'
import { icmpRequest, inTurn, type KernelEffect, NOT_LOCAL } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import type { InputRoute } from './route-input.ts'
import { forwardMtu } from './route-output.ts'

/** Kernel: ip_rt_redirect_number, ip_rt_redirect_load (ms), ip_rt_redirect_silence (ms). */
const REDIRECT_NUMBER = 9
const REDIRECT_LOAD_MS = 20
const REDIRECT_SILENCE_MS = REDIRECT_LOAD_MS << (REDIRECT_NUMBER + 1)

/** `ip_forward()`: TTL, MTU, redirect, the FORWARD hook, and out. */
export function ipForward(ns: NetNs, packet: IpPacket, device: string, input: Extract<InputRoute, { kind: 'forward' }>): KernelEffect[] {
  const ip = packet.network
  if (ip.ttl <= 1) {
    drop(ns, packet, 'IP_INHDR', { by: decidedBy('ttl', `ttl ${ip.ttl}`) })
    return [icmpRequest(packet, NOT_LOCAL, ICMP_TIME_EXCEEDED, 0)]
  }
  const mtu = forwardMtu(ns, input.result)
  if (ip.df && ipLength(packet) > mtu) {
    drop(ns, packet, 'PKT_TOO_BIG', { by: decidedBy('mtu', `${input.result.device} mtu ${mtu}`) })
    return [{ ...icmpRequest(packet, NOT_LOCAL, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED), mtu }]
  }
  const forwarded = withIp(packet, { ttl: ip.ttl - 1 })
  ns.explain?.({ at: 'ip_forward', packet: forwarded, before: packet })
  const redirect = input.redirect ? ipRtSendRedirect(ns, forwarded, ip, input.result.nextHop) : []
  const state = { in: device, out: input.result.device, route: input.result, bridged: false }
  const passed = passHook(ns, 'FORWARD', forwarded, { state, dst: NOT_LOCAL })
  if (passed.packet === null) return [...redirect, ...passed.effects]
  return inTurn(redirect, ipOutput(ns, passed.packet, passed.route ?? input.result, device).effects)
}

/**
 * Tells the sender of a nearer gateway, less and less often, and no more when it does not listen, until none of its packets has come for a while. At
 * once: before the packet goes on, and NAT has mapped its connection.
 */
function ipRtSendRedirect(ns: NetNs, packet: IpPacket, ip: IpHeader, gateway: IpHeader['source']): KernelEffect[] {
  const now = ns.kernel.nowMs
  const last = ns.redirectsSent.get(ip.source)
  const sent = last && now <= last.lastMs + REDIRECT_SILENCE_MS ? last : { count: 0, lastMs: Number.NEGATIVE_INFINITY }
  const isTooMany = sent.count >= REDIRECT_NUMBER
  if (!isTooMany && now <= sent.lastMs + (REDIRECT_LOAD_MS << sent.count)) return []
  ns.redirectsSent.set(ip.source, { count: isTooMany ? sent.count : sent.count + 1, lastMs: now })
  if (isTooMany) return []
  return icmpSend(ns, { ...icmpRequest(packet, NOT_LOCAL, ICMP_REDIRECT, 1), gateway })
}
