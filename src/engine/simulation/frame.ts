/** Frames at interfaces, as packet sockets see them. Kernel: net/core/dev.c dev_queue_xmit_nit() and __netif_receive_skb_core(); libpcap: pcap-linux.c. */
import type { TraceEvent } from '../linux/trace-event.ts'
import type { CapturedFrame } from '../net/frame.ts'
import type { Packet } from '../net/packet.ts'
import { packetBytes } from '../net/packet-bytes.ts'
import { ETHERNET_HEADER_LENGTH } from '../net/packet-length.ts'
import type { LinkType } from '../net/pcapng.ts'
import { wirePacket } from '../process/wire-packet.ts'
import type { World } from './world.ts'

/** One frame at one interface. */
export interface Frame {
  /** `NetNs.name`. */
  readonly where: string
  readonly device: string
  readonly direction: 'in' | 'out'
  /** A loopback device, whose frames have an Ethernet header of zeros. */
  readonly loopback: boolean
  readonly packet: Packet
  /** Virtual time, ms since the world began. */
  readonly timeMs: number
}

/** Every namespace has this one, under this name. */
const LOOPBACK = 'lo'

/** The frame that an event is about, or null. What a loopback device sends is seen when it arrives (linux_check_direction). */
export function frameOf(where: string, event: TraceEvent, timeMs: number): Frame | null {
  if (event.at !== 'netif_receive_skb' && event.at !== 'dev_queue_xmit') return null
  const { device, packet } = event
  const loopback = device === LOOPBACK
  const direction = event.at === 'netif_receive_skb' ? 'in' : 'out'
  return loopback && direction === 'out' ? null : { where, device, direction, loopback, packet, timeMs }
}

/** Tunnels without a link layer give IP packets. */
export function linkTypeOf({ packet, loopback }: Frame): LinkType {
  return packet.eth !== null || loopback ? 'ethernet' : 'raw'
}

const IPV4 = [0x08, 0x00] as const

/** The frame's bytes. */
export function frameBytes(frame: Frame): Uint8Array {
  const bytes = packetBytes(wirePacket(frame.packet))
  if (frame.packet.eth !== null || !frame.loopback) return bytes
  const whole = new Uint8Array(ETHERNET_HEADER_LENGTH + bytes.length)
  whole.set(IPV4, ETHERNET_HEADER_LENGTH - 2)
  whole.set(bytes, ETHERNET_HEADER_LENGTH)
  return whole
}

/** Keeps the frame that an event is about for who looks at interfaces later. */
export function noteFrame(world: World, where: string, event: TraceEvent): void {
  const frame = frameOf(where, event, world.kernel.nowMs)
  if (frame) world.frames.push(frame)
}

/** As a packet socket would have given it. */
export function capturedFrame(frame: Frame): CapturedFrame {
  const { where, device, direction, timeMs } = frame
  return { where, device, direction, timeMs, linkType: linkTypeOf(frame), bytes: frameBytes(frame) }
}
