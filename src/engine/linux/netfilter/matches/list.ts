/** Every match extension. A new match is one file and one line here. */
import { KNOWN_MATCHES } from '../unmodelled.ts'
import { addrtype } from './addrtype.ts'
import { comment } from './comment.ts'
import { connmark } from './connmark.ts'
import { conntrack } from './conntrack.ts'
import { dscp } from './dscp.ts'
import { hashlimit } from './hashlimit.ts'
import { icmp } from './icmp.ts'
import { iprange } from './iprange.ts'
import { ipvs } from './ipvs.ts'
import { length } from './length.ts'
import { limit } from './limit.ts'
import { mac } from './mac.ts'
import { mark } from './mark.ts'
import type { Match, MatchExtension } from './match.ts'
import { multiport } from './multiport.ts'
import { owner } from './owner.ts'
import { physdev } from './physdev.ts'
import { pkttype } from './pkttype.ts'
import { recent } from './recent.ts'
import { rpfilter } from './rpfilter.ts'
import { sctp } from './sctp.ts'
import { set } from './set.ts'
import { state } from './state.ts'
import { statistic } from './statistic.ts'
import { tcp } from './tcp.ts'
import { tcpmss } from './tcpmss.ts'
import { ttl } from './ttl.ts'
import { udp } from './udp.ts'
import { unmodelledMatch } from './unmodelled.ts'

const LIST: readonly MatchExtension<Match>[] = [
  ...[tcp, udp, sctp, icmp, comment, mark, connmark, addrtype, conntrack, state, statistic, multiport, recent],
  ...[physdev, limit, mac, iprange, pkttype, owner, hashlimit, ipvs, length, rpfilter, set, tcpmss, ttl, dscp],
]

/** Match extensions by name; those of the list take the place of what would only keep its text. */
export const MATCHES: ReadonlyMap<string, MatchExtension<Match>> = new Map(
  [...[...KNOWN_MATCHES].map(unmodelledMatch), ...LIST].map((match) => [match.name, match]),
)
