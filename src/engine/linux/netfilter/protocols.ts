/** Protocol names and numbers. Userspace: libxtables/xtables.c, xtables_parse_protocol(). */
import { parseUnsigned } from './option.ts'

/** Of /etc/protocols and the short list of libxtables. */
const PROTOCOLS: readonly (readonly [number, string])[] = [
  [1, 'icmp'],
  [2, 'igmp'],
  [3, 'ggp'],
  [4, 'ipencap'],
  [5, 'st'],
  [6, 'tcp'],
  [8, 'egp'],
  [9, 'igp'],
  [12, 'pup'],
  [17, 'udp'],
  [20, 'hmp'],
  [22, 'xns-idp'],
  [27, 'rdp'],
  [29, 'iso-tp4'],
  [33, 'dccp'],
  [36, 'xtp'],
  [37, 'ddp'],
  [38, 'idpr-cmtp'],
  [41, 'ipv6'],
  [43, 'ipv6-route'],
  [44, 'ipv6-frag'],
  [45, 'idrp'],
  [46, 'rsvp'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [57, 'skip'],
  [58, 'ipv6-icmp'],
  [59, 'ipv6-nonxt'],
  [60, 'ipv6-opts'],
  [73, 'rspf'],
  [81, 'vmtp'],
  [88, 'eigrp'],
  [89, 'ospf'],
  [93, 'ax.25'],
  [94, 'ipip'],
  [97, 'etherip'],
  [98, 'encap'],
  [103, 'pim'],
  [108, 'ipcomp'],
  [112, 'vrrp'],
  [115, 'l2tp'],
  [124, 'isis'],
  [132, 'sctp'],
  [133, 'fc'],
  [135, 'mobility-header'],
  [136, 'udplite'],
  [137, 'mpls-in-ip'],
  [138, 'manet'],
  [139, 'hip'],
  [140, 'shim6'],
  [141, 'wesp'],
  [142, 'rohc'],
  [143, 'ethernet'],
]
const NAME_OF = new Map(PROTOCOLS)
/** What else stands for a number: aliases of /etc/protocols, words of libxtables; `mptcp` is 262, of which a rule keeps one byte. */
const OTHER_NAMES: readonly (readonly [string, number])[] = [
  ['ip', 0],
  ['hopopt', 0],
  ['all', 0],
  ['icmpv6', 58],
  ['mh', 135],
  ['ipv6-mh', 135],
  ['mptcp', 6],
]
const NUMBER_OF = new Map<string, number>([...PROTOCOLS.map(([number, name]) => [name, number] as const), ...OTHER_NAMES])

/** Reads a protocol's name or number; the error is iptables'. */
export function parseProtocol(text: string): number | string {
  return parseUnsigned(text, 255) ?? NUMBER_OF.get(text.toLowerCase()) ?? `unknown protocol "${text}" specified`
}

/** The protocol's name, or its number where it has none. */
export function protocolName(protocol: number): string {
  return NAME_OF.get(protocol) ?? String(protocol)
}
