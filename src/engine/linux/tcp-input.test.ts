/**
 * One segment for a socket in each state, as Linux 6.18 took it: what it answers (numbers relative to what it would send next and what it waits for),
 * the state that its socket is in then, and what its program reads. RFC 9293, 3.10.7.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { parseMac } from '../net/mac.ts'
import { NO_FLAGS, NO_PAYLOAD, newIpPacket } from '../net/new-packet.ts'
import type { IpPacket, TcpFlags, TcpHeader } from '../net/packet.ts'
import { PROTOCOL_TCP } from '../net/protocol-number.ts'
import { createLab } from '../shell/test-lab.ts'
import type { Effect, SocketEvent } from './effect.ts'
import { netifReceiveSkb } from './receive.ts'
import { socketAccept, socketClose, socketConnect, socketListen, socketSend, socketShutdown } from './socket.ts'
import { isConnection } from './tcp-control.ts'
import { seqAdd, seqDiff } from './tcp-segment.ts'
import type { Timer } from './timer.ts'
import { timerExpired } from './timer-expired.ts'

const [HERE, THERE] = [ipv4(0x0a090001), ipv4(0x0a090002)]
const [PORT, PEER_PORT] = [80, 20_000]
const FIRST = 5_000_000
/** An answer that comes later is a timer's. */
const ANSWERS_WITHIN_MS = 58
const LETTERS: Readonly<Record<string, keyof TcpFlags>> = { S: 'syn', F: 'fin', R: 'rst', P: 'psh', A: 'ack' }

/** A machine whose only neighbour is the test. */
function peer() {
  const lab = createLab()
  lab.sh(`
    ip netns add far
    ip link add e0 type veth peer name eth0 netns far
    ip addr add 10.9.0.1/24 dev e0
    ip link set e0 up
    ip -n far link set eth0 up
    ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev e0 nud permanent
    sysctl -w net.ipv4.tcp_syn_linear_timeouts=0`)
  const ns = lab.ns('node')
  const [there, here] = [parseMac('02:00:00:00:00:02'), ns.devices.get('e0')?.mac]
  if (there === null || here === undefined) throw new Error('no address')
  const eth = { source: there, destination: here, etherType: 0x0800 }
  const timers: { readonly atMs: number; readonly timer: Timer }[] = []
  let sent: IpPacket[] = []
  const news: SocketEvent[] = []
  let [own, next, echo, port] = [PORT, FIRST, 0, PEER_PORT]
  /** The number it would send next; null: the test cannot know. */
  let expected: number | null = null

  function call(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'transmit' && effect.packet.network.kind === 'ip') sent.push(effect.packet as IpPacket)
      if (effect.kind === 'timer') timers.push({ atMs: lab.kernel.nowMs + effect.afterMs, timer: effect.timer })
      if (effect.kind !== 'deliver') continue
      if (effect.event.kind === 'accepted') socketAccept(ns, effect.event.socket)
      else news.push(effect.event)
    }
  }

  function wait(forMs: number): void {
    const endMs = lab.kernel.nowMs + forMs
    for (;;) {
      const due = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (!due) break
      timers.splice(timers.indexOf(due), 1)
      lab.kernel.nowMs = Math.max(lab.kernel.nowMs, due.atMs)
      call(timerExpired(ns, due.timer))
    }
    lab.kernel.nowMs = endMs
  }

  const tcpOf = ({ transport }: IpPacket): TcpHeader => {
    if (transport?.kind !== 'tcp') throw new Error('not TCP')
    return transport
  }

  const made = {
    ns,
    call,
    wait,
    listen: () => socketListen(ns, { protocol: 'tcp', address: HERE, port: PORT, owner: 'server' }),
    /** What it sends takes these numbers; what comes from here on is known. */
    heard(): void {
      for (const packet of sent) {
        const tcp = tcpOf(packet)
        const span = packet.payload.length + (tcp.flags.syn || tcp.flags.fin ? 1 : 0)
        if (span > 0) expected = seqAdd(tcp.seq, span)
        echo = tcp.timestamps?.value ?? echo
      }
      sent = []
    },
    connect(): void {
      const opened = socketConnect(ns, {
        protocol: 'tcp',
        address: THERE,
        port: 7,
        sourceAddress: null,
        sourcePort: PEER_PORT,
        owner: 'client',
      })
      call(opened.effects)
      ;[own, port] = [PEER_PORT, 7]
    },
    send(letters: string, { seq = 0, ack = 0, length = 0 } = {}): void {
      const flags = { ...NO_FLAGS, ...Object.fromEntries([...letters].map((letter) => [LETTERS[letter] ?? '', true])) }
      const transport: TcpHeader = {
        kind: 'tcp',
        sourcePort: port,
        destinationPort: own,
        seq: seqAdd(next, seq + 0x100000000),
        ack: flags.ack ? seqAdd(expected ?? 0, ack + 0x100000000) : 0,
        flags,
        mss: flags.syn ? 1460 : null,
        window: 64_240,
        ...(flags.rst ? {} : { timestamps: { value: lab.kernel.nowMs, echo } }),
      }
      const payload = length > 0 ? { length, data: 'x', inner: null } : NO_PAYLOAD
      const packet = newIpPacket({ id: 1, source: THERE, destination: HERE, protocol: PROTOCOL_TCP, transport, payload })
      call(netifReceiveSkb(ns, 'e0', { ...packet, eth }))
    },
    /** What it sent takes numbers of the peer. */
    spent(count: number): void {
      next = seqAdd(next, count)
    },
    connection(): number {
      const found = [...ns.sockets.sockets.values()].find((socket) => isConnection(socket))
      if (!found) throw new Error('no connection')
      return found.id
    },
    answers: (): string[] =>
      sent.map((packet) => {
        const { flags, seq, ack } = tcpOf(packet)
        const letters = [...'SFRPA'].filter((letter) => flags[LETTERS[letter] ?? 'syn']).join('')
        const first = flags.rst && seq === 0 ? 'zero' : expected === null && flags.syn ? '*' : seqDiff(seq, expected ?? 0)
        return `${letters}${packet.payload.length || ''} ${first} ${flags.ack ? seqDiff(ack, next) : '-'}`
      }),
    state: (): string => [...ns.sockets.sockets.values()].find((socket) => isConnection(socket))?.state ?? 'none',
    errors: (): string[] => news.flatMap((event) => (event.kind === 'error' ? [event.errno] : [])),
    read(): string {
      const [error] = news.flatMap((event) => (event.kind === 'error' ? [event.errno] : []))
      const [first] = news.flatMap((event) => (event.kind === 'data' ? [`data ${event.length}`] : event.kind === 'eof' ? ['eof'] : []))
      return first ?? (error === undefined ? '-' : (ERRORS[error] ?? error))
    },
  }
  return made
}

const ERRORS: Readonly<Record<string, string>> = {
  ECONNRESET: 'Connection reset by peer',
  ECONNREFUSED: 'Connection refused',
  EPIPE: 'Broken pipe',
}

type Made = ReturnType<typeof peer>

/** Brings a socket into the state. Returns whether its program still has it. */
function reach(made: Made, state: string): boolean {
  const [word = '', closed] = state.split(' ')
  const { ns } = made
  if (word === 'closed') return false
  if (word === 'syn-sent' || word === 'crossed') {
    made.connect()
    made.heard()
    if (word === 'syn-sent') return true
    made.send('S')
    made.spent(1)
    made.heard()
    return true
  }
  made.listen()
  if (word === 'listen') return false
  made.send('S')
  made.spent(1)
  made.heard()
  if (word === 'syn-recv') return false
  made.send('A')
  made.wait(1)
  const socket = made.connection()
  const close = (): void => made.call(closed === undefined ? socketShutdown(ns, socket) : socketClose(ns, socket))
  if (word === 'unacked') made.call(socketSend(ns, socket, { data: 'hello', length: 5, to: null }).effects)
  if (word === 'close-wait' || word === 'last-ack') {
    made.send('FA')
    made.spent(1)
    made.wait(ANSWERS_WITHIN_MS)
    if (word === 'last-ack') made.call(socketClose(ns, socket))
  } else if (word !== 'estab' && word !== 'unacked') {
    close()
    if (word === 'closing') made.send('FA')
    made.heard()
    if (word === 'fin-wait-2' || word === 'time-wait') made.send('A')
    if (word === 'time-wait') made.send('FA')
    if (word === 'closing' || word === 'time-wait') made.spent(1)
    made.wait(1)
  }
  made.heard()
  return word !== 'last-ack' && closed === undefined
}

/** The line of the transcript as it should be. */
function taken(state: string, segment: string): string {
  const made = peer()
  const reads = reach(made, state)
  const [letters = '', seq = 0, ack = 0] = segment.split(' ').map((word, i) => (i === 0 ? word : Number(word))) as [string, number, number]
  made.send(letters.replace('5', ''), { seq, ack, length: letters.endsWith('5') ? 5 : 0 })
  made.wait(ANSWERS_WITHIN_MS)
  return [state, segment, made.answers().join(', ') || 'nothing', made.state(), reads ? made.read() : '-'].join(' | ')
}

const lines = readFileSync(new URL('testdata/tcp-input-6.18.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
const states = [...new Set(lines.map((line) => line.split(' | ')[0] ?? ''))]

test.each(states)('a segment in %s', (state) => {
  const measured = lines.filter((line) => line.startsWith(`${state} | `))
  expect(measured.map((line) => taken(state, line.split(' | ')[1] ?? ''))).toEqual(measured)
})

/** tcp_reset(): who has read the end of what the peer sent learns of it as EPIPE. */
test.each([
  ['estab', { letters: 'R' }, ['ECONNRESET']],
  ['close-wait', { letters: 'R' }, ['EPIPE']],
  ['fin-wait-1', { letters: 'R' }, ['ECONNRESET']],
  ['close-wait', { letters: 'PA', seq: -1, length: 5 }, ['EPIPE']],
  ['last-ack', { letters: 'PA', seq: -1, length: 5 }, []],
] as const)('%s, and %j: the program is told %j', (state, { letters, ...numbers }, errors) => {
  const made = peer()
  reach(made, state)
  made.send(letters, numbers)
  expect(made.errors()).toEqual(errors)
  expect(made.state()).toBe('none')
})
