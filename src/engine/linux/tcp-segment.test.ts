/** The RST that answers a segment nobody wants: RFC 9293 3.10.7.1, tcp_v4_send_reset(). */
import { expect, test } from 'vitest'
import { framedPacket } from './netfilter/testdata/packet-text.ts'
import { resetFor, segmentSpan } from './tcp-segment.ts'

test.each([
  // What has an acknowledgement is answered with its number, and acknowledges nothing.
  ['A seq=1000 ack=5000', 0, 'R 5000 0'],
  ['SA seq=1000 ack=5000', 0, 'R 5000 0'],
  ['PA seq=1000 ack=5000', 100, 'R 5000 0'],
  ['FA seq=1000 ack=5000', 0, 'R 5000 0'],
  // Anything else is acknowledged: its data, and one each for SYN and FIN.
  ['S seq=1000', 0, 'RA 0 1001'],
  ['S seq=1000', 10, 'RA 0 1011'],
  ['F seq=1000', 10, 'RA 0 1011'],
  ['SF seq=1000', 0, 'RA 0 1002'],
  ['P seq=1000', 10, 'RA 0 1010'],
  ['S seq=4294967295', 0, 'RA 0 0'],
])('%s with %i bytes: %s', (segment, length, expected) => {
  const { transport } = framedPacket(`tcp 10.0.0.11:1000>10.0.0.12:80 ${segment}`, 1)
  if (transport?.kind !== 'tcp') throw new Error(segment)
  const reset = resetFor(transport, length)
  expect(`${reset.flags.rst ? 'R' : ''}${reset.flags.ack ? 'A' : ''} ${reset.seq} ${reset.ack}`).toBe(expected)
  expect([reset.sourcePort, reset.destinationPort, reset.window, reset.mss]).toEqual([80, 1000, 0, null])
  expect(segmentSpan(transport, length)).toBe(length + (segment.includes('S') ? 1 : 0) + (segment.split(' ')[0]?.includes('F') ? 1 : 0))
})
