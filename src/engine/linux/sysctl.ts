/** Kernel: net/ipv4/devinet.c, sysctl_net_ipv4.c, net/core/neighbour.c. The `net.*` keys of one namespace, with the kernel's defaults. */
import type { NetNs } from './netns.ts'

const GLOBAL_DEFAULTS: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '0',
  'net.ipv4.ip_default_ttl': '64',
  'net.ipv4.ip_local_port_range': '32768\t60999',
  'net.ipv4.ip_unprivileged_port_start': '1024',
  'net.ipv4.ip_no_pmtu_disc': '0',
  'net.ipv4.ip_forward_use_pmtu': '0',
  'net.ipv4.ip_nonlocal_bind': '0',
  'net.ipv4.ping_group_range': '0\t2147483647',
  'net.ipv4.fib_multipath_hash_policy': '0',
  'net.ipv4.fwmark_reflect': '0',
  'net.ipv4.icmp_echo_ignore_all': '0',
  'net.ipv4.icmp_ratelimit': '1000',
  'net.ipv4.icmp_ratemask': '6168',
  'net.ipv4.icmp_echo_ignore_broadcasts': '1',
  'net.ipv4.icmp_errors_use_inbound_ifaddr': '0',
  'net.ipv4.tcp_syn_retries': '6',
  'net.ipv4.tcp_syn_linear_timeouts': '4',
  'net.ipv4.tcp_synack_retries': '5',
  'net.ipv4.tcp_retries1': '3',
  'net.ipv4.tcp_retries2': '15',
  'net.ipv4.tcp_fin_timeout': '60',
  'net.ipv4.tcp_invalid_ratelimit': '500',
  'net.ipv4.tcp_orphan_retries': '0',
  'net.ipv4.tcp_mtu_probing': '0',
  'net.ipv4.tcp_tw_reuse': '2',
  'net.ipv4.route.mtu_expires': '600',
  'net.ipv4.route.min_pmtu': '552',
  'net.ipv4.vs.am_droprate': '10',
  'net.ipv4.vs.amemthresh': '1024',
  'net.ipv4.vs.backup_only': '0',
  'net.ipv4.vs.cache_bypass': '0',
  'net.ipv4.vs.conn_reuse_mode': '1',
  'net.ipv4.vs.conntrack': '0',
  'net.ipv4.vs.drop_entry': '0',
  'net.ipv4.vs.drop_packet': '0',
  'net.ipv4.vs.expire_nodest_conn': '0',
  'net.ipv4.vs.expire_quiescent_template': '0',
  'net.ipv4.vs.ignore_tunneled': '0',
  'net.ipv4.vs.lblc_expiration': '86400',
  'net.ipv4.vs.lblcr_expiration': '86400',
  'net.ipv4.vs.nat_icmp_send': '0',
  'net.ipv4.vs.pmtu_disc': '1',
  'net.ipv4.vs.run_estimation': '1',
  'net.ipv4.vs.schedule_icmp': '0',
  'net.ipv4.vs.secure_tcp': '0',
  'net.ipv4.vs.sloppy_sctp': '0',
  'net.ipv4.vs.sloppy_tcp': '0',
  'net.ipv4.vs.snat_reroute': '1',
  'net.ipv4.vs.sync_persist_mode': '0',
  'net.ipv4.vs.sync_ports': '1',
  'net.ipv4.vs.sync_qlen_max': '3724',
  'net.ipv4.vs.sync_refresh_period': '0',
  'net.ipv4.vs.sync_retries': '0',
  'net.ipv4.vs.sync_sock_size': '0',
  'net.ipv4.vs.sync_threshold': '3\t50',
  'net.ipv4.vs.sync_version': '1',
  'net.sctp.association_max_retrans': '10',
  'net.sctp.max_init_retransmits': '8',
  'net.sctp.rto_initial': '3000',
  'net.sctp.rto_max': '60000',
  'net.sctp.rto_min': '1000',
  'net.core.somaxconn': '4096',
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.bridge.bridge-nf-call-ip6tables': '1',
  'net.bridge.bridge-nf-call-arptables': '1',
  'net.bridge.bridge-nf-filter-vlan-tagged': '0',
  'net.bridge.bridge-nf-filter-pppoe-tagged': '0',
  'net.bridge.bridge-nf-pass-vlan-input-dev': '0',
  'net.netfilter.nf_conntrack_max': '262144',
  'net.netfilter.nf_conntrack_tcp_be_liberal': '0',
  'net.netfilter.nf_conntrack_tcp_ignore_invalid_rst': '0',
  'net.netfilter.nf_conntrack_tcp_loose': '1',
  'net.netfilter.nf_conntrack_tcp_max_retrans': '3',
  'net.netfilter.nf_conntrack_tcp_timeout_max_retrans': '300',
  'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged': '300',
  'net.netfilter.nf_conntrack_tcp_timeout_established': '432000',
  'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': '120',
  'net.netfilter.nf_conntrack_tcp_timeout_syn_recv': '60',
  'net.netfilter.nf_conntrack_tcp_timeout_fin_wait': '120',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait': '60',
  'net.netfilter.nf_conntrack_tcp_timeout_last_ack': '30',
  'net.netfilter.nf_conntrack_tcp_timeout_time_wait': '120',
  'net.netfilter.nf_conntrack_tcp_timeout_close': '10',
  'net.netfilter.nf_conntrack_sctp_timeout_closed': '10',
  'net.netfilter.nf_conntrack_sctp_timeout_cookie_wait': '3',
  'net.netfilter.nf_conntrack_sctp_timeout_cookie_echoed': '3',
  'net.netfilter.nf_conntrack_sctp_timeout_established': '210',
  'net.netfilter.nf_conntrack_sctp_timeout_heartbeat_sent': '30',
  'net.netfilter.nf_conntrack_sctp_timeout_shutdown_sent': '3',
  'net.netfilter.nf_conntrack_sctp_timeout_shutdown_recd': '3',
  'net.netfilter.nf_conntrack_sctp_timeout_shutdown_ack_sent': '3',
  'net.netfilter.nf_conntrack_udp_timeout': '30',
  'net.netfilter.nf_conntrack_udp_timeout_stream': '120',
  'net.netfilter.nf_conntrack_icmp_timeout': '30',
  'net.netfilter.nf_conntrack_generic_timeout': '600',
}

/** Kernel: `ipv4_devconf`, the keys below net.ipv4.conf.NAME. */
const DEVICE_DEFAULTS: Readonly<Record<string, string>> = {
  accept_local: '0',
  accept_redirects: '1',
  accept_source_route: '1',
  arp_accept: '0',
  arp_announce: '0',
  arp_filter: '0',
  arp_ignore: '0',
  arp_notify: '0',
  bc_forwarding: '0',
  drop_gratuitous_arp: '0',
  drop_unicast_in_l2_multicast: '0',
  forwarding: '0',
  log_martians: '0',
  promote_secondaries: '0',
  proxy_arp: '0',
  proxy_arp_pvlan: '0',
  route_localnet: '0',
  rp_filter: '0',
  secure_redirects: '1',
  send_redirects: '1',
  shared_media: '1',
  src_valid_mark: '0',
}

/** Kernel: `arp_tbl.parms`, the keys below net.ipv4.neigh.NAME. */
const NEIGHBOUR_DEFAULTS: Readonly<Record<string, string>> = {
  app_solicit: '0',
  base_reachable_time_ms: '30000',
  delay_first_probe_time: '5',
  gc_stale_time: '60',
  locktime: '100',
  mcast_solicit: '3',
  proxy_delay: '80',
  retrans_time_ms: '1000',
  ucast_solicit: '3',
  unres_qlen: '101',
  unres_qlen_bytes: '212992',
}

/** Keys of one device that IPv6 scripts set although IPv6 is not modelled: accepted and kept. */
const IPV6_DEVICE_KEYS: Readonly<Record<string, string>> = {
  accept_dad: '1',
  accept_ra: '1',
  disable_ipv6: '0',
  forwarding: '0',
  addr_gen_mode: '0',
}

interface Key {
  readonly family: 'ipv4' | 'ipv6'
  readonly group: 'conf' | 'neigh'
  readonly device: string
  readonly name: string
}

/** net.ipv4.conf.eth0.rp_filter; a device name may hold dots, written as "/" in that place or in slash form throughout. */
function deviceKey(name: string): Key | null {
  const match = /^net\.(ipv4|ipv6)\.(conf|neigh)\.(.+)\.([a-z_0-9]+)$/.exec(name)
  if (!match) return null
  return {
    family: match[1] as Key['family'],
    group: match[2] as Key['group'],
    device: (match[3] as string).replaceAll('/', '.'),
    name: match[4] as string,
  }
}

function deviceDefaults(key: Key): Readonly<Record<string, string>> {
  if (key.family === 'ipv6') return key.group === 'conf' ? IPV6_DEVICE_KEYS : NEIGHBOUR_DEFAULTS
  return key.group === 'conf' ? DEVICE_DEFAULTS : NEIGHBOUR_DEFAULTS
}

function stored(key: Key, device: string): string {
  return `net.${key.family}.${key.group}.${device}.${key.name}`
}

function deviceValue(ns: NetNs, key: Key): string | null {
  const fallback = deviceDefaults(key)[key.name]
  if (fallback === undefined) return null
  const own = ns.sysctl.get(stored(key, key.device))
  if (own !== undefined) return own
  if (key.device === 'all' || key.device === 'default') return fallback
  return ns.devices.has(key.device) ? (ns.sysctl.get(stored(key, 'default')) ?? fallback) : null
}

/** "net/ipv4/conf/eth0.5/forwarding" and "net.ipv4.conf.eth0/5.forwarding" are the forms sysctl(8) takes. */
function canonical(name: string): string {
  const slash = name.indexOf('/')
  const dot = name.indexOf('.')
  if (slash < 0 || (dot >= 0 && dot < slash)) return name
  return name.replaceAll('.', '\u0000').replaceAll('/', '.').replaceAll('\u0000', '/')
}

/** The value as text, or null when the namespace has no such key. */
export function sysctlText(ns: NetNs, name: string): string | null {
  const full = canonical(name)
  const key = deviceKey(full)
  if (key) return deviceValue(ns, key)
  return ns.sysctl.get(full) ?? GLOBAL_DEFAULTS[full] ?? null
}

/** Values as numbers, as every packet asks for them: of the whole namespace, and of each device's `conf` and `neigh`. Beside the texts, which people read and write. */
interface Numbers {
  readonly global: Map<string, number>
  readonly conf: Map<string, Map<string, number>>
  readonly neigh: Map<string, Map<string, number>>
}

/** By the namespace's map of keys: read once, forgotten when one is written. */
const NUMBERS = new WeakMap<ReadonlyMap<string, string>, Numbers>()

function numbersOf(ns: NetNs): Numbers {
  const known = NUMBERS.get(ns.sysctl)
  if (known) return known
  const numbers = { global: new Map(), conf: new Map(), neigh: new Map() }
  NUMBERS.set(ns.sysctl, numbers)
  return numbers
}

function write(ns: NetNs, name: string, value: string): void {
  ns.sysctl.set(name, value)
  NUMBERS.delete(ns.sysctl)
}

function forget(ns: NetNs, name: string): void {
  ns.sysctl.delete(name)
  NUMBERS.delete(ns.sysctl)
}

/** The value as a number (the first one of several); 0 when there is no such key. */
export function sysctl(ns: NetNs, name: string): number {
  const { global } = numbersOf(ns)
  const known = global.get(name)
  if (known !== undefined) return known
  const value = Number.parseInt(sysctlText(ns, name) ?? '0', 10)
  // Keys of devices come and go with them.
  if (GLOBAL_DEFAULTS[name] !== undefined) global.set(name, value)
  return value
}

/** Values that the kernel knows and this one does not, by key: inner addresses of tunnels, and fields of one's choice. */
const NOT_MODELLED: Readonly<Record<string, readonly string[]>> = { 'net.ipv4.fib_multipath_hash_policy': ['2', '3'] }

/** Is this a value that would change nothing here, though it does in the kernel? Who writes it is to be told. */
export function isUnmodelled(name: string, value: string): boolean {
  return NOT_MODELLED[canonical(name)]?.includes(value.trim()) === true
}

/**
 * Writes a key; false when there is none. As in the kernel, `ip_forward` is `conf.all.forwarding`, and writing that
 * sets `forwarding` of `default` and of every device, and `conf.all.accept_redirects` to its opposite (`inet_forward_change`); not where the
 * value is what it was (`devinet_sysctl_forward()`).
 */
export function setSysctl(ns: NetNs, name: string, value: string | number): boolean {
  const full = canonical(name)
  if (sysctlText(ns, full) === null) return false
  const text = String(value).trim().replace(/\s+/g, '\t')
  if (full === 'net.ipv4.ip_forward' || full === 'net.ipv4.conf.all.forwarding') {
    if (Number.parseInt(text, 10) === sysctl(ns, 'net.ipv4.ip_forward')) return true
    write(ns, 'net.ipv4.conf.all.accept_redirects', Number.parseInt(text, 10) !== 0 ? '0' : '1')
    write(ns, 'net.ipv4.ip_forward', text)
    write(ns, 'net.ipv4.conf.all.forwarding', text)
    write(ns, 'net.ipv4.conf.default.forwarding', text)
    for (const device of ns.devices.keys()) write(ns, `net.ipv4.conf.${device}.forwarding`, text)
    return true
  }
  // ip_ttl_min, ip_ttl_max
  if (full === 'net.ipv4.ip_default_ttl' && !(Number(text) >= 1 && Number(text) <= 255)) return false
  const key = deviceKey(full)
  write(ns, key ? stored(key, key.device) : full, text)
  return true
}

const inherited = (group: Key['group'], defaults: Readonly<Record<string, string>>) =>
  Object.keys(defaults).map((name) => ({ key: `net.ipv4.${group}.default.${name}`, group, name }))
/** The keys that new devices take over. */
const INHERITED = [...inherited('conf', DEVICE_DEFAULTS), ...inherited('neigh', NEIGHBOUR_DEFAULTS)]

/** A new device takes the values that `conf.default` and `neigh.default` have at this moment, and keeps them. */
export function inheritSysctls(ns: NetNs, device: string): void {
  for (const { key, group, name } of INHERITED) {
    const value = ns.sysctl.get(key)
    if (value !== undefined) write(ns, `net.ipv4.${group}.${device}.${name}`, value)
  }
}

/** Forgets the keys of a device that is gone. */
export function forgetSysctls(ns: NetNs, device: string): void {
  for (const name of [...ns.sysctl.keys()]) {
    if (deviceKey(name)?.device === device) forget(ns, name)
  }
}

/** A device was renamed: its keys follow. */
export function renameSysctls(ns: NetNs, from: string, to: string): void {
  for (const [name, value] of [...ns.sysctl]) {
    const key = deviceKey(name)
    if (key?.device !== from) continue
    forget(ns, name)
    write(ns, stored(key, to), value)
  }
}

/** Every key the namespace has, sorted, for `sysctl -a`. */
export function sysctlNames(ns: NetNs): string[] {
  const names = Object.keys(GLOBAL_DEFAULTS)
  for (const device of ['all', 'default', ...ns.devices.keys()]) {
    for (const key of Object.keys(DEVICE_DEFAULTS)) names.push(`net.ipv4.conf.${device.replaceAll('.', '/')}.${key}`)
    if (device === 'all') continue
    for (const key of Object.keys(NEIGHBOUR_DEFAULTS)) names.push(`net.ipv4.neigh.${device.replaceAll('.', '/')}.${key}`)
  }
  return names.sort()
}

/** `IN_DEV_CONF_GET`: the device's own value. */
export function deviceConf(ns: NetNs, device: string, name: string): number {
  return readConf(ns, numbersOf(ns), device, name)
}

/** `IN_DEV_MAXCONF`: the larger of `all` and the device (rp_filter, arp_ignore, arp_announce). */
export function deviceConfMax(ns: NetNs, device: string, name: string): number {
  const numbers = numbersOf(ns)
  return Math.max(readConf(ns, numbers, 'all', name), readConf(ns, numbers, device, name))
}

/** `IN_DEV_ORCONF`: on when `all` or the device is (send_redirects, proxy_arp, route_localnet, accept_local). */
export function deviceConfOr(ns: NetNs, device: string, name: string): boolean {
  const numbers = numbersOf(ns)
  return readConf(ns, numbers, 'all', name) !== 0 || readConf(ns, numbers, device, name) !== 0
}

/** `NEIGH_VAR` of a device's ARP parameters. */
export function neighbourVar(ns: NetNs, device: string, name: string): number {
  const { neigh } = numbersOf(ns)
  const known = neigh.get(device)?.get(name)
  if (known !== undefined) return known
  const value =
    ns.sysctl.get(`net.ipv4.neigh.${device}.${name}`) ?? ns.sysctl.get(`net.ipv4.neigh.default.${name}`) ?? NEIGHBOUR_DEFAULTS[name]
  return keep(neigh, device, name, Number(value))
}

function readConf(ns: NetNs, { conf }: Numbers, device: string, name: string): number {
  const known = conf.get(device)?.get(name)
  return known ?? keep(conf, device, name, storedConf(ns, device, name))
}

function keep(numbers: Map<string, Map<string, number>>, device: string, name: string, value: number): number {
  const ofDevice = numbers.get(device) ?? new Map<string, number>()
  ofDevice.set(name, value)
  numbers.set(device, ofDevice)
  return value
}

function storedConf(ns: NetNs, device: string, name: string): number {
  const own = ns.sysctl.get(`net.ipv4.conf.${device}.${name}`)
  if (own !== undefined) return Number(own)
  const inherited = device === 'all' ? undefined : ns.sysctl.get(`net.ipv4.conf.default.${name}`)
  return Number(inherited ?? DEVICE_DEFAULTS[name])
}
