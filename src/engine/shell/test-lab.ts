/** A little world for tests of the datapath: one machine, namespaces joined by veth pairs, a clock, echo servers, one fixed exchange per client. */
import { createNetNs } from '../linux/create-netns.ts'
import type { Effect, SocketEvent } from '../linux/effect.ts'
import type { Machine } from '../linux/machine.ts'
import type { Kernel, NetNs } from '../linux/netns.ts'
import type { PmtuDiscovery } from '../linux/pmtu-discovery.ts'
import { netifReceiveSkb } from '../linux/receive.ts'
import { socketAccept, socketClose, socketConnect, socketListen, socketSend } from '../linux/socket.ts'
import { timerExpired } from '../linux/timer-expired.ts'
import type { TraceEvent } from '../linux/trace-event.ts'
import { watchNetNs } from '../linux/watch-netns.ts'
import { formatAddress, parseAddress } from '../net/address.ts'
import type { Packet, TcpFlags } from '../net/packet.ts'
import { runCommandLine } from './commands.ts'

interface Task {
  readonly at: number
  readonly run: () => void
}

/** What a client experienced: 'delivered: TEXT', an errno, or 'silence'. */
export type Experience = string

export interface Lab {
  readonly kernel: Kernel
  readonly machine: Machine
  /** Trace of everything, in order. */
  readonly events: { readonly where: string; readonly event: TraceEvent }[]
  /** Every packet put on a cable: "p1 eth0 10.0.0.11.32768 > 10.0.0.12.8080: S ttl 64". */
  readonly wire: string[]
  /** The same packets. */
  readonly frames: { readonly where: string; readonly device: string; readonly packet: Packet }[]
  ns(name: string): NetNs
  /** Puts a packet on the cable of a device, as if it had sent it. */
  put(netns: string, device: string, packet: Packet): void
  /** What a function of the kernel returned, in this namespace. */
  apply(netns: string, effects: readonly Effect[]): void
  /** Runs command lines in the machine's initial namespace; throws when one fails. Returns what they printed. */
  sh(script: string, stdin?: string): string
  /** A server that answers with its own and the client's address as it sees them. */
  serve(netns: string, protocol: 'tcp' | 'udp' | 'sctp', port: number): void
  /** A program that connects from a port of its own, sends 56 bytes when it is connected, and closes when it has an answer. */
  connect(netns: string, protocol: 'tcp' | 'udp', to: string, sourcePort: number): void
  /** connect, request, reply, close; at most `forMs` of virtual time. */
  exchange(
    netns: string,
    protocol: 'tcp' | 'udp' | 'sctp' | 'icmp',
    to: string,
    options?: {
      readonly forMs?: number
      readonly ttl?: number
      readonly length?: number
      readonly sourcePort?: number
      readonly pmtuDiscovery?: PmtuDiscovery
    },
  ): Experience
  /** Lets virtual time pass. */
  wait(forMs: number): void
  drops(): string[]
}

/** An empty machine 'node' whose chooser counts up. */
export function createLab(): Lab {
  let picked = 0
  const kernel: Kernel = { nowMs: 0, nextPacketId: 1, chooser: { choose: () => 0, pick: (_kind, count) => (picked++ * 7) % count } }
  const machine: Machine = {
    name: 'node',
    hostname: 'node',
    root: createNetNs('node', kernel),
    netns: new Map(),
    netnsNames: { get: (name: string) => name } as Map<string, string>,
    files: new Map(),
  }
  const tasks: Task[] = []
  const programs = new Map<string, (event: SocketEvent) => void>()
  const lab: Lab = {
    kernel,
    machine,
    events: [],
    wire: [],
    frames: [],
    ns,
    put: (netns, device, packet) => transmit(ns(netns), device, packet),
    apply: (netns, effects) => apply(ns(netns), effects),
    sh,
    serve,
    connect,
    exchange,
    wait: (forMs) => runUntil(kernel.nowMs + forMs, () => false),
    drops: () =>
      lab.events.flatMap(({ where, event }) =>
        event.at === 'kfree_skb' ? [`${where} ${event.reason}: ${event.by?.text ?? event.detail ?? ''}`] : [],
      ),
  }

  function ns(name: string): NetNs {
    const found = name === 'node' ? machine.root : machine.netns.get(name)
    if (!found) throw new Error(`no namespace ${name}`)
    if (!found.trace) watchNetNs(found, (event) => lab.events.push({ where: found.name, event }))
    return found
  }

  function later(afterMs: number, run: () => void): void {
    const at = kernel.nowMs + afterMs
    const before = tasks.findLastIndex((task) => task.at <= at)
    tasks.splice(before + 1, 0, { at, run })
  }

  function apply(from: NetNs, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'transmit') transmit(from, effect.device, effect.packet)
      else if (effect.kind === 'netif-rx') later(0.004, () => apply(from, netifReceiveSkb(from, effect.device, effect.packet)))
      else if (effect.kind === 'deliver') later(0.01, () => programs.get(`${from.name} ${effect.socket}`)?.(effect.event))
      else if (effect.kind === 'timer') later(effect.afterMs, () => apply(from, timerExpired(from, effect.timer)))
      else throw new Error(`unsupported: ${'what' in effect ? effect.what : effect.kind}`)
    }
  }

  function transmit(from: NetNs, name: string, packet: Packet): void {
    const device = from.devices.get(name)
    lab.wire.push(`${from.name} ${name} ${packetText(packet)}`)
    lab.frames.push({ where: from.name, device: name, packet })
    if (device?.kind === 'loopback') later(0.002, () => apply(from, netifReceiveSkb(from, 'lo', { ...packet, iif: null, socket: null })))
    if (device?.kind !== 'veth') return
    const scrubbed: Packet = { ...packet, mark: 0, ct: null, physIn: null, physOut: null, iif: null, ipvs: false, socket: null }
    const { netns, device: peer } = device.peer
    later(0.004, () => apply(ns(netns), netifReceiveSkb(ns(netns), peer, scrubbed)))
  }

  function runUntil(endMs: number, done: () => boolean): void {
    for (let steps = 0; steps < 20_000 && !done(); steps++) {
      const [next] = tasks
      if (!next || next.at > endMs) break
      tasks.shift()
      kernel.nowMs = next.at
      next.run()
    }
    if (!done()) kernel.nowMs = Math.max(kernel.nowMs, endMs)
  }

  function sh(script: string, stdin = ''): string {
    let printed = ''
    for (const line of script.split('\n')) {
      if (line.trim() === '') continue
      const context = { machine, netns: ns('node'), stdin, origin: null, lineOrigins: null, kube: null, spawn: null }
      const { stdout, stderr, code, effects, elsewhere } = runCommandLine(line.trim(), context)
      if (code !== 0) throw new Error(`${line.trim()}: ${stderr}`)
      apply(ns('node'), effects)
      for (const other of elsewhere ?? []) apply(other.netns, other.effects)
      printed += stdout
    }
    for (const name of machine.netns.keys()) ns(name)
    return printed
  }

  function serve(netns: string, protocol: 'tcp' | 'udp' | 'sctp', port: number): void {
    const at = ns(netns)
    const opened = socketListen(at, { protocol, address: null, port, owner: 'server' })
    if ('errno' in opened) throw new Error(opened.errno)
    const answer = (socket: number) => (event: SocketEvent) => {
      if (event.kind === 'accepted') {
        socketAccept(at, event.socket)
        programs.set(`${at.name} ${event.socket}`, answer(event.socket))
      }
      if (event.kind === 'eof') apply(at, socketClose(at, socket))
      if (event.kind !== 'data') return
      const text = `${netns} saw ${formatAddress(event.from.address)}`
      apply(at, socketSend(at, socket, { data: text, length: text.length, to: protocol === 'udp' ? event.from : null }).effects)
    }
    programs.set(`${at.name} ${opened.socket}`, answer(opened.socket))
  }

  function connect(...[netns, protocol, to, sourcePort]: Parameters<Lab['connect']>): void {
    const at = ns(netns)
    const [host = '', port = '0'] = to.split(':')
    const address = parseAddress(host)
    if (address === null) throw new Error(`no address: ${to}`)
    const opened = socketConnect(at, { protocol, address, port: Number(port), sourceAddress: null, sourcePort, owner: 'client' })
    if ('errno' in opened) {
      apply(at, opened.effects)
      return
    }
    const { socket } = opened
    const request = () => apply(at, socketSend(at, socket, { data: 'request', length: 56, to: null }).effects)
    programs.set(`${at.name} ${socket}`, (event) => {
      if (event.kind === 'connected') request()
      if (event.kind === 'data' || event.kind === 'eof') apply(at, socketClose(at, socket))
    })
    apply(at, opened.effects)
    if (protocol === 'udp') request()
  }

  function exchange(...[netns, protocol, to, options = {}]: Parameters<Lab['exchange']>): Experience {
    const at = ns(netns)
    const [host = '', port = '0'] = to.split(':')
    const address = parseAddress(host)
    if (address === null) throw new Error(`no address: ${to}`)
    const opened = socketConnect(at, {
      protocol,
      address,
      port: Number(port),
      sourceAddress: null,
      sourcePort: options.sourcePort ?? null,
      owner: 'client',
      ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
      ...(options.pmtuDiscovery === undefined ? {} : { pmtuDiscovery: options.pmtuDiscovery }),
    })
    apply(at, opened.effects)
    if ('errno' in opened) return opened.errno
    const { socket } = opened
    let result: Experience | null = null
    const request = (): void => {
      const sent = socketSend(at, socket, { data: 'request', length: options.length ?? 56, to: null })
      apply(at, sent.effects)
      if (sent.errno !== null) result = sent.errno
    }
    programs.set(`${at.name} ${socket}`, (event) => {
      if (event.kind === 'connected') request()
      if (event.kind === 'error') result ??= event.icmp ? `${event.errno} from ${formatAddress(event.icmp.from)}` : event.errno
      if (event.kind === 'data') result ??= `delivered: ${String(event.data)}${event.ttl === undefined ? '' : ` ttl ${event.ttl}`}`
    })
    if (protocol === 'udp' || protocol === 'icmp') request()
    runUntil(kernel.nowMs + (options.forMs ?? 5000), () => result !== null)
    apply(at, socketClose(at, socket))
    runUntil(kernel.nowMs + 20, () => false)
    return result ?? 'silence'
  }
  return lab
}

/** One line of tcpdump, about. */
export function packetText(packet: Packet): string {
  const { network, transport } = packet
  if (network.kind === 'arp') {
    const [sender, target] = [formatAddress(network.senderAddress), formatAddress(network.targetAddress)]
    return network.operation === 'request' ? `who-has ${target} tell ${sender}` : `${sender} is-at`
  }
  const ends = [formatAddress(network.source), formatAddress(network.destination)]
  if (transport === null) return `${ends.join(' > ')}: proto ${network.protocol} offset ${network.fragmentOffset}`
  const about = transport.kind === 'icmp' && transport.quoted ? ` (${packetText(transport.quoted)})` : ''
  if (transport.kind === 'icmp') return `${ends.join(' > ')}: icmp ${transport.type}/${transport.code} ttl ${network.ttl}${about}`
  const words = transport.kind === 'tcp' ? tcpText(transport.flags) : transport.kind === 'sctp' ? transport.chunk : 'udp'
  return `${ends[0]}.${transport.sourcePort} > ${ends[1]}.${transport.destinationPort}: ${words} ttl ${network.ttl}`
}

function tcpText(flags: TcpFlags): string {
  return (['syn', 'fin', 'rst', 'psh', 'ack'] as const)
    .map((flag) => (flags[flag] ? (flag === 'ack' ? '.' : flag[0]?.toUpperCase()) : ''))
    .join('')
}

/** node = bridge cni0 10.0.0.1/24 with pods p1, p2, p3 (10.0.0.11 … 13), eth1 192.168.9.1 <-> ext 192.168.9.2. */
export function nodeLab(): Lab {
  const lab = createLab()
  lab.sh(`
    ip link set lo up
    ip link add cni0 type bridge
    ip addr add 10.0.0.1/24 dev cni0
    ip link set cni0 up
    sysctl -w net.ipv4.ip_forward=1`)
  for (const n of [1, 2, 3]) {
    lab.sh(`
      ip netns add p${n}
      ip link add v${n} type veth peer name eth0 netns p${n}
      ip link set v${n} master cni0 up
      ip -n p${n} link set lo up
      ip -n p${n} addr add 10.0.0.1${n}/24 dev eth0
      ip -n p${n} link set eth0 up
      ip -n p${n} route add default via 10.0.0.1`)
    lab.serve(`p${n}`, 'tcp', 8080)
    lab.serve(`p${n}`, 'udp', 8080)
  }
  lab.sh(`
    ip netns add ext
    ip link add eth1 type veth peer name eth0 netns ext
    ip addr add 192.168.9.1/24 dev eth1
    ip link set eth1 up
    ip -n ext link set lo up
    ip -n ext addr add 192.168.9.2/24 dev eth0
    ip -n ext link set eth0 up
    ip -n ext route add default via 192.168.9.1`)
  lab.serve('ext', 'tcp', 8080)
  lab.serve('node', 'tcp', 8080)
  lab.wire.length = 0
  lab.events.length = 0
  return lab
}

/** What a namespace's device sent, TCP ports of clients left out. */
export function sent(lab: Lab, from: string): string[] {
  return lab.wire
    .filter((line) => line.startsWith(`${from} `))
    .map((line) => line.slice(from.length + 1).replace(/\.(3[2-9]|4|5|6)\d{3}\b/g, ''))
}
