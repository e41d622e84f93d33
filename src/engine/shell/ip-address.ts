/** iproute2 6.1: ip/ipaddress.c. */

import type { Device, InterfaceAddress } from '../linux/device.ts'
import { addAddress, deleteAddress, type NewAddress } from '../linux/device-config.ts'
import type { Effect } from '../linux/effect.ts'
import { formatAddress, parseAddress } from '../net/address.ts'
import { cidrContains, parseCidr } from '../net/cidr.ts'
import { ipv4, ipv4Mask } from '../net/ipv4.ts'
import { type CommandResult, failed, printed } from './command.ts'
import { garbage, invalidArgument, notModelled, readArguments, readPrefix, rtnetlink } from './ip-arguments.ts'
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
  for (const word of ['peer', 'metric', 'noprefixroute', 'label']) {
    if (values.has(word) && !(word === 'label' && values.get(word) === values.get('dev')))
      return notModelled('ip', `address option ${word}`)
  }
  const device = values.get('dev')
  if (device === undefined) return failed('Not enough information: "dev" argument is required.')
  if (text === undefined) return failed(`Cannot find device "${device}"`)
  const prefix = text.includes(':') ? ({ ok: false, result: notModelled('ip', 'IPv6') } as const) : readPrefix(text)
  if (!prefix.ok) return prefix.result
  const { cidr, address: local } = prefix.value
  const scope = values.get('scope')
  if (scope !== undefined && scope !== 'global' && scope !== 'link' && scope !== 'host')
    return invalidArgument(scope, 'invalid scope value.')
  const broadcast = values.get('broadcast')
  const explicit =
    broadcast === undefined
      ? null
      : broadcast === '+'
        ? ipv4(local | ~ipv4Mask(cidr.prefixLength))
        : broadcast === '-'
          ? cidr.address
          : parseAddress(broadcast)
  if (broadcast !== undefined && explicit === null) return failed(`Error: inet address is expected rather than "${broadcast}".`)
  if (!ip.ns.devices.has(device)) return failed(`Cannot find device "${device}"`)
  return { device, address: { local, prefixLength: cidr.prefixLength, ...(scope === undefined ? {} : { scope }), broadcast: explicit } }
}

function addressAdd(argv: readonly string[], ip: IpContext, verb: 'add' | 'replace'): CommandResult {
  const read = readNewAddress(argv, ip)
  if ('code' in read) return read
  const existing = ip.ns.devices
    .get(read.device)
    ?.addresses.some((one) => one.local === read.address.local && one.prefixLength === read.address.prefixLength)
  if (existing) return verb === 'replace' ? printed('') : rtnetlink('Error: ipv4: Address already assigned.')
  const result = addAddress(ip.ns, read.device, read.address)
  return result.ok ? printed('', result.effects) : rtnetlink(result.error)
}

function addressDelete(argv: readonly string[], ip: IpContext): CommandResult {
  const read = readNewAddress(argv, ip)
  if ('code' in read) return read
  const has = ip.ns.devices
    .get(read.device)
    ?.addresses.some((one) => one.local === read.address.local && one.prefixLength === read.address.prefixLength)
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
  readonly matches: (address: InterfaceAddress) => boolean
  /** A filter on the address itself leaves out devices that have none such. */
  readonly onlyWithAddress: boolean
}

function readFilter(values: ReadonlyMap<string, string>): AddressFilter | CommandResult {
  const to = values.get('to')
  const network = to === undefined ? null : parseCidr(to)
  if (to !== undefined && network === null) return failed(`Error: any valid prefix is expected rather than "${to}".`)
  const scope = values.get('scope')
  return {
    onlyWithAddress: network !== null,
    matches: (address) => {
      if (network && !cidrContains(network, address.local)) return false
      if (scope !== undefined && scope !== address.scope) return false
      if (values.has('primary') && address.secondary) return false
      return !values.has('secondary') || address.secondary
    },
  }
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
  const shown = device.addresses.filter(filter.matches)
  const needsAddress = filter.onlyWithAddress || ip.options.ipv4
  if (shown.length === 0 && (needsAddress || device.addresses.length > 0)) return ''
  if (ip.options.brief)
    return `${briefStart(device, ip)}${shown.map((one) => `${formatAddress(one.local)}/${one.prefixLength} `).join('')}\n`
  if (ip.options.oneline)
    return shown.map((one) => joinLines([`${device.ifindex}: ${device.name}${addressLine(device, one)}`, LIFETIME], ip)).join('')
  const head = [linkLine(device, ip, false), ...(needsAddress ? [] : linkAddressLines(device, ip))]
  return joinLines([...head, ...shown.flatMap((one) => [addressLine(device, one), LIFETIME])], ip)
}

const LIFETIME = '       valid_lft forever preferred_lft forever'

function addressLine(device: Device, address: InterfaceAddress): string {
  const broadcast = address.broadcast === null ? '' : ` brd ${formatAddress(address.broadcast)}`
  return `    inet ${formatAddress(address.local)}/${address.prefixLength}${broadcast} scope ${address.scope}${address.secondary ? ' secondary' : ''} ${device.name}`
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
    for (const address of device.addresses.filter(filter.matches)) {
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
