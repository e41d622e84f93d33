/** What the simulated network still waits for, as the lab's agent asks its own before it goes on (`Captures.waiting()`, `hopeless`). */
import { neighLookup } from '../../src/engine/linux/neighbour.ts'
import { schedule, type WorldEvent } from '../../src/engine/simulation/event-queue.ts'
import { GIVE_UP_MS } from '../../src/engine/simulation/lab.ts'
import type { ScenarioWalk } from '../../src/engine/simulation/steps.ts'
import { netnsNamed, type World } from '../../src/engine/simulation/world.ts'

const RETRANSMITS: ReadonlySet<string> = new Set(['tcp-retransmit', 'tcp-syn-ack'])

/** Will the timer send something again? Not a stale one, nor one that only asks later whether a neighbour is still there. */
export function sendsAgain(world: World, { netns, timer }: Extract<WorldEvent, { kind: 'timer' }>): boolean {
  const ns = netnsNamed(world, netns)
  if (!ns) return false
  if (timer.kind === 'neighbour') {
    const entry = neighLookup(ns, timer.device, timer.address)
    return entry !== null && entry.generation === timer.generation && (entry.state === 'INCOMPLETE' || entry.state === 'PROBE')
  }
  if (timer.kind === 'qdisc') return false
  const tcp = ns.sockets.sockets.get(timer.socket)?.tcp ?? null
  if (tcp === null) return false
  if (timer.kind === 'tcp-delayed-ack') return tcp.delayedAckGeneration === timer.generation && tcp.ackPending
  return tcp.retransmitGeneration === timer.generation && RETRANSMITS.has(timer.kind)
}

/** Clients' timers for an answer: nc's, ping's, curl's. */
const PATIENCE = /^(wait \d+ request|end|max-time)$/

const isPatience = (event: WorldEvent): boolean => event.kind === 'process' && event.input.kind === 'timer' && PATIENCE.test(event.input.id)

/**
 * A client that gives up when nothing can come any more. If it waited as long as it may, the clock would be ahead of the kernel's at the next
 * walk, and limits of ICMP errors go by time.
 */
export function givesUp(world: World): Pick<ScenarioWalk, 'onQuiet' | 'onRecord'> {
  const { queue, kernel } = world
  const deadlines = new Map<WorldEvent, number>()
  let lastFrameMs = kernel.nowMs
  return {
    onRecord: ({ event }) => {
      if (event.at === 'netif_receive_skb' || event.at === 'dev_queue_xmit') lastFrameMs = kernel.nowMs
    },
    onQuiet: () => {
      if (queue.busy > 0) return
      const index = queue.heap.findIndex(({ event }) => isPatience(event))
      const waits = queue.heap[index]
      if (!waits) return
      const deadlineMs = deadlines.get(waits.event) ?? waits.timeMs
      const awaited = queue.heap.some(
        ({ event, timeMs }) => timeMs < deadlineMs && event !== waits.event && (event.kind !== 'timer' || sendsAgain(world, event)),
      )
      const atMs = awaited ? deadlineMs : Math.min(deadlineMs, Math.max(kernel.nowMs, lastFrameMs + GIVE_UP_MS))
      if (atMs === waits.timeMs) return
      deadlines.set(waits.event, deadlineMs)
      const others = queue.heap.splice(0).toSpliced(index, 1)
      // A sorted array is a heap.
      queue.heap.push(...others.sort((a, b) => a.timeMs - b.timeMs || a.sequence - b.sequence))
      schedule(queue, atMs, waits.event)
    },
  }
}
