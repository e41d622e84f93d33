/** curl 7.88.1: resolves, connects, sends one request, prints the answer. */
import type { Errno } from '../linux/errno.ts'
import { type Address, formatAddress } from '../net/address.ts'
import type { CurlOptions } from '../shell/spawn.ts'
import { type ClientResult, NO_RESULT } from './client-result.ts'
import { errnoText } from './errno-text.ts'
import { byteLength, type HttpRequest, type Message, messageOf, printHeaders, printMessage } from './http-message.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'
import { isForResolver, type ResolverState, type ResolverStep, startResolver, stepResolver } from './resolver.ts'

export interface CurlState {
  readonly options: CurlOptions
  readonly result: ClientResult
  readonly resolver: ResolverState | null
  /** Addresses still to be tried. */
  readonly addresses: readonly Address[]
  /** Descriptor of the current connection. */
  readonly fd: number
  readonly startMs: number
  /** What -v says, so far. */
  readonly log: string
}

const FIRST_FD = 3
/** curl's exit codes, include/curl/curl.h. */
const CURLE = {
  COULDNT_RESOLVE_HOST: 6,
  COULDNT_CONNECT: 7,
  UNSUPPORTED_PROTOCOL: 1,
  HTTP_RETURNED_ERROR: 22,
  OPERATION_TIMEDOUT: 28,
  GOT_NOTHING: 52,
  SEND_ERROR: 55,
  RECV_ERROR: 56,
} as const

export const curl: Program<CurlOptions, CurlState> = {
  name: 'curl',
  start: (options) => ({
    options,
    result: { ...NO_RESULT, port: options.port },
    resolver: null,
    addresses: [],
    fd: FIRST_FD - 1,
    startMs: 0,
    log: '',
  }),
  step,
}

function step(state: CurlState, input: ProcessInput, nowMs: number): Step<CurlState> {
  if (input.kind === 'start') return begin({ ...state, startMs: nowMs }, nowMs)
  if (input.kind === 'timer' && input.id === 'max-time') return timedOut(state, nowMs)
  if (input.kind === 'timer' && input.id === 'connect-timeout') {
    return state.result.phase === 'dns' || state.result.phase === 'connect'
      ? timedOut(state, nowMs, state.options.connectTimeoutMs)
      : { state, calls: [] }
  }
  if (state.resolver && isForResolver(state.resolver, input)) return afterResolver(state, stepResolver(state.resolver, input), nowMs)
  return input.kind === 'socket' && input.fd === state.fd ? onConnection(state, input, nowMs) : { state, calls: [] }
}

function begin(state: CurlState, nowMs: number): Step<CurlState> {
  const { options } = state
  const timers: SystemCall[] = []
  if (options.maxTimeMs !== null) timers.push({ kind: 'timer', afterMs: options.maxTimeMs, id: 'max-time' })
  if (options.connectTimeoutMs < DEFAULT_CONNECT_TIMEOUT_MS)
    timers.push({ kind: 'timer', afterMs: options.connectTimeoutMs, id: 'connect-timeout' })
  const resolved = afterResolver(state, startResolver(options.resolver, options.host, ['A', 'AAAA']), nowMs)
  return { state: resolved.state, calls: [...timers, ...resolved.calls] }
}

/** The kernel gives up before curl's own 300 s: no timer is needed for those. */
const DEFAULT_CONNECT_TIMEOUT_MS = 300_000

function afterResolver(state: CurlState, { state: resolver, calls }: ResolverStep, nowMs: number): Step<CurlState> {
  const { outcome } = resolver
  if (outcome === null) return { state: { ...state, resolver }, calls }
  const next = outcome.ok
    ? connect({ ...state, resolver: null, addresses: outcome.addresses }, null, nowMs)
    : fail(
        { ...state, resolver: null, result: { ...state.result, rcode: outcome.rcode, errno: outcome.errno } },
        CURLE.COULDNT_RESOLVE_HOST,
        `Could not resolve host: ${state.options.host}`,
      )
  return { state: next.state, calls: [...calls, ...next.calls] }
}

/** Tries the next address; when there is none left, `errno` of the last one is the end. */
function connect(state: CurlState, errno: Errno | null, nowMs: number): Step<CurlState> {
  const [address, ...addresses] = state.addresses
  const { options } = state
  const closing: SystemCall[] = errno === null ? [] : [{ kind: 'close', fd: state.fd }]
  if (address === undefined) {
    const code = errno === 'ETIMEDOUT' ? CURLE.OPERATION_TIMEDOUT : CURLE.COULDNT_CONNECT
    const text = errno === 'ETIMEDOUT' ? 'Timeout was reached' : "Couldn't connect to server"
    return fail(state, code, `Failed to connect to ${options.host} port ${options.port} after ${elapsed(state, nowMs)} ms: ${text}`)
  }
  const fd = state.fd + 1
  const log = `${state.log}*   Trying ${formatAddress(address)}:${options.port}...\n`
  const result: ClientResult = { ...state.result, phase: 'connect', resolved: address, errno: null }
  return {
    state: { ...state, addresses, fd, log, result },
    calls: [
      ...closing,
      {
        kind: 'connect',
        fd,
        protocol: 'tcp',
        address,
        port: options.port,
        sourceAddress: options.sourceAddress,
        sourcePort: options.sourcePort,
      },
    ],
  }
}

const elapsed = (state: CurlState, nowMs: number): number => Math.floor(nowMs - state.startMs)

function onConnection(state: CurlState, { event }: Extract<ProcessInput, { kind: 'socket' }>, nowMs: number): Step<CurlState> {
  const connecting = state.result.phase === 'connect'
  if (event.kind === 'connected') return send(state)
  if (event.kind === 'data') {
    const message = messageOf(event.data)
    if (message === null) return { state, calls: [] }
    const result: ClientResult = { ...state.result, answeredFrom: { address: event.from.address, port: event.from.port } }
    return received({ ...state, result }, message, nowMs)
  }
  if (event.kind === 'error' && connecting) {
    const failed = {
      ...state,
      result: { ...state.result, errno: event.errno },
      log: `${state.log}* connect to ${formatAddress(state.result.resolved ?? (0 as Address))} port ${state.options.port} failed: ${errnoText(event.errno)}\n`,
    }
    const next = connect(failed, event.errno, nowMs)
    return failed.addresses.length > 0
      ? next
      : { state: { ...next.state, result: { ...next.state.result, errno: event.errno } }, calls: next.calls }
  }
  if (event.kind === 'error') {
    const code = CURLE.RECV_ERROR
    return fail({ ...state, result: { ...state.result, errno: event.errno } }, code, `Recv failure: ${errnoText(event.errno)}`)
  }
  if (event.kind === 'eof') return fail(state, CURLE.GOT_NOTHING, 'Empty reply from server')
  return { state, calls: [] }
}

type RequestOptions = Pick<CurlOptions, 'method' | 'scheme' | 'host' | 'port' | 'target' | 'headers' | 'body'>

/** The bytes of the request that curl would send, as text. */
export function httpRequestText(options: RequestOptions): string {
  return printMessage(requestOf(options))
}

function requestOf(options: RequestOptions): HttpRequest {
  const standard = options.scheme === 'https' ? 443 : 80
  const given = (name: string): boolean => options.headers.some(([key]) => key.toLowerCase() === name)
  const headers: [string, string][] = []
  if (!given('host')) headers.push(['Host', options.port === standard ? options.host : `${options.host}:${options.port}`])
  for (const [name, value] of options.headers) if (name.toLowerCase() === 'host') headers.push([name, value])
  if (!given('user-agent')) headers.push(['User-Agent', 'curl/7.88.1'])
  if (!given('accept')) headers.push(['Accept', '*/*'])
  for (const [name, value] of options.headers) if (name.toLowerCase() !== 'host') headers.push([name, value])
  if (options.body !== null) headers.push(['Content-Length', String(byteLength(options.body))])
  return { kind: 'http-request', method: options.method, target: options.target, headers, body: options.body ?? '' }
}

function send(state: CurlState): Step<CurlState> {
  const { options, result, fd } = state
  const request = requestOf(options)
  const address = formatAddress(result.resolved ?? (0 as Address))
  const sent = `* Connected to ${options.host} (${address}) port ${options.port} (#0)\n${marked('>', `${request.method} ${request.target} HTTP/1.1\r\n${printHeaders(request.headers)}\r\n`)}`
  return {
    state: { ...state, result: { ...result, phase: 'request' }, log: state.log + sent },
    calls: [{ kind: 'send', fd, data: request, length: byteLength(printMessage(request)), to: null }],
  }
}

/** Each line with the mark that -v puts before it. */
function marked(mark: '>' | '<', text: string): string {
  return text
    .split('\r\n')
    .slice(0, -1)
    .map((line) => `${mark} ${line}\n`)
    .join('')
}

function received(state: CurlState, message: Message, nowMs: number): Step<CurlState> {
  const { options } = state
  const who = message.kind === 'http-response' || message.kind === 'echo' ? { server: message.server, seenFrom: message.client } : {}
  if (message.kind !== 'http-response') {
    const result: ClientResult = { ...state.result, ...who, phase: 'done', success: true }
    return fail({ ...state, result }, CURLE.UNSUPPORTED_PROTOCOL, 'Received HTTP/0.9 when not allowed')
  }
  const result: ClientResult = { ...state.result, ...who, phase: 'done', success: true, status: message.status }
  const head = `HTTP/1.1 ${message.status} ${message.reason}\r\n${printHeaders(message.headers)}\r\n`
  const done = { ...state, result, log: `${state.log}${marked('<', head)}* Connection #0 to host ${options.host} left intact\n` }
  if (options.fail && message.status >= 400)
    return fail(done, CURLE.HTTP_RETURNED_ERROR, `The requested URL returned error: ${message.status}`)
  const shown = options.discard ? '' : options.print === 'body' ? message.body : options.print === 'head' ? head : head + message.body
  return {
    state: done,
    calls: [
      { kind: 'close', fd: done.fd },
      { kind: 'print', stdout: shown + writeOut(done, nowMs) },
      { kind: 'exit', code: 0, stderr: options.verbose ? done.log : '' },
    ],
  }
}

/** -w: the variables that make sense here; unknown ones print as curl prints them. */
function writeOut(state: CurlState, nowMs: number): string {
  const { options, result } = state
  const seconds = ((nowMs - state.startMs) / 1000).toFixed(6)
  const values: Readonly<Record<string, string>> = {
    http_code: String(result.status ?? 0).padStart(3, '0'),
    response_code: String(result.status ?? 0).padStart(3, '0'),
    remote_ip: result.resolved === null ? '' : formatAddress(result.resolved),
    remote_port: String(options.port),
    time_total: seconds,
    method: options.method,
    url: `${options.scheme}://${options.host}:${options.port}${options.target}`,
  }
  return (options.writeOut ?? '')
    .replace(/%\{(\w+)\}/g, (_all, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? '') : ''))
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .replaceAll('%%', '%')
}

function timedOut(state: CurlState, nowMs: number, limitMs?: number): Step<CurlState> {
  const result: ClientResult = { ...state.result, errno: 'ETIMEDOUT' }
  const { phase } = state.result
  if (phase === 'done') return { state, calls: [] }
  const after = Math.floor(limitMs ?? state.options.maxTimeMs ?? elapsed(state, nowMs))
  const text =
    phase === 'dns'
      ? `Resolving timed out after ${after} milliseconds`
      : phase === 'request'
        ? `Operation timed out after ${after} milliseconds with 0 bytes received`
        : limitMs === undefined
          ? `Connection timed out after ${after} milliseconds`
          : `Failed to connect to ${state.options.host} port ${state.options.port} after ${after} ms: Timeout was reached`
  return fail({ ...state, result }, CURLE.OPERATION_TIMEDOUT, text)
}

function fail(state: CurlState, code: number, text: string): Step<CurlState> {
  const { options } = state
  const log = options.verbose ? `${state.log}* ${text}\n* Closing connection 0\n` : ''
  const message = options.silent ? '' : `curl: (${code}) ${text}\n`
  const written = writeOut(state, state.startMs)
  const print: SystemCall[] = written === '' ? [] : [{ kind: 'print', stdout: written }]
  return { state, calls: [...print, { kind: 'exit', code, stderr: log + message }] }
}
