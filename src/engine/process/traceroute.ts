/** traceroute 2.1 (traceroute/traceroute.c, mod-*.c): probes with rising TTL, up to sixteen at a time, printed in their order. */
import { type Address, formatAddress } from '../net/address.ts'
import type { TracerouteOptions } from '../shell/spawn.ts'
import { errnoText } from './errno-text.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'
import { GAI_TEXT, isForResolver, type ResolverState, type ResolverStep, startResolver, stepResolver } from './resolver.ts'

interface Probe {
  readonly sentMs: number
  /** Null: on its way. */
  readonly answer: { readonly from: Address; readonly afterMs: number; readonly mark: string; readonly final: boolean } | 'expired' | null
}

export interface TracerouteState {
  readonly options: TracerouteOptions
  readonly resolver: ResolverState | null
  readonly address: Address | null
  /** By number: hop × probes per hop + place in the hop. */
  readonly probes: readonly Probe[]
  /** Probes there will be: fewer once the destination has answered. */
  readonly end: number
  readonly printed: number
}

/** Descriptor of the first probe; each has its own, but for echo requests, which share one. */
const FIRST_FD = 100
const SIMULTANEOUS = 16
const HERE_FACTOR = 3
const NEAR_FACTOR = 10
/** DEF_WAIT_PREC, ms. */
const PRECISION_MS = 1
const HEADERS = { udp: 28, icmp: 28, tcp: 60 } as const

export const traceroute: Program<TracerouteOptions, TracerouteState> = {
  name: 'traceroute',
  start: (options) => ({
    ...{ options, resolver: null, address: null, probes: [], printed: 0 },
    end: options.maxHops * options.queries,
  }),
  step,
}

function step(state: TracerouteState, input: ProcessInput, nowMs: number): Step<TracerouteState> {
  const { options } = state
  if (input.kind === 'start') return afterResolver(state, startResolver(options.resolver, options.host, ['A']), nowMs)
  if (state.resolver && isForResolver(state.resolver, input)) return afterResolver(state, stepResolver(state.resolver, input), nowMs)
  if (input.kind === 'timer') return goOn(expired(state, nowMs), nowMs)
  return input.kind === 'socket' && input.fd >= FIRST_FD ? onSocket(state, input, nowMs) : { state, calls: [] }
}

function afterResolver(state: TracerouteState, { state: resolver, calls }: ResolverStep, nowMs: number): Step<TracerouteState> {
  const { outcome } = resolver
  const { options } = state
  if (outcome === null) return { state: { ...state, resolver }, calls }
  const address = outcome.ok ? outcome.addresses[0] : undefined
  if (address === undefined) {
    const reason = outcome.ok ? GAI_TEXT.EAI_NODATA : GAI_TEXT[outcome.error]
    const stderr = `${options.host}: ${reason}\nCannot handle "host" cmdline arg \`${options.host}' on position ${options.position.join(' (argc ')})\n`
    return { state: { ...state, resolver: null }, calls: [...calls, { kind: 'exit', code: 2, stderr }] }
  }
  const length = options.length
  const head = `traceroute to ${options.host} (${formatAddress(address)}), ${options.maxHops} hops max, ${length} byte packets`
  const opened: SystemCall[] =
    options.method === 'icmp'
      ? [{ kind: 'connect', fd: FIRST_FD, protocol: 'icmp', address, port: 0, sourceAddress: options.sourceAddress, sourcePort: null }]
      : []
  const next = goOn({ ...state, resolver: null, address, printed: (options.firstHop - 1) * options.queries }, nowMs)
  return { state: next.state, calls: [...calls, { kind: 'print', stdout: head }, ...opened, ...next.calls] }
}

/** Sends as many probes as may be under way, prints what is known up to the first that is not, and ends when all are. */
function goOn(state: TracerouteState, nowMs: number): Step<TracerouteState> {
  const sending = sendMore(state, nowMs)
  const printing = printKnown(sending.state)
  const calls = [...sending.calls, ...printing.calls]
  if (printing.state.printed >= printing.state.end) {
    return { state: printing.state, calls: [...calls, { kind: 'print', stdout: '\n' }, { kind: 'exit', code: 0, stderr: '' }] }
  }
  const deadline = Math.min(
    ...printing.state.probes.flatMap((probe, at) => (probe.answer === null ? [deadlineOf(printing.state, at)] : [])),
  )
  const wait: SystemCall = { kind: 'timer', afterMs: Math.max(0, deadline - nowMs), id: 'deadline' }
  return { state: printing.state, calls: Number.isFinite(deadline) ? [...calls, wait] : calls }
}

/** Hops below the first are left out: their probes count as answered by nobody. */
const SKIPPED: Probe = { sentMs: 0, answer: 'expired' }

function sendMore(state: TracerouteState, nowMs: number): Step<TracerouteState> {
  const probes = [...state.probes]
  const calls: SystemCall[] = []
  const skipped = (state.options.firstHop - 1) * state.options.queries
  while (probes.length < skipped) probes.push(SKIPPED)
  while (probes.length < state.end && probes.filter(({ answer }) => answer === null).length < SIMULTANEOUS) {
    calls.push(...probeCalls(state, probes.length))
    probes.push({ sentMs: nowMs, answer: null })
  }
  return { state: { ...state, probes }, calls }
}

function probeCalls({ options, address }: TracerouteState, at: number): SystemCall[] {
  if (address === null) return []
  const { sourceAddress, method } = options
  const fd = FIRST_FD + at
  const ttl = Math.floor(at / options.queries) + 1
  const length = Math.max(0, options.length - HEADERS[method])
  if (method === 'tcp') return [{ kind: 'raw-syn', fd, address, port: options.port, ttl, sourceAddress }]
  if (method === 'icmp') return [{ kind: 'send', fd: FIRST_FD, data: null, length, to: null, ttl }]
  const port = options.port + at
  return [
    { kind: 'connect', fd, protocol: 'udp', address, port, sourceAddress, sourcePort: null, ttl },
    { kind: 'send', fd, data: null, length, to: null },
  ]
}

/** get_timeout(): three times what another probe of the same hop took, or ten times what a later one did, or the longest wait. */
function deadlineOf({ probes, options }: TracerouteState, at: number): number {
  const { queries, waitMs } = options
  const first = at - (at % queries)
  const here = probes.slice(first, first + queries).find(isAnswered)
  const near = probes.slice(at + 1).find(isAnswered)
  const factor = (probe: Probe, times: number): number =>
    probe.answer !== null && probe.answer !== 'expired' ? Math.min(waitMs, (probe.answer.afterMs + PRECISION_MS) * times) : waitMs
  const wait = here ? factor(here, HERE_FACTOR) : near ? factor(near, NEAR_FACTOR) : waitMs
  return (probes[at]?.sentMs ?? 0) + wait
}

const isAnswered = ({ answer }: Probe): boolean => answer !== null && answer !== 'expired' && answer.afterMs > 0

function expired(state: TracerouteState, nowMs: number): TracerouteState {
  const probes = state.probes.map((probe, at): Probe => {
    const over = probe.answer === null && deadlineOf(state, at) <= nowMs + 1e-6
    return over ? { ...probe, answer: 'expired' } : probe
  })
  return { ...state, probes }
}

/** By type and code of ICMP errors; everything else that is unreachable is `!<code>`. */
const MARKS: Readonly<Record<number, string>> = {
  ...{ 0: '!N', 1: '!H', 2: '!P', 3: '', 4: '!F', 5: '!S', 6: '!N', 7: '!H', 8: '!N', 9: '!X', 10: '!X', 11: '!N', 12: '!H', 13: '!X' },
  ...{ 14: '!V', 15: '!C' },
}
const DEST_UNREACH = 3

function onSocket(state: TracerouteState, input: Extract<ProcessInput, { kind: 'socket' }>, nowMs: number): Step<TracerouteState> {
  const { event } = input
  const shared = state.options.method === 'icmp'
  if (event.kind === 'error' && !event.icmp) {
    if (event.errno === 'EHOSTUNREACH') return { state, calls: [] }
    return { state, calls: [{ kind: 'exit', code: 1, stderr: `\nconnect: ${errnoText(event.errno)}\n` }] }
  }
  if (event.kind === 'error' && event.icmp) {
    const { type, code, from, seq } = event.icmp
    const unreachable = type === DEST_UNREACH
    const mark = unreachable ? (MARKS[code] ?? `!<${code}>`) : ''
    const at = shared ? seq - 1 + skippedProbes(state) : input.fd - FIRST_FD
    return answered(state, at, { from, mark, final: unreachable }, nowMs)
  }
  if (event.kind !== 'data') return { state, calls: [] }
  const at = shared ? (event.seq ?? 1) - 1 + skippedProbes(state) : input.fd - FIRST_FD
  return answered(state, at, { from: event.from.address, mark: '', final: true }, nowMs)
}

const skippedProbes = ({ options }: TracerouteState): number => (options.firstHop - 1) * options.queries

interface Answer {
  readonly from: Address
  readonly mark: string
  readonly final: boolean
}

function answered(state: TracerouteState, at: number, answer: Answer, nowMs: number): Step<TracerouteState> {
  const probe = state.probes[at]
  if (!probe || probe.answer !== null) return { state, calls: [] }
  const { queries, method } = state.options
  const probes = state.probes.with(at, { ...probe, answer: { ...answer, afterMs: nowMs - probe.sentMs } })
  const last = (Math.floor(at / queries) + 1) * queries
  const end = answer.final ? Math.min(state.end, last) : state.end
  const closed: SystemCall[] = method === 'icmp' ? [] : [{ kind: 'close', fd: FIRST_FD + at }]
  const next = goOn({ ...state, probes: probes.slice(0, Math.max(end, at + 1)), end }, nowMs)
  return { state: next.state, calls: [...closed, ...next.calls] }
}

/** print_probe(), for as many as are known in a row. */
function printKnown(state: TracerouteState): Step<TracerouteState> {
  let { printed } = state
  let text = ''
  while (printed < state.end) {
    const probe = state.probes[printed]
    if (!probe || probe.answer === null) break
    text += probeText(state, printed)
    printed++
  }
  return { state: { ...state, printed }, calls: text === '' ? [] : [{ kind: 'print', stdout: text }] }
}

function probeText({ probes, options }: TracerouteState, at: number): string {
  const { queries } = options
  const answer = probes[at]?.answer
  const first = at - (at % queries)
  const head = at === first ? `\n${String(first / queries + 1).padStart(2)} ` : ''
  if (!answer || answer === 'expired') return `${head} *`
  const before = probes.slice(first, at).findLast(isAnswered)?.answer
  const same = before && before !== 'expired' && before.from === answer.from
  const name = formatAddress(answer.from)
  const who = same ? '' : options.numeric ? ` ${name}` : ` ${name} (${name})`
  return `${head}${who}  ${answer.afterMs.toFixed(3)} ms${answer.mark === '' ? '' : ` ${answer.mark}`}`
}
