/**
 * Capture files as Wireshark reads them: the PCAP Next Generation format (draft-ietf-opsawg-pcapng), one section, little endian.
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
 */

import { utf8 } from './utf8.ts'

/** What a captured frame begins with: an Ethernet header (LINKTYPE_ETHERNET) or an IP header (LINKTYPE_RAW). */
export type LinkType = 'ethernet' | 'raw'

/** An interface that frames were captured at. */
export interface CaptureInterface {
  readonly name: string
  readonly linkType: LinkType
}

/** One captured frame. */
export interface CaptureFrame {
  /** Its interface: the place in the list of interfaces. */
  readonly interface: number
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint
  readonly direction: 'in' | 'out'
  readonly bytes: Uint8Array
  /** Shown by Wireshark as packet comments, one each. */
  readonly comments: readonly string[]
}

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const LINK_TYPE: Readonly<Record<LinkType, number>> = { ethernet: 1, raw: 101 }
const OPTION = { end: 0, comment: 1, userApplication: 4, interfaceName: 2, timeResolution: 9, packetFlags: 2 } as const
const NANOSECONDS = 9
const DIRECTION = { in: 1, out: 2 } as const

/** An option: code, length, value padded to 32 bits. */
type Option = readonly [code: number, value: Uint8Array]

const padded = (length: number): number => (length + 3) & ~3

function little32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

function little16(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 2)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) view.setUint16(i * 2, value, true)
  return bytes
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Fills up to 32 bits. */
const aligned = (bytes: Uint8Array): Uint8Array =>
  bytes.length % 4 === 0 ? bytes : concatenated([bytes, new Uint8Array(padded(bytes.length) - bytes.length)])

function optionBytes(options: readonly Option[]): Uint8Array {
  if (options.length === 0) return new Uint8Array(0)
  const parts = options.flatMap(([code, value]) => [little16(code, value.length), aligned(value)])
  return concatenated([...parts, little16(OPTION.end, 0)])
}

function block(type: number, body: readonly Uint8Array[], options: readonly Option[]): Uint8Array {
  const content = concatenated([...body, optionBytes(options)])
  const length = little32(content.length + 12)
  return concatenated([little32(type), length, content, length])
}

function sectionHeader(application: string): Uint8Array {
  const unknownLength = new Uint8Array(8).fill(255)
  return block(BLOCK.section, [little32(BYTE_ORDER_MAGIC), little16(1, 0), unknownLength], [[OPTION.userApplication, utf8(application)]])
}

function interfaceBlock({ name, linkType }: CaptureInterface): Uint8Array {
  const unlimited = little32(0)
  return block(
    BLOCK.interface,
    [little16(LINK_TYPE[linkType], 0), unlimited],
    [
      [OPTION.interfaceName, utf8(name)],
      [OPTION.timeResolution, Uint8Array.of(NANOSECONDS)],
    ],
  )
}

/** A comment may hold 65535 bytes: the length is a 16-bit number. */
const MOST_COMMENT = 65_535

function packetBlock(frame: CaptureFrame): Uint8Array {
  const { bytes, timeNs } = frame
  const head = [frame.interface, Number((timeNs >> 32n) & 0xffffffffn), Number(timeNs & 0xffffffffn), bytes.length, bytes.length].map(
    little32,
  )
  const comments = frame.comments.map((text): Option => [OPTION.comment, utf8(text).subarray(0, MOST_COMMENT)])
  return block(BLOCK.packet, [...head, aligned(bytes)], [...comments, [OPTION.packetFlags, little32(DIRECTION[frame.direction])]])
}

/** The bytes of a capture file. Frames in the order of time. */
export function pcapng(application: string, interfaces: readonly CaptureInterface[], frames: readonly CaptureFrame[]): Uint8Array {
  return concatenated([sectionHeader(application), ...interfaces.map(interfaceBlock), ...frames.map(packetBlock)])
}
