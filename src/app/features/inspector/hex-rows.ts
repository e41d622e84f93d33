/** A packet's bytes as a hex dump, with those that a step changed. Pure. */
import type { Packet } from '../../../engine/net/packet.ts'
import { packetBytes } from '../../../engine/net/packet-bytes.ts'

export interface HexRow {
  /** '0010' */
  readonly offset: string
  /** Runs of bytes that did or did not change: '0a f4 01 02'. */
  readonly runs: readonly { readonly hex: string; readonly changed: boolean }[]
  /** Printable characters; a dot for the others. */
  readonly text: string
}

const WIDTH = 16

/** Sixteen bytes a row. Where the step has made the packet longer or shorter nothing is marked: every byte has moved. */
export function hexRows(packet: Packet, before: Packet | null): readonly HexRow[] {
  const bytes = packetBytes(packet)
  const old = before === null ? bytes : packetBytes(before)
  const comparable = old.length === bytes.length
  return Array.from({ length: Math.ceil(bytes.length / WIDTH) }, (_, row) => {
    const from = row * WIDTH
    const runs: { hex: string; changed: boolean }[] = []
    let text = ''
    for (const [i, byte] of bytes.subarray(from, from + WIDTH).entries()) {
      const changed = comparable && old[from + i] !== byte
      const hex = byte.toString(16).padStart(2, '0')
      const last = runs.at(-1)
      if (last?.changed === changed) last.hex += ` ${hex}`
      else runs.push({ hex, changed })
      text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
    }
    return { offset: from.toString(16).padStart(4, '0'), runs, text }
  })
}
