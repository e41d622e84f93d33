/** mtr 0.95, ui/net.c and ui/select.c: cycles of probes with rising TTL, one after another, and what came back of each hop. */
import { type Address, formatAddress } from '../net/address.ts'
import type { MtrOptions } from '../shell/spawn.ts'
import { errnoText } from './errno-text.ts'
import { type MtrHop, mtrReport, NEW_HOP } from './mtr-report.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'
import { GAI_TEXT, isForResolver, type ResolverState, type ResolverStep, startResolver, stepResolver } from './resolver.ts'

interface Probe {
  /** Index of its hop. */
  readonly hop: number
  readonly sentMs: number
  readonly answered: boolean
}

export interface MtrState {
  readonly options: MtrOptions
  readonly resolver: ResolverState | null
  readonly address: Address | null
  readonly hops: readonly MtrHop[]
  readonly probes: readonly Probe[]
  /** Index of the hop that is probed next (`batch_at`). */
  readonly at: number
  /** Hops of the last full cycle, 10 before: a cycle's interval is shared among them. */
  readonly hopCount: number
  readonly cycles: number
  /** The first line, until it is printed: only once connect(2) has worked. */
  readonly head: string
}

type SocketError = Extract<Extract<ProcessInput, { kind: 'socket' }>['event'], { kind: 'error' }>

/** Finds out the own address, as mtr does before all else. */
const SOURCE_FD = 4
/** All echo requests. */
const ECHO_FD = 5
const FIRST_FD = 100
const IP_AND_HEADER = { icmp: 28, udp: 28, tcp: 40 } as const
const FIRST_PORT = 33000
const TCP_PORT = 80
const SOURCE_PORT = 1025
const DEST_UNREACH = 3
const PORT_UNREACH = 3

export const mtr: Program<MtrOptions, MtrState> = {
  name: 'mtr',
  start: (options) => ({
    ...{ options, resolver: null, address: null, probes: [], hopCount: 10, cycles: 0, head: '' },
    ...{ hops: Array.from({ length: options.maxHops }, () => NEW_HOP), at: options.firstHop - 1 },
  }),
  step,
}

function step(state: MtrState, input: ProcessInput, nowMs: number): Step<MtrState> {
  const { options, resolver } = state
  if (input.kind === 'start') return afterResolver(state, startResolver(options.resolver, options.host, ['A']), nowMs)
  if (resolver && isForResolver(resolver, input)) return afterResolver(state, stepResolver(resolver, input), nowMs)
  if (input.kind === 'timer')
    return input.id === 'end' ? { state, calls: end(state) } : input.id === 'next' ? afterHead(state, nowMs) : same(state)
  if (input.kind !== 'socket') return same(state)
  const { fd, event } = input
  if (event.kind === 'error') return onError(state, fd, event, nowMs)
  if (event.kind === 'data' && fd === ECHO_FD)
    return answered(state, (event.seq ?? 1) - 1, { from: event.from.address, final: false }, nowMs)
  // The destination listens.
  if ((event.kind === 'data' || event.kind === 'connected') && fd >= FIRST_FD && state.address !== null)
    return answered(state, fd - FIRST_FD, { from: state.address, final: false }, nowMs)
  return same(state)
}

const same = (state: MtrState): Step<MtrState> => ({ state, calls: [] })
const fail = (stderr: string, code = 1): SystemCall => ({ kind: 'exit', code, stderr: `mtr: ${stderr}\n` })

function afterResolver(state: MtrState, { state: resolver, calls }: ResolverStep, nowMs: number): Step<MtrState> {
  const { outcome } = resolver
  const { options } = state
  if (outcome === null) return { state: { ...state, resolver }, calls }
  const address = outcome.ok ? outcome.addresses[0] : undefined
  const begun: MtrState = { ...state, resolver: null, address: address ?? null }
  if (address === undefined) {
    const reason = outcome.ok ? GAI_TEXT.EAI_NODATA : GAI_TEXT[outcome.error]
    return { state: begun, calls: [...calls, fail(`Failed to resolve host: ${options.host}: ${reason}`, 0)] }
  }
  const { sourceAddress } = options
  const opened: SystemCall[] = [
    { kind: 'connect', fd: SOURCE_FD, protocol: 'udp', address, port: SOURCE_PORT, sourceAddress, sourcePort: null },
    ...(options.method === 'icmp'
      ? [{ kind: 'connect', fd: ECHO_FD, protocol: 'icmp', address, port: 0, sourceAddress, sourcePort: null } as const]
      : []),
  ]
  const head = `Start: ${new Date(nowMs).toISOString().slice(0, 19)}+0000\n`
  return { state: { ...begun, head }, calls: [...calls, ...opened, tick(begun)] }
}

/** calc_deltatime(): a cycle takes the interval, however many hops it has. */
const tick = ({ options, hopCount }: MtrState): SystemCall => ({ kind: 'timer', afterMs: options.intervalMs / hopCount, id: 'next' })

function afterHead(state: MtrState, nowMs: number): Step<MtrState> {
  const { state: then, calls } = next({ ...state, head: '' }, nowMs)
  return { state: then, calls: state.head === '' ? calls : [{ kind: 'print', stdout: state.head }, ...calls] }
}

/** net_send_batch(): one probe; the cycle is over at the destination, at the last hop, or where too many hops are silent. */
function next(state: MtrState, nowMs: number): Step<MtrState> {
  const { options, hops, at, address } = state
  if (state.cycles >= options.cycles) return { state, calls: [{ kind: 'timer', afterMs: options.graceMs, id: 'end' }] }
  const sent: MtrState = {
    ...state,
    probes: [...state.probes, { hop: at, sentMs: nowMs, answered: false }],
    hops: hops.with(at, { ...(hops[at] ?? NEW_HOP), sent: (hops[at]?.sent ?? 0) + 1 }),
  }
  const before = hops.slice(options.firstHop - 1, at)
  const silent = before.filter((hop) => hop.address === null).length
  const passed = before.some((hop) => hop.address === address)
  const over = passed || hops[at]?.address === address || silent > options.maxUnknown || at >= options.maxHops - 1
  const after: MtrState = over ? { ...sent, at: options.firstHop - 1, hopCount: at + 1, cycles: state.cycles + 1 } : { ...sent, at: at + 1 }
  return { state: after, calls: [...probeCalls(state), tick(after)] }
}

function probeCalls({ options, address, probes, at }: MtrState): SystemCall[] {
  if (address === null) return []
  const { method, sourceAddress, port, size } = options
  const fd = FIRST_FD + probes.length
  const ttl = at + 1
  const length = Math.max(0, size - IP_AND_HEADER[method])
  if (method === 'icmp') return [{ kind: 'send', fd: ECHO_FD, data: null, length, to: null, ttl }]
  const to = { address, port: port ?? (method === 'tcp' ? TCP_PORT : FIRST_PORT + probes.length) }
  const connect: SystemCall = { kind: 'connect', fd, protocol: method, ...to, sourceAddress, sourcePort: null, ttl }
  return method === 'tcp' ? [connect] : [connect, { kind: 'send', fd, data: null, length, to: null }]
}

/** An ICMP error is an answer; a refused TCP connection is the destination's; what the own machine refuses ends it all. */
function onError(state: MtrState, fd: number, { errno, icmp }: SocketError, nowMs: number): Step<MtrState> {
  const number = fd === ECHO_FD ? (icmp?.seq ?? 0) - 1 : fd - FIRST_FD
  if (icmp) {
    const final = icmp.type === DEST_UNREACH && icmp.code !== PORT_UNREACH
    return answered(state, number, { from: icmp.from, final }, nowMs)
  }
  if (errno === 'ECONNREFUSED' && state.address !== null) return answered(state, number, { from: state.address, final: false }, nowMs)
  // Its own address was not to be had: packets that claim it are never sent.
  if (errno === 'EADDRNOTAVAIL') return same(state)
  if (fd === SOURCE_FD) return { state, calls: [fail(`udp socket connect failed: ${errnoText(errno)}`)] }
  if (errno === 'EPERM') return { state, calls: [...report(state), fail('Permission denied')] }
  return same(state)
}

/** net_process_ping(). */
function answered(
  state: MtrState,
  number: number,
  from: { readonly from: Address; readonly final: boolean },
  nowMs: number,
): Step<MtrState> {
  const probe = state.probes[number]
  const hop = probe && state.hops[probe.hop]
  if (!probe || !hop || probe.answered) return same(state)
  const ms = nowMs - probe.sentMs
  const returned = hop.returned + 1
  const average = hop.average + (ms - hop.average) / returned
  const now: MtrHop = {
    ...{ address: hop.address ?? from.from, final: from.final, sent: hop.sent, returned, average, last: ms },
    best: hop.returned === 0 ? ms : Math.min(hop.best, ms),
    worst: Math.max(hop.worst, ms),
    variance: hop.returned === 0 ? 0 : hop.variance + (ms - hop.average) * (ms - average),
  }
  const closed: SystemCall[] = state.options.method === 'icmp' ? [] : [{ kind: 'close', fd: FIRST_FD + number }]
  return {
    state: { ...state, hops: state.hops.with(probe.hop, now), probes: state.probes.with(number, { ...probe, answered: true }) },
    calls: closed,
  }
}

const report = ({ options, hops, address }: MtrState): SystemCall[] => [
  { kind: 'print', stdout: mtrReport(hops, address, options, formatAddress) },
]

const end = (state: MtrState): SystemCall[] => [...report(state), { kind: 'exit', code: 0, stderr: '' }]
