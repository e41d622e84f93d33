/** iproute2 6.1: ip/iptunnel.c, iptuntap.c. */
import type { Device } from '../linux/device.ts'
import { deleteDevice, setDevice } from '../linux/device-config.ts'
import type { NetNs } from '../linux/netns.ts'
import { addIpip, addTun } from '../linux/tunnel-config.ts'
import { formatAddress } from '../net/address.ts'
import { type CommandResult, failed, printed } from './command.ts'
import { notModelled, readArguments, rtnetlink } from './ip-arguments.ts'
import { readIpip } from './ip-link-types.ts'
import type { IpContext } from './ip-options.ts'

type Ipip = Extract<Device, { kind: 'ipip' }>

/** `ip tunnel [show|add|delete] …`. */
export function ipTunnel(argv: readonly string[], ip: IpContext): CommandResult {
  const verb = argv[0] ?? 'show'
  const rest = argv.slice(1)
  if ('add'.startsWith(verb)) return add(rest, ip)
  if ('delete'.startsWith(verb)) return remove(rest, ip)
  if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return show(rest, ip)
  if ('change'.startsWith(verb)) return notModelled('ip', 'tunnel change')
  if (verb === 'help')
    return failed(
      'Usage: ip tunnel { add | del | show } [ NAME ]\n\t[ mode ipip ] [ remote ADDR ] [ local ADDR ] [ ttl TTL ] [ [no]pmtudisc ] [ dev PHYS_DEV ]',
      255,
    )
  return failed(`Command "${verb}" is unknown, try "ip tunnel help"`, 255)
}

const NO_MODE = failed('cannot determine tunnel mode (ipip, gre, vti or sit)')

function add(argv: readonly string[], ip: IpContext): CommandResult {
  const at = argv.indexOf('mode')
  const mode = argv[at + 1]
  if (at < 0 || mode === undefined) return NO_MODE
  if (mode !== 'ipip' && mode !== 'ip/ip') return notModelled('ip', `tunnel mode ${mode}`)
  const rest = argv.filter((word, i) => i !== at && i !== at + 1 && word !== 'name')
  const named = rest[0] !== undefined && !['remote', 'local', 'ttl', 'dev', 'pmtudisc', 'nopmtudisc'].includes(rest[0])
  const tunnel = readIpip(named ? rest.slice(1) : rest, ip.ns, 'ipip')
  if (!tunnel.ok) return tunnel.result
  const made = addIpip(ip.ns, { name: (named ? rest[0] : undefined) ?? freeName(ip.ns, 'tunl', 1) }, tunnel.value)
  return made.ok ? printed('') : failed(`add tunnel "tunl0" failed: ${made.error}`)
}

function freeName(ns: NetNs, prefix: string, first: number): string {
  let number = first
  while (ns.devices.has(`${prefix}${number}`)) number++
  return `${prefix}${number}`
}

function ipipNamed(name: string | undefined, ip: IpContext): Ipip | undefined {
  const device = name === undefined ? undefined : ip.ns.devices.get(name)
  return device?.kind === 'ipip' ? device : undefined
}

function remove(argv: readonly string[], ip: IpContext): CommandResult {
  const name = argv.find((word) => word !== 'name' && word !== 'mode' && word !== 'ipip')
  if (name === undefined) return NO_MODE
  if (name === 'tunl0') return failed('delete tunnel "tunl0" failed: Operation not permitted')
  if (!ipipNamed(name, ip)) return failed(`delete tunnel "${name}" failed: No such device`)
  const gone = deleteDevice(ip.ns, name)
  return gone.ok ? printed('') : rtnetlink(gone.error)
}

function show(argv: readonly string[], ip: IpContext): CommandResult {
  const name = argv.find((word) => word !== 'name' && word !== 'mode' && word !== 'ipip')
  if (name !== undefined && !ip.ns.devices.has(name)) return failed(`get tunnel "${name}" failed: No such device`)
  const tunnels = [...ip.ns.devices.values()].filter((device): device is Ipip => device.kind === 'ipip')
  return printed(
    tunnels
      .filter((device) => name === undefined || device.name === name)
      .map((device) => `${tunnelLine(device)}\n`)
      .join(''),
  )
}

function tunnelLine({ name, tunnel }: Ipip): string {
  const { mode, remote, local, link, ttl, pmtuDiscovery } = tunnel
  const any = (address: typeof remote): string => (address === null ? 'any' : formatAddress(address))
  const dev = link === null ? '' : ` dev ${link}`
  const carries = mode === 'any' ? 'any' : 'ip'
  return `${name}: ${carries}/ip remote ${any(remote)} local ${any(local)}${dev} ttl ${ttl === 0 ? 'inherit' : ttl}${pmtuDiscovery ? '' : ' nopmtudisc'}`
}

/** `ip tuntap [show|add|delete] [dev] NAME mode tun`. */
export function ipTuntap(argv: readonly string[], ip: IpContext): CommandResult {
  const verb = argv[0] ?? 'show'
  if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return printed(tunLines(ip))
  if (!'add'.startsWith(verb) && !'delete'.startsWith(verb)) return failed(`Command "${verb}" is unknown, try "ip tuntap help".`, 255)
  const parsed = readArguments(argv.slice(1), { dev: 'value', mode: 'value', user: 'value', group: 'value' })
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const mode = values.get('mode')
  if (mode === undefined) return failed('You failed to specify a tunnel mode')
  if (mode === 'tap') return notModelled('ip', 'a tap device')
  if (mode !== 'tun') return failed(`Unknown tunnel mode "${mode}"`, 255)
  if (words.length > (values.has('dev') ? 0 : 1)) return notModelled('ip', `tuntap option ${words.at(-1)}`)
  const name = values.get('dev') ?? words[0] ?? freeName(ip.ns, 'tun', 0)
  const device = ip.ns.devices.get(name)
  if ('add'.startsWith(verb)) {
    if (device) return failed('ioctl(TUNSETIFF): Device or resource busy')
    const made = addTun(ip.ns, { name }, true)
    return made.ok ? printed('') : failed(`ioctl(TUNSETIFF): ${made.error}`)
  }
  if (!device) return printed('')
  if (device.kind !== 'tun') return failed('ioctl(TUNSETIFF): Invalid argument')
  // A program that has it open keeps it until it closes.
  const gone = device.carrier ? setDevice(ip.ns, name, {}) : deleteDevice(ip.ns, name)
  return gone.ok ? printed('') : failed(`ioctl(TUNSETPERSIST): ${gone.error}`)
}

function tunLines(ip: IpContext): string {
  return [...ip.ns.devices.values()]
    .flatMap((device) => (device.kind === 'tun' ? [`${device.name}: tun${device.persistent ? ' persist' : ''}\n`] : []))
    .join('')
}
