/** iputils 20221126: ping. One echo request after another, and the statistics. */

import type { Errno } from '../linux/errno.ts'
import { type Address, formatAddress } from '../net/address.ts'
import type { PingOptions } from '../shell/spawn.ts'
import { type ClientResult, NO_RESULT } from './client-result.ts'
import { errnoText } from './errno-text.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'
import { GAI_TEXT, isForResolver, type ResolverState, type ResolverStep, startResolver, stepResolver } from './resolver.ts'

export interface PingState {
  readonly options: PingOptions
  readonly result: ClientResult
  readonly resolver: ResolverState | null
  /** Virtual time each request was sent, ms. */
  readonly sentMs: readonly number[]
  /** Round trip times in ms. */
  readonly times: readonly number[]
  readonly errors: number
  readonly startMs: number
  /** The first line, until it is printed: only once connect(2) has worked. */
  readonly head: string
}

const FD = 3
const ICMP_HEADER = 8
const IP_HEADER = 20

export const ping: Program<PingOptions, PingState> = {
  name: 'ping',
  start: (options) => ({ options, result: NO_RESULT, resolver: null, sentMs: [], times: [], errors: 0, startMs: 0, head: '' }),
  step,
}

function step(state: PingState, input: ProcessInput, nowMs: number): Step<PingState> {
  const { state: next, calls } = consume(state, input, nowMs)
  if (next.head === '' || !calls.some(({ kind }) => kind === 'print')) return { state: next, calls }
  return { state: { ...next, head: '' }, calls: [{ kind: 'print', stdout: next.head }, ...calls] }
}

function consume(state: PingState, input: ProcessInput, nowMs: number): Step<PingState> {
  const { options } = state
  if (input.kind === 'start')
    return afterResolver({ ...state, startMs: nowMs }, startResolver(options.resolver, options.host, ['A']), nowMs)
  if (state.resolver && isForResolver(state.resolver, input)) return afterResolver(state, stepResolver(state.resolver, input), nowMs)
  if (input.kind === 'timer') {
    if (input.id === 'next') return request(state, nowMs)
    return input.id === 'end' ? finish(state, nowMs) : { state, calls: [] }
  }
  return input.kind === 'socket' && input.fd === FD ? onSocket(state, input, nowMs) : { state, calls: [] }
}

function afterResolver(state: PingState, { state: resolver, calls }: ResolverStep, nowMs: number): Step<PingState> {
  const { outcome } = resolver
  const { options } = state
  if (outcome === null) return { state: { ...state, resolver }, calls }
  const address = outcome.ok ? outcome.addresses[0] : undefined
  if (!outcome.ok || address === undefined) {
    const failure = outcome.ok ? { error: 'EAI_NODATA' as const, rcode: 'NODATA', errno: null } : outcome
    const result: ClientResult = { ...state.result, rcode: failure.rcode, errno: failure.errno }
    return {
      state: { ...state, resolver: null, result },
      calls: [...calls, { kind: 'exit', code: 2, stderr: `ping: ${options.host}: ${GAI_TEXT[failure.error]}\n` }],
    }
  }
  const from = options.sourceAddress === null ? '' : `from ${formatAddress(options.sourceAddress)} : `
  const head = `PING ${options.host} (${formatAddress(address)}) ${from}${options.size}(${options.size + ICMP_HEADER + IP_HEADER}) bytes of data.\n`
  const next: PingState = {
    ...state,
    head,
    resolver: null,
    startMs: nowMs,
    result: { ...state.result, phase: 'request', resolved: address },
  }
  const sent = request(next, nowMs)
  return {
    state: sent.state,
    calls: [
      ...calls,
      { kind: 'connect', fd: FD, protocol: 'icmp', address, port: 0, sourceAddress: options.sourceAddress, sourcePort: null },
      ...sent.calls,
    ],
  }
}

function request(state: PingState, nowMs: number): Step<PingState> {
  const { options } = state
  const sentMs = [...state.sentMs, nowMs]
  const calls: SystemCall[] = [{ kind: 'send', fd: FD, data: { kind: 'echo-data', seq: sentMs.length }, length: options.size, to: null }]
  if (sentMs.length < options.count) calls.push({ kind: 'timer', afterMs: options.intervalMs, id: 'next' })
  else calls.push({ kind: 'timer', afterMs: options.timeoutMs, id: 'end' })
  return { state: { ...state, sentMs }, calls }
}

/** Everything sent, and something came back for each. */
function complete(state: PingState): boolean {
  return state.sentMs.length === state.options.count && state.times.length + state.errors >= state.options.count
}

function onSocket(state: PingState, { event }: Extract<ProcessInput, { kind: 'socket' }>, nowMs: number): Step<PingState> {
  if (event.kind === 'error') return onError(state, event.errno, event.icmp ?? null, nowMs)
  if (event.kind !== 'data') return { state, calls: [] }
  const seq = event.seq ?? state.times.length + state.errors + 1
  const time = nowMs - (state.sentMs[seq - 1] ?? state.startMs)
  const from = formatAddress(event.from.address)
  const ttl = event.ttl === undefined ? '' : ` ttl=${event.ttl}`
  const line = `${event.length + ICMP_HEADER} bytes from ${from}: icmp_seq=${seq}${ttl} time=${timeText(time)} ms\n`
  const result: ClientResult = { ...state.result, phase: 'done', success: true, answeredFrom: { address: event.from.address, port: 0 } }
  const next: PingState = { ...state, result, times: [...state.times, time] }
  const print: SystemCall[] = state.options.quiet ? [] : [{ kind: 'print', stdout: line }]
  if (!complete(next)) return { state: next, calls: print }
  const end = finish(next, nowMs)
  return { state: end.state, calls: [...print, ...end.calls] }
}

/** Three digits, as ping prints times. */
function timeText(ms: number): string {
  if (ms >= 100) return ms.toFixed(0)
  return ms >= 10 ? ms.toFixed(1) : ms >= 1 ? ms.toFixed(2) : ms.toFixed(3)
}

/** pr_icmph(): the errors by type and code. */
const ICMP_TEXT: Readonly<Record<string, string>> = {
  '3/0': 'Destination Net Unreachable',
  '3/1': 'Destination Host Unreachable',
  '3/2': 'Destination Protocol Unreachable',
  '3/3': 'Destination Port Unreachable',
  '3/9': 'Destination Net Prohibited',
  '3/10': 'Destination Host Prohibited',
  '3/13': 'Packet filtered',
  '11/0': 'Time to live exceeded',
}

type IcmpError = { readonly type: number; readonly code: number; readonly from: Address; readonly seq: number }

function onError(state: PingState, errno: Errno, icmp: IcmpError | null, nowMs: number): Step<PingState> {
  const result: ClientResult = { ...state.result, errno }
  // connect(2) itself failed: nothing was ever sent.
  if (
    icmp === null &&
    state.times.length + state.errors === 0 &&
    (errno === 'ENETUNREACH' || errno === 'EACCES' || errno === 'EINVAL' || (errno === 'EHOSTUNREACH' && nowMs === state.sentMs[0]))
  ) {
    return { state: { ...state, result }, calls: [{ kind: 'exit', code: 2, stderr: `ping: connect: ${errnoText(errno)}\n` }] }
  }
  const next: PingState = { ...state, result, errors: state.errors + 1 }
  const text = icmp === null ? null : (ICMP_TEXT[`${icmp.type}/${icmp.code}`] ?? `Destination Unreachable, Bad Code: ${icmp.code}`)
  const line =
    text !== null && icmp !== null
      ? `From ${formatAddress(icmp.from)} icmp_seq=${icmp.seq} ${text}\n`
      : errno === 'EHOSTUNREACH'
        ? `From ${formatAddress(state.options.sourceAddress ?? state.result.resolved ?? (0 as Address))} icmp_seq=${state.sentMs.length} Destination Host Unreachable\n`
        : `ping: sendmsg: ${errnoText(errno)}\n`
  const print: SystemCall[] = state.options.quiet ? [] : [{ kind: 'print', stdout: line }]
  if (!complete(next)) return { state: next, calls: print }
  const end = finish(next, nowMs)
  return { state: end.state, calls: [...print, ...end.calls] }
}

function finish(state: PingState, nowMs: number): Step<PingState> {
  const { options, times, errors } = state
  const sent = state.sentMs.length
  const loss = sent === 0 ? 0 : Math.round(((sent - times.length) / sent) * 100)
  // Waiting for answers that do not come is not counted.
  const end = times.length > 0 || errors > 0 ? nowMs : (state.sentMs.at(-1) ?? nowMs)
  const lines = [
    `\n--- ${options.host} ping statistics ---\n`,
    `${sent} packets transmitted, ${times.length} received, ${errors > 0 ? `+${errors} errors, ` : ''}${loss}% packet loss, time ${Math.floor(end - state.startMs)}ms\n`,
  ]
  if (times.length > 0) {
    const average = times.reduce((sum, time) => sum + time, 0) / times.length
    const deviation = Math.sqrt(Math.max(0, times.reduce((sum, time) => sum + time * time, 0) / times.length - average * average))
    lines.push(
      `rtt min/avg/max/mdev = ${[Math.min(...times), average, Math.max(...times), deviation].map((ms) => ms.toFixed(3)).join('/')} ms\n`,
    )
  } else lines.push('\n')
  const errno = times.length === 0 ? (state.result.errno ?? 'ETIMEDOUT') : null
  return {
    state: { ...state, result: { ...state.result, errno } },
    calls: [
      { kind: 'print', stdout: lines.join('') },
      { kind: 'exit', code: times.length > 0 ? 0 : 1, stderr: '' },
    ],
  }
}
