/** iproute2 6.1, lib/rt_names.c: what a route is said to be, by name or by number. */
import { parseNumber } from './ip-arguments.ts'

/** /etc/iproute2/rt_protos. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  ...{ 0: 'unspec', 1: 'redirect', 2: 'kernel', 3: 'boot', 4: 'static', 8: 'gated', 9: 'ra', 10: 'mrt', 11: 'zebra', 12: 'bird' },
  ...{ 13: 'dnrouted', 14: 'xorp', 15: 'ntk', 16: 'dhcp', 18: 'keepalived', 42: 'babel', 99: 'openr', 186: 'bgp', 187: 'isis' },
  ...{ 188: 'ospf', 189: 'rip', 192: 'eigrp' },
}
/** /etc/iproute2/rt_scopes. */
const SCOPES: Readonly<Record<number, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' }
/** `rtnl_rtntype_n2a()`. */
const TYPES: Readonly<Record<number, string>> = {
  ...{ 1: 'unicast', 2: 'local', 3: 'broadcast', 4: 'anycast', 5: 'multicast', 6: 'blackhole', 7: 'unreachable', 8: 'prohibit' },
  ...{ 9: 'throw', 10: 'nat', 11: 'xresolve' },
}

function named(text: string, names: Readonly<Record<number, string>>): string | null {
  const number = parseNumber(text)
  if (number !== null) return number < 256 ? (names[number] ?? String(number)) : null
  return Object.values(names).includes(text) ? text : null
}

/** `rtnl_rtprot_a2n()`: the name; the number, of one without a name; null: there is none. */
export const protocolNamed = (text: string): string | null => named(text, PROTOCOLS)

/** `rtnl_rtscope_a2n()`, likewise. */
export const scopeNamed = (text: string): string | null => named(text, SCOPES)

/** `rtnl_rtntype_a2n()`, likewise. */
export const typeNamed = (text: string): string | null => named(text, TYPES)
