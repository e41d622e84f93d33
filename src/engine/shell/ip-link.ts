/** iproute2 6.1: ip/iplink.c. */
import type { Device } from '../linux/device.ts'
import { addDevice, type ConfigResult, createVeth, type DeviceChange, deleteDevice, moveDevice, setDevice } from '../linux/device-config.ts'
import type { Effect } from '../linux/effect.ts'
import type { NetNs } from '../linux/netns.ts'
import { type Mac, parseMac } from '../net/mac.ts'
import { type CommandResult, failed, printed } from './command.ts'
import { garbage, incomplete, invalidArgument, notModelled, parseNumber, readArguments, rtnetlink } from './ip-arguments.ts'
import { printLink } from './ip-link-print.ts'
import { addTypedLink, vxlanWarning } from './ip-link-types.ts'
import type { IpContext } from './ip-options.ts'

const needDevice = failed('Not enough information: "dev" argument is required.', 255)

/** `ip link [show|add|set|delete] …`. */
export function ipLink(argv: readonly string[], ip: IpContext): CommandResult {
  const verb = argv[0] ?? 'show'
  const rest = argv.slice(1)
  if ('add'.startsWith(verb)) return linkAdd(rest, ip)
  if ('set'.startsWith(verb) || 'change'.startsWith(verb)) return linkSet(rest, ip)
  if ('delete'.startsWith(verb)) return linkDelete(rest, ip)
  if (verb === 'replace') return linkAdd(rest, ip)
  if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return linkShow(rest, ip)
  if (verb === 'help') return failed('Usage: ip link { add | delete | set | show } …', 255)
  return failed(`Command "${verb}" is unknown, try "ip link help".`, 255)
}

function linkShow(argv: readonly string[], ip: IpContext): CommandResult {
  const parsed = readArguments(argv, { dev: 'value', master: 'value', type: 'value', up: 'flag', nomaster: 'flag' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const name = values.get('dev') ?? words[0]
  const extra = values.has('dev') ? words[0] : words[1]
  if (extra !== undefined) return garbage('dev', extra)
  const devices = selectDevices(ip, name ?? null, values)
  if ('code' in devices) return devices
  return printed(devices.map((device) => printLink(device, ip)).join(''))
}

/** The devices that `show` is about: one by name, or all that pass the filters; or why not. */
export function selectDevices(ip: IpContext, name: string | null, filters: ReadonlyMap<string, string>): Device[] | CommandResult {
  if (name !== null && !ip.ns.devices.has(name)) return failed(`Device "${name}" does not exist.`)
  const master = filters.get('master')
  if (master !== undefined && !ip.ns.devices.has(master)) return invalidArgument(master, 'Device does not exist\n')
  const type = filters.get('type')
  return [...ip.ns.devices.values()].filter((device) => {
    if (name !== null && device.name !== name) return false
    if (master !== undefined && device.master !== master) return false
    if (filters.has('nomaster') && device.master !== null) return false
    if (filters.has('up') && !device.up) return false
    return type === undefined || (type === 'bridge_slave' ? device.master !== null : device.kind === type)
  })
}

/** What `add` says of one end. */
interface NewLink {
  readonly ns: NetNs
  readonly name: string | null
  readonly mac?: Mac
  readonly mtu?: number
  readonly up: boolean
  /** The device below. */
  readonly link: string | null
}

const LINK_KEYWORDS = {
  name: 'value',
  dev: '=name',
  link: 'value',
  mtu: 'value',
  address: 'value',
  netns: 'value',
  up: 'flag',
  txqueuelen: 'value',
  qlen: '=txqueuelen',
  index: 'value',
  master: 'value',
  down: 'flag',
} as const

function readNewLink(argv: readonly string[], ip: IpContext): NewLink | CommandResult {
  const parsed = readArguments(argv, LINK_KEYWORDS)
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const extra = words[values.has('name') ? 0 : 1]
  if (extra !== undefined) return garbage('name', extra)
  if (values.has('index') || values.has('master')) return notModelled('ip', 'index or master while adding')
  const mtu = values.get('mtu')
  if (mtu !== undefined && parseNumber(mtu) === null) return invalidArgument(mtu, 'Invalid "mtu" value\n')
  const address = values.get('address')
  const mac = address === undefined ? null : parseMac(address)
  if (address !== undefined && mac === null) return invalidMac(address)
  const ns = namedNetNs(values.get('netns'), ip)
  if ('code' in ns) return ns
  const name = values.get('name') ?? words[0] ?? null
  const wrongName = name === null ? null : checkName(name, values.has('name'))
  if (wrongName) return wrongName
  const link = values.get('link') ?? null
  if (link !== null && !ns.devices.has(link)) return failed(`Cannot find device "${link}"`)
  return { ns, name, link, up: values.has('up'), ...(mac ? { mac } : {}), ...(mtu === undefined ? {} : { mtu: Number(mtu) }) }
}

/** check_ifname(); how long a name without a keyword is, the kernel says. */
function checkName(name: string, keyword: boolean): CommandResult | null {
  if (/[\s/]/.test(name) || (keyword && name.length > 15)) {
    return failed(`Error: argument "${name}" is wrong: "${keyword ? 'name' : 'dev'}" not a valid ifname`, 255)
  }
  return name.length > 15 ? failed('Error: Attribute failed policy validation.', 2) : null
}

function invalidMac(text: string): CommandResult {
  const bytes = text.split(':')
  const bad = bytes.find((part) => !/^[0-9a-fA-F]{1,2}$/.test(part))
  return failed(bad === undefined ? `Invalid address length ${bytes.length} - must be 6 bytes` : `"${bad}" is invalid lladdr.`, 1)
}

/** The namespace named by `netns NAME`; the command's own without. */
function namedNetNs(name: string | undefined, ip: IpContext): NetNs | CommandResult {
  if (name === undefined) return ip.ns
  // The only process id that means anything here is 1: the machine's own namespace.
  const ns = name === '1' ? ip.shell.machine.root : ip.shell.machine.netns.get(name)
  return ns ?? invalidArgument(name, 'Invalid "netns" value\n')
}

function linkAdd(argv: readonly string[], ip: IpContext): CommandResult {
  const at = argv.indexOf('type')
  if (at < 0) return failed('Not enough information: "type" argument is required', 1)
  const kind = argv[at + 1]
  if (kind === undefined) return incomplete
  const link = readNewLink(argv.slice(0, at), ip)
  if ('code' in link) return link
  const options = argv.slice(at + 2)
  if (kind === 'veth') return addVeth(link, options, ip)
  const typed = addTypedLink(
    kind,
    { ns: link.ns, device: { ...link, name: link.name ?? freeName(link.ns, kind) }, link: link.link },
    options,
  )
  if (typed) return addedTyped(typed, link, ip, vxlanWarning(kind, options))
  if (link.link !== null) return notModelled('ip', `link type ${kind} on top of another`)
  if (kind !== 'bridge' && kind !== 'dummy')
    return MODELLED_ELSEWHERE.has(kind) ? notModelled('ip', `link type ${kind}`) : failed('Error: Unknown device type.', 2)
  const settings = kind === 'bridge' ? readBridgeOptions(options) : options.length > 0 ? garbage('type', options[0] ?? '') : {}
  if ('code' in settings) return settings
  const name = link.name ?? freeName(link.ns, kind)
  const { ns: _ns, up: _up, name: _name, link: _link, ...given } = link
  const { nextIfindex } = link.ns
  const made = addDevice(link.ns, { ...given, name, kind })
  if (!made.ok) return rtnetlink(made.error)
  const refused = link.mtu === undefined ? made : setDevice(link.ns, name, { mtu: link.mtu })
  if (!refused.ok) {
    deleteDevice(link.ns, name)
    link.ns.nextIfindex = nextIfindex
    return rtnetlink(refused.error)
  }
  return sum([made, setDevice(link.ns, name, { ...settings, ...(link.up ? { up: true } : {}) })], link.ns, ip)
}

/** The answer to adding a device that may go up at once. */
function addedTyped(made: ConfigResult | CommandResult, link: NewLink, ip: IpContext, warning: string): CommandResult {
  if ('code' in made) return made
  const up = made.ok && link.up && link.name !== null ? [setDevice(link.ns, link.name, { up: true })] : []
  const result = sum([made, ...up], link.ns, ip)
  return { ...result, stderr: warning + result.stderr }
}

/** Device types of real kernels that this one has not. */
const MODELLED_ELSEWHERE = new Set(['gre', 'gretap', 'macvlan', 'ipvlan', 'wireguard', 'bond', 'vrf', 'geneve', 'ifb', 'sit'])

/** The first free name; `taken`: one that another device is about to take. */
function freeName(ns: NetNs, prefix: string, taken = ''): string {
  let number = 0
  while (ns.devices.has(`${prefix}${number}`) || `${prefix}${number}` === taken) number++
  return `${prefix}${number}`
}

function addVeth(link: NewLink, options: readonly string[], ip: IpContext): CommandResult {
  if (options[0] !== undefined && options[0] !== 'peer') return garbage('type', options[0])
  const other = readNewLink(options.slice(1), ip)
  if ('code' in other) return other
  // The kernel makes the peer first, so it takes the first free name.
  const b = { ...other, name: other.name ?? freeName(other.ns, 'veth') }
  const a = { ...link, name: link.name ?? freeName(link.ns, 'veth', b.ns === link.ns ? b.name : '') }
  if (a.link !== null) return notModelled('ip', 'link type veth on top of another')
  const before = [a.ns.nextIfindex, b.ns.nextIfindex] as const
  const results = [createVeth(a.ns, a.name, b.ns, b.name)]
  if (results[0]?.ok) {
    for (const { ns, name, mac, mtu, up } of [b, a]) {
      const change = { ...(mac ? { mac } : {}), ...(mtu === undefined ? {} : { mtu }), ...(up ? { up } : {}) }
      if (Object.keys(change).length > 0) results.push(setDevice(ns, name, change))
    }
    const refused = results.find((result) => !result.ok)
    if (refused) {
      // rtnl_newlink(): nothing is left of a pair of which one end was refused; the reason is told by number only.
      deleteDevice(a.ns, a.name)
      ;[a.ns.nextIfindex, b.ns.nextIfindex] = before
      return rtnetlink(refused.error.includes('mtu') ? 'Invalid argument' : refused.error)
    }
  }
  return sum(results, a.ns, ip)
}

/** One result of several steps that the kernel took in a namespace. */
function sum(results: readonly ConfigResult[], ns: NetNs, ip: IpContext): CommandResult {
  const effects: Effect[] = []
  for (const result of results) {
    if (!result.ok) return rtnetlink(result.error)
    effects.push(...result.effects)
  }
  if (ns === ip.ns || effects.length === 0) return printed('', effects)
  return { ...printed(''), elsewhere: [{ netns: ns, effects }] }
}

function linkDelete(argv: readonly string[], ip: IpContext): CommandResult {
  const parsed = readArguments(argv, { dev: 'value', type: 'value' })
  if (!parsed.ok) return parsed.result
  const name = parsed.value.values.get('dev') ?? parsed.value.words[0]
  if (name === undefined) return needDevice
  if (!ip.ns.devices.has(name)) return failed(`Cannot find device "${name}"`)
  return sum([deleteDevice(ip.ns, name)], ip.ns, ip)
}

const SET_KEYWORDS = {
  dev: 'value',
  up: 'flag',
  down: 'flag',
  mtu: 'value',
  address: 'value',
  name: 'value',
  netns: 'value',
  master: 'value',
  nomaster: 'flag',
  promisc: 'value',
  txqueuelen: 'value',
  qlen: '=txqueuelen',
} as const
const NOT_MODELLED = new Set([
  'arp',
  'multicast',
  'allmulticast',
  'alias',
  'group',
  'vf',
  'xdp',
  'carrier',
  'vrf',
  'addrgenmode',
  'broadcast',
  'dynamic',
  'trailers',
])

function linkSet(argv: readonly string[], ip: IpContext): CommandResult {
  const at = argv.indexOf('type')
  const parsed = readArguments(at < 0 ? argv : argv.slice(0, at), SET_KEYWORDS)
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const name = values.get('dev') ?? words[0]
  if (name === undefined) return needDevice
  const extra = values.has('dev') ? words[0] : words[1]
  if (extra !== undefined) return NOT_MODELLED.has(extra) ? notModelled('ip', `link set ${extra}`) : garbage('dev', extra)
  const change = readChange(values, at < 0 ? [] : argv.slice(at + 1), ip)
  if ('code' in change) return change
  const target = namedNetNs(values.get('netns'), ip)
  if ('code' in target) return target
  if (!ip.ns.devices.has(name)) return failed(`Cannot find device "${name}"`)
  const { newName, ...rest } = change
  const results: ConfigResult[] = []
  let ns = ip.ns
  let current = name
  if (target !== ns) {
    const moved = moveDevice(ns, target, name, newName ?? name)
    if (!moved.ok) return rtnetlink(moved.error)
    results.push(moved)
    ns = target
    current = newName ?? name
  }
  const own: DeviceChange = target === ip.ns ? change : rest
  if (Object.keys(own).length > 0) results.push(setDevice(ns, current, own))
  return sum(results, ns, ip)
}

function readChange(values: ReadonlyMap<string, string>, typed: readonly string[], ip: IpContext): DeviceChange | CommandResult {
  const change: { -readonly [K in keyof DeviceChange]: DeviceChange[K] } = {}
  if (values.has('up')) change.up = true
  if (values.has('down')) change.up = false
  const mtu = values.get('mtu')
  if (mtu !== undefined) {
    const number = parseNumber(mtu)
    if (number === null) return invalidArgument(mtu, 'Invalid "mtu" value\n')
    change.mtu = number
  }
  const address = values.get('address')
  if (address !== undefined) {
    const mac = parseMac(address)
    if (mac === null) return invalidMac(address)
    change.mac = mac
  }
  const master = values.get('master')
  if (master !== undefined && !ip.ns.devices.has(master)) return invalidArgument(master, 'Device does not exist\n')
  if (master !== undefined) change.master = master
  if (values.has('nomaster')) change.master = null
  const promisc = values.get('promisc')
  if (promisc !== undefined && promisc !== 'on' && promisc !== 'off')
    return failed(`Error: argument of "promisc" must be "on" or "off", not "${promisc}"`, 1)
  if (promisc !== undefined) change.promisc = promisc === 'on'
  const newName = values.get('name')
  const wrongName = newName === undefined ? null : checkName(newName, true)
  if (wrongName) return wrongName
  if (newName !== undefined) change.newName = newName
  if (typed.length === 0) return change
  const options =
    typed[0] === 'bridge'
      ? readBridgeOptions(typed.slice(1))
      : typed[0] === 'bridge_slave'
        ? readPortOptions(typed.slice(1))
        : notModelled('ip', `link set type ${typed[0]}`)
  return 'code' in options ? options : { ...change, ...options }
}

/** `type bridge ageing_time N` (in 1/100 s). */
function readBridgeOptions(argv: readonly string[]): DeviceChange | CommandResult {
  const parsed = readArguments(argv, { ageing_time: 'value', stp_state: 'value', vlan_filtering: 'value', forward_delay: 'value' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  if (words[0] !== undefined) return failed(`bridge: unknown option "${words[0]}"?`, 255)
  if ((values.get('stp_state') ?? '0') !== '0') return notModelled('ip', 'the spanning tree protocol')
  if ((values.get('vlan_filtering') ?? '0') !== '0') return notModelled('ip', 'VLAN filtering')
  const ageing = values.get('ageing_time')
  if (ageing === undefined) return {}
  const time = parseNumber(ageing)
  return time === null ? invalidArgument(ageing, 'invalid ageing_time') : { ageingMs: time * 10 }
}

/** `type bridge_slave hairpin on`. */
function readPortOptions(argv: readonly string[]): DeviceChange | CommandResult {
  const parsed = readArguments(argv, { hairpin: 'value' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  if (words[0] !== undefined) return notModelled('ip', `bridge port option ${words[0]}`)
  const hairpin = values.get('hairpin')
  if (hairpin === undefined) return {}
  if (hairpin !== 'on' && hairpin !== 'off') return failed(`Error: argument of "hairpin" must be one of "off", "on", not "${hairpin}"`, 1)
  return { hairpinMode: hairpin === 'on' }
}
