/** Kernel: net/sched/sch_netem.c. A queueing discipline that loses and delays: `tc qdisc add dev X root netem loss N% delay Tms`. */
import type { Packet } from '../net/packet.ts'
import type { Device } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'

export interface Netem {
  /** `tc` handle, 0x8001 and up. */
  readonly handle: number
  /** Packets it holds at most. */
  readonly limit: number
  /** 0 … 1. */
  readonly loss: number
  /** ms. */
  readonly delayMs: number
  /** Uniform, more or less than the delay, ms. */
  readonly jitterMs: number
}

/** `netem_enqueue()`: what happens to the packet instead of being sent now; null: nothing. */
export function netemEnqueue(ns: NetNs, device: Device, packet: Packet, netem: Netem): KernelEffect[] | null {
  const { loss, delayMs, jitterMs } = netem
  if (loss > 0) {
    const where = `${ns.name} ${device.name} netem`
    const lost = loss >= 1 || ns.kernel.chooser.choose({ kind: 'loss', where, odds: [1 - loss, loss] }) === 1
    if (lost) return drop(ns, packet, 'QDISC_DROP', { by: decidedBy('device', netemText(device.name, netem)) })
  }
  if (delayMs === 0 && jitterMs === 0) return null
  const jitter = jitterMs === 0 ? 0 : (ns.kernel.chooser.pick('jitter', 2001) / 1000 - 1) * jitterMs
  return [{ kind: 'timer', afterMs: Math.max(0, delayMs + jitter), timer: { kind: 'qdisc', device: device.name, packet } }]
}

/** "qdisc netem 8001: dev eth0 root refcnt 2 limit 1000 delay 10ms loss 5%", as `tc qdisc show` prints it. */
export function netemText(device: string, { handle, limit, loss, delayMs, jitterMs }: Netem): string {
  const words = [`qdisc netem ${handle.toString(16)}: dev ${device} root refcnt 2 limit ${limit}`]
  if (delayMs !== 0) words.push(`delay ${timeText(delayMs)}${jitterMs === 0 ? '' : `  ${timeText(jitterMs)}`}`)
  if (loss !== 0) words.push(`loss ${Number((loss * 100).toPrecision(6))}%`)
  return words.join(' ')
}

/** iproute2's `sprint_time()`: "1.5s", "10ms", "249us", whole microseconds. */
function timeText(ms: number): string {
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(3))}s`
  return ms >= 1 ? `${Number(ms.toPrecision(3))}ms` : `${Math.floor(ms * 1000 + 1e-9)}us`
}
