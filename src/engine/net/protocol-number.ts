/** Assigned numbers the datapath knows (IANA protocol numbers, EtherTypes, ICMP types and codes: RFC 792, RFC 1812). */
export const PROTOCOL_ICMP = 1
export const PROTOCOL_IPIP = 4
export const PROTOCOL_TCP = 6
export const PROTOCOL_UDP = 17
export const PROTOCOL_SCTP = 132

export const ETHERTYPE_IPV4 = 0x0800
export const ETHERTYPE_ARP = 0x0806

export const ICMP_ECHO_REPLY = 0
export const ICMP_DEST_UNREACH = 3
export const ICMP_REDIRECT = 5
export const ICMP_ECHO = 8
export const ICMP_TIME_EXCEEDED = 11
export const ICMP_PARAMETERPROB = 12

export const ICMP_NET_UNREACH = 0
export const ICMP_HOST_UNREACH = 1
export const ICMP_PROT_UNREACH = 2
export const ICMP_PORT_UNREACH = 3
export const ICMP_FRAG_NEEDED = 4
export const ICMP_NET_ANO = 9
export const ICMP_HOST_ANO = 10
export const ICMP_PKT_FILTERED = 13

/** ICMP messages that report an error, and so never cause one (RFC 1122 3.2.2). */
export function isIcmpError(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12
}
