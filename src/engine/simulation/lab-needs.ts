/** What a lab needs of the machine it runs on, read from the very text it will run: tools, and parts of the kernel that may be modules. */

export interface LabNeeds {
  readonly tools: readonly string[]
  /** Kernel modules by name, without those of iptables extensions. */
  readonly modules: readonly string[]
  /** Extensions of iptables: '-m recent', '-j TPROXY'. */
  readonly extensions: readonly string[]
  /** Device kinds as `ip link add type` names them. */
  readonly devices: readonly string[]
}

const TOOLS = [
  'arping',
  'bridge',
  'tc',
  'iptables',
  'iptables-save',
  'iptables-restore',
  'ipset',
  'ipvsadm',
  'conntrack',
  'ping',
  'curl',
  'nc',
  'dig',
]
const ALWAYS = ['setpriv', 'unshare', 'nsenter', 'mount', 'ip', 'sysctl', 'python3']

/** Word in the text of a lab → module. */
const MODULES: readonly (readonly [RegExp, string])[] = [
  [/net\.bridge\./, 'br_netfilter'],
  [/\bnetem\b/, 'sch_netem'],
  [/\btuntap\b/, 'tun'],
  [/\bipset\b/, 'ip_set'],
  [/\bipvsadm\b/, 'ip_vs'],
  // What listens, and the walks: JSON.
  [/"sctp"/, 'sctp'],
]

/** `ip link add … type KIND` → module. */
const DEVICE_MODULES: Readonly<Record<string, string>> = {
  bridge: 'bridge',
  veth: 'veth',
  vxlan: 'vxlan',
  ipip: 'ipip',
  dummy: 'dummy',
  vlan: '8021q',
  geneve: 'geneve',
  gre: 'ip_gre',
  macvlan: 'macvlan',
  ipvlan: 'ipvlan',
  vrf: 'vrf',
  wireguard: 'wireguard',
}

/** Extension → module, where it is not xt_NAME; null: part of iptables itself. */
const EXTENSION_MODULES: Readonly<Record<string, string | null>> = {
  '-m tcp': 'xt_tcpudp',
  '-m udp': 'xt_tcpudp',
  '-m icmp': null,
  '-m comment': null,
  '-m state': 'xt_conntrack',
  '-m ttl': 'xt_hl',
  '-m rpfilter': 'ipt_rpfilter',
  '-j ACCEPT': null,
  '-j DROP': null,
  '-j RETURN': null,
  '-j QUEUE': null,
  '-j REJECT': 'ipt_REJECT',
  '-j DNAT': 'xt_nat',
  '-j SNAT': 'xt_nat',
  '-j TTL': 'xt_HL',
  '-j NOTRACK': 'xt_CT',
  '-j NFQUEUE': 'xt_NFQUEUE',
}

const unique = (words: Iterable<string>): string[] => [...new Set(words)].sort()

/** The agent is the same in every lab: it names tools that it runs only where it is asked to. */
const AGENT = /<<'PACKETWALK_AGENT'\n[\s\S]*?\nPACKETWALK_AGENT$/m

/** Takes everything a lab will run, as one text. */
export function labNeeds(lab: string): LabNeeds {
  const text = lab.replace(AGENT, '')
  const tools = TOOLS.filter((tool) => new RegExp(`(^|[^\\w./-])${tool}([^\\w-]|$)`, 'm').test(text))
  const devices = unique(['bridge', 'veth', ...[...text.matchAll(/\btype (\w+)/g)].map((match) => match[1] ?? '')]).filter((kind) =>
    Object.hasOwn(DEVICE_MODULES, kind),
  )
  const chains = new Set([...text.matchAll(/^(?::|.*\s-N )([\w-]+)/gm)].map((match) => match[1] ?? ''))
  const extensions = unique(
    [...text.matchAll(/\s(-m|-j) ([\w]+)(?=\s|$)/g)]
      .map((match) => ({ option: match[1] ?? '', name: match[2] ?? '' }))
      .filter(({ option, name }) => (option === '-m' ? /^[a-z]\w+$/.test(name) : /^[A-Z]+\d*$/.test(name) && !chains.has(name)))
      .map(({ option, name }) => `${option} ${name}`)
      .filter((extension) => EXTENSION_MODULES[extension] !== null),
  )
  const sets = [...text.matchAll(/\bcreate \S+ (hash|bitmap|list):(\S+)/g)].map(
    (match) => `ip_set_${match[1]}_${(match[2] ?? '').replaceAll(',', '')}`,
  )
  const schedulers = [...text.matchAll(/(?:^|\s)-s (rr|wrr|lc|wlc|lblc|lblcr|dh|sh|sed|nq|fo|ovf|mh)\b/gm)].map(
    (match) => `ip_vs_${match[1]}`,
  )
  const modules = unique([
    ...devices.map((kind) => DEVICE_MODULES[kind] ?? kind),
    ...MODULES.filter(([word]) => word.test(text)).map(([, module]) => module),
    ...sets,
    ...(tools.includes('ipvsadm') ? schedulers : []),
    ...extensions.map((extension) => EXTENSION_MODULES[extension] ?? `xt_${extension.slice(3)}`),
  ])
  return { tools: unique([...ALWAYS, ...tools]), modules, extensions, devices }
}
