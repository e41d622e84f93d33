/** Userspace: extensions/libxt_pkttype.c. Kernel: net/netfilter/xt_pkttype.c. */
import { isMulticastMac, MAC_BROADCAST } from '../../../net/mac.ts'
import { givenOption, not } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

export interface PkttypeMatch extends Match {
  readonly name: 'pkttype'
  readonly type: 'unicast' | 'broadcast' | 'multicast'
  readonly not: boolean
}

const TYPES: Readonly<Record<string, PkttypeMatch['type']>> = {
  unicast: 'unicast',
  broadcast: 'broadcast',
  multicast: 'multicast',
  host: 'unicast',
  bcast: 'broadcast',
  mcast: 'multicast',
}

/** `-m pkttype --pkt-type TYPE`: how the frame was addressed. */
export const extension: MatchExtension<PkttypeMatch> = {
  name: 'pkttype',
  options: [{ name: 'pkt-type', values: 1, invertible: true, mandatory: true }],
  parse(given) {
    const option = givenOption(given, 'pkt-type')
    const type = TYPES[(option?.values[0] ?? '').toLowerCase()]
    return type ? { name: 'pkttype', type, not: option?.not ?? false } : `Bad packet type '${option?.values[0]}'`
  },
  print: (m) => ` ${not(m.not)}--pkt-type ${m.type}`,
  list: (m) => `PKTTYPE ${m.not ? '!' : ''}= ${m.type}`,
  match(m, packet) {
    const destination = packet.eth?.destination
    const type = destination === MAC_BROADCAST ? 'broadcast' : destination && isMulticastMac(destination) ? 'multicast' : 'unicast'
    return (type === m.type) !== m.not
  },
}
