/** Between programs and the kernel: file descriptors, system calls, and the news a socket has for its process. */
import type { SocketEvent } from '../linux/effect.ts'
import type { Errno } from '../linux/errno.ts'
import type { NetNs } from '../linux/netns.ts'
import { rawSendSyn } from '../linux/raw.ts'
import { socketAccept, socketClose, socketConnect, socketListen, socketSend, socketShutdown } from '../linux/socket.ts'
import type { Socket } from '../linux/socket-table.ts'
import { tunAttach, tunDetach, tunRead, tunWrite } from '../linux/tun.ts'
import { isCarriedPacket } from '../net/carried-packet.ts'
import type { Packet } from '../net/packet.ts'
import type { ProcessInput, SystemCall } from '../process/program.ts'
import { schedule } from './event-queue.ts'
import type { Contact, Process } from './process.ts'
import { programNamed } from './programs.ts'
import { applyEffects } from './transport.ts'
import { type Descriptor, netnsNamed, type World } from './world.ts'

/** Notes who holds a socket (by its id) or a TUN device (by its name) of a namespace. */
function hold({ descriptors }: World, netns: string, what: number | string, held: Descriptor): void {
  const ofNetns = descriptors.get(netns) ?? new Map<number | string, Descriptor>()
  ofNetns.set(what, held)
  descriptors.set(netns, ofNetns)
}

/** A process wakes up to news of its socket. News for sockets that no process holds (any more) goes nowhere, as in the kernel. */
export function deliver(world: World, netns: string, socket: number, news: SocketEvent): void {
  const held = world.descriptors.get(netns)?.get(socket)
  const process = held && world.processes.get(held.process)
  const ns = netnsNamed(world, netns)
  if (!held || !process || !ns) return
  const told = ns.sockets.sockets.get(socket)
  const event = news.kind === 'connected' ? soError(told, news) : news
  note(process, held.fd, event)
  if (told && event.kind === 'error') told.error = null
  noteContact(world, process, ns, { socket: event.kind === 'accepted' ? event.socket : socket, event })
  if (event.kind === 'accepted') {
    const newFd = process.nextFd++
    socketAccept(ns, event.socket)
    holdSocket(world, process, newFd, event.socket)
    runProcess(world, process.id, { kind: 'accepted', fd: held.fd, newFd })
  } else runProcess(world, process.id, { kind: 'socket', fd: held.fd, event })
}

/**
 * getsockopt(SO_ERROR), which clients ask when a connect() that did not block has ended: what an ICMP error has said since then of a connection
 * that is made (of its first ACK, say) counts too. Kernel: sk_getsockopt() takes `sk_err_soft` where there is no `sk_err`.
 */
function soError(socket: Socket | undefined, connected: SocketEvent): SocketEvent {
  const errno = socket?.tcp?.softError ?? null
  if (!socket?.tcp || errno === null) return connected
  socket.tcp.softError = null
  return { kind: 'error', errno }
}

/** Lets a process consume one input now, and makes the system calls it asks for. */
export function runProcess(world: World, id: number, input: ProcessInput): void {
  const process = world.processes.get(id)
  if (!process || process.code !== null) return
  if (input.kind === 'socket' && !process.fds.has(input.fd)) return
  const step = programNamed(process.program).step(process.state, input, world.kernel.nowMs)
  process.state = step.state
  makeCalls(world, process, step.calls)
}

/**
 * A packet that stays on its machine is delivered before `send` returns (the softirq runs to completion), so what is sent next comes after
 * it: ms between two sends in a row.
 */
const SEND_MS = 0.03

/** Makes system calls in order; a send that follows a send waits its turn. */
export function makeCalls(world: World, process: Process, calls: readonly SystemCall[]): void {
  const ns = netnsNamed(world, process.netns)
  if (!ns) return
  for (const [i, call] of calls.entries()) {
    if (process.code !== null) return
    systemCall(world, process, ns, call)
    if (call.kind !== 'send' || calls[i + 1]?.kind !== 'send') continue
    schedule(world.queue, world.kernel.nowMs + SEND_MS, { kind: 'calls', process: process.id, calls: calls.slice(i + 1) })
    return
  }
}

function holdSocket(world: World, process: Process, fd: number, socket: number): void {
  process.fds.set(fd, socket)
  hold(world, process.netns, socket, { process: process.id, fd })
}

function systemCall(world: World, process: Process, ns: NetNs, call: SystemCall): void {
  switch (call.kind) {
    case 'listen':
      listen(world, process, ns, call)
      break
    case 'connect':
      connect(world, process, ns, call)
      break
    case 'send':
      send(world, process, ns, call)
      break
    case 'raw-syn': {
      const sent = rawSendSyn(ns, call)
      if ('errno' in sent) fail(world, process, call.fd, sent.errno)
      else {
        holdSocket(world, process, call.fd, sent.socket)
        applyEffects(world, ns, sent.effects)
      }
      break
    }
    case 'shutdown': {
      const socket = process.fds.get(call.fd) ?? null
      if (socket !== null) applyEffects(world, ns, socketShutdown(ns, socket))
      break
    }
    case 'close':
      close(world, process, ns, call.fd)
      break
    case 'tun':
      openTun(world, process, ns, call)
      break
    case 'write': {
      const device = process.tuns.get(call.fd)
      if (device !== undefined) applyEffects(world, ns, tunWrite(ns, device, call.carried))
      break
    }
    case 'timer':
      schedule(world.queue, world.kernel.nowMs + call.afterMs, {
        kind: 'process',
        process: process.id,
        input: { kind: 'timer', id: call.id },
      })
      break
    case 'print':
      process.stdout += call.stdout
      break
    case 'exit':
      exit(world, process, ns, call)
      break
  }
}

type Call<Kind extends SystemCall['kind']> = Extract<SystemCall, { kind: Kind }>

function listen(world: World, process: Process, ns: NetNs, call: Call<'listen'>): void {
  const result = socketListen(ns, { protocol: call.protocol, address: call.address, port: call.port, owner: process.owner })
  if ('errno' in result) fail(world, process, call.fd, result.errno)
  else holdSocket(world, process, call.fd, result.socket)
}

function send(world: World, process: Process, ns: NetNs, call: Call<'send'>): void {
  const socket = process.fds.get(call.fd) ?? null
  if (socket === null) return
  const result = socketSend(ns, socket, { data: call.data, length: call.length, to: call.to, ttl: call.ttl })
  applyEffects(world, ns, result.effects)
  if (result.errno !== null) fail(world, process, call.fd, result.errno, result.mtu)
}

function connect(world: World, process: Process, ns: NetNs, call: Call<'connect'>): void {
  const { fd, protocol, address, port, sourceAddress, sourcePort } = call
  const ttl = call.ttl === undefined ? {} : { ttl: call.ttl }
  const discovery = call.pmtuDiscovery === undefined ? {} : { pmtuDiscovery: call.pmtuDiscovery }
  const result = socketConnect(ns, { protocol, address, port, sourceAddress, sourcePort, owner: process.owner, ...ttl, ...discovery })
  // 0.0.0.0 becomes this machine: the packets go to what the socket is connected to.
  const peer = 'socket' in result ? ns.sockets.sockets.get(result.socket)?.remoteAddress : null
  const made = { fd, protocol, address: peer ?? address, port, timeMs: world.kernel.nowMs }
  process.connections.push({ ...made, events: [], errno: null, answeredFrom: null })
  if ('socket' in result) holdSocket(world, process, fd, result.socket)
  applyEffects(world, ns, result.effects)
  if ('errno' in result) fail(world, process, fd, result.errno)
}

function openTun(world: World, process: Process, ns: NetNs, call: Call<'tun'>): void {
  const errno = tunAttach(ns, call.device)
  if (errno !== null) {
    fail(world, process, call.fd, errno)
    return
  }
  process.tuns.set(call.fd, call.device)
  hold(world, ns.name, call.device, { process: process.id, fd: call.fd })
}

/** A packet was sent to a TUN device: the process that has it open reads it. Nobody has (any more): it is gone. */
export function readTun(world: World, netns: string, device: string, packet: Packet): void {
  const ns = netnsNamed(world, netns)
  const held = world.descriptors.get(netns)?.get(device)
  if (!ns) return
  const carried = tunRead(ns, device, packet)
  if (held) runProcess(world, held.process, { kind: 'packet', fd: held.fd, carried })
}

function close(world: World, process: Process, ns: NetNs, fd: number): void {
  const device = process.tuns.get(fd)
  if (device !== undefined) {
    process.tuns.delete(fd)
    world.descriptors.get(ns.name)?.delete(device)
    tunDetach(ns, device)
  }
  const socket = process.fds.get(fd)
  process.fds.delete(fd)
  if (socket === undefined || socket === null) return
  world.descriptors.get(ns.name)?.delete(socket)
  applyEffects(world, ns, socketClose(ns, socket))
}

/** A signal ends a process: 143 is 128 and SIGTERM. */
export function endProcess(world: World, process: Process): void {
  const ns = netnsNamed(world, process.netns)
  if (ns && process.code === null) exit(world, process, ns, { kind: 'exit', code: 143, stderr: '' })
}

/** Kernel: do_exit() closes what is open. */
function exit(world: World, process: Process, ns: NetNs, call: Call<'exit'>): void {
  process.code = call.code
  process.stderr += call.stderr
  for (const fd of [...process.fds.keys(), ...process.tuns.keys()]) close(world, process, ns, fd)
}

/** A system call that failed at once: the program learns it as an error of that descriptor. */
function fail(world: World, process: Process, fd: number, errno: Errno, mtu?: number): void {
  const event: SocketEvent = { kind: 'error', errno, ...(mtu === undefined ? {} : { mtu }) }
  note(process, fd, event)
  if (!process.fds.has(fd)) process.fds.set(fd, null)
  schedule(world.queue, world.kernel.nowMs, { kind: 'process', process: process.id, input: { kind: 'socket', fd, event } })
}

function note(process: Process, fd: number, event: SocketEvent): void {
  const connection = process.connections.findLast((one) => one.fd === fd)
  if (!connection) return
  connection.events.push(event.kind)
  if (event.kind === 'error') connection.errno = event.errno
  if (event.kind === 'data') connection.answeredFrom = event.from
}

/** Remembers who reached a server: an accepted connection, or a question on an unconnected UDP socket. */
function noteContact(world: World, process: Process, ns: NetNs, news: { readonly socket: number; readonly event: SocketEvent }): void {
  const socket = ns.sockets.sockets.get(news.socket)
  if (!socket || socket.protocol === 'icmp') return
  // A tunnel's datagram is not what the client asked for.
  if (news.event.kind === 'data' && isCarriedPacket(news.event.data)) return
  const from =
    news.event.kind === 'accepted' ? peerOf(socket) : news.event.kind === 'data' && socket.remoteAddress === null ? news.event.from : null
  if (from === null) return
  process.contacts.push({
    protocol: socket.protocol,
    netns: ns.name,
    owner: process.owner,
    program: process.program,
    localPort: socket.localPort,
    from,
    timeMs: world.kernel.nowMs,
  })
}

function peerOf(socket: Socket): Contact['from'] | null {
  return socket.remoteAddress === null || socket.remotePort === null ? null : { address: socket.remoteAddress, port: socket.remotePort }
}
