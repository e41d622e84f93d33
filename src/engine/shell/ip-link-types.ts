/** iproute2 6.1: ip/iplink_vxlan.c, link_iptnl.c, iplink_vlan.c. What follows `type vxlan`, `type ipip` and `type vlan`. */
import type { IpTunnelConfig, VxlanConfig } from '../linux/device.ts'
import type { ConfigResult } from '../linux/inet-address.ts'
import type { NetNs } from '../linux/netns.ts'
import { addIpip, addVlan, addVxlan, type NewDevice } from '../linux/tunnel-config.ts'
import type { Address } from '../net/address.ts'
import { type CommandResult, failed } from './command.ts'
import { invalidArgument, notModelled, type Parsed, parseNumber, readAddress, readArguments } from './ip-arguments.ts'

/** What `ip link add` has read before `type`. */
export interface TypedLink {
  readonly ns: NetNs
  readonly device: NewDevice
  /** `link DEV`. */
  readonly link: string | null
}

/** Adds a device of one of these kinds; null: it is none of them. */
export function addTypedLink(kind: string, link: TypedLink, options: readonly string[]): ConfigResult | CommandResult | null {
  switch (kind) {
    case 'vxlan': {
      const vxlan = readVxlan(options, link.ns)
      return vxlan.ok ? addVxlan(link.ns, link.device, vxlan.value) : vxlan.result
    }
    case 'ipip': {
      const tunnel = readIpip(options, link.ns, 'any')
      return tunnel.ok ? addIpip(link.ns, link.device, tunnel.value) : tunnel.result
    }
    case 'vlan':
      return addVlanLink(link, options)
    case 'tun':
    case 'tap':
      return { ok: false, error: 'Error: tun/tap creation via rtnetlink is not supported.' }
    default:
      return null
  }
}

const fail = (result: CommandResult) => ({ ok: false, result }) as const

/** An address, or null for `any` and nothing. */
function addressOf(text: string | undefined): Parsed<Address | null> {
  if (text === undefined || text === 'any') return { ok: true, value: null }
  return readAddress(text)
}

const VXLAN_KEYWORDS = {
  id: 'value',
  vni: '=id',
  remote: 'value',
  group: 'value',
  local: 'value',
  dev: 'value',
  ttl: 'value',
  hoplimit: '=ttl',
  tos: 'value',
  dsfield: '=tos',
  df: 'value',
  dstport: 'value',
  ageing: 'value',
  learning: 'flag',
  nolearning: 'flag',
  udpcsum: 'flag',
  noudp6zerocsumtx: 'flag',
  noudp6zerocsumrx: 'flag',
} as const
const VXLAN_NOT_MODELLED = new Set([
  ...['proxy', 'noproxy', 'rsc', 'norsc', 'l2miss', 'nol2miss', 'l3miss', 'nol3miss', 'maxaddress', 'noudpcsum'],
  ...['external', 'noexternal', 'gbp', 'gpe', 'vnifilter', 'novnifilter', 'port', 'srcport', 'flowlabel'],
])

const NO_PORT = `vxlan: destination port not specified
Will use Linux kernel default (non-standard value)
Use 'dstport 4789' to get the IANA assigned value
Use 'dstport 0' to get default and quiet this message
`
/** Kernel: drivers/net/vxlan/vxlan_core.c, module parameter udp_port. */
const DEFAULT_PORT = 8472
const DEFAULT_AGEING_S = 300

/** `srcport 0 0` is the default: the hash of the flow chooses among all ports. */
function withoutAnySourcePort(options: readonly string[]): readonly string[] {
  const at = options.findIndex((word, i) => word === 'srcport' && options[i + 1] === '0' && options[i + 2] === '0')
  return at < 0 ? options : options.toSpliced(at, 3)
}

/** The options of `type vxlan`. */
function readVxlan(options: readonly string[], ns: NetNs): Parsed<VxlanConfig> {
  const parsed = readArguments(withoutAnySourcePort(options), VXLAN_KEYWORDS)
  if (!parsed.ok) return parsed
  const { values, words } = parsed.value
  const [word] = words
  if (word !== undefined)
    return fail(VXLAN_NOT_MODELLED.has(word) ? notModelled('ip', `vxlan option ${word}`) : failed(`vxlan: unknown command "${word}"?`, 255))
  if (values.has('group')) return fail(notModelled('ip', 'a multicast vxlan group'))
  const vni = numberOf(values, 'id', 0xffffff)
  if (vni === null) return fail(invalidArgument(values.get('id') ?? '', 'invalid id'))
  if (!values.has('id')) return fail(failed('vxlan: missing virtual network identifier', 1))
  const ends = readEnds(values, ns)
  if (!ends.ok) return ends
  const dstPort = numberOf(values, 'dstport', 65535)
  if (dstPort === null) return fail(invalidArgument(values.get('dstport') ?? '', 'dst port'))
  const ageing = numberOf(values, 'ageing', 0xffffffff)
  if (ageing === null) return fail(invalidArgument(values.get('ageing') ?? '', 'ageing timer'))
  const hops = readHops(values)
  if (!hops.ok) return hops
  const df = values.get('df') ?? 'unset'
  if (df !== 'set' && df !== 'unset')
    return fail(df === 'inherit' ? notModelled('ip', 'vxlan df inherit') : invalidArgument(df, "DF must be 'unset', 'set' or 'inherit'"))
  return {
    ok: true,
    value: {
      vni,
      ...ends.value,
      ...hops.value,
      dstPort: dstPort === 0 ? DEFAULT_PORT : dstPort,
      learning: !values.has('nolearning'),
      df: df === 'set',
      ageingMs: (values.has('ageing') ? ageing : DEFAULT_AGEING_S) * 1000,
    },
  }
}

/** The warning that `ip link add … type vxlan` without `dstport` prints. */
export function vxlanWarning(kind: string, options: readonly string[]): string {
  return kind === 'vxlan' && !options.includes('dstport') ? NO_PORT : ''
}

/** A number up to `most`; 0 when not given, null when unreadable. */
function numberOf(values: ReadonlyMap<string, string>, name: string, most: number): number | null {
  const text = values.get(name)
  const number = text === undefined ? 0 : parseNumber(text)
  return number === null || number > most ? null : number
}

function readEnds(
  values: ReadonlyMap<string, string>,
  ns: NetNs,
): Parsed<{ local: Address | null; remote: Address | null; link: string | null }> {
  const local = addressOf(values.get('local'))
  if (!local.ok) return local
  const remote = addressOf(values.get('remote'))
  if (!remote.ok) return remote
  const link = values.get('dev') ?? null
  if (link !== null && !ns.devices.has(link)) return fail(failed(`Cannot find device "${link}"`, 255))
  return { ok: true, value: { local: local.value, remote: remote.value, link } }
}

/** `ttl N|auto|inherit` and `tos N|inherit`. Of VXLAN: 0 is auto. */
function readHops(values: ReadonlyMap<string, string>): Parsed<{ ttl: number; tos: number }> {
  const ttlText = values.get('ttl') ?? 'auto'
  const ttl = ttlText === 'auto' ? 0 : parseNumber(ttlText)
  if (ttlText === 'inherit') return fail(notModelled('ip', 'vxlan ttl inherit'))
  if (ttl === null) return fail(invalidArgument(ttlText, 'invalid TTL'))
  if (ttl > 255) return fail(invalidArgument(ttlText, 'TTL must be <= 255'))
  const tosText = values.get('tos') ?? '0'
  const tos = tosText === 'inherit' ? 1 : parseNumber(/^[0-9a-f]{1,2}$/i.test(tosText) ? `0x${tosText}` : tosText)
  return tos === null || tos > 255 ? fail(invalidArgument(tosText, 'bad TOS value')) : { ok: true, value: { ttl, tos } }
}

const IPIP_KEYWORDS = {
  local: 'value',
  remote: 'value',
  dev: 'value',
  ttl: 'value',
  hoplimit: '=ttl',
  tos: 'value',
  dsfield: '=tos',
  mode: 'value',
  pmtudisc: 'flag',
  nopmtudisc: 'flag',
} as const

/** The options of `type ipip` and of `ip tunnel add`; `mode`: what it carries unless said otherwise. */
export function readIpip(options: readonly string[], ns: NetNs, mode: IpTunnelConfig['mode']): Parsed<IpTunnelConfig> {
  const parsed = readArguments(options, IPIP_KEYWORDS)
  if (!parsed.ok) return parsed
  const { values, words } = parsed.value
  if (words[0] !== undefined) return fail(notModelled('ip', `ipip option ${words[0]}`))
  const ends = readEnds(values, ns)
  if (!ends.ok) return ends
  const ttlText = values.get('ttl') ?? 'inherit'
  const ttl = ttlText === 'inherit' ? 0 : parseNumber(ttlText)
  if (ttl === null || ttl > 255) return fail(invalidArgument(ttlText, 'invalid TTL\n'))
  if (ttl !== 0 && values.has('nopmtudisc')) return fail(failed('ttl != 0 and nopmtudisc are incompatible', 255))
  if ((values.get('tos') ?? '0') !== '0') return fail(notModelled('ip', 'ipip tos'))
  const wanted = values.get('mode') ?? mode
  if (wanted !== 'any' && wanted !== 'ipip' && wanted !== 'ip4ip4') return fail(notModelled('ip', `ipip mode ${wanted}`))
  return {
    ok: true,
    value: { mode: wanted === 'any' ? 'any' : 'ipip', ...ends.value, ttl, pmtuDiscovery: !values.has('nopmtudisc') },
  }
}

function addVlanLink({ ns, device, link }: TypedLink, options: readonly string[]): ConfigResult | CommandResult {
  const parsed = readArguments(options, { id: 'value', protocol: 'value', proto: '=protocol', reorder_hdr: 'value' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  if (words[0] !== undefined) return notModelled('ip', `vlan option ${words[0]}`)
  if ((values.get('protocol') ?? '802.1q').toLowerCase() !== '802.1q') return notModelled('ip', 'vlan protocol 802.1ad')
  const text = values.get('id')
  const vlanId = text === undefined ? null : parseNumber(text)
  if (text !== undefined && vlanId === null) return invalidArgument(text, 'id is invalid')
  if (vlanId === null) return { ok: false, error: 'Error: 8021q: VLAN properties not specified.' }
  if (link === null) return { ok: false, error: 'Error: link not specified.' }
  return addVlan(ns, device, { link, vlanId })
}
