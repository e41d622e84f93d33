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
  const arrived = { left, right }
  const whole = tcp.sacks.filter((block) => touch(arrived, block)).reduce(joined, arrived)
  tcp.sacks = [whole, ...tcp.sacks.filter((block) => !touch(arrived, block))].slice(0, MOST_BLOCKS)
}

const touch = (a: SackBlock, b: SackBlock): boolean => seqDiff(a.left, b.right) <= 0 && seqDiff(b.left, a.right) <= 0

const joined = (a: SackBlock, b: SackBlock): SackBlock => ({
  left: seqDiff(b.left, a.left) < 0 ? b.left : a.left,
  right: seqDiff(b.right, a.right) > 0 ? b.right : a.right,
})

/** `tcp_sack_remove()`: what is in order now is acknowledged by number. */
export function sackRemove(tcp: TcpControl): void {
  if (tcp.sacks.length > 0) tcp.sacks = tcp.outOfOrder.length === 0 ? [] : tcp.sacks.filter(({ left }) => seqDiff(tcp.rcvNxt, left) < 0)
}

/** `tcp_sack_reset()`: after the peer's FIN there is nothing to tell of. */
export function sackReset(tcp: TcpControl): void {
  tcp.sacks = []
  tcp.duplicateSack = null
}

/** `tcp_dsack_set()`: a segment, or its beginning, that has arrived before. */
export function duplicateSackSet(tcp: TcpControl, block: SackBlock): void {
  tcp.duplicateSack = block
}

/** `tcp_dsack_extend()`: another one beside it; of two that do not touch only the first is told. */
export function duplicateSackExtend(tcp: TcpControl, block: SackBlock): void {
  const known = tcp.duplicateSack
  if (known === null) tcp.duplicateSack = block
  else if (touch(known, block)) tcp.duplicateSack = joined(known, block)
}

/** `tcp_established_options()`: the option of the segment that is sent now, which tells of a duplicate once. Null: none, as of what is left of a closed socket. */
export function sackOption(socket: TcpSocket): readonly SackBlock[] | null {
  const { tcp } = socket
  if (tcp.duplicateSack === null && tcp.sacks.length === 0) return null
  const blocks = isMinisock(socket) ? [] : [...(tcp.duplicateSack === null ? [] : [tcp.duplicateSack]), ...tcp.sacks]
  tcp.duplicateSack = null
  return blocks.length === 0 ? null : blocks.slice(0, MOST_SENT)
}

/** The first part of a block that has been here before, as one of `blocks` or several that touch. Null: none. */
export function knownOf(blocks: readonly SackBlock[], { left, right }: SackBlock): SackBlock | null {
  const parts = blocks
    .map((block) => ({
      left: seqDiff(block.left, left) < 0 ? left : block.left,
      right: seqDiff(block.right, right) > 0 ? right : block.right,
    }))
    .filter((part) => seqDiff(part.right, part.left) > 0)
    .sort((a, b) => seqDiff(a.left, b.left))
  const [first, ...others] = parts
  if (!first) return null
  return others.reduce(
    (sum, part) => (seqDiff(part.left, sum.right) <= 0 && seqDiff(part.right, sum.right) > 0 ? { ...sum, right: part.right } : sum),
    first,
  )
}
