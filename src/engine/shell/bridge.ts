/** iproute2 6.1: bridge/bridge.c, link.c. */
import type { Device } from '../linux/device.ts'
import { setDevice } from '../linux/device-config.ts'
import type { NetNs } from '../linux/netns.ts'
import { fdbFlush, fdbModify, fdbShow } from './bridge-fdb.ts'
import { type Command, type CommandResult, failed, printed, type ShellContext } from './command.ts'
import { notModelled, readArguments, rtnetlink } from './ip-arguments.ts'
import { linkFlags, linkName } from './ip-link-print.ts'
import type { IpContext } from './ip-options.ts'

/** Options that change nothing of what is printed here. */
const WITHOUT_EFFECT: readonly string[] = ['-o', '-oneline', '-c']

type Port = Extract<Device, { port: unknown }>

/** `bridge [-d] [-n NETNS] link|fdb …`. */
export const bridge: Command = (argv, context) => {
  let at = 1
  let details = false
  let ns = context.netns
  for (; argv[at]?.startsWith('-'); at++) {
    const option = argv[at] ?? ''
    if (option === '-d' || option === '-details') details = true
    else if (option === '-n' || option === '-netns') {
      const name = argv[++at] ?? ''
      const named = context.machine.netns.get(name)
      if (named === undefined) return failed(`Cannot open network namespace "${name}": No such file or directory`, 255)
      ns = named
    } else if (!WITHOUT_EFFECT.includes(option)) return notModelled('bridge', `option ${option}`)
  }
  const [object, verb = 'show', ...rest] = argv.slice(at)
  if (object === undefined || object === 'help')
    return failed(
      'Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { link | fdb }\n       OPTIONS := { -d[etails] | -n[etns] name }',
      255,
    )
  const result = runObject(object, verb, rest, { context, ns, details })
  if (ns === context.netns || result.effects.length === 0) return result
  return { ...result, effects: [], elsewhere: [{ netns: ns, effects: result.effects }] }
}

interface BridgeContext {
  readonly context: ShellContext
  readonly ns: NetNs
  readonly details: boolean
}

function runObject(object: string, verb: string, rest: readonly string[], bridge: BridgeContext): CommandResult {
  if ('link'.startsWith(object)) {
    if ('set'.startsWith(verb) || 'change'.startsWith(verb)) return linkSet(rest, bridge)
    if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return linkShow(rest, bridge)
    return failed(`Command "${verb}" is unknown, try "bridge link help".`, 255)
  }
  if ('fdb'.startsWith(object)) {
    if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return fdbShow(rest, bridge.ns)
    if (verb === 'add' || verb === 'append' || verb === 'replace') return fdbModify(verb, rest, bridge.ns)
    if (verb === 'delete' || verb === 'del') return fdbModify('delete', rest, bridge.ns)
    if (verb === 'flush') return fdbFlush(rest, bridge.ns)
    return failed(`Command "${verb}" is unknown, try "bridge fdb help".`, 255)
  }
  if (['vlan', 'mdb', 'monitor', 'vni'].includes(object)) return notModelled('bridge', object)
  return failed(`Object "${object}" is unknown, try "bridge help".`, 255)
}

function portOf(device: Device | undefined): Port | null {
  return device && 'port' in device && device.port && device.master !== null ? device : null
}

function linkShow(argv: readonly string[], { context, ns, details }: BridgeContext): CommandResult {
  const parsed = readArguments(argv, { dev: 'value' })
  if (!parsed.ok) return parsed.result
  const name = parsed.value.values.get('dev') ?? parsed.value.words[0]
  if (name !== undefined && !ns.devices.has(name)) return failed(`Cannot find device "${name}"`, 255)
  const ip: IpContext = {
    ns,
    options: { ipv4: false, oneline: false, details: false, brief: false, all: false, netns: null },
    shell: context,
  }
  let stdout = ''
  for (const device of ns.devices.values()) {
    const port = portOf(device)
    if (!port || (name !== undefined && device.name !== name)) continue
    const state = device.up && device.carrier ? port.port?.state : 'disabled'
    stdout += `${device.ifindex}: ${linkName(device, ip)}: <${linkFlags(device, ip)}> mtu ${device.mtu} master ${device.master} state ${state} priority 32 cost 2 \n`
    if (details) {
      const hairpin = port.port?.hairpinMode ? 'on' : 'off'
      stdout += `    hairpin ${hairpin} guard off root_block off fastleave off learning on flood on mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off neigh_suppress off vlan_tunnel off isolated off locked off \n`
    }
  }
  return printed(stdout)
}

const PORT_OPTIONS = [
  'guard',
  'root_block',
  'fastleave',
  'learning',
  'learning_sync',
  'flood',
  'mcast_flood',
  'bcast_flood',
  'mcast_to_unicast',
  'neigh_suppress',
  'vlan_tunnel',
  'isolated',
  'locked',
  'cost',
  'priority',
  'state',
  'hwmode',
  'backup_port',
]

function linkSet(argv: readonly string[], { ns }: BridgeContext): CommandResult {
  const parsed = readArguments(argv, { dev: 'value', hairpin: 'value', self: 'flag', master: 'flag' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const word = words[0]
  if (word !== undefined)
    return PORT_OPTIONS.includes(word)
      ? notModelled('bridge', `port option ${word}`)
      : failed('Usage: bridge link set dev DEV [ hairpin {on | off} ]\n       bridge link show [dev DEV]', 255)
  const name = values.get('dev')
  if (name === undefined) return failed('Device is a required argument.', 255)
  const hairpin = values.get('hairpin')
  if (hairpin !== undefined && hairpin !== 'on' && hairpin !== 'off')
    return failed(`Error: argument of "hairpin" must be one of "off", "on", not "${hairpin}"`, 234)
  const device = ns.devices.get(name)
  if (device === undefined) return failed(`Cannot find bridge device "${name}"`, 255)
  if (!portOf(device)) return rtnetlink('Operation not supported', 255)
  if (hairpin === undefined) return printed('')
  const result = setDevice(ns, name, { hairpinMode: hairpin === 'on' })
  return result.ok ? printed('', result.effects) : rtnetlink(result.error, 255)
}
