/**
 * Kernel: net/netfilter/nf_conntrack_proto_tcp.c, tcp_in_window(). Does a segment fit what was seen of the connection?
 * Sockets here send as much as the congestion window lets out, so every SYN is taken to announce windows scaled by 7, as Linux does.
 */
import type { CtRef, IpPacket, TcpHeader } from '../../net/packet.ts'

type Direction = CtRef['direction']

/** `struct ip_ct_tcp_state`: what one end has sent. */
export interface TcpSide {
  /** One above the highest sequence number sent (`td_end`), and the highest that the other end's window allows (`td_maxend`). */
  end: number
  maxEnd: number
  /** The largest window announced; 0 before the first segment. */
  maxWindow: number
  /** By how many bits its windows are scaled (`td_scale`): not, until a SYN says so. */
  scale: number
  /** The highest acknowledgement sent; null before the first. */
  maxAck: number | null
  /** Data was sent and is not acknowledged (`IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED`). */
  unacknowledged: boolean
  /** This end began to close (`IP_CT_TCP_FLAG_CLOSE_INIT`). */
  closeInit: boolean
  /** Picked up in the middle: nothing is refused (`IP_CT_TCP_FLAG_BE_LIBERAL`). */
  liberal: boolean
}

/** The segment that was seen last, and how often it came again. */
export interface LastSegment {
  seq: number
  ack: number
  end: number
  window: number
}

/** `tcp_sack()`: one above the highest sequence number that a segment says has arrived. */
const highestSack = ({ ack, sack }: TcpHeader): number =>
  sack === undefined ? ack : sack.reduce((highest, { right }) => (after(right, highest) ? right : highest), ack)

/** Nothing seen yet. */
export function createTcpSide(): TcpSide {
  return { end: 0, maxEnd: 0, maxWindow: 0, scale: 0, maxAck: null, unacknowledged: false, closeInit: false, liberal: false }
}

const SCALE = 7
/** `MAXACKWINCONST`: acknowledgements may be this much older than the window. */
const MAX_ACK_WINDOW = 66000

/** A sequence number, modulo 2³². */
function seqAdd(a: number, b: number): number {
  return (a + b) >>> 0
}

/** Is sequence number `a` before `b`, modulo 2³²? */
export function seqBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}

function after(a: number, b: number): boolean {
  return seqBefore(b, a)
}

/** One above the last sequence number of a segment. */
export function segmentEnd(packet: IpPacket, { seq, flags }: TcpHeader): number {
  return seqAdd(seq, packet.payload.length + (flags.syn ? 1 : 0) + (flags.fin ? 1 : 0))
}

function ackWindow(side: TcpSide): number {
  return Math.max(side.maxWindow, MAX_ACK_WINDOW)
}

/** The first SYN of an end, or one that begins anew (`tcp_init_sender`). */
export function initSender(side: TcpSide, end: number, window: number): void {
  side.end = side.maxEnd = end
  side.maxWindow = window === 0 ? 1 : window
  side.scale = SCALE
  side.maxAck = null
  side.unacknowledged = side.closeInit = false
}

/** `tcp_new()`: the first segment seen is of the middle of a connection. */
export function pickUpFirst(sender: TcpSide, receiver: TcpSide, end: number, window: number): void {
  const maxWindow = window === 0 ? 1 : window
  Object.assign(sender, { end, maxWindow, maxEnd: seqAdd(end, maxWindow), liberal: true })
  receiver.liberal = true
}

/** An end that is first seen in the middle of a connection. */
function pickUp(sender: TcpSide, receiver: TcpSide, end: number, header: TcpHeader): void {
  sender.end = end
  sender.maxWindow = Math.max(1, header.window)
  sender.maxEnd = seqAdd(end, sender.maxWindow)
  if (receiver.maxWindow === 0) {
    receiver.end = header.ack
    receiver.maxEnd = header.ack
  } else if (header.ack === seqAdd(receiver.end, 1)) receiver.end = header.ack
}

/** A segment as it is compared with what was seen. */
interface Compared {
  readonly segment: LastSegment
  readonly sack: number
  readonly header: TcpHeader
}

/** What the two ends know after a segment that fits. */
function update(sender: TcpSide, receiver: TcpSide, { segment, sack, header }: Compared): void {
  const window = header.flags.syn ? header.window : header.window << sender.scale
  sender.maxWindow = Math.max(sender.maxWindow, window + ((sack - segment.ack) | 0))
  if (after(segment.end, sender.end)) {
    sender.end = segment.end
    sender.unacknowledged = true
  }
  if (header.flags.ack && (sender.maxAck === null || after(segment.ack, sender.maxAck))) sender.maxAck = segment.ack
  if (receiver.maxWindow !== 0 && after(segment.end, sender.maxEnd)) receiver.maxWindow += (segment.end - sender.maxEnd) | 0
  const limit = seqAdd(sack, window)
  if (after(limit, seqAdd(receiver.maxEnd, -1))) receiver.maxEnd = window === 0 ? seqAdd(limit, 1) : limit
  if (segment.ack === receiver.end) receiver.unacknowledged = false
}

/** Which of the sender's segments must be let pass although its window is not known: the answer of `tcp_in_window()`. */
export type WindowVerdict = 'accept' | 'ignore' | 'invalid'

/** A segment with the ends it passes between. */
export interface WindowCheck {
  readonly packet: IpPacket
  readonly header: TcpHeader
  readonly direction: Direction
}

/**
 * `tcp_in_window()`: accept; ignore (the segment passes, nothing is learned); invalid. `state`: before this segment. `segment`: as it was compared; null
 * where nothing was.
 */
export function tcpInWindow(
  sides: Readonly<Record<Direction, TcpSide>>,
  { packet, header, direction }: WindowCheck,
  state: string,
): { readonly verdict: WindowVerdict; readonly segment: LastSegment | null } {
  const sender = sides[direction]
  const receiver = sides[direction === 'original' ? 'reply' : 'original']
  const { flags, window } = header
  let { seq } = header
  let end = segmentEnd(packet, header)
  if (sender.maxWindow === 0) {
    if (flags.syn) {
      initSender(sender, end, window)
      // Windows are scaled where both ends say so.
      if (direction === 'reply' && receiver.scale === 0) sender.scale = 0
    } else pickUp(sender, receiver, end, header)
    if (flags.syn && !flags.ack) return { verdict: 'accept', segment: null }
  } else if (flags.syn && after(end, sender.end) && (state === 'SYN_SENT' || state === 'SYN_RECV')) {
    initSender(sender, end, window)
    if (direction === 'reply' && !flags.ack) return { verdict: 'accept', segment: null }
  }
  // A segment without ACK, or a RST whose ACK is 0, is taken to acknowledge everything.
  const pretended = !flags.ack || (flags.rst && header.ack === 0)
  const ack = pretended ? receiver.end : header.ack
  if (flags.rst && seq === 0 && state === 'SYN_SENT') seq = end = sender.end
  const segment = { seq, ack, end, window }
  const compared: Compared = { segment, sack: pretended ? receiver.end : highestSack(header), header }
  const verdict = compare(sender, receiver, compared)
  // nf_tcp_log_invalid()
  if (verdict !== 'accept') return { verdict: sender.liberal ? 'accept' : verdict, segment: null }
  update(sender, receiver, compared)
  return { verdict, segment }
}

/** The four bounds. */
function compare(sender: TcpSide, receiver: TcpSide, { segment: { seq, end }, sack }: Compared): WindowVerdict {
  const inWindow = receiver.maxWindow === 0 || after(end, seqAdd(sender.end, -receiver.maxWindow - 1))
  const recentAck = after(sack, seqAdd(receiver.end, -ackWindow(sender) - 1))
  const knownAck = !after(sack, receiver.end)
  if (after(seq, sender.maxEnd)) {
    const overshot = seqAdd(end, 1 - sender.maxEnd)
    if (receiver.maxWindow !== 0 && inWindow && recentAck && knownAck && overshot <= receiver.maxWindow) {
      // A sender that heeds no window: should the other end acknowledge it all the same, that is no news.
      sender.end = end
      sender.unacknowledged = true
      return 'ignore'
    }
    return 'invalid'
  }
  if (!knownAck) return 'invalid'
  return inWindow && recentAck ? 'accept' : 'ignore'
}
