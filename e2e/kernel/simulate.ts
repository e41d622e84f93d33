/** The scenario in the simulator, with the random choices that the kernel's run shows. */
import type { Scenario, WalkSpec } from '../../src/engine/kubernetes/scenario.ts'
import { setSysctl, sysctlNames } from '../../src/engine/linux/sysctl.ts'
import { watchNetNs } from '../../src/engine/linux/watch-netns.ts'
import type { Packet } from '../../src/engine/net/packet.ts'
import { packetBytes } from '../../src/engine/net/packet-bytes.ts'
import { messageOf, printMessage } from '../../src/engine/process/http-message.ts'
import { worldAt } from '../../src/engine/simulation/checkpoints.ts'
import { type MadeChoice, nextBranch } from '../../src/engine/simulation/chooser.ts'
import { cloneWorld } from '../../src/engine/simulation/clone.ts'
import { DEFAULT_MAX_EVENTS, run, runUntil } from '../../src/engine/simulation/run.ts'
import { typeLine } from '../../src/engine/simulation/run-commands.ts'
import { runStep, walkInScenario } from '../../src/engine/simulation/steps.ts'
import type { TimerWheel } from '../../src/engine/simulation/timer-wheel.ts'
import type { Trace, TraceRecord } from '../../src/engine/simulation/trace.ts'
import { findNetNs, namespacesOf, type World } from '../../src/engine/simulation/world.ts'
import type { Frame } from './captures.ts'
import { givesUp, sendsAgain } from './waiting.ts'

/** Timers of both worlds: retransmissions end soon, neighbours stay known. A SYN is sent at 0 and 1 s and given up at 3 s. */
export const TIMERS: Readonly<Record<string, number>> = {
  'net.ipv4.tcp_syn_linear_timeouts': 0,
  'net.ipv4.tcp_syn_retries': 1,
  'net.ipv4.tcp_synack_retries': 1,
  'net.ipv4.tcp_retries2': 3,
  'net.ipv4.tcp_orphan_retries': 2,
  // Bounds of ICMP errors a second depend on how fast the machine is.
  'net.ipv4.icmp_ratelimit': 0,
  // Nothing that conntrack knows ends while a scenario runs.
  ...Object.fromEntries(
    ['tcp_timeout_syn_sent', 'tcp_timeout_syn_recv', 'tcp_timeout_fin_wait', 'tcp_timeout_close_wait', 'tcp_timeout_last_ack']
      .concat(['tcp_timeout_time_wait', 'tcp_timeout_close', 'tcp_timeout_max_retrans', 'tcp_timeout_unacknowledged'])
      .concat(
        ['closed', 'cookie_wait', 'cookie_echoed', 'shutdown_sent', 'shutdown_recd', 'shutdown_ack_sent'].map(
          (state) => `sctp_timeout_${state}`,
        ),
      )
      .concat(['udp_timeout', 'udp_timeout_stream', 'icmp_timeout', 'generic_timeout'])
      .map((key) => [`net.netfilter.nf_conntrack_${key}`, 36_000]),
  ),
}
/** Of every device. ARP gives up after 2.1 s: at no moment at which TCP does something. */
const NEIGHBOUR_TIMERS: Readonly<Record<string, number>> = {
  retrans_time_ms: 700,
  delay_first_probe_time: 600,
  base_reachable_time_ms: 36_000_000,
  // The kernel answers for others after a random time up to this.
  proxy_delay: 0,
  locktime: 0,
}

/** The timers as a script for real namespaces. */
export const TIMERS_SCRIPT = [
  `sysctl -eqw ${Object.entries(TIMERS)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}`,
  ...Object.entries(NEIGHBOUR_TIMERS).map(([name, value]) => `for f in /proc/sys/net/ipv4/neigh/*/${name}; do echo ${value} >$f; done`),
].join('\n')

/**
 * In a lab NICs are the ends of veths of one kernel, so whatever a packet leads to on all machines has happened before a program that it woke
 * up runs: measured as 10 µs a machine, and 200 µs for the program. Two veths and a bridge are a cable, so packets that leave at the same moment by a
 * cable and by a veth arrive by the veth first.
 */
const LAB_CABLE_MS = 0.008
const LAB_WAKE_UP_MS = 0.3

function shortenCables({ segments, wakeUps }: World): void {
  for (const [name, segment] of segments) segments.set(name, { ...segment, latencyMs: LAB_CABLE_MS })
  Object.assign(wakeUps, { afterMs: LAB_WAKE_UP_MS })
}

/** Ways a walk can go that are tried to find the one the kernel took. */
const MOST_BRANCHES = 500
/** The nearest of them that are tried further. */
const MOST_NEAR_BRANCHES = 6
/** Of the places where the slots of the timer wheel may begin, those with which lateness is tried. */
const MOST_NEAR_WHEELS = 2
/** Random values that are then tried on these: a port that NAT draws may have four digits or five, and a text that names it is as long. */
const MOST_VALUES = 24
/** Programs that run so late in one walk that something else goes first … */
const MOST_LATE = 4
/** … for so long, ms: what is under way arrives; the kernel ticks; its delayed ACK is sent. */
const LATE_MS = [1, 4, 45]
/** Times that processes wake up, and timers that start, that are tried for it. */
const MOST_WAKE_UPS = 60

export interface SimulatedWalk {
  readonly trace: Trace
  readonly frames: readonly Frame[]
}

export interface SimulatedRun {
  readonly world: World
  readonly walks: readonly SimulatedWalk[]
  /** Before each walk: devices come and go. */
  readonly worlds: readonly World[]
  readonly lateness: Lateness
}

/** How often something had to go otherwise than it usually does to follow the kernel: programs that ran late, timers behind others of their slot. */
export interface Lateness {
  readonly programs: number
  readonly timers: number
}

/** Frames, and counters where asked, of one walk that two runs do not have in common, in number; 0: the walk went the same way. */
export type Distance = (walk: number, frames: readonly Frame[], world: World) => number

/** What is known of the kernel's run. */
export interface KernelRun {
  readonly distance: Distance
  /** When each walk began, ms after the first step: limits of ICMP errors depend on the time between walks. */
  readonly startsMs: readonly number[]
  /** Is it older than Linux 6.9? */
  readonly oneTimerBase: boolean
  /** What its captures allow for its ticks, where the simulator's clock began at this time. */
  readonly wheels: (firstMs: number) => readonly TimerWheel[]
}

/** Runs the whole scenario; each walk takes the branch that is nearest to what the kernel's captures show. */
export function simulate(scenario: Scenario, { distance, startsMs, oneTimerBase, wheels }: KernelRun): SimulatedRun {
  let world = worldAt(scenario, 'built', 0)
  if (!world) throw new Error('the scenario has no cluster')
  if (world.failed.length > 0) throw new Error(world.failed.map((one) => `${one.machine}: ${one.run}\n${one.stderr}`).join('\n'))
  setTimers(world)
  shortenCables(world)
  // In a lab no kube-proxy and no kubelet looks after its rules.
  for (const machine of world.machines.keys()) world.pasted.add(machine)
  // Labs run with it: another that runs beside them may trace.
  Object.assign(world.kernel, { nftTrace: true, oneTimerBase })
  const firstMs = world.kernel.nowMs
  const ticks = wheels(firstMs)
  Object.assign(world.timerSlots, { wheel: ticks[0] ?? null })
  const walks: SimulatedWalk[] = []
  const worlds: World[] = []
  const lateness = { programs: 0, timers: 0 }
  for (const [index, step] of scenario.steps.entries()) {
    if (step.kind === 'script') {
      runStep(world, scenario, index)
      // It may have made devices.
      setTimers(world)
    } else {
      runUntil(world, firstMs + (startsMs[walks.length] ?? 0), { maxEvents: DEFAULT_MAX_EVENTS, script: () => {} })
      worlds.push(world)
      const near: Walking['distance'] = (frames, after) => distance(walks.length, frames, after)
      const walked = nearestBranch({ before: world, scenario, spec: step.walk, distance: near, wheels: ticks })
      walks.push(walked.walk)
      lateness.programs += walked.chosen.late.size
      lateness.timers += walked.chosen.behind.size
      world = walked.world
    }
  }
  return { world, walks, worlds, lateness }
}

interface Walked {
  readonly world: World
  readonly walk: SimulatedWalk
  readonly chosen: Chosen
}

interface Tried extends Walked {
  readonly distance: number
  readonly made: readonly MadeChoice[]
  /** How often processes were woken up, and timers of slots started. */
  readonly wakeUps: number
  readonly timers: number
}

interface Walking {
  readonly before: World
  readonly scenario: Scenario
  readonly spec: WalkSpec
  readonly distance: (frames: readonly Frame[], after: World) => number
  readonly wheels: readonly TimerWheel[]
}

function nearestBranch(walking: Walking): Walked {
  const branches: Branch[] = []
  const usual = { ...USUAL, wheel: walking.before.timerSlots.wheel }
  let forced: number[] | null = []
  while (forced !== null && branches.length < MOST_BRANCHES) {
    const tried = walkOnce(walking, { ...usual, forced })
    if (tried.distance === 0) return tried
    branches.push({ chosen: { ...usual, forced: tried.made.map((choice) => choice.taken) }, tried: tried.distance })
    forced = nextBranch(tried.made)
  }
  const nearest = nearestValues(walking, branches.sort((a, b) => a.tried - b.tried).slice(0, MOST_NEAR_BRANCHES))
  const turned = nearestWheels(walking, nearest.chosen)
  const late: Tried[] = []
  for (const tried of turned.slice(0, MOST_NEAR_WHEELS)) {
    if (late.at(-1)?.distance !== 0) late.push(nearestLateness(walking, tried))
  }
  return late.sort((one, other) => one.distance - other.distance)[0] ?? walkOnce(walking, nearest.chosen)
}

/** The way with each of the wheels that the captures allow, the nearest first. */
function nearestWheels(walking: Walking, chosen: Chosen): Tried[] {
  const { wheels } = walking
  const all = wheels.length > 0 ? wheels : [null]
  return all.map((wheel) => walkOnce(walking, { ...chosen, wheel })).sort((one, other) => one.distance - other.distance)
}

/** A way a walk can go, and how far it is from the kernel's. */
interface Branch {
  readonly chosen: Chosen
  readonly tried: number
}

/** The nearest of several ways, each with other random values. All of them: a value may decide whether a packet is lost, and what follows. */
function nearestValues(walking: Walking, branches: readonly Branch[]): Branch {
  let [best] = branches
  if (!best) throw new Error('no branch')
  for (let salt = 1; salt <= MOST_VALUES && best.tried > 0; salt++) {
    for (const { chosen } of branches) {
      const other = { ...chosen, salt }
      const { distance } = walkOnce(walking, other)
      if (distance < best.tried) best = { chosen: other, tried: distance }
    }
  }
  return best
}

/** What went another way than it usually does: a program that ran late, a timer of another processor. Which goes first is the machine's choice. */
function nearestLateness(walking: Walking, usual: Tried): Tried {
  let best = usual
  for (let changes = 0; best.distance > 0 && changes < MOST_LATE; changes++) {
    let nearer = best
    for (const chosen of otherwise(best)) {
      const tried = walkOnce(walking, chosen)
      if (tried.distance < nearer.distance) nearer = tried
      if (tried.distance === 0) break
    }
    if (nearer === best) break
    best = nearer
  }
  return best
}

/** Ways that differ from one in one program or timer. */
function otherwise({ chosen, wakeUps, timers }: Tried): Chosen[] {
  const upTo = (count: number): number[] => Array.from({ length: Math.min(count, MOST_WAKE_UPS) }, (_, index) => index)
  return [
    ...upTo(wakeUps).flatMap((wakeUp) => LATE_MS.map((forMs) => ({ ...chosen, late: new Map([...chosen.late, [wakeUp, forMs]]) }))),
    ...upTo(timers).map((timer) => ({ ...chosen, behind: new Set([...chosen.behind, timer]) })),
  ]
}

/**
 * What chance decides in a walk. `salt`: other random values than those of 0. `late`: for how long, ms, a process that wakes up is kept waiting, by
 * the count of those times. `behind`: timers that run behind the others of their slot, by the count of them. `wheel`: where the slots begin.
 */
interface Chosen {
  readonly forced: readonly number[]
  readonly salt: number
  readonly late: ReadonlyMap<number, number>
  readonly behind: ReadonlySet<number>
  readonly wheel: TimerWheel | null
}

const USUAL: Chosen = { forced: [], salt: 0, late: new Map(), behind: new Set(), wheel: null }

function walkOnce({ before, scenario, spec, distance }: Walking, chosen: Chosen): Tried {
  const { forced, salt, late, behind, wheel } = chosen
  const world = cloneWorld(before)
  Object.assign(world.chooser, { forced: [...forced], rest: 'first', made: [], value: world.chooser.value + salt })
  Object.assign(world.wakeUps, { count: 0, late })
  Object.assign(world.timerSlots, { count: 0, behind, wheel })
  const trace = walkInScenario(world, scenario, { spec, maxEvents: null, ...givesUp(world) })
  if ('problem' in trace) throw new Error(trace.problem)
  const { made } = world.chooser
  const records = [...trace.records, ...drain(world, trace)]
  const [wakeUps, timers] = [world.wakeUps.count, world.timerSlots.count]
  Object.assign(world.chooser, { forced: [], rest: 'draw' })
  Object.assign(world.wakeUps, { count: 0, late: new Map() })
  Object.assign(world.timerSlots, { count: 0, behind: new Set() })
  const frames = records.flatMap((record) => frameOf(world, record))
  return { world, walk: { trace: { ...trace, records }, frames }, chosen, distance: distance(frames, world), made, wakeUps, timers }
}

/** Longest time until something that is sent again: neighbours that are known are asked much later. */
const DRAIN_MS = 20_000

/** Lets time pass until nothing is sent again, as the lab's agent does before its next step; returns what happened. */
function drain(world: World, { records, durationMs }: Trace): TraceRecord[] {
  const startMs = world.kernel.nowMs - durationMs
  const made: TraceRecord[] = []
  for (const ns of namespacesOf(world))
    watchNetNs(ns, (event) => made.push({ n: records.length + made.length, timeMs: world.kernel.nowMs - startMs, where: ns.name, event }))
  while (made.length < DEFAULT_MAX_EVENTS) {
    const times = world.queue.heap.flatMap(({ event, timeMs }) => (event.kind === 'timer' && sendsAgain(world, event) ? [timeMs] : []))
    const next = Math.min(...times)
    if (next > world.kernel.nowMs + DRAIN_MS) break
    runUntil(world, next, { maxEvents: DEFAULT_MAX_EVENTS, script: () => {} })
    run(world, { done: () => world.queue.busy === 0, maxEvents: DEFAULT_MAX_EVENTS, script: () => {} })
  }
  for (const ns of namespacesOf(world)) watchNetNs(ns, undefined)
  return made
}

/** What a packet socket at the device would have seen. */
function frameOf(world: World, record: TraceRecord): Frame[] {
  const { event, where } = record
  if (event.at !== 'netif_receive_skb' && event.at !== 'dev_queue_xmit') return []
  const device = findNetNs(world, where)?.netns.devices.get(event.device)
  // A loopback device has an Ethernet header of zeros.
  const ethernet = event.packet.eth !== null || device?.kind === 'loopback'
  const bytes = packetBytes(asText(event.packet))
  return [
    {
      where,
      device: event.device,
      direction: event.at === 'netif_receive_skb' ? 'in' : 'out',
      bytes: ethernet && event.packet.eth === null ? loopbackFrame(bytes) : bytes,
      ethernet,
      order: record.timeMs,
    },
  ]
}

/** With what programs say as the text that it is on the wire. */
function asText(packet: Packet): Packet {
  const { data, inner } = packet.payload
  const message = messageOf(data)
  const said = message === null ? data : printMessage(message)
  return { ...packet, payload: { ...packet.payload, data: said, inner: inner && asText(inner) } }
}

function loopbackFrame(ip: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ip.length + 14)
  bytes.set([8, 0], 12)
  bytes.set(ip, 14)
  return bytes
}

function setTimers(world: World): void {
  for (const ns of namespacesOf(world)) {
    for (const [name, value] of Object.entries(TIMERS)) setSysctl(ns, name, String(value))
    for (const name of sysctlNames(ns)) {
      const key = /^net\.ipv4\.neigh\..*\.(\w+)$/.exec(name)?.[1] ?? ''
      if (Object.hasOwn(NEIGHBOUR_TIMERS, key)) setSysctl(ns, name, String(NEIGHBOUR_TIMERS[key]))
    }
  }
}

/** The output of a command typed in a namespace of the simulated world. */
export function typeIn(world: World, where: string, line: string): string {
  const place = findNetNs(world, where)
  if (!place) throw new Error(`no namespace ${where}`)
  return typeLine(world, line, { ...place, origin: null, lineOrigins: null, stdin: '', timePasses: false }).stdout
}
