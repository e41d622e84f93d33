/** iproute2 6.1: bridge/bridge.c, link.c, fdb.c. */

import type { Device, FdbEntry } from '../linux/device.ts'
import { setDevice } from '../linux/device-config.ts'
import type { NetNs } from '../linux/netns.ts'
import { parseMac } from '../net/mac.ts'
import { type Command, type CommandResult, failed, printed, type ShellContext } from './command.ts'
import { notModelled, readArguments, rtnetlink } from './ip-arguments.ts'
import { linkFlags, linkName } from './ip-link-print.ts'
import type { IpContext } from './ip-options.ts'

type Port = Extract<Device, { kind: 'veth' | 'physical' }>

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
    } else if (option !== '-o' && option !== '-c' && option !== '-oneline') return notModelled('bridge', `option ${option}`)
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
    if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return fdbShow(rest, bridge)
    if (['add', 'append', 'replace', 'delete', 'del'].includes(verb)) return fdbModify(verb === 'del' ? 'delete' : verb, rest, bridge)
    return failed(`Command "${verb}" is unknown, try "bridge fdb help".`, 255)
  }
  if (['vlan', 'mdb', 'monitor', 'vni'].includes(object)) return notModelled('bridge', object)
  return failed(`Object "${object}" is unknown, try "bridge help".`, 255)
}

function portOf(device: Device | undefined): Port | null {
  return device && (device.kind === 'veth' || device.kind === 'physical') && device.port && device.master !== null ? device : null
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
    stdout += `${device.ifindex}: ${linkName(device, ip)}: <${linkFlags(device, ip)}> mtu ${device.mtu} master ${device.master} state ${port.port?.state} priority 32 cost 2 \n`
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

function fdbShow(argv: readonly string[], { ns }: BridgeContext): CommandResult {
  const parsed = readArguments(argv, { br: 'value', dev: 'value', brport: '=dev', dynamic: 'flag' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const device = values.get('dev') ?? words[0]
  const only = values.get('br')
  if (device !== undefined && !ns.devices.has(device)) return failed(`Cannot find device "${device}"`, 255)
  if (only !== undefined && !ns.devices.has(only)) return failed(`Cannot find bridge device "${only}"`, 255)
  let stdout = ''
  for (const bridge of ns.devices.values()) {
    if (bridge.kind !== 'bridge' || (only !== undefined && only !== bridge.name)) continue
    for (const entry of bridge.fdb.values()) {
      if (device === undefined || device === entry.port) stdout += fdbLine(entry, bridge.name, device !== undefined)
    }
    // The bridge's own and its ports' addresses are entries of the table too, `local` in the kernel.
    for (const port of ns.devices.values()) {
      if ((port !== bridge && port.master !== bridge.name) || bridge.fdb.has(port.mac)) continue
      if (device === undefined || device === port.name)
        stdout += `${port.mac} ${device === undefined ? `dev ${port.name} ` : ''}master ${bridge.name} permanent\n`
    }
  }
  return printed(stdout)
}

function fdbLine(entry: FdbEntry, bridge: string, oneDevice: boolean): string {
  return `${entry.mac} ${oneDevice ? '' : `dev ${entry.port} `}master ${bridge} ${entry.static ? 'static' : ''}\n`
}

function fdbModify(verb: string, argv: readonly string[], { ns }: BridgeContext): CommandResult {
  const parsed = readArguments(argv, {
    dev: 'value',
    master: 'flag',
    self: 'flag',
    static: 'flag',
    dynamic: 'flag',
    permanent: 'flag',
    local: '=permanent',
    temp: '=static',
  })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const name = values.get('dev')
  const text = words[0]
  if (name === undefined || text === undefined) return failed('Device and address are required arguments.', 255)
  if (words[1] !== undefined) return notModelled('bridge', `fdb option ${words[1]}`)
  const mac = parseMac(text)
  if (mac === null) return failed(`Invalid mac address ${text}`, 255)
  const device = ns.devices.get(name)
  if (device === undefined) return failed(`Cannot find device "${name}"`, 255)
  if (!values.has('master')) return notModelled('bridge', 'an entry of the device itself (without "master")')
  const bridge = device.master === null ? undefined : ns.devices.get(device.master)
  if (bridge?.kind !== 'bridge') return rtnetlink('Operation not supported', 255)
  const fdb = new Map(bridge.fdb)
  const existing = fdb.get(mac)
  if (verb === 'delete') {
    if (existing?.port !== name) return rtnetlink('No such file or directory', 255)
    fdb.delete(mac)
  } else {
    if (verb === 'add' && existing) return rtnetlink('File exists', 255)
    if (!values.has('static') && !values.has('dynamic')) return notModelled('bridge', 'a permanent (local) entry')
    fdb.set(mac, { mac, port: name, updatedMs: ns.kernel.nowMs, static: values.has('static') })
  }
  ns.devices.set(bridge.name, { ...bridge, fdb })
  return printed('')
}
