/** Ports and services as iptables reads and prints them. Userspace: libxtables/xtables.c, xtables_parse_port(). */

/** Services of /etc/services that people write instead of numbers. Number → name, TCP and UDP alike. */
const SERVICES: readonly (readonly [number, string])[] = [
  [1, 'tcpmux'],
  [7, 'echo'],
  [9, 'discard'],
  [13, 'daytime'],
  [19, 'chargen'],
  [20, 'ftp-data'],
  [21, 'ftp'],
  [22, 'ssh'],
  [23, 'telnet'],
  [25, 'smtp'],
  [37, 'time'],
  [43, 'whois'],
  [49, 'tacacs'],
  [53, 'domain'],
  [67, 'bootps'],
  [68, 'bootpc'],
  [69, 'tftp'],
  [70, 'gopher'],
  [79, 'finger'],
  [80, 'http'],
  [88, 'kerberos'],
  [110, 'pop3'],
  [111, 'sunrpc'],
  [113, 'auth'],
  [119, 'nntp'],
  [123, 'ntp'],
  [137, 'netbios-ns'],
  [138, 'netbios-dgm'],
  [139, 'netbios-ssn'],
  [143, 'imap2'],
  [161, 'snmp'],
  [162, 'snmp-trap'],
  [177, 'xdmcp'],
  [179, 'bgp'],
  [389, 'ldap'],
  [427, 'svrloc'],
  [443, 'https'],
  [445, 'microsoft-ds'],
  [464, 'kpasswd'],
  [465, 'submissions'],
  [500, 'isakmp'],
  [514, 'shell'],
  [515, 'printer'],
  [546, 'dhcpv6-client'],
  [547, 'dhcpv6-server'],
  [554, 'rtsp'],
  [587, 'submission'],
  [623, 'asf-rmcp'],
  [631, 'ipp'],
  [636, 'ldaps'],
  [853, 'domain-s'],
  [873, 'rsync'],
  [989, 'ftps-data'],
  [990, 'ftps'],
  [993, 'imaps'],
  [995, 'pop3s'],
  [1080, 'socks'],
  [1194, 'openvpn'],
  [1433, 'ms-sql-s'],
  [1812, 'radius'],
  [1813, 'radius-acct'],
  [2049, 'nfs'],
  [3306, 'mysql'],
  [3389, 'ms-wbt-server'],
  [4500, 'ipsec-nat-t'],
  [5060, 'sip'],
  [5061, 'sip-tls'],
  [5222, 'xmpp-client'],
  [5353, 'mdns'],
  [5432, 'postgresql'],
  [5666, 'nrpe'],
  [5671, 'amqps'],
  [5672, 'amqp'],
  [6379, 'redis'],
  [8080, 'http-alt'],
  [9418, 'git'],
  [10050, 'zabbix-agent'],
]
const PORT_OF = new Map(SERVICES.map(([port, name]) => [name, port]))
const NAME_OF = new Map(SERVICES)

/** Reads a port number or service name; the error is iptables'. */
export function parsePort(text: string): number | string {
  if (/^\d+$/.test(text) && Number(text) <= 65535) return Number(text)
  return PORT_OF.get(text) ?? `invalid port/service \`${text}' specified`
}

/** An inclusive range of ports. */
export interface PortRange {
  readonly min: number
  readonly max: number
}

export const ALL_PORTS: PortRange = { min: 0, max: 65535 }

/** Reads "80", "80:90", ":90", "80:" (or with another separator); the error is iptables'. */
export function parsePortRange(text: string, separator = ':'): PortRange | string {
  const at = text.indexOf(separator)
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

/** "80" or "80:90". */
export function formatPortRange(range: PortRange, separator = ':'): string {
  return range.min === range.max ? String(range.min) : `${range.min}${separator}${range.max}`
}

/** The service's name, or the number; always the number when `numeric`. */
export function portName(port: number, numeric: boolean): string {
  return numeric ? String(port) : (NAME_OF.get(port) ?? String(port))
}
