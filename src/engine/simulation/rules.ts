/** One packet against one machine's netfilter rules: every branch it can take, with its odds. Nothing is sent. */
import type { Chooser } from '../linux/chooser.ts'
import { createNetNs } from '../linux/create-netns.ts'
import { addAddress, addDevice, setDevice } from '../linux/device-config.ts'
import { addRoute, fibLookup, inetAddrType } from '../linux/fib.ts'
import { conntrackEntryOf, createConntrack } from '../linux/netfilter/conntrack-table.ts'
import type { HookState, HookVerdict } from '../linux/netfilter/hook.ts'
import { nfHook } from '../linux/netfilter/nf-hook.ts'
import { type RestoreError, restoreText } from '../linux/netfilter/restore.ts'
import type { Hook } from '../linux/netfilter/rule.ts'
import type { Kernel, NetNs } from '../linux/netns.ts'
import { refusedBy } from '../linux/refused-by.ts'
import { type Route, type RouteResult, RT_TABLE_MAIN } from '../linux/route.ts'
import { setSysctl } from '../linux/sysctl.ts'
import type { TraceEvent } from '../linux/trace-event.ts'
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import { cidr } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import { NO_FLAGS, newIpPacket } from '../net/new-packet.ts'
import type { IpPacket, TransportHeader } from '../net/packet.ts'
import { type ChooserState, chooserOf, nextBranch, probabilityOf, seededState } from './chooser.ts'
import { clonePlain } from './clone.ts'

/** The packet to try, as a request of the command line has it: it opens a connection. `in` absent: this machine sends it. */
export interface PacketSpec {
  readonly in?: string | null
  readonly source: string
  readonly destination: string
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'
  readonly sourcePort?: number
  readonly destinationPort?: number
}

export interface RulesOptions {
  /** All branches with their odds; otherwise one, drawn with `seed`. */
  readonly allBranches: boolean
  readonly seed?: number
  /** Keep the trace of each branch. */
  readonly trace?: boolean
}

/** One way the packet can go. */
export interface Branch {
  /** 0 … 1; those of all branches sum to 1. */
  readonly probability: number
  readonly outcome: 'accepted' | 'rejected' | 'dropped' | 'unsupported'
  /** "IP:PORT" after DNAT. */
  readonly destination: string
  /** "IP:PORT" as the receiver would see it. */
  readonly source: string
  /** A rule rewrote the source on the way out. */
  readonly masquerade: boolean
  /** The rule or policy that ended it, as iptables-save prints it; null when accepted. */
  readonly by: string | null
  readonly events: readonly TraceEvent[]
}

export type RulesResult = { readonly branches: readonly Branch[] } | { readonly error: string }

/** More branches than this are not enumerated. */
const MAX_BRANCHES = 10_000
/** Rule texts kept ready. */
const CACHED_TEXTS = 32

const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132, icmp: 1 } as const

function transportOf(spec: PacketSpec): TransportHeader {
  const sourcePort = spec.sourcePort ?? 40000
  const destinationPort = spec.destinationPort ?? 0
  switch (spec.protocol) {
    case 'tcp':
      return { kind: 'tcp', sourcePort, destinationPort, seq: 0, ack: 0, flags: { ...NO_FLAGS, syn: true }, mss: 1460, window: 64240 }
    case 'udp':
      return { kind: 'udp', sourcePort, destinationPort }
    case 'sctp':
      return { kind: 'sctp', sourcePort, destinationPort, chunk: 'INIT', tsn: 0 }
    case 'icmp':
      return { kind: 'icmp', type: 8, code: 0, id: sourcePort, seq: 1, mtu: null, quoted: null, gateway: null }
  }
}

/** The packet described; an error where an address or port cannot be read. */
function buildPacket(spec: PacketSpec): IpPacket | { readonly error: string } {
  const source = parseAddress(spec.source)
  if (source === null) return { error: `packet.source: "${spec.source}" is no IPv4 address` }
  const destination = parseAddress(spec.destination)
  if (destination === null) return { error: `packet.destination: "${spec.destination}" is no IPv4 address` }
  const protocol = PROTOCOLS[spec.protocol]
  if (protocol === undefined) return { error: `packet.protocol: "${spec.protocol}" is none of tcp, udp, sctp, icmp` }
  for (const name of ['sourcePort', 'destinationPort'] as const) {
    const port = spec[name]
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65535))
      return { error: `packet.${name}: ${port} is no port` }
  }
  const packet = newIpPacket({ id: 1, source, destination, protocol, transport: transportOf(spec) })
  const iif = spec.in ?? null
  return iif === null ? { ...packet, socket: 0 } : { ...packet, iif }
}

function isLocal(ns: NetNs, address: Address): boolean {
  return inetAddrType(ns, address) === 'LOCAL'
}

/** Where the packet would leave; a machine without a route for it uses its first NIC, since routing is not asked here. */
function routeOf(ns: NetNs, packet: IpPacket): { out: string | null; route: RouteResult | null } {
  if (packet.network.kind !== 'ip') return { out: null, route: null }
  const { source, destination, tos } = packet.network
  const flow = { source, destination, iif: packet.iif, oif: null, mark: packet.mark, tos, family: 'ip' as const }
  const result = fibLookup(ns, flow)
  if (!('error' in result)) return { out: result.device, route: result }
  const nic =
    [...ns.devices.values()].find((device) => device.kind === 'physical') ?? [...ns.devices.values()].find((device) => device.name !== 'lo')
  return { out: nic?.name ?? null, route: null }
}

/** Runs hooks one after another on a packet until one of them ends it. */
class Journey {
  readonly ns: NetNs
  verdict: HookVerdict

  constructor(ns: NetNs, packet: IpPacket) {
    this.ns = ns
    this.verdict = { kind: 'ACCEPT', packet }
  }

  /** The destination is one of the machine's own addresses by now. */
  get arrived(): boolean {
    const { network } = this.verdict.packet
    return isLocal(this.ns, network.destination)
  }

  pass(hook: Hook, state: Pick<HookState, 'in' | 'out' | 'route'>): void {
    if (this.verdict.kind === 'ACCEPT') this.verdict = nfHook(this.ns, hook, this.verdict.packet, { ...state, bridged: false })
  }
}

/** What IPVS sends on passes OUTPUT and POSTROUTING; a tunnel's packet is on its way. */
function afterIpvs(ns: NetNs, verdict: HookVerdict): HookVerdict {
  if (verdict.kind !== 'STOLEN') return verdict
  for (const effect of verdict.effects) {
    if (effect.kind === 'ip-local-out') return { kind: 'ACCEPT', packet: effect.packet }
    if (effect.kind !== 'ip-vs-output') continue
    const walk = new Journey(ns, effect.packet)
    const { route, indev } = effect
    walk.pass('OUTPUT', { in: null, out: route.device, route })
    walk.pass('POSTROUTING', { in: indev, out: route.device, route })
    return walk.verdict
  }
  return verdict
}

/** The hooks a packet passes on one machine, as the IP layer would call them. */
function journey(ns: NetNs, packet: IpPacket): HookVerdict {
  const walk = new Journey(ns, packet)
  if (packet.iif !== null) {
    const inside = { in: packet.iif, out: null, route: null }
    walk.pass('PREROUTING', inside)
    if (walk.arrived) {
      walk.pass('INPUT', inside)
      return afterIpvs(ns, walk.verdict)
    }
    const { out, route } = routeOf(ns, walk.verdict.packet)
    walk.pass('FORWARD', { in: packet.iif, out, route })
    walk.pass('POSTROUTING', { in: packet.iif, out, route })
    return walk.verdict
  }
  const first = routeOf(ns, packet)
  walk.pass('OUTPUT', { in: null, ...first })
  if (walk.verdict.kind === 'STOLEN') return afterIpvs(ns, walk.verdict)
  const last = walk.verdict.kind === 'ACCEPT' ? routeOf(ns, walk.verdict.packet) : first
  walk.pass('POSTROUTING', { in: null, ...last })
  if (walk.verdict.kind === 'ACCEPT' && walk.arrived) {
    const looped: IpPacket = { ...walk.verdict.packet, iif: 'lo' }
    const back = new Journey(ns, looped)
    back.pass('INPUT', { in: 'lo', out: null, route: null })
    return back.verdict
  }
  return walk.verdict
}

function endpoint(packet: IpPacket, end: 'source' | 'destination'): string {
  const { network, transport } = packet
  if (network.kind !== 'ip') return ''
  const address = formatAddress(network[end])
  if (transport === null || transport.kind === 'icmp') return address
  return `${address}:${end === 'source' ? transport.sourcePort : transport.destinationPort}`
}

function describe(ns: NetNs, verdict: HookVerdict, probability: number, events: readonly TraceEvent[]): Branch {
  const { packet } = verdict
  const entry = conntrackEntryOf(ns, packet)
  const ends = { source: endpoint(packet, 'source'), destination: endpoint(packet, 'destination'), events, probability }
  const masquerade = entry !== null && entry.nat.sourceRule !== null
  switch (verdict.kind) {
    case 'ACCEPT':
      return { ...ends, outcome: 'accepted', masquerade, by: null }
    case 'DROP':
      return { ...ends, outcome: verdict.reject === null ? 'dropped' : 'rejected', masquerade, by: verdict.by?.text ?? null }
    case 'STOLEN':
      return { ...ends, outcome: 'dropped', masquerade, by: null }
    case 'NO_ROUTE':
      return { ...ends, outcome: 'dropped', masquerade, by: refusedBy(verdict.error).text }
    case 'UNSUPPORTED':
      return { ...ends, outcome: 'unsupported', masquerade, by: verdict.what }
  }
}

/** A copy of the namespace that remembers no connection and no address, on a chooser of its own; rules are shared. */
function forgetful(ns: NetNs, chooser: Chooser, watcher: ((event: TraceEvent) => void) | undefined): NetNs {
  const kernel: Kernel = { ...ns.kernel, chooser }
  const ip = { ...ns.netfilter.ip, conntrack: createConntrack(), recent: new Map() }
  return { ...ns, kernel, netfilter: { ...ns.netfilter, ip }, ipvs: clonePlain(ns.ipvs), trace: watcher, explain: watcher }
}

/** Sends one packet through the rules a namespace has. Connections and `recent` lists of the namespace are neither used nor changed; rule counters count. */
export function evaluatePacket(ns: NetNs, spec: PacketSpec, options: RulesOptions): RulesResult {
  const packet = buildPacket(spec)
  if ('error' in packet) return packet
  const state: ChooserState = { ...seededState(options.seed ?? 0), rest: options.allBranches ? 'first' : 'draw' }
  const chooser = chooserOf(state)
  const branches: Branch[] = []
  for (let forced: number[] | null = []; forced !== null; ) {
    state.forced = forced
    state.made = []
    const events: TraceEvent[] = []
    const run = forgetful(ns, chooser, options.trace ? (event) => events.push(event) : undefined)
    const verdict = journey(run, packet)
    branches.push(describe(run, verdict, options.allBranches ? probabilityOf(state.made) : 1, events))
    forced = options.allBranches ? nextBranch(state.made) : null
    if (branches.length >= MAX_BRANCHES && forced !== null) return { error: `the rules branch into more than ${MAX_BRANCHES} cases` }
  }
  return { branches }
}

/** Routing is not asked here: whatever is not the machine's own goes out by its NIC, also after a rule of OUTPUT has rewritten it. */
const EVERYWHERE: Route = {
  ...{ destination: cidr(ipv4(0), 0), type: 'unicast', scope: 'link', table: RT_TABLE_MAIN, protocol: 'boot' },
  ...{ prefsrc: null, metric: 0, mtu: null, origin: null, nexthops: [{ gateway: null, device: 'eth0', weight: 1, onlink: false }] },
}

/** A machine with one NIC that has the addresses, and the rules loaded. */
function machineWith(rules: string, addresses: readonly string[]): NetNs | RestoreError | { readonly error: string } {
  const kernel = { nowMs: 0, chooser: chooserOf(seededState(0)), nextPacketId: 2 }
  const ns = createNetNs('node', kernel)
  setDevice(ns, 'lo', { up: true })
  addDevice(ns, { name: 'eth0', kind: 'physical', network: 'lan' })
  setDevice(ns, 'eth0', { up: true })
  for (const text of addresses) {
    const local = parseAddress(text)
    if (local === null) return { error: `node.addresses: "${text}" is no IPv4 address` }
    addAddress(ns, 'eth0', { local, prefixLength: 32 })
  }
  addRoute(ns, EVERYWHERE)
  setSysctl(ns, 'net.ipv4.conf.all.route_localnet', 1)
  const options = { noflush: false, counters: false, table: null, origin: null, lineOrigins: null, test: false }
  return restoreText(ns.netfilter.ip, rules, options) ?? ns
}

const cache = new Map<string, NetNs>()

/** Do rules of the namespace keep state of their own from packet to packet? */
function isStateful(ns: NetNs): boolean {
  for (const table of ns.netfilter.ip.tables.values()) {
    for (const chain of table.chains.values()) {
      if (chain.rules.some((rule) => rule.matches.some((match) => match.name === 'limit' || 'count' in match))) return true
    }
  }
  return false
}

function cachedMachine(rules: string, addresses: readonly string[]): ReturnType<typeof machineWith> {
  const key = `${addresses.join(' ')}\n${rules}`
  const known = cache.get(key)
  if (known) return known
  const made = machineWith(rules, addresses)
  if ('devices' in made && !isStateful(made)) {
    if (cache.size >= CACHED_TEXTS) cache.delete(cache.keys().next().value ?? key)
    cache.set(key, made)
  }
  return made
}

export interface RulesRequest extends RulesOptions {
  /** iptables-save text. */
  readonly rules: string
  /** What the machine's own addresses are, besides 127.0.0.0/8. */
  readonly node: { readonly addresses: readonly string[] }
  readonly packet: PacketSpec
}

/** Evaluates one packet against pasted rules. Errors name the line of the text. */
export function evaluateRules(request: RulesRequest): RulesResult {
  const machine = cachedMachine(request.rules, request.node.addresses)
  if ('failure' in machine) return { error: `rules line ${machine.line}: ${machine.message.trim()}` }
  if ('error' in machine) return machine
  return evaluatePacket(machine, request.packet, request)
}
