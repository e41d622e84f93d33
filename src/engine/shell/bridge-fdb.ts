/** iproute2 6.1: bridge/fdb.c. Forwarding databases of bridges and of VXLAN devices. */
import type { Device, FdbEntry, VxlanFdbEntry, VxlanRemote } from '../linux/device.ts'
import type { NetNs } from '../linux/netns.ts'
import { type Vxlan, vxlanFdbDelete, vxlanFdbUpdate, vxlanFindMac } from '../linux/vxlan-fdb.ts'
import { formatAddress, parseAddress } from '../net/address.ts'
import { type Mac, parseMac } from '../net/mac.ts'
import { type CommandResult, failed, printed } from './command.ts'
import { garbage, invalidArgument, notModelled, type Parsed, parseNumber, readArguments, rtnetlink } from './ip-arguments.ts'

/** `bridge fdb show [br BRIDGE] [dev DEV]`: device by device, the newest entries first; other words count for nothing. */
export function fdbShow(argv: readonly string[], ns: NetNs): CommandResult {
  const parsed = readArguments(argv, { br: 'value', dev: 'value', brport: '=dev', dynamic: 'flag' })
  if (!parsed.ok) return parsed.result
  const { values } = parsed.value
  const only = { device: values.get('dev'), bridge: values.get('br') }
  if (only.device !== undefined && !ns.devices.has(only.device)) return failed(`Cannot find device "${only.device}"`, 255)
  if (only.bridge !== undefined && !ns.devices.has(only.bridge)) return failed(`Cannot find bridge device "${only.bridge}"`, 255)
  let stdout = ''
  for (const device of ns.devices.values()) {
    if (only.device !== undefined && only.device !== device.name) continue
    const isOfBridge = device.master === only.bridge || (device.kind === 'bridge' && device.name === only.bridge)
    if (only.bridge !== undefined && !isOfBridge) continue
    stdout += bridgeEntries(ns, device, only.device !== undefined)
    if (device.kind === 'vxlan') stdout += vxlanEntries(ns, device, only.device !== undefined)
  }
  return printed(stdout)
}

function vxlanEntries(ns: NetNs, device: Vxlan, oneDevice: boolean): string {
  let text = ''
  for (const mac of [...device.fdb.keys()].reverse()) {
    const entry = vxlanFindMac(ns, device, mac)
    for (const remote of entry?.remotes ?? []) text += entry ? vxlanLine(device, entry, remote, oneDevice) : ''
  }
  return text
}

/** What the bridge of a port knows behind it; then its own address, which is an entry of the table too, `local` in the kernel. */
function bridgeEntries(ns: NetNs, port: Device, oneDevice: boolean): string {
  const bridge = port.kind === 'bridge' ? port : ns.devices.get(port.master ?? '')
  if (bridge?.kind !== 'bridge') return ''
  let text = ''
  for (const entry of [...bridge.fdb.values()].reverse()) if (entry.port === port.name) text += fdbLine(entry, bridge.name, oneDevice)
  if (!bridge.fdb.has(port.mac)) text += `${port.mac} ${oneDevice ? '' : `dev ${port.name} `}master ${bridge.name} permanent\n`
  return text
}

function fdbLine(entry: FdbEntry, bridge: string, oneDevice: boolean): string {
  return `${entry.mac} ${oneDevice ? '' : `dev ${entry.port} `}master ${bridge} ${entry.static ? 'static' : ''}\n`
}

/** "0e:… dst 10.0.0.12 via eth0 self permanent". */
function vxlanLine(device: Vxlan, entry: VxlanFdbEntry, { address, port, vni, link }: VxlanRemote, oneDevice: boolean): string {
  const words = [entry.mac, ...(oneDevice ? [] : [`dev ${device.name}`]), `dst ${formatAddress(address)}`]
  if (port !== null && port !== device.vxlan.dstPort) words.push(`port ${port}`)
  if (vni !== null && vni !== device.vxlan.vni) words.push(`vni ${vni}`)
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

/** Words of bridge(8) that say what is not modelled. */
const UNMODELLED = ['src_vni', 'nhid', 'vlan', 'router', 'use', 'extern_learn', 'sticky']

function readFdb(argv: readonly string[], ns: NetNs): FdbText | CommandResult {
  const parsed = readArguments(argv, KEYWORDS)
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const name = values.get('dev')
  const text = words[0]
  if (name === undefined || text === undefined) return failed('Device and address are required arguments.', 255)
  if (words[1] !== undefined)
    return UNMODELLED.includes(words[1]) ? notModelled('bridge', `fdb option ${words[1]}`) : garbage('to', words[1])
  if (argv.indexOf('dst') !== argv.lastIndexOf('dst')) return garbage('dst', argv[argv.lastIndexOf('dst') + 1] ?? '')
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
    // A port that is down does not learn (fdb_add_entry()).
    if (values.has('dynamic') && !(device.up && device.carrier)) return rtnetlink('Operation not permitted', 255)
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
  const address = parseAddress(dst)
  if (address === null) return { ok: false, result: failed(`Error: any valid address is expected rather than "${dst}".`) }
  const link = values.get('via') ?? null
  if (link !== null && !ns.devices.has(link)) return { ok: false, result: failed(`Cannot find device "${link}"`, 255) }
  const number = (name: string): number | null => parseNumber(values.get(name) ?? '')
  for (const [name, words] of [
    ['port', 'invalid port'],
    ['vni', 'invalid VNI'],
  ] as const)
    if (values.has(name) && number(name) === null) return { ok: false, result: invalidArgument(values.get(name) ?? '', `${words}\n`) }
  return { ok: true, value: { address, port: number('port'), vni: number('vni'), link } }
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
  if (name === undefined) return failed('Device is a required argument.', 255)
  const device = ns.devices.get(name)
  if (device === undefined) return failed(`Cannot find bridge device "${name}"`, 255)
  if (device.kind !== 'vxlan') return notModelled('bridge', 'fdb flush of a device that is no vxlan device')
  device.fdb.clear()
  return printed('')
}
