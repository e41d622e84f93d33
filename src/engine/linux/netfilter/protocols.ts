/** Protocol names and numbers (/etc/protocols, and the short list of libxtables). */
const PROTOCOLS: readonly (readonly [number, string])[] = [
  [1, 'icmp'],
  [2, 'igmp'],
  [4, 'ipencap'],
  [6, 'tcp'],
  [17, 'udp'],
  [33, 'dccp'],
  [41, 'ipv6'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'ipv6-icmp'],
  [89, 'ospf'],
  [94, 'ipip'],
  [103, 'pim'],
  [112, 'vrrp'],
  [115, 'l2tp'],
  [132, 'sctp'],
  [135, 'mobility-header'],
  [136, 'udplite'],
]
const NAME_OF = new Map(PROTOCOLS)
const NUMBER_OF = new Map<string, number>(PROTOCOLS.map(([number, name]) => [name, number]))
NUMBER_OF.set('icmpv6', 58).set('icmp6', 58).set('ipip', 94).set('mh', 135).set('all', 0)

/** Reads a protocol's name or number; the error is iptables'. */
export function parseProtocol(text: string): number | string {
  if (/^(\d{1,3}|0[xX][0-9a-fA-F]{1,2})$/.test(text) && Number(text) <= 255) return Number(text)
  return NUMBER_OF.get(text.toLowerCase()) ?? `unknown protocol "${text}" specified`
}

/** The protocol's name, or its number where it has none. */
export function protocolName(protocol: number): string {
  return NAME_OF.get(protocol) ?? String(protocol)
}
