/** tcp_rtt_estimator() and the timers it feeds: RFC 6298 with Linux's bounds, RFC 8985's loss probe. */
import { describe, expect, test } from 'vitest'
import { createNetNs } from './create-netns.ts'
import type { TcpSocket } from './tcp-control.ts'
import { armAfterSending, armProbe, armRetransmit, clearTimer, measureRtt, rearmRetransmit, rtoMs } from './tcp-rto.ts'

interface Known {
  readonly srttMs?: number | null
  readonly rttVarMs?: number
  readonly backoff?: number
  /** When the segments that wait for an acknowledgement were sent, ms. */
  readonly sent?: readonly number[]
  readonly lossEnd?: number | null
  readonly state?: TcpSocket['state']
}

function socketWith({ srttMs = null, rttVarMs = 0, backoff = 0, sent = [], lossEnd = null, state = 'ESTAB' }: Known): TcpSocket {
  const rtxQueue = sent.map((sentMs) => ({ sentMs }))
  return {
    id: 7,
    state,
    tcp: { srttMs, rttVarMs, backoff, rtxQueue, lossEnd, retransmitGeneration: 4, timer: null },
  } as unknown as TcpSocket
}

const at = (nowMs: number) => createNetNs('node', { nowMs, nextPacketId: 1, chooser: { choose: () => 0, pick: () => 0 } })

test.each<[Known, number]>([
  [{}, 1000],
  [{ backoff: 1 }, 2000],
  [{ backoff: 6 }, 64_000],
  [{ backoff: 7 }, 120_000],
  [{ srttMs: 100, rttVarMs: 50 }, 300],
  [{ srttMs: 100, rttVarMs: 51 }, 304],
  [{ srttMs: 100, rttVarMs: 0 }, 300],
  [{ srttMs: 100, rttVarMs: 100, backoff: 2 }, 2000],
  [{ srttMs: 0, rttVarMs: 0 }, 200],
])('the timeout of %j is %i ms', (known, expected) => {
  expect(rtoMs(socketWith(known))).toBe(expected)
})

test('the estimate: the first measurement, then an eighth and a quarter of each', () => {
  const socket = socketWith({})
  const seen = [80, 160, 160, 0].map((rtt) => {
    measureRtt(socket, rtt)
    return [socket.tcp.srttMs, socket.tcp.rttVarMs]
  })
  expect(seen).toEqual([
    [80, 40],
    [90, 50],
    [98.75, 55],
    [86.40625, 65.9375],
  ])
})

const slot = { slotMs: 4 }
const timer = (generation: number) => ({ kind: 'tcp-retransmit', socket: 7, generation })

describe('timers', () => {
  test('the retransmission timer', () => {
    const socket = socketWith({ srttMs: 100 })
    expect(armRetransmit(socket)).toEqual({ kind: 'timer', afterMs: 300, timer: timer(5), ...slot })
    expect(socket.tcp.timer).toBe('retransmit')
    expect(armRetransmit(socket, 17)).toEqual({ kind: 'timer', afterMs: 17, timer: timer(6), ...slot })
    expect(armProbe(socket)).toEqual({ kind: 'timer', afterMs: 300, timer: timer(7), ...slot })
    expect(socket.tcp.timer).toBe('probe')
    clearTimer(socket)
    expect([socket.tcp.timer, socket.tcp.retransmitGeneration]).toEqual([null, 8])
  })

  test('that of a SYN is in no slot', () => {
    expect(armRetransmit(socketWith({ state: 'SYN-SENT' }))).toEqual({ kind: 'timer', afterMs: 1000, timer: timer(5) })
  })

  test.each<[string, Known, number, number]>([
    ['from when the oldest was sent', { srttMs: 100, sent: [1000, 1200] }, 1250, 50],
    ['no sooner than a jiffy', { srttMs: 100, sent: [1000] }, 1400, 4],
    ['from now, where nothing waits', { srttMs: 100 }, 1400, 300],
  ])('rearmed %s', (_what, known, nowMs, afterMs) => {
    expect(rearmRetransmit(at(nowMs), socketWith(known))).toMatchObject({ afterMs })
  })

  test.each<[string, Known, number, boolean, number, string]>([
    ['before anything is measured', { sent: [1000] }, 1000, false, 1000, 'loss-probe'],
    [
      'one segment: two round trips and its delayed acknowledgement',
      { srttMs: 30, rttVarMs: 100, sent: [1000] },
      1000,
      false,
      260,
      'loss-probe',
    ],
    ['two segments: two round trips', { srttMs: 30, rttVarMs: 100, sent: [1000, 1000] }, 1000, false, 62, 'loss-probe'],
    ['no later than the timeout', { srttMs: 300, sent: [1000] }, 1000, false, 500, 'loss-probe'],
    ['no later than what is left of it', { srttMs: 300, sent: [1000] }, 1400, false, 100, 'loss-probe'],
    ['after an acknowledgement the timeout is a new one', { srttMs: 300, sent: [1000] }, 1400, true, 500, 'loss-probe'],
    ['a timeout that is due does not count', { srttMs: 300, sent: [1000] }, 1500, false, 800, 'loss-probe'],
    ['a timeout that is nearly due does', { srttMs: 300, sent: [1000] }, 1499, false, 1, 'loss-probe'],
    ['while segments are lost the timeout runs', { srttMs: 300, sent: [1000], lossEnd: 5 }, 1400, false, 500, 'retransmit'],
  ])('after sending: %s', (_what, known, nowMs, acked, afterMs, why) => {
    const socket = socketWith(known)
    expect(armAfterSending(at(nowMs), socket, acked)).toMatchObject({ afterMs })
    expect(socket.tcp.timer).toBe(why)
  })
})
