/**
 * A stream of 24 bytes and a FIN whose parts arrive in any order, with holes and overlaps, as Linux 6.18 took it: "18-20=0/18-20" is a segment and what is
 * answered at once, the acknowledgement and the blocks of SACK; then what the program reads. RFC 9293, RFC 2018, RFC 2883. Lines end
 * where the two differed: of what overlaps and touches, the kernel tells by how it keeps it in memory.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { TcpHeader } from '../net/packet.ts'
import { createLab, type Lab } from '../shell/test-lab.ts'
import type { SocketEvent } from './effect.ts'
import { netifReceiveSkb } from './receive.ts'
import { socketListen } from './socket.ts'
import { frameOf } from './testdata/wire-text.ts'

const ETH = 'from=02:00:00:00:01:01 to=02:00:00:00:00:01'
/** The peer's first number: the stream goes round at its third byte. */
const ISN = 0xfffffffc
/** Bytes of the stream, before its FIN. */
const LENGTH = 24

/** A server whose connection the test talks to. */
function server() {
  const lab: Lab = createLab()
  lab.sh(`
    ip link set lo up
    ip netns add far
    ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 address 02:00:00:00:01:01 netns far
    ip -n far link set p1 up
    ip link set e1 up
    ip addr add 10.0.1.1/24 dev e1
    ip neigh add 10.0.1.9 lladdr 02:00:00:00:01:01 dev e1 nud permanent`)
  const ns = lab.ns('node')
  socketListen(ns, { protocol: 'tcp', address: null, port: 80, owner: 'server' })
  const first = new Map<string, number>()
  const news: SocketEvent[] = []
  let id = 0
  /** What it answers at once. */
  function put(text: string): TcpHeader[] {
    const iss = [...ns.sockets.sockets.values()].find(({ tcp }) => tcp !== null)?.tcp?.iss ?? 0
    first.set('167772417:80>167772425:5', iss)
    id += 1
    const effects = netifReceiveSkb(ns, 'e1', frameOf(`tcp 10.0.1.9:5>10.0.1.1:80 ${text} ${ETH}`, id, first))
    return effects.flatMap((effect) => {
      if (effect.kind === 'deliver') news.push(effect.event)
      return effect.kind === 'transmit' && effect.packet.transport?.kind === 'tcp' ? [effect.packet.transport] : []
    })
  }
  put(`S seq=${ISN} mss=1460`)
  put(`A seq=${ISN + 1} ack=+1`)
  return {
    news,
    /** Bytes `from` to `to` of the stream; with its FIN when that is where it stands. */
    segment(from: number, to: number): TcpHeader[] {
      const fin = to > LENGTH
      return put(`${fin ? 'F' : ''}PA seq=${(ISN + 1 + from) >>> 0} ack=+1 len=${Math.min(to, LENGTH) - from}`)
    },
  }
}

const offset = (seq: number): number => (seq - ISN - 1) | 0
const answerText = (answer: TcpHeader): string =>
  [offset(answer.ack), ...(answer.sack ?? []).map(({ left, right }) => `${offset(left)}-${offset(right)}`)].join('/')

/** The line of the transcript as it should be. */
function taken(line: string): string {
  const made = server()
  const words = [...line.matchAll(/(\d+)-(\d+)=/g)].map(([asked, from, to]) => {
    const answers = made.segment(Number(from), Number(to)).map(answerText)
    return `${asked}${answers.join('+') || 'later'}`
  })
  if (!line.includes('read')) return words.join(' ')
  const bytes = made.news.reduce((sum, event) => sum + (event.kind === 'data' ? event.length : 0), 0)
  return [...words, `read ${bytes}`, ...(made.news.some(({ kind }) => kind === 'eof') ? ['eof'] : [])].join(' ')
}

const lines = readFileSync(new URL('testdata/tcp-receive-6.18.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

test.each(lines.map((line, index) => [index, line] as const))('order %i', (_index, line) => {
  expect(taken(line)).toBe(line)
})
