/** RFC 791, 3.2: pieces of a packet, and pieces of a piece. */
import { describe, expect, test } from 'vitest'
import { NO_PAYLOAD, withIp } from '../net/new-packet.ts'
import type { IpPacket } from '../net/packet.ts'
import { ipLength } from '../net/packet-length.ts'
import { createLab } from '../shell/test-lab.ts'
import { ipFragment } from './ip-fragment.ts'
import { packet } from './netfilter/testdata/machine.ts'

function datagram(bytes: number): IpPacket {
  return { ...packet('udp 10.0.0.11:1000>10.0.0.12:53'), payload: { ...NO_PAYLOAD, length: bytes - 8 } }
}

/** A piece of one, from a byte on. */
function laterPiece(from: number, bytes: number, more: boolean): IpPacket {
  return withIp({ ...datagram(bytes), transport: null, payload: { ...NO_PAYLOAD, length: bytes } }, { mf: more, fragmentOffset: from })
}

const HEADER = 20

describe.each([68, 576, 1280, 1500])('an MTU of %i bytes', (mtu) => {
  test.each([
    ['a datagram', datagram(1472), 0, 1472, false],
    ['a datagram just too long', datagram(1481), 0, 1481, false],
    ['a long datagram', datagram(9000), 0, 9000, false],
    ['a piece with more behind it', laterPiece(1480, 1480, true), 1480, 1480, true],
    ['the last piece', laterPiece(2960, 1000, false), 2960, 1000, false],
  ])('%s', (_what, sent, from, bytes, more) => {
    const pieces = ipFragment(createLab().ns('node'), sent, mtu)
    let at = from
    for (const [index, piece] of pieces.entries()) {
      const isLast = index === pieces.length - 1
      const { mf, df, fragmentOffset, id } = piece.network
      expect({ mf, df, fragmentOffset, id }).toEqual({ mf: more || !isLast, df: false, fragmentOffset: at, id: sent.network.id })
      expect(ipLength(piece)).toBeLessThanOrEqual(mtu)
      // As much as fits, in units of eight bytes.
      if (!isLast) expect(ipLength(piece)).toBe(HEADER + Math.floor((mtu - HEADER) / 8) * 8)
      expect(piece.transport?.kind).toBe(index === 0 ? sent.transport?.kind : undefined)
      expect(piece.parent).toBe(sent.id)
      at += ipLength(piece) - HEADER
    }
    expect(at).toBe(from + bytes)
    expect(new Set(pieces.map(({ id }) => id)).size).toBe(pieces.length)
  })
})
