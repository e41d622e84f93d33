/** iproute2 6.1: ip/ipneigh.c. Kernel: net/core/neighbour.c, neigh_add() and neigh_delete(). */

import type { Device } from '../linux/device.ts'
import { neighDelete, neighLookup, neighSet } from '../linux/neighbour.ts'
import type { Neighbour, NeighbourState } from '../linux/neighbour-entry.ts'
import { settle } from '../linux/settle.ts'
import { formatAddress, parseAddress } from '../net/address.ts'
import { cidrContains } from '../net/cidr.ts'
import { type Mac, parseMac } from '../net/mac.ts'
import { type CommandResult, failed, printed } from './command.ts'
import { garbage, invalidArgument, notModelled, readArguments, readPrefix, rtnetlink } from './ip-arguments.ts'
import type { IpContext } from './ip-options.ts'

const NUD: Readonly<Record<string, NeighbourState>> = {
  permanent: 'PERMANENT',
  reachable: 'REACHABLE',
  stale: 'STALE',
  delay: 'DELAY',
  probe: 'PROBE',
  failed: 'FAILED',
  incomplete: 'INCOMPLETE',
  noarp: 'NOARP',
}

/** `ip neighbour [show|add|replace|change|delete|flush|get] …`. */
export function ipNeighbour(argv: readonly string[], ip: IpContext): CommandResult {
  const verb = argv[0] ?? 'show'
  const rest = argv.slice(1)
  if ('add'.startsWith(verb)) return modify(rest, ip, 'add')
  if ('replace'.startsWith(verb)) return modify(rest, ip, 'replace')
  if ('change'.startsWith(verb) || verb === 'chg') return modify(rest, ip, 'change')
  if ('delete'.startsWith(verb)) return remove(rest, ip)
  if ('get'.startsWith(verb)) return get(rest, ip)
  if ('flush'.startsWith(verb)) return flush(rest, ip)
  if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return show(rest, ip)
  if (verb === 'help')
    return failed(
      'Usage: ip neigh { add | del | change | replace } ADDRESS lladdr LLADDR dev DEV [ nud STATE ]\n       ip neigh { show | flush } [ to PREFIX ] [ dev DEV ] [ nud STATE ]',
      255,
    )
  return failed(`Command "${verb}" is unknown, try "ip neigh help".`, 255)
}

const INCOMPLETE = failed('Device and destination are required arguments.', 255)

/** Which entry a command is about. */
interface EntryText {
  readonly address: Neighbour['address']
  readonly device: Device
  readonly lladdr: Mac | null
  readonly state: NeighbourState
}

function readEntry(argv: readonly string[], ip: IpContext): EntryText | CommandResult {
  const parsed = readArguments(argv, { to: 'value', dev: 'value', lladdr: 'value', nud: 'value', proxy: 'value', router: 'flag' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  if (values.has('proxy')) return notModelled('ip', 'proxy neighbours')
  const text = values.get('to') ?? words[0]
  const name = values.get('dev')
  const extra = values.has('to') ? words[0] : words[1]
  if (extra !== undefined) return garbage('to', extra)
  const address = text === undefined ? null : parseAddress(text)
  if (text !== undefined && address === null) return failed(`Error: any valid address is expected rather than "${text}".`)
  if (address === null || name === undefined) return INCOMPLETE
  const device = ip.ns.devices.get(name)
  if (!device) return failed(`Cannot find device "${name}"`)
  const macText = values.get('lladdr')
  const lladdr = macText === undefined ? null : parseMac(macText)
  if (macText !== undefined && lladdr === null)
    return failed(`"${macText.split(':').find((part) => !/^[0-9a-fA-F]{1,2}$/.test(part)) ?? macText}" is invalid lladdr.`)
  const nud = values.get('nud') ?? 'permanent'
  const state = Object.hasOwn(NUD, nud) ? NUD[nud] : undefined
  if (state === undefined) return invalidArgument(nud, 'nud state is bad')
  return { address, device, lladdr, state }
}

function modify(argv: readonly string[], ip: IpContext, verb: 'add' | 'replace' | 'change'): CommandResult {
  const entry = readEntry(argv, ip)
  if ('code' in entry) return entry
  const before = neighLookup(ip.ns, entry.device.name, entry.address)
  if (verb === 'add' && before) return rtnetlink('File exists')
  if (verb === 'change' && !before) return rtnetlink('No such file or directory')
  const effects = neighSet(ip.ns, entry.device, entry.address, entry)
  return effects === null ? rtnetlink('Error: No link layer address given.') : printed('', settle(ip.ns, effects))
}

function remove(argv: readonly string[], ip: IpContext): CommandResult {
  const entry = readEntry(argv, ip)
  if ('code' in entry) return entry
  const known = neighLookup(ip.ns, entry.device.name, entry.address)
  return known ? printed('', settle(ip.ns, neighDelete(ip.ns, known))) : rtnetlink('No such file or directory')
}

function get(argv: readonly string[], ip: IpContext): CommandResult {
  const entry = readEntry(argv, ip)
  if ('code' in entry) return entry === INCOMPLETE ? failed('Device and address are required arguments.') : entry
  const found = neighLookup(ip.ns, entry.device.name, entry.address)
  return found ? printed(entryLine(found, false)) : rtnetlink('Error: Neighbour entry not found.')
}

/** "10.1.0.3 dev cni0 lladdr 02:00:00:00:00:03 PERMANENT ". */
function entryLine(entry: Neighbour, oneDevice: boolean): string {
  const lladdr = entry.lladdr === null || entry.state === 'INCOMPLETE' || entry.state === 'FAILED' ? '' : `lladdr ${entry.lladdr} `
  return `${formatAddress(entry.address)} ${oneDevice ? '' : `dev ${entry.device} `}${lladdr}${entry.state} \n`
}

function select(
  argv: readonly string[],
  ip: IpContext,
): { readonly entries: readonly Neighbour[]; readonly device: string | null; readonly states: ReadonlySet<string> } | CommandResult {
  const parsed = readArguments(argv, { to: 'value', dev: 'value', nud: 'value', unused: 'flag' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const device = values.get('dev') ?? null
  if (device !== null && !ip.ns.devices.has(device)) return failed(`Cannot find device "${device}"`)
  const text = values.get('to') ?? words.find((word) => word !== 'all')
  const prefix = text === undefined ? null : readPrefix(text)
  if (prefix && !prefix.ok) return prefix.result
  const nud = values.get('nud')
  if (nud !== undefined && nud !== 'all' && !Object.hasOwn(NUD, nud)) return invalidArgument(nud, 'nud state is bad')
  const states = new Set<string>(nud === undefined ? [] : nud === 'all' ? Object.values(NUD) : [NUD[nud] ?? ''])
  const entries = [...ip.ns.neighbours.values()].filter((entry) => {
    if (device !== null && entry.device !== device) return false
    if (prefix?.ok && !cidrContains(prefix.value.cidr, entry.address)) return false
    // Without `nud` NOARP entries are left out (they are the kernel's own).
    return states.size > 0 ? states.has(entry.state) : entry.state !== 'NOARP'
  })
  return { entries, device, states }
}

function show(argv: readonly string[], ip: IpContext): CommandResult {
  const selected = select(argv, ip)
  return 'code' in selected ? selected : printed(selected.entries.map((entry) => entryLine(entry, selected.device !== null)).join(''))
}

/** Permanent entries stay unless asked for by their state. */
function flush(argv: readonly string[], ip: IpContext): CommandResult {
  if (argv.length === 0) return failed('Flush requires arguments.')
  const selected = select(argv, ip)
  if ('code' in selected) return selected
  const flushed = selected.entries.filter(({ state }) => state !== 'PERMANENT' || selected.states.has('PERMANENT'))
  return printed(
    '',
    settle(
      ip.ns,
      flushed.flatMap((entry) => neighDelete(ip.ns, entry)),
    ),
  )
}
