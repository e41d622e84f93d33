/** TCP headers and sequence numbers (RFC 9293). */
import { NO_FLAGS } from '../net/new-packet.ts'
import type { IpHeader, IpPacket, TcpHeader } from '../net/packet.ts'
import type { TcpSegment } from './socket-table.ts'

/** A segment with its headers at hand. */
export interface Segment {
  readonly packet: IpPacket
  readonly ip: IpHeader
  readonly tcp: TcpHeader
}

/** Adds to a sequence number, modulo 2³². */
export function seqAdd(seq: number, length: number): number {
  return (seq + length) >>> 0
}

/** How far `a` is after `b`; negative when before. */
export function seqDiff(a: number, b: number): number {
  return (a - b) | 0
}

/** One above the last sequence number that a queued segment takes. */
export function segmentEnd({ seq, length, syn, fin }: TcpSegment): number {
  return seqAdd(seq, length + (syn || fin ? 1 : 0))
}

/** The sequence numbers a segment takes: its data, plus one each for SYN and FIN. */
export function segmentSpan(tcp: TcpHeader, dataLength: number): number {
  return dataLength + (tcp.flags.syn ? 1 : 0) + (tcp.flags.fin ? 1 : 0)
}

/** One above the last sequence number that a segment from the peer takes (`TCP_SKB_CB(skb)->end_seq`). */
export function endSeq({ packet, tcp }: Segment): number {
  return seqAdd(tcp.seq, segmentSpan(tcp, packet.payload.length))
}

/** The RST that answers a segment nobody wants (RFC 9293 3.10.7.1; `tcp_v4_send_reset`). */
export function resetFor(tcp: TcpHeader, dataLength: number): TcpHeader {
  const { sourcePort, destinationPort } = tcp
  const base = { kind: 'tcp', sourcePort: destinationPort, destinationPort: sourcePort, mss: null, window: 0 } as const
  if (tcp.flags.ack) return { ...base, seq: tcp.ack, ack: 0, flags: { ...NO_FLAGS, rst: true } }
  return { ...base, seq: 0, ack: seqAdd(tcp.seq, segmentSpan(tcp, dataLength)), flags: { ...NO_FLAGS, rst: true, ack: true } }
}

/** `tcp_fragment()`: one segment as several of at most `mss` bytes. */
export function tcpFragment(segment: TcpSegment, mss: number): TcpSegment[] {
  if (segment.length <= mss) return [segment]
  const pieces: TcpSegment[] = []
  for (let offset = 0; offset < segment.length; offset += mss) {
    const length = Math.min(mss, segment.length - offset)
    const last = offset + length === segment.length
    const data = offset === 0 ? segment.data : null
    pieces.push({
      ...segment,
      seq: seqAdd(segment.seq, offset),
      length,
      data,
      fin: last && segment.fin,
      psh: last && segment.psh,
      sentMs: null,
      retransmitted: true,
    })
  }
  return pieces
}
