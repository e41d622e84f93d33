/** Random routes, policy rules and sysctls of one machine. */
import fc from 'fast-check'
import { fill, one, sometimes, text, type Words, word } from './template.ts'

export interface RoutingDraft {
  readonly sysctls: readonly string[]
  readonly routes: readonly string[]
  readonly rules: readonly string[]
}

const flag = one('0', '1')
const where = fc.oneof(one('all'), word('dev'), word('dev'))
const target = fc.oneof(word('near'), word('net'))
const table = sometimes(one(' table 10', ' table 11'), 2)

/** By key: what a router, a bridge or a server does otherwise with them. */
const SYSCTLS: readonly fc.Arbitrary<string>[] = [
  text`net.ipv4.conf.${where}.rp_filter=${one('0', '1', '1', '2')}`,
  text`net.ipv4.conf.${where}.route_localnet=${flag}`,
  text`net.ipv4.conf.${where}.accept_local=${flag}`,
  text`net.ipv4.conf.${where}.send_redirects=0`,
  text`net.ipv4.conf.${where}.arp_ignore=${one('0', '1', '2', '8')}`,
  text`net.ipv4.conf.${where}.arp_announce=${one('0', '1', '2')}`,
  text`net.ipv4.conf.${where}.arp_filter=${flag}`,
  text`net.ipv4.conf.${where}.proxy_arp=${flag}`,
  text`net.ipv4.conf.${where}.src_valid_mark=${flag}`,
  text`net.ipv4.conf.${word('dev')}.forwarding=${flag}`,
  text`net.bridge.bridge-nf-call-iptables=${flag}`,
  text`net.ipv4.icmp_echo_ignore_all=${flag}`,
  text`net.ipv4.icmp_errors_use_inbound_ifaddr=${flag}`,
  text`net.ipv4.ip_default_ttl=${one('64', '33')}`,
  text`net.ipv4.fwmark_reflect=${flag}`,
  text`net.ipv4.ip_forward_use_pmtu=${flag}`,
  text`net.netfilter.nf_conntrack_tcp_loose=${flag}`,
  text`net.netfilter.nf_conntrack_tcp_be_liberal=${flag}`,
  text`net.ipv4.ip_no_pmtu_disc=${flag}`,
  text`net.ipv4.fib_multipath_hash_policy=${flag}`,
]
/** The last words of those that labs set. */
export const SYSCTL_KEYS: readonly string[] = [
  ...['rp_filter', 'route_localnet', 'accept_local', 'send_redirects', 'arp_ignore', 'arp_announce', 'arp_filter', 'proxy_arp'],
  ...['src_valid_mark', 'forwarding', 'bridge-nf-call-iptables', 'icmp_echo_ignore_all', 'icmp_errors_use_inbound_ifaddr'],
  ...['ip_default_ttl', 'fwmark_reflect', 'ip_forward_use_pmtu', 'nf_conntrack_tcp_loose', 'nf_conntrack_tcp_be_liberal'],
  ...['ip_no_pmtu_disc', 'fib_multipath_hash_policy', 'ip_forward'],
]
const FORWARDING = fc.constantFrom('net.ipv4.ip_forward=1', 'net.ipv4.ip_forward=1', 'net.ipv4.ip_forward=1', 'net.ipv4.ip_forward=0')

const route = fc.oneof(
  text`route replace ${target} ${word('via')}${table}`,
  text`route replace ${target} ${word('via')} src ${word('own')}${table}`,
  text`route replace ${target} ${word('via')} onlink${table}`,
  text`route replace ${target}${table} nexthop ${word('via')} nexthop ${word('via')}`,
  text`route replace ${one('blackhole', 'unreachable', 'prohibit')} ${target}${table}`,
  text`addr replace 10.8.0.${one('1', '2')}/32 dev lo`,
  text`neigh replace ${word('near')} lladdr 02:00:00:00:00:99 dev ${word('wire')} nud permanent`,
)
const selector = fc.oneof(
  text`from ${target}`,
  text`to ${target}`,
  text`iif ${word('dev')}`,
  text`fwmark ${one('1', '2', '0x10', '0x1/0x1', '0x0/0x3')}`,
  text`from ${target} to ${target}`,
  text`from ${target} iif ${word('dev')}`,
)
const rule = text`rule add ${sometimes(one('not '), 6)}${selector} ${one('lookup 10', 'lookup 10', 'lookup 11', 'lookup main', 'blackhole', 'unreachable', 'prohibit')} priority ${one('100', '200', '300', '40000')}`

export const routing: fc.Arbitrary<RoutingDraft> = fc.record({
  sysctls: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(fc.oneof({ weight: 1, arbitrary: FORWARDING }, ...SYSCTLS), { maxLength: 4 }) },
  ),
  routes: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(route, { maxLength: 4 }) }),
  rules: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(rule, { maxLength: 3 }) }),
})

/** Commands for the shell of that machine. */
export function routingCommands(draft: RoutingDraft, words: Words): string[] {
  const filled = (lines: readonly string[]): string[] => lines.flatMap((line) => fill(line, words) ?? [])
  const sysctls = filled(draft.sysctls)
  const ip = [...new Set([...filled(draft.routes), ...filled(draft.rules)])]
  return [
    ...(sysctls.length > 0 ? [`sysctl -qw ${sysctls.map((line) => line.replaceAll(' ', '')).join(' ')}`] : []),
    ...(ip.length > 0 ? ["ip -batch - <<'IP'", ...ip, 'IP'] : []),
  ]
}
