/** Kernel: net/ipv4/tcp_input.c, tcp_sack_new_ofo_skb(), tcp_dsack_set(). What a receiver tells of segments that are not next (RFC 2018, RFC 2883). */
import type { SackBlock } from '../net/packet.ts'
import type { TcpControl } from './socket-table.ts'
import { isMinisock, type TcpSocket } from './tcp-control.ts'
import { seqDiff } from './tcp-segment.ts'

/** Kernel: TCP_NUM_SACKS; and as many as fit beside timestamps. */
const MOST_BLOCKS = 4
const MOST_SENT = 3

/** `tcp_sack_new_ofo_skb()`: a segment before its turn; blocks that it touches become one, which goes first. */
export function sackNew(tcp: TcpControl, { left, right }: SackBlock): void {
  const touches = (block: SackBlock): boolean => seqDiff(left, block.right) <= 0 && seqDiff(block.left, right) <= 0
  const whole = tcp.sacks.filter(touches).reduce(
    (sum, block) => ({
      left: seqDiff(block.left, sum.left) < 0 ? block.left : sum.left,
      right: seqDiff(block.right, sum.right) > 0 ? block.right : sum.right,
    }),
    { left, right },
  )
  tcp.sacks = [whole, ...tcp.sacks.filter((block) => !touches(block))].slice(0, MOST_BLOCKS)
}

/** `tcp_sack_remove()`: what is in order now is acknowledged by number. */
export function sackRemove(tcp: TcpControl): void {
  if (tcp.sacks.length > 0) tcp.sacks = tcp.outOfOrder.length === 0 ? [] : tcp.sacks.filter(({ left }) => seqDiff(tcp.rcvNxt, left) < 0)
}

/** `tcp_dsack_set()`: a segment, or its beginning, that has arrived before. */
export function duplicateSackSet(tcp: TcpControl, block: SackBlock): void {
  tcp.duplicateSack = block
}

/** `tcp_established_options()`: the option of the segment that is sent now, which tells of a duplicate once. Null: none, as of what is left of a closed socket. */
export function sackOption(socket: TcpSocket): readonly SackBlock[] | null {
  const { tcp } = socket
  if (tcp.duplicateSack === null && tcp.sacks.length === 0) return null
  const blocks = isMinisock(socket) ? [] : [...(tcp.duplicateSack === null ? [] : [tcp.duplicateSack]), ...tcp.sacks]
  tcp.duplicateSack = null
  return blocks.length === 0 ? null : blocks.slice(0, MOST_SENT)
}
