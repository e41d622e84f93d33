/** Kernel: net/netfilter/core.c, nf_hook_slow(). What the IP layer and the bridge do with a verdict. */
import type { IpPacket } from '../net/packet.ts'
import { drop } from './drop.ts'
import type { Errno } from './errno.ts'
import type { FibError } from './fib.ts'
import type { KernelEffect, SkbDst } from './kernel-effect.ts'
import type { HookState, HookVerdict } from './netfilter/hook.ts'
import { nfHook } from './netfilter/nf-hook.ts'
import type { Hook } from './netfilter/rule.ts'
import type { NetNs } from './netns.ts'
import { refusedBy } from './refused-by.ts'
import type { RouteResult } from './route.ts'

/**
 * Either the packet goes on (by `route`, where a hook chose another), or it is gone and left these effects (a REJECT's answer,
 * `unsupported`, what IPVS does with it). `errno`: what its sender gets.
 */
export type Passed =
  | { readonly packet: IpPacket; readonly route?: RouteResult; readonly rerouted?: boolean }
  | { readonly packet: null; readonly effects: KernelEffect[]; readonly errno: Errno | null }

/** RTCF_LOCAL and its kin of a route that a packet made here takes. */
export function outputDst(route: RouteResult): SkbDst {
  return { local: route.route.type === 'local', broadcast: route.route.type === 'broadcast' }
}

/** Runs a hook; a dropped packet is freed here, with the rule that did it. `dst` is needed for REJECT. */
export function passHook(ns: NetNs, hook: Hook, packet: IpPacket, context: { readonly state: HookState; readonly dst: SkbDst }): Passed {
  const verdict: HookVerdict = nfHook(ns, hook, packet, context.state)
  if (verdict.kind === 'ACCEPT') return verdict
  if (verdict.kind === 'STOLEN') return { packet: null, effects: verdict.effects, errno: null }
  if (verdict.kind === 'UNSUPPORTED') {
    ns.trace?.({ at: 'unsupported', packet: verdict.packet, what: verdict.what })
    return { packet: null, effects: [{ kind: 'unsupported', packet: verdict.packet, what: verdict.what }], errno: 'EPERM' }
  }
  if (verdict.kind === 'NO_ROUTE') return noRoute(ns, verdict.packet, verdict.error)
  drop(ns, verdict.packet, verdict.reason, { by: verdict.by })
  if (verdict.reject === null) return { packet: null, effects: [], errno: verdict.reason === 'NETFILTER_DROP' ? 'EPERM' : null }
  const dst = verdict.route ? outputDst(verdict.route) : context.dst
  return {
    packet: null,
    effects: [{ kind: 'reject', packet: verdict.packet, with: verdict.reject, hook, dst }],
    errno: 'EPERM',
  }
}

function noRoute(ns: NetNs, packet: IpPacket, refusal: FibError): Passed {
  ns.explain?.({ at: 'fib_lookup', packet, result: null, error: refusal.error })
  const effects = drop(ns, packet, 'NETFILTER_DROP', { by: refusedBy(refusal), detail: 're-routed after OUTPUT' })
  return { packet: null, effects, errno: refusal.error }
}
