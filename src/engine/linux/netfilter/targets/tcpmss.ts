/** Userspace: extensions/libxt_TCPMSS.c. Kernel: net/netfilter/xt_TCPMSS.c, tcpmss_mangle_packet(). */
import type { IpPacket } from '../../../net/packet.ts'
import { IPV4_HEADER_LENGTH } from '../../../net/packet-length.ts'
import { dstMtu, ipRouteOutput } from '../../route-output.ts'
import type { PacketContext } from '../matches/match.ts'
import { givenOption, readInteger } from '../option.ts'
import type { Hook } from '../rule.ts'
import type { Target, TargetExtension } from './target.ts'

export interface TcpmssTarget extends Target {
  readonly name: 'TCPMSS'
  /** Bytes; null: what the path MTU in both directions allows. */
  readonly mss: number | null
}

/** RFC 1122: what the other end assumes where the option is missing. */
const DEFAULT_MSS = 536
const HEADERS = IPV4_HEADER_LENGTH + 20
const CLAMPING_HOOKS: readonly Hook[] = ['FORWARD', 'OUTPUT', 'POSTROUTING']

/** The smaller of the MTU on the way there and on the way back. Null: the packet has no route. */
function pathMtu(packet: IpPacket, { ns, state }: PacketContext): number | null {
  // A bridged packet has the bridge's own route (br_nf_core.c, fake_mtu()).
  const bridge = state.bridged && state.out !== null ? (ns.devices.get(state.out)?.mtu ?? null) : null
  const there = state.route === null ? bridge : dstMtu(ns, state.route, packet.network.destination)
  if (there === null) return null
  const route = ipRouteOutput(ns, { source: null, destination: packet.network.source })
  return 'error' in route ? there : Math.min(there, dstMtu(ns, route, packet.network.source))
}

/** `-j TCPMSS --set-mss N|--clamp-mss-to-pmtu`: the MSS option is made smaller, never larger. */
export const extension: TargetExtension<TcpmssTarget> = {
  name: 'TCPMSS',
  tables: null,
  hooks: null,
  protocol: 6,
  options: [
    { name: 'set-mss', values: 1 },
    { name: 'clamp-mss-to-pmtu', values: 0 },
  ],
  parse(given) {
    const option = givenOption(given, 'set-mss')
    const mss = option ? readInteger('TCPMSS', option, 65535 - IPV4_HEADER_LENGTH) : null
    if (typeof mss === 'string') return mss
    const clamp = givenOption(given, 'clamp-mss-to-pmtu') !== undefined
    if (!option && !clamp) return 'TCPMSS target: At least one parameter is required'
    return { name: 'TCPMSS', mss: clamp ? null : mss }
  },
  check: (target, { hook }) => (target.mss === null && hook && !CLAMPING_HOOKS.includes(hook) ? 'Invalid argument' : null),
  print: (target) => (target.mss === null ? ' --clamp-mss-to-pmtu' : ` --set-mss ${target.mss}`),
  list: (target) => (target.mss === null ? 'TCPMSS clamp to PMTU' : `TCPMSS set ${target.mss}`),
  apply(target, packet, context) {
    const { transport } = packet
    if (transport?.kind !== 'tcp') return { kind: 'CONTINUE', packet }
    const mtu = target.mss === null ? pathMtu(packet, context) : null
    if (target.mss === null && (mtu === null || mtu <= HEADERS)) return { kind: 'DROP', packet, reason: 'NETFILTER_DROP', reject: null }
    const wanted = target.mss ?? (mtu ?? 0) - HEADERS
    const mss = transport.mss === null ? Math.min(wanted, DEFAULT_MSS) : wanted
    // Only segments that open a connection carry the option here; to others the kernel would add it where no data follows.
    const keeps = transport.mss === null ? !transport.flags.syn || packet.payload.length > 0 : transport.mss <= mss
    return { kind: 'CONTINUE', packet: keeps ? packet : { ...packet, transport: { ...transport, mss } } }
  },
}
