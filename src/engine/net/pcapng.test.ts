import { describe, expect, it } from 'vitest'
import { pcapng } from './pcapng.ts'

const FRAME = Uint8Array.of(1, 2, 3, 4, 5)
const FILE = pcapng(
  'test',
  [{ name: 'eth0', linkType: 'ethernet' }],
  [{ interface: 0, timeNs: (5n << 32n) | 7n, direction: 'out', bytes: FRAME, comments: ['é'] }],
)

/** The blocks of a file: their types, and that both lengths of each agree. */
function blocks(file: Uint8Array): readonly DataView[] {
  const found: DataView[] = []
  for (let at = 0; at < file.length; ) {
    const view = new DataView(file.buffer, file.byteOffset + at)
    const length = view.getUint32(4, true)
    expect([length % 4, view.getUint32(length - 4, true)]).toEqual([0, length])
    found.push(new DataView(file.buffer, file.byteOffset + at, length))
    at += length
  }
  return found
}

const hex = (view: DataView, from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) =>
    view
      .getUint8(from + i)
      .toString(16)
      .padStart(2, '0'),
  ).join('')

describe('pcapng', () => {
  it('is a section header, the interfaces, the packets', () => {
    expect(blocks(FILE).map((view) => view.getUint32(0, true))).toEqual([0x0a0d0d0a, 1, 6])
  })

  it('an interface has its link type, name and nanoseconds', () => {
    const view = blocks(FILE)[1] as DataView
    expect(hex(view, 8, view.byteLength - 4)).toBe('01000000' + '00000000' + '0200040065746830' + '0900010009000000' + '00000000')
  })

  it('a packet has its interface, time, padded bytes, comment and direction', () => {
    const view = blocks(FILE)[2] as DataView
    const head = '00000000' + '05000000' + '07000000' + '05000000' + '05000000'
    expect(hex(view, 8, view.byteLength - 4)).toBe(`${head}010203040500000001000200c3a90000020004000200000000000000`)
  })
})
