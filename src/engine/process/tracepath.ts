/** iputils 20221126, tracepath.c: one UDP probe after another, as long as the path takes; Don't Fragment tells where it gets narrower. */
import { type Address, formatAddress } from '../net/address.ts'
import type { TracepathOptions } from '../shell/spawn.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'
import { GAI_TEXT, isForResolver, type ResolverState, type ResolverStep, startResolver, stepResolver } from './resolver.ts'

interface Probe {
  /** The TTL it was sent with; null once its answer is printed (`his[].hops`). */
  readonly hops: number | null
  readonly sentMs: number
}

export interface TracepathState {
  readonly options: TracepathOptions
  readonly resolver: ResolverState | null
  readonly address: Address | null
  /** By number; the descriptor is that of the first and the number. */
  readonly probes: readonly Probe[]
  readonly ttl: number
  /** Probes of this TTL that nothing came back for. */
  readonly tries: number
  /** Of one probe_ttl(): how often send(2) failed. */
  readonly failedSends: number
  readonly mtu: number
  /** Since this TTL was begun: another MTU begins it again. */
  readonly mtuChanged: boolean
}

type SocketError = Extract<Extract<ProcessInput, { kind: 'socket' }>['event'], { kind: 'error' }>

const FIRST_FD = 100
const WAIT_MS = 1000
const MOST_TRIES = 3
const MOST_SENDS = 10
const LARGEST = 65535
const UDP_AND_IP = 28

export const tracepath: Program<TracepathOptions, TracepathState> = {
  name: 'tracepath',
  start: (options) => ({
    ...{ options, resolver: null, address: null, probes: [], ttl: 1, tries: 0, failedSends: 0 },
    ...{ mtu: options.length ?? LARGEST, mtuChanged: false },
  }),
  step,
}

function step(state: TracepathState, input: ProcessInput, nowMs: number): Step<TracepathState> {
  const { options, resolver } = state
  if (input.kind === 'start') return afterResolver(state, startResolver(options.resolver, options.host, ['A']), nowMs)
  if (resolver && isForResolver(resolver, input)) return afterResolver(state, stepResolver(resolver, input), nowMs)
  // data_wait(): nothing came for the last probe.
  if (input.kind === 'timer') return input.id === `wait ${state.probes.length}` ? answered(state, 'nothing', nowMs) : { state, calls: [] }
  if (input.kind !== 'socket' || input.fd < FIRST_FD) return { state, calls: [] }
  if (input.event.kind === 'data') return end(state, [print(`${at(state.ttl)}?: reply received 8)\n`)])
  return input.event.kind === 'error' ? onError(state, input.fd - FIRST_FD, input.event, nowMs) : { state, calls: [] }
}

const at = (ttl: number): string => String(ttl).padStart(2)
const print = (stdout: string): SystemCall => ({ kind: 'print', stdout })

function afterResolver(state: TracepathState, { state: resolver, calls }: ResolverStep, nowMs: number): Step<TracepathState> {
  const { outcome } = resolver
  if (outcome === null) return { state: { ...state, resolver }, calls }
  const address = outcome.ok ? outcome.addresses[0] : undefined
  if (address === undefined) {
    const reason = outcome.ok ? GAI_TEXT.EAI_NODATA : GAI_TEXT[outcome.error]
    const stderr = `tracepath: ${state.options.host}: ${reason}\n`
    return { state: { ...state, resolver: null }, calls: [...calls, { kind: 'exit', code: 1, stderr }] }
  }
  const next = begin({ ...state, resolver: null, address }, nowMs)
  return { state: next.state, calls: [...calls, ...next.calls] }
}

/** The next probe, unless all hops are done. */
function begin(state: TracepathState, nowMs: number): Step<TracepathState> {
  if (state.ttl > state.options.maxHops) return end(state, [print(`     Too many hops: pmtu ${state.mtu}\n`)])
  return probe({ ...state, failedSends: 0 }, nowMs)
}

function probe(state: TracepathState, nowMs: number): Step<TracepathState> {
  const { address, probes, ttl, mtu, options } = state
  if (address === null) return { state, calls: [] }
  const fd = FIRST_FD + probes.length
  const connect = { kind: 'connect', fd, protocol: 'udp', address, port: options.port + probes.length, ttl, pmtuDiscovery: 'do' } as const
  return {
    state: { ...state, probes: [...probes, { hops: ttl, sentMs: nowMs }] },
    calls: [
      { ...connect, sourceAddress: null, sourcePort: null },
      { kind: 'send', fd, data: null, length: mtu - UDP_AND_IP, to: null },
      { kind: 'timer', afterMs: WAIT_MS, id: `wait ${probes.length + 1}` },
    ],
  }
}

/** main(): what probe_ttl() came back with, and what is done next. */
function answered(state: TracepathState, with_: 'something' | 'nothing' | 'the end', nowMs: number): Step<TracepathState> {
  if (state.mtuChanged) return begin({ ...state, mtuChanged: false, tries: 0 }, nowMs)
  if (with_ === 'the end') return end(state, [])
  const tries = state.tries + 1
  if (with_ === 'nothing' && tries < MOST_TRIES) return begin({ ...state, tries }, nowMs)
  const next = begin({ ...state, ttl: state.ttl + 1, tries: 0 }, nowMs)
  return with_ === 'something' ? next : { state: next.state, calls: [print(`${at(state.ttl)}:  no reply\n`), ...next.calls] }
}

/** recverr(): one message of the socket's error queue. */
function onError(state: TracepathState, number: number, event: SocketError, nowMs: number): Step<TracepathState> {
  const sent = state.probes[number]
  if (!event.icmp) return number === state.probes.length - 1 ? onFailedSend(state, event, nowMs) : { state, calls: [] }
  const { from, ttl: left } = event.icmp
  const hops = sent?.hops ?? null
  const probes = sent ? state.probes.with(number, { ...sent, hops: null }) : state.probes
  const head = `${hops === null ? `${at(state.ttl)}?: ` : `${at(hops)}:  `}${nameOf(state.options, from)}`
  const line = `${head}${sent ? timeText(nowMs - sent.sentMs) : ''}`
  const back = hopsBack(left ?? 0)
  const told = verdict(event, { hops: hops ?? state.ttl, back })
  const next: TracepathState = told.mtu === null ? { ...state, probes } : { ...state, probes, mtu: told.mtu, mtuChanged: true }
  const shown = [print(`${line}${told.text}\n`)]
  if (told.reached) return end(next, shown, { there: hops ?? state.ttl, back })
  // A probe of before: the wait for the last one is over as well.
  const go = answered(next, told.last ? 'the end' : 'something', nowMs)
  return { state: go.state, calls: [...shown, ...go.calls] }
}

/** send(2) failed: too long for the first link, which says how long; or refused, and tried again. */
function onFailedSend(state: TracepathState, { errno, mtu }: SocketError, nowMs: number): Step<TracepathState> {
  if (errno === 'EMSGSIZE' && mtu !== undefined) {
    const line = `${at(state.ttl)}?: ${'[LOCALHOST]'.padEnd(32)} pmtu ${mtu}\n`
    const again = probeAgain({ ...state, mtu, mtuChanged: true, failedSends: 0 }, nowMs)
    return { state: again.state, calls: [print(line), ...again.calls] }
  }
  const failedSends = state.failedSends + 1
  if (failedSends < MOST_SENDS) return probeAgain({ ...state, failedSends }, nowMs)
  const last = answered(state, 'the end', nowMs)
  return { state: last.state, calls: [print(`${at(state.ttl)}:  send failed\n`), ...last.calls] }
}

/** The same port once more. */
function probeAgain(state: TracepathState, nowMs: number): Step<TracepathState> {
  const probes = state.probes.slice(0, -1)
  const again = probe({ ...state, probes }, nowMs)
  return { state: again.state, calls: [{ kind: 'close', fd: FIRST_FD + probes.length }, ...again.calls] }
}

/** Names of hops are never looked up: without a PTR record getnameinfo(3) gives the address. */
function nameOf({ both }: TracepathOptions, from: Address): string {
  const name = formatAddress(from)
  return `${both ? `${name} (${name})` : name}`.padEnd(52).concat(' ')
}

const timeText = (ms: number): string => `${ms.toFixed(3).padStart(7)}ms `

/** The TTL that a message began with is guessed: 64, 128 or 255. */
const hopsBack = (ttl: number): number => (ttl <= 64 ? 65 : ttl <= 128 ? 129 : 256) - ttl

interface Verdict {
  readonly text: string
  readonly mtu: number | null
  /** The destination itself says that nobody listens there. */
  readonly reached: boolean
  readonly last: boolean
}

const TIME_EXCEEDED = 11
const MARKS: Partial<Record<SocketError['errno'], string>> = { EPROTO: '!P', EHOSTUNREACH: '!H', ENETUNREACH: '!N', EACCES: '!A' }

function verdict({ errno, icmp }: SocketError, { hops, back }: { readonly hops: number; readonly back: number }): Verdict {
  const plain: Verdict = { text: '', mtu: null, reached: false, last: false }
  if (errno === 'EMSGSIZE') return { ...plain, text: `pmtu ${icmp?.mtu ?? 0}`, mtu: icmp?.mtu ?? 0 }
  if (errno === 'ECONNREFUSED') return { ...plain, text: 'reached', reached: true }
  if (errno === 'EHOSTUNREACH' && icmp?.type === TIME_EXCEEDED) return { ...plain, text: back === hops ? '' : `asymm ${at(back)} ` }
  return { ...plain, text: MARKS[errno] ?? '', last: true }
}

function end(
  state: TracepathState,
  calls: readonly SystemCall[],
  hops?: { readonly there: number; readonly back: number },
): Step<TracepathState> {
  const found = hops ? `hops ${hops.there} back ${hops.back} ` : ''
  return { state, calls: [...calls, print(`     Resume: pmtu ${state.mtu} ${found}\n`), { kind: 'exit', code: 0, stderr: '' }] }
}
