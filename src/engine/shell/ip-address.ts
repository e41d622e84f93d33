/** iproute2 6.1: ip/ipaddress.c. */

import type { Device, InterfaceAddress } from '../linux/device.ts'
import { addAddress, deleteAddress, type NewAddress } from '../linux/device-config.ts'
import type { Effect } from '../linux/effect.ts'
import { ofSameSubnet } from '../linux/subnet-index.ts'
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import { cidrContains, parseCidr } from '../net/cidr.ts'
import { ipv4, ipv4Mask } from '../net/ipv4.ts'
import { type CommandResult, failed, printed } from './command.ts'
import { garbage, invalidArgument, notModelled, type Parsed, readArguments, readPrefix, rtnetlink } from './ip-arguments.ts'
import { selectDevices } from './ip-link.ts'
import { briefStart, joinLines, linkAddressLines, linkLine } from './ip-link-print.ts'
import type { IpContext } from './ip-options.ts'

/** `ip address [show|add|replace|change|delete|flush] …`. */
export function ipAddress(argv: readonly string[], ip: IpContext): CommandResult {
  const verb = argv[0] ?? 'show'
  const rest = argv.slice(1)
  if ('add'.startsWith(verb)) return addressAdd(rest, ip, 'add')
  if (verb !== '' && ('replace'.startsWith(verb) || 'change'.startsWith(verb) || verb === 'chg')) return addressAdd(rest, ip, 'replace')
  if ('delete'.startsWith(verb)) return addressDelete(rest, ip)
  if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return addressShow(rest, ip)
  if ('flush'.startsWith(verb)) return addressFlush(rest, ip)
  if (verb === 'help') return failed('Usage: ip address { add | change | replace | del | flush | show } …', 255)
  return failed(`Command "${verb}" is unknown, try "ip address help".`, 255)
}

const CHANGE_KEYWORDS = {
  dev: 'value',
  local: 'value',
  broadcast: 'value',
  brd: '=broadcast',
  scope: 'value',
  label: 'value',
  peer: 'value',
  remote: '=peer',
  metric: 'value',
  valid_lft: 'value',
  preferred_lft: 'value',
  noprefixroute: 'flag',
} as const

function readNewAddress(argv: readonly string[], ip: IpContext): { readonly device: string; readonly address: NewAddress } | CommandResult {
  const parsed = readArguments(argv, CHANGE_KEYWORDS)
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const text = values.get('local') ?? words[0]
  const extra = values.has('local') ? words[0] : words[1]
  if (extra !== undefined) return garbage('local', extra)
  for (const word of ['peer', 'metric', 'noprefixroute']) if (values.has(word)) return notModelled('ip', `address option ${word}`)
  for (const word of ['valid_lft', 'preferred_lft'])
    if ((values.get(word) ?? 'forever') !== 'forever') return notModelled('ip', `address option ${word}`)
  const device = values.get('dev')
  if (device === undefined) return failed('Not enough information: "dev" argument is required.')
  if (text === undefined) return failed(`Cannot find device "${device}"`)
  const prefix = text.includes(':') ? ({ ok: false, result: notModelled('ip', 'IPv6') } as const) : readPrefix(text)
  if (!prefix.ok) return prefix.result
  const { cidr, address: local } = prefix.value
  const scope = readScope(values.get('scope'))
  if (!scope.ok) return scope.result
  const broadcast = readBroadcast(values.get('broadcast'), local, cidr.prefixLength)
  if (!broadcast.ok) return broadcast.result
  if (!ip.ns.devices.has(device)) return failed(`Cannot find device "${device}"`)
  const label = values.get('label')
  if (label !== undefined && label.length > 15) return rtnetlink('Error: Attribute failed policy validation.')
  return {
    device,
    address: {
      ...{ local, prefixLength: cidr.prefixLength, broadcast: broadcast.value },
      ...(scope.value === null ? {} : { scope: scope.value }),
      ...(label === undefined || label === device ? {} : { label }),
    },
  }
}

/** Scopes of addresses by number (/etc/iproute2/rt_scopes). */
const SCOPES: Readonly<Record<string, InterfaceAddress['scope'] | 'site' | 'nowhere'>> = {
  ...{ 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' },
  ...{ global: 'global', site: 'site', link: 'link', host: 'host', nowhere: 'nowhere' },
}

function readScope(text: string | undefined): Parsed<InterfaceAddress['scope'] | null> {
  if (text === undefined) return { ok: true, value: null }
  const scope = SCOPES[text]
  if (scope === 'site' || scope === 'nowhere') return { ok: false, result: notModelled('ip', `scope ${scope}`) }
  if (scope !== undefined) return { ok: true, value: scope }
  const numbered = /^\d+$/.test(text) && Number(text) < 256
  return { ok: false, result: numbered ? notModelled('ip', `scope ${text}`) : invalidArgument(text, 'invalid scope value.') }
}

/** `brd +` and `brd -` are worked out by the tool, and only where a network has more than two addresses. */
function readBroadcast(text: string | undefined, local: Address, prefixLength: number): Parsed<Address | null> {
  if (text === undefined) return { ok: true, value: null }
  const mask = ipv4Mask(prefixLength)
  if (text === '+' || text === '-') {
    return { ok: true, value: prefixLength > 30 ? null : ipv4(text === '+' ? local | ~mask : local & mask) }
  }
  const address = parseAddress(text)
  if (address === null) return { ok: false, result: failed(`Error: inet address is expected rather than "${text}".`) }
  return { ok: true, value: address }
}

function hasAddress({ ns }: IpContext, { device, address }: { readonly device: string; readonly address: NewAddress }): boolean {
  return ofSameSubnet(ns.devices.get(device)?.addresses ?? [], address).some((one) => one.local === address.local)
}

function addressAdd(argv: readonly string[], ip: IpContext, verb: 'add' | 'replace'): CommandResult {
  const read = readNewAddress(argv, ip)
  if ('code' in read) return read
  const existing = hasAddress(ip, read)
  if (existing) return verb === 'replace' ? printed('') : rtnetlink('Error: ipv4: Address already assigned.')
  const result = addAddress(ip.ns, read.device, read.address)
  return result.ok ? printed('', result.effects) : rtnetlink(result.error)
}

function addressDelete(argv: readonly string[], ip: IpContext): CommandResult {
  const read = readNewAddress(argv, ip)
  if ('code' in read) return read
  const has = hasAddress(ip, read)
  if (!has) return rtnetlink('Error: ipv4: Address not found.')
  const result = deleteAddress(ip.ns, read.device, read.address)
  return result.ok ? printed('', result.effects) : rtnetlink(result.error)
}

const SHOW_KEYWORDS = {
  dev: 'value',
  master: 'value',
  type: 'value',
  up: 'flag',
  nomaster: 'flag',
  to: 'value',
  scope: 'value',
  primary: 'flag',
  secondary: 'flag',
  permanent: 'flag',
  label: 'value',
} as const

interface AddressFilter {
  /** Only addresses are shown, not their devices. */
  readonly label: boolean
  readonly matches: (address: InterfaceAddress, device: Device) => boolean
  /** A filter on the address itself leaves out devices that have none such. */
  readonly onlyWithAddress: boolean
}

function readFilter(values: ReadonlyMap<string, string>): AddressFilter | CommandResult {
  const to = values.get('to')
  const network = to === undefined ? null : parseCidr(to)
  if (to !== undefined && network === null) return failed(`Error: any valid prefix is expected rather than "${to}".`)
  const scope = values.get('scope')
  const known =
    scope === undefined || scope === 'all' ? undefined : (SCOPES[scope] ?? (/^\d+$/.test(scope) && Number(scope) < 256 ? 'none' : null))
  if (known === null) return invalidArgument(scope ?? '', 'invalid "scope"\n')
  const label = values.get('label')
  return {
    onlyWithAddress: network !== null,
    label: label !== undefined,
    matches: (address, device) => {
      if (label !== undefined && !matchesPattern(label, address.label ?? device.name)) return false
      if (network && !cidrContains(network, address.local)) return false
      if (known !== undefined && known !== address.scope) return false
      if (values.has('primary') && address.secondary) return false
      return !values.has('secondary') || address.secondary
    },
  }
}

/** fnmatch() with `*` and `?`. */
function matchesPattern(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text)
}

function addressShow(argv: readonly string[], ip: IpContext): CommandResult {
  const parsed = readArguments(argv, SHOW_KEYWORDS)
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const extra = values.has('dev') ? words[0] : words[1]
  if (extra !== undefined) return garbage('dev', extra)
  const devices = selectDevices(ip, values.get('dev') ?? words[0] ?? null, values)
  if ('code' in devices) return devices
  const filter = readFilter(values)
  if ('code' in filter) return filter
  return printed(devices.map((device) => printDevice(device, filter, ip)).join(''))
}

function printDevice(device: Device, filter: AddressFilter, ip: IpContext): string {
  const shown = device.addresses.filter((one) => filter.matches(one, device))
  const needsAddress = filter.onlyWithAddress || ip.options.ipv4
  if (shown.length === 0 && (needsAddress || device.addresses.length > 0)) return ''
  if (ip.options.brief)
    return `${briefStart(device, ip)}${shown.map((one) => `${formatAddress(one.local)}/${one.prefixLength} `).join('')}\n`
  if (ip.options.oneline)
    return shown.map((one) => joinLines([`${device.ifindex}: ${device.name}${addressLine(device, one)}`, LIFETIME], ip)).join('')
  const link = [linkLine(device, ip, false), ...(needsAddress ? [] : linkAddressLines(device, ip))]
  const head = filter.label ? [] : link
  if (filter.label && shown.length === 0) return ''
  return joinLines([...head, ...shown.flatMap((one) => [addressLine(device, one), LIFETIME])], ip)
}

const LIFETIME = '       valid_lft forever preferred_lft forever'

function addressLine(device: Device, address: InterfaceAddress): string {
  const broadcast = address.broadcast === null ? '' : ` brd ${formatAddress(address.broadcast)}`
  return `    inet ${formatAddress(address.local)}/${address.prefixLength}${broadcast} scope ${address.scope}${address.secondary ? ' secondary' : ''} ${address.label ?? device.name}`
}

function addressFlush(argv: readonly string[], ip: IpContext): CommandResult {
  if (argv.length === 0) return failed('Flush requires arguments.')
  const parsed = readArguments(argv, SHOW_KEYWORDS)
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const devices = selectDevices(ip, values.get('dev') ?? words[0] ?? null, values)
  if ('code' in devices) return devices
  const filter = readFilter(values)
  if ('code' in filter) return filter
  const effects: Effect[] = []
  for (const device of devices) {
    // Secondary addresses go with their primary one, so each is looked up again.
    for (const address of device.addresses.filter((one) => filter.matches(one, device))) {
      if (
        !ip.ns.devices.get(device.name)?.addresses.some((one) => one.local === address.local && one.prefixLength === address.prefixLength)
      )
        continue
      const result = deleteAddress(ip.ns, device.name, address)
      if (!result.ok) return rtnetlink(result.error)
      effects.push(...result.effects)
    }
  }
  return printed('', effects)
}
