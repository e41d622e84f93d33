/** Ports and services as iptables reads and prints them. Userspace: libxtables/xtables.c, xtables_parse_port(). */

import { type GivenOption, parseUnsigned } from './option.ts'

/** Services of /etc/services that people write instead of numbers: number, name, protocols. */
const SERVICES: readonly (readonly [number, string, 'tcp' | 'udp' | 'tcp udp'])[] = [
  [1, 'tcpmux', 'tcp'],
  [7, 'echo', 'tcp udp'],
  [9, 'discard', 'tcp udp'],
  [13, 'daytime', 'tcp udp'],
  [19, 'chargen', 'tcp udp'],
  [20, 'ftp-data', 'tcp'],
  [21, 'fsp', 'udp'],
  [21, 'ftp', 'tcp'],
  [22, 'ssh', 'tcp'],
  [23, 'telnet', 'tcp'],
  [25, 'smtp', 'tcp'],
  [37, 'time', 'tcp udp'],
  [43, 'whois', 'tcp'],
  [49, 'tacacs', 'tcp udp'],
  [53, 'domain', 'tcp udp'],
  [67, 'bootps', 'udp'],
  [68, 'bootpc', 'udp'],
  [69, 'tftp', 'udp'],
  [70, 'gopher', 'tcp'],
  [79, 'finger', 'tcp'],
  [80, 'http', 'tcp'],
  [88, 'kerberos', 'tcp udp'],
  [110, 'pop3', 'tcp'],
  [111, 'sunrpc', 'tcp udp'],
  [113, 'auth', 'tcp'],
  [119, 'nntp', 'tcp'],
  [123, 'ntp', 'udp'],
  [137, 'netbios-ns', 'udp'],
  [138, 'netbios-dgm', 'udp'],
  [139, 'netbios-ssn', 'tcp'],
  [143, 'imap2', 'tcp'],
  [161, 'snmp', 'tcp udp'],
  [162, 'snmp-trap', 'tcp udp'],
  [177, 'xdmcp', 'udp'],
  [179, 'bgp', 'tcp'],
  [389, 'ldap', 'tcp udp'],
  [427, 'svrloc', 'tcp udp'],
  [443, 'https', 'tcp udp'],
  [445, 'microsoft-ds', 'tcp'],
  [464, 'kpasswd', 'tcp udp'],
  [465, 'submissions', 'tcp'],
  [500, 'isakmp', 'udp'],
  [514, 'shell', 'tcp'],
  [514, 'syslog', 'udp'],
  [515, 'printer', 'tcp'],
  [546, 'dhcpv6-client', 'udp'],
  [547, 'dhcpv6-server', 'udp'],
  [554, 'rtsp', 'tcp udp'],
  [587, 'submission', 'tcp'],
  [623, 'asf-rmcp', 'udp'],
  [631, 'ipp', 'tcp'],
  [636, 'ldaps', 'tcp udp'],
  [853, 'domain-s', 'tcp udp'],
  [873, 'rsync', 'tcp'],
  [989, 'ftps-data', 'tcp'],
  [990, 'ftps', 'tcp'],
  [993, 'imaps', 'tcp'],
  [995, 'pop3s', 'tcp'],
  [1080, 'socks', 'tcp'],
  [1194, 'openvpn', 'tcp udp'],
  [1433, 'ms-sql-s', 'tcp'],
  [1812, 'radius', 'tcp udp'],
  [1813, 'radius-acct', 'tcp udp'],
  [2000, 'cisco-sccp', 'tcp'],
  [2049, 'nfs', 'tcp udp'],
  [3306, 'mysql', 'tcp'],
  [3389, 'ms-wbt-server', 'tcp'],
  [4500, 'ipsec-nat-t', 'udp'],
  [5060, 'sip', 'tcp udp'],
  [5061, 'sip-tls', 'tcp udp'],
  [5222, 'xmpp-client', 'tcp'],
  [5353, 'mdns', 'udp'],
  [5432, 'postgresql', 'tcp'],
  [5666, 'nrpe', 'tcp'],
  [5671, 'amqps', 'tcp'],
  [5672, 'amqp', 'tcp'],
  [6379, 'redis', 'tcp'],
  [8080, 'http-alt', 'tcp'],
  [9418, 'git', 'tcp'],
  [10050, 'zabbix-agent', 'tcp'],
]
const PORT_OF = new Map(SERVICES.map(([port, name]) => [name, port]))
const NAME_OF = new Map(
  SERVICES.flatMap(([port, name, protocols]) => protocols.split(' ').map((protocol) => [`${port}/${protocol}`, name])),
)

/** xtables_parse_port(): a port number in C notation or a service name; the error is iptables'. */
export function parsePort(text: string): number | string {
  return parseUnsigned(text, 65535) ?? PORT_OF.get(text) ?? `invalid port/service \`${text}' specified`
}

/** xtables_getportbyname(): getaddrinfo() reads decimal numbers only, and keeps sixteen bits of them. */
export function resolvePort(text: string): number | string {
  if (/^\+?\d*$/.test(text)) return Number(text) & 0xffff
  return PORT_OF.get(text) ?? `Port "${text}" does not resolve to anything.\n`
}

/** xtopt_parse_mport(): "80", "80:90", ":90", "80:", each end resolved; the error in the words of libxtables. */
export function resolvePortRange(extension: string, option: GivenOption): PortRange | string {
  const parts = (option.values[0] ?? '').split(':')
  if (parts.length > 2) return `${extension}: Too many components for option "--${option.name}" (max: 2)\n`
  const [first = '', last = first] = parts
  const min = resolvePort(first)
  const max = parts.length === 2 && last === '' ? 65535 : resolvePort(last)
  if (typeof min === 'string') return min
  return typeof max === 'string' ? max : { min, max }
}

/** An inclusive range of ports. */
export interface PortRange {
  readonly min: number
  readonly max: number
}

export const ALL_PORTS: PortRange = { min: 0, max: 65535 }

/** Reads "80", "80:90", ":90", "80:"; the error is iptables'. */
export function parsePortRange(text: string): PortRange | string {
  const at = text.indexOf(':')
  if (at < 0) {
    const port = parsePort(text)
    return typeof port === 'string' ? port : { min: port, max: port }
  }
  const min = at === 0 ? 0 : parsePort(text.slice(0, at))
  const max = at === text.length - 1 ? 65535 : parsePort(text.slice(at + 1))
  if (typeof min === 'string') return min
  if (typeof max === 'string') return max
  return min > max ? 'invalid portrange (min > max)' : { min, max }
}

/** Ports that a rule asks for, or asks not for. */
export interface PortTest {
  readonly range: PortRange
  readonly not: boolean
}

/**
 * What iptables (nf_tables) 1.8.9 makes of `! --dport 0:N` of tcp and udp: a comparison with N, read back as the ports above it. nft.c, add_nft_tcpudp().
 */
export function nativePorts({ range, not }: PortTest): PortTest {
  const below = not && range.min === 0 && range.max > 0 && range.max < 65535
  return below ? { range: { min: range.max + 1, max: 65535 }, not: false } : { range, not }
}

/** "80" or "80:90". */
export function formatPortRange(range: PortRange, separator = ':'): string {
  return range.min === range.max ? String(range.min) : `${range.min}${separator}${range.max}`
}

/** The service's name, or the number where it has none for this protocol; always the number when `numeric`. */
export function portName(port: number, protocol: string, numeric: boolean): string {
  return numeric ? String(port) : (NAME_OF.get(`${port}/${protocol}`) ?? String(port))
}
