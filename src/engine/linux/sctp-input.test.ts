/**
 * One chunk for a socket in each state, as Linux 6.1 took it: what it answers (numbers relative to the first of who sent them), the state that its
 * association is in then, and what its program reads. RFC 9260, sections 5 to 9. Left out is what is not modelled: a peer that begins anew, gaps in what arrives.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { parseMac } from '../net/mac.ts'
import { NO_PAYLOAD, newIpPacket } from '../net/new-packet.ts'
import type { SctpChunk, SctpCookie, SctpHeader } from '../net/packet.ts'
import { PROTOCOL_SCTP } from '../net/protocol-number.ts'
import { createLab } from '../shell/test-lab.ts'
import type { Effect, SocketEvent } from './effect.ts'
import { netifReceiveSkb } from './receive.ts'
import { isAssociation, tsnDiff } from './sctp-association.ts'
import { socketAccept, socketClose, socketConnect, socketListen, socketSend, socketShutdown } from './socket.ts'
import type { Socket } from './socket-table.ts'

const [HERE, THERE] = [ipv4(0x0a090001), ipv4(0x0a090002)]
const PEER_PORT = 20_000
/** The peer's numbers begin just before they go round. */
const FIRST = 0xffffffff

/** A machine whose only neighbour is the test. */
function peer() {
  const lab = createLab()
  lab.sh(`
    ip netns add far
    ip link add e0 type veth peer name eth0 netns far
    ip addr add 10.9.0.1/24 dev e0
    ip link set e0 up
    ip -n far link set eth0 up
    ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev e0 nud permanent`)
  const ns = lab.ns('node')
  const [there, here] = [parseMac('02:00:00:00:00:02'), ns.devices.get('e0')?.mac]
  if (there === null || here === undefined) throw new Error('no address')
  const eth = { source: there, destination: here, etherType: 0x0800 }
  let sent: SctpHeader[] = []
  const news: SocketEvent[] = []
  let [own, theirs] = [80, 1000]
  let cookie: SctpCookie = { serverTsn: 0, clientTsn: FIRST }

  function call(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'transmit' && effect.packet.transport?.kind === 'sctp') sent.push(effect.packet.transport)
      if (effect.kind !== 'deliver') continue
      if (effect.event.kind === 'accepted') socketAccept(ns, effect.event.socket)
      else news.push(effect.event)
    }
  }

  function text(header: SctpHeader): string {
    const { chunk } = header
    if (chunk === 'INIT' || chunk === 'INIT_ACK' || chunk === 'DATA') return `${chunk} ${tsnDiff(header.tsn, theirs)}`
    if (chunk === 'SHUTDOWN') return `${chunk} ${tsnDiff(header.tsn, FIRST)}`
    return chunk === 'SACK' ? `${chunk} ${tsnDiff(header.tsn, FIRST)}${header.duplicates > 0 ? ' dup' : ''}` : chunk
  }

  function contents(chunk: SctpChunk['chunk'], offset: number): SctpChunk {
    switch (chunk) {
      case 'INIT':
        return { chunk, tsn: FIRST }
      case 'INIT_ACK':
        return { chunk, tsn: FIRST, cookie }
      case 'COOKIE_ECHO':
        return { chunk, cookie }
      case 'DATA':
        return { chunk, tsn: (FIRST + offset) >>> 0 }
      case 'SACK':
        return { chunk, tsn: (theirs + offset) >>> 0, duplicates: 0 }
      case 'SHUTDOWN':
        return { chunk, tsn: (theirs + offset) >>> 0 }
      case 'ABORT':
        return { chunk, causeLength: 0 }
      default:
        return { chunk }
    }
  }

  const association = (): Socket | undefined => [...ns.sockets.sockets.values()].find((socket) => isAssociation(socket))

  return {
    ns,
    call,
    /** To a port where nobody listens. */
    elsewhere(): void {
      own = 81
    },
    listen: () => socketListen(ns, { protocol: 'sctp', address: HERE, port: 80, owner: 'server' }),
    connect(): void {
      const options = { protocol: 'sctp', address: THERE, port: PEER_PORT, sourceAddress: null, sourcePort: 7, owner: 'client' } as const
      call(socketConnect(ns, options).effects)
      own = 7
    },
    heard(): void {
      for (const header of sent) {
        if (header.chunk === 'INIT' || header.chunk === 'INIT_ACK') theirs = header.tsn
        if (header.chunk === 'INIT_ACK') cookie = header.cookie
      }
      sent = []
    },
    /** Its program is gone: what it was told before does not count. */
    forget(): void {
      news.length = 0
    },
    send(chunk: SctpChunk['chunk'], offset = 0): void {
      const transport: SctpHeader = { kind: 'sctp', sourcePort: PEER_PORT, destinationPort: own, ...contents(chunk, offset) }
      const payload = chunk === 'DATA' ? { length: 5, data: 'hello', inner: null } : NO_PAYLOAD
      const packet = newIpPacket({ id: 1, source: THERE, destination: HERE, protocol: PROTOCOL_SCTP, transport, payload })
      call(netifReceiveSkb(ns, 'e0', { ...packet, eth }))
    },
    association(): number {
      const found = association()
      if (!found) throw new Error('no association')
      return found.id
    },
    answers: (): string => sent.map(text).join(', ') || 'nothing',
    state: (): string => association()?.state ?? 'none',
    read(): string {
      const [data] = news.flatMap((event) => (event.kind === 'data' ? [`data ${event.length}`] : []))
      const [error] = news.flatMap((event) => (event.kind === 'error' ? [event.errno] : []))
      return data ?? error ?? (news.some(({ kind }) => kind === 'eof') ? 'eof' : '-')
    },
  }
}

type Made = ReturnType<typeof peer>

/** Brings a socket into the state. */
function reach(made: Made, state: string): void {
  const { ns, call } = made
  const [word = '', closed] = state.split(' ')
  const close = (): void => call(closed === undefined ? socketShutdown(ns, made.association()) : socketClose(ns, made.association()))
  if (word === 'none') made.elsewhere()
  else if (word === 'cookie-wait' || word === 'cookie-echoed') {
    made.connect()
    made.heard()
    if (word === 'cookie-echoed') made.send('INIT_ACK')
    if (closed !== undefined) close()
  } else {
    made.listen()
    if (word === 'listen') return
    made.send('INIT')
    made.heard()
    if (word === 'cookie') return
    made.send('COOKIE_ECHO')
    made.heard()
    if (word === 'unacked' || word === 'shutdown-pending' || word === 'shutdown-received')
      call(socketSend(ns, made.association(), { data: 'hello', length: 5, to: null }).effects)
    if (word === 'shutdown-pending' || word === 'shutdown-sent' || word === 'shutdown-crossed') close()
    if (word === 'shutdown-received' || word === 'shutdown-ack-sent') {
      made.send('SHUTDOWN', -1)
      if (closed !== undefined) close()
    }
    if (word === 'shutdown-crossed') made.send('SHUTDOWN', -1)
  }
  made.heard()
  if (closed !== undefined) made.forget()
}

/** The line of the transcript as it should be. */
function taken(state: string, segment: string): string {
  const made = peer()
  reach(made, state)
  const [chunk = '', offset] = segment.split(' ')
  made.send(chunk as SctpChunk['chunk'], Number(offset ?? 0))
  return [state, segment, made.answers(), made.state(), made.read()].join(' | ')
}

const lines = readFileSync(new URL('testdata/sctp-input-6.1.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
const states = [...new Set(lines.map((line) => line.split(' | ')[0] ?? ''))]

test.each(states)('a chunk in %s', (state) => {
  const measured = lines.filter((line) => line.startsWith(`${state} | `))
  expect(measured.map((line) => taken(state, line.split(' | ')[1] ?? ''))).toEqual(measured)
})
