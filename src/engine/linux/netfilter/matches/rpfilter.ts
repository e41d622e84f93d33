/** Userspace: extensions/libipt_rpfilter.c. Kernel: net/ipv4/netfilter/ipt_rpfilter.c, rpfilter_mt(). */
import { ipv4 } from '../../../net/ipv4.ts'
import type { IpHeader, IpPacket } from '../../../net/packet.ts'
import { fibMatch } from '../../fib.ts'
import { givenOption } from '../option.ts'
import type { Match, MatchExtension, PacketContext } from './match.ts'

const FLAGS = ['loose', 'validmark', 'accept-local', 'invert'] as const

export interface RpfilterMatch extends Match {
  readonly name: 'rpfilter'
  readonly flags: readonly (typeof FLAGS)[number][]
}

/** Multicast, limited broadcast and 0.0.0.0 are no source of an answer (`rpfilter_get_saddr`). */
function isNoSource(address: number): boolean {
  return address >>> 28 === 14 || address === 0xffffffff || address === 0
}

/** `rpfilter_lookup_reverse()`: does the way back to the source lead through the device the packet came by? */
function reversePath(m: RpfilterMatch, packet: IpPacket, ip: IpHeader, context: PacketContext): boolean {
  const device = context.state.in
  const found = fibMatch(context.ns, {
    source: isNoSource(ip.destination) ? ipv4(0) : ip.destination,
    destination: ip.source,
    iif: 'lo',
    oif: null,
    mark: m.flags.includes('validmark') ? packet.mark : 0,
    tos: ip.tos & 0x1c,
    family: 'ip',
  })
  if ('error' in found) return false
  const { type } = found.route
  if (type !== 'unicast' && !(type === 'local' && m.flags.includes('accept-local'))) return false
  return found.route.nexthops.some((hop) => hop.device === device) || m.flags.includes('loose')
}

/** `-m rpfilter --loose --validmark --accept-local --invert`. */
export const extension: MatchExtension<RpfilterMatch> = {
  name: 'rpfilter',
  tables: ['raw', 'mangle'],
  hooks: ['PREROUTING'],
  options: FLAGS.map((name) => ({ name, values: 0 })),
  parse: (given) => ({ name: 'rpfilter', flags: FLAGS.filter((flag) => givenOption(given, flag)) }),
  print: (m) => m.flags.map((flag) => ` --${flag}`).join(''),
  list: (m) => ['rpfilter', ...m.flags].join(' '),
  match(m, packet, context) {
    const ip = packet.network
    const inverted = m.flags.includes('invert')
    if (context.state.in === 'lo') return !inverted
    const fromNowhere = ip.source === 0 && (ip.destination === 0xffffffff || ip.destination >>> 8 === 0xe00000)
    return (fromNowhere || reversePath(m, packet, ip, context)) !== inverted
  },
}
