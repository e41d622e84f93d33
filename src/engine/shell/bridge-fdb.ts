/** iproute2 6.1: bridge/fdb.c. Forwarding databases of bridges and of VXLAN devices. */
import type { Device, FdbEntry, VxlanFdbEntry, VxlanRemote } from '../linux/device.ts'
import type { NetNs } from '../linux/netns.ts'
import { type Vxlan, vxlanFdbDelete, vxlanFdbUpdate, vxlanFindMac } from '../linux/vxlan-fdb.ts'
import { formatAddress } from '../net/address.ts'
import { type Mac, parseMac } from '../net/mac.ts'
import { type CommandResult, failed, printed } from './command.ts'
import { notModelled, type Parsed, parseNumber, readAddress, readArguments, rtnetlink } from './ip-arguments.ts'

/** `bridge fdb show [br BRIDGE] [dev DEV]`. */
export function fdbShow(argv: readonly string[], ns: NetNs): CommandResult {
  const parsed = readArguments(argv, { br: 'value', dev: 'value', brport: '=dev', dynamic: 'flag' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const device = values.get('dev') ?? words[0]
  const only = values.get('br')
  if (device !== undefined && !ns.devices.has(device)) return failed(`Cannot find device "${device}"`, 255)
  if (only !== undefined && !ns.devices.has(only)) return failed(`Cannot find bridge device "${only}"`, 255)
  let stdout = ''
  for (const owner of ns.devices.values()) {
    if (owner.kind === 'bridge' && (only === undefined || only === owner.name)) stdout += bridgeEntries(ns, owner, device)
    if (owner.kind !== 'vxlan' || (device !== undefined && device !== owner.name) || (only !== undefined && owner.master !== only)) continue
    for (const mac of [...owner.fdb.keys()]) {
      const entry = vxlanFindMac(ns, owner, mac)
      for (const remote of entry?.remotes ?? []) stdout += entry ? vxlanLine(owner, entry, remote, device !== undefined) : ''
    }
  }
  return printed(stdout)
}

function bridgeEntries(ns: NetNs, bridge: Extract<Device, { kind: 'bridge' }>, device: string | undefined): string {
  let text = ''
  for (const entry of bridge.fdb.values()) {
    if (device === undefined || device === entry.port) text += fdbLine(entry, bridge.name, device !== undefined)
  }
  // The bridge's own and its ports' addresses are entries of the table too, `local` in the kernel.
  for (const port of ns.devices.values()) {
    if ((port !== bridge && port.master !== bridge.name) || bridge.fdb.has(port.mac)) continue
    if (device === undefined || device === port.name)
      text += `${port.mac} ${device === undefined ? `dev ${port.name} ` : ''}master ${bridge.name} permanent\n`
  }
  return text
}

function fdbLine(entry: FdbEntry, bridge: string, oneDevice: boolean): string {
  return `${entry.mac} ${oneDevice ? '' : `dev ${entry.port} `}master ${bridge} ${entry.static ? 'static' : ''}\n`
}

/** "0e:… dst 10.0.0.12 via eth0 self permanent". */
function vxlanLine(device: Vxlan, entry: VxlanFdbEntry, { address, port, vni, link }: VxlanRemote, oneDevice: boolean): string {
  const words = [entry.mac, ...(oneDevice ? [] : [`dev ${device.name}`]), `dst ${formatAddress(address)}`]
  if (port !== null) words.push(`port ${port}`)
  if (vni !== null) words.push(`vni ${vni}`)
  if (link !== null) words.push(`via ${link}`)
  return `${words.join(' ')} self ${entry.state === 'reachable' ? '' : entry.state}\n`
}

type Verb = 'add' | 'append' | 'replace' | 'delete'

/** What `add`, `append`, `replace` and `delete` are told. */
interface FdbText {
  readonly mac: Mac
  readonly device: Device
  readonly values: ReadonlyMap<string, string>
}

const KEYWORDS = {
  dev: 'value',
  dst: 'value',
  port: 'value',
  vni: 'value',
  via: 'value',
  master: 'flag',
  self: 'flag',
  static: 'flag',
  dynamic: 'flag',
  permanent: 'flag',
  local: '=permanent',
  temp: '=static',
} as const

function readFdb(argv: readonly string[], ns: NetNs): FdbText | CommandResult {
  const parsed = readArguments(argv, KEYWORDS)
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const name = values.get('dev')
  const text = words[0]
  if (name === undefined || text === undefined) return failed('Device and address are required arguments.', 255)
  if (words[1] !== undefined) return notModelled('bridge', `fdb option ${words[1]}`)
  const mac = parseMac(text)
  if (mac === null) return failed(`Invalid mac address ${text}`, 255)
  const device = ns.devices.get(name)
  return device === undefined ? failed(`Cannot find device "${name}"`, 255) : { mac, device, values }
}

/** `bridge fdb add|append|replace|delete MAC dev DEV …`. */
export function fdbModify(verb: Verb, argv: readonly string[], ns: NetNs): CommandResult {
  const text = readFdb(argv, ns)
  if ('code' in text) return text
  if (text.values.has('master')) return bridgeModify(verb, text, ns)
  if (text.device.kind === 'vxlan') return vxlanModify(verb, text, text.device, ns)
  return notModelled('bridge', 'an entry of the device itself (without "master")')
}

function bridgeModify(verb: Verb, { mac, device, values }: FdbText, ns: NetNs): CommandResult {
  const bridge = device.master === null ? undefined : ns.devices.get(device.master)
  if (bridge?.kind !== 'bridge') return rtnetlink('Operation not supported', 255)
  const fdb = new Map(bridge.fdb)
  const existing = fdb.get(mac)
  if (verb === 'delete') {
    if (existing?.port !== device.name) return rtnetlink('No such file or directory', 255)
    fdb.delete(mac)
  } else {
    if (verb === 'add' && existing) return rtnetlink('File exists', 255)
    if (!values.has('static') && !values.has('dynamic')) return notModelled('bridge', 'a permanent (local) entry')
    fdb.set(mac, { mac, port: device.name, updatedMs: ns.kernel.nowMs, static: values.has('static') })
  }
  ns.devices.set(bridge.name, { ...bridge, fdb })
  return printed('')
}

/** Where frames for the address go; null: not said. */
function readRemote(values: ReadonlyMap<string, string>, ns: NetNs): Parsed<VxlanRemote | null> {
  const dst = values.get('dst')
  if (dst === undefined) return { ok: true, value: null }
  const address = readAddress(dst)
  if (!address.ok) return address
  const link = values.get('via') ?? null
  if (link !== null && !ns.devices.has(link)) return { ok: false, result: failed(`Cannot find device "${link}"`) }
  const number = (name: string): number | null => parseNumber(values.get(name) ?? '')
  for (const name of ['port', 'vni'])
    if (values.has(name) && number(name) === null) return { ok: false, result: failed(`Error: invalid ${name} "${values.get(name)}"`) }
  return { ok: true, value: { address: address.value, port: number('port'), vni: number('vni'), link } }
}

function vxlanModify(verb: Verb, { mac, values }: FdbText, device: Vxlan, ns: NetNs): CommandResult {
  const remote = readRemote(values, ns)
  if (!remote.ok) return remote.result
  if (verb === 'delete') {
    const error = vxlanFdbDelete(device, mac, remote.value)
    return error === null ? printed('') : rtnetlink(error, 255)
  }
  if (remote.value === null) return rtnetlink('Invalid argument', 255)
  const state = values.has('static') ? 'static' : values.has('dynamic') ? 'reachable' : 'permanent'
  const error = vxlanFdbUpdate(ns, device, verb, { mac, remote: remote.value, state })
  return error === null ? printed('') : rtnetlink(error, 255)
}

/** `bridge fdb flush dev DEV` of a VXLAN device. */
export function fdbFlush(argv: readonly string[], ns: NetNs): CommandResult {
  const parsed = readArguments(argv, { dev: 'value', self: 'flag' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  if (words[0] !== undefined) return notModelled('bridge', `fdb flush ${words[0]}`)
  const name = values.get('dev')
  if (name === undefined) return failed('Device is required', 255)
  const device = ns.devices.get(name)
  if (device === undefined) return failed(`Cannot find device "${name}"`, 255)
  if (device.kind !== 'vxlan') return notModelled('bridge', 'fdb flush of a device that is no vxlan device')
  device.fdb.clear()
  return printed('')
}
