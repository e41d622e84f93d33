/** OpenBSD netcat 1.219 as a client: sends its standard input, prints one answer. */
import type { Errno } from '../linux/errno.ts'
import { type Address, formatAddress } from '../net/address.ts'
import type { NcOptions } from '../shell/spawn.ts'
import { type ClientResult, NO_RESULT } from './client-result.ts'
import { errnoText } from './errno-text.ts'
import { byteLength, messageOf, printMessage } from './http-message.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'
import { GAI_TEXT, isForResolver, type ResolverState, type ResolverStep, startResolver, stepResolver } from './resolver.ts'

export interface NcState {
  readonly options: NcOptions
  readonly result: ClientResult
  readonly resolver: ResolverState | null
  readonly addresses: readonly Address[]
  readonly fd: number
}

/** How long to wait for the answer to a datagram when no -w is given, ms. */
const UDP_PATIENCE_MS = 5000
/** How long a UDP scan waits for an ICMP error, ms (`UDP_SCAN_TIMEOUT` is 3 tries of a second; the first error ends it). */
const UDP_SCAN_MS = 3000

export const nc: Program<NcOptions, NcState> = {
  name: 'nc',
  start: (options) => ({ options, result: { ...NO_RESULT, port: options.port }, resolver: null, addresses: [], fd: 2 }),
  step,
}

function step(state: NcState, input: ProcessInput): Step<NcState> {
  const { options } = state
  if (input.kind === 'start') return afterResolver(state, startResolver(options.resolver, options.host, ['A', 'AAAA']))
  if (state.resolver && isForResolver(state.resolver, input)) return afterResolver(state, stepResolver(state.resolver, input))
  if (input.kind === 'timer') return input.id === `wait ${state.fd} ${state.result.phase}` ? timedOut(state) : { state, calls: [] }
  return input.kind === 'socket' && input.fd === state.fd ? onConnection(state, input) : { state, calls: [] }
}

function afterResolver(state: NcState, { state: resolver, calls }: ResolverStep): Step<NcState> {
  const { outcome } = resolver
  if (outcome === null) return { state: { ...state, resolver }, calls }
  if (outcome.ok) {
    const next = connect({ ...state, resolver: null, addresses: outcome.addresses })
    return { state: next.state, calls: [...calls, ...next.calls] }
  }
  const { host, port } = state.options
  const result: ClientResult = { ...state.result, rcode: outcome.rcode, errno: outcome.errno }
  return exit(
    { ...state, resolver: null, result },
    1,
    `nc: getaddrinfo for host "${host}" port ${port}: ${GAI_TEXT[outcome.error]}\n`,
    calls,
  )
}

function connect(state: NcState): Step<NcState> {
  const [address, ...addresses] = state.addresses
  const { options } = state
  if (address === undefined) return exit(state, 1, '')
  const fd = state.fd + 1
  const next: NcState = { ...state, addresses, fd, result: { ...state.result, phase: 'connect', resolved: address, errno: null } }
  const call: SystemCall = {
    kind: 'connect',
    fd,
    protocol: options.protocol,
    address,
    port: options.port,
    sourceAddress: options.sourceAddress,
    sourcePort: options.sourcePort,
  }
  if (options.protocol === 'udp') {
    const sent = send(next)
    return { state: sent.state, calls: [call, ...sent.calls] }
  }
  return { state: next, calls: [call, ...timer(next, options.timeoutMs)] }
}

function timer(state: NcState, afterMs: number | null): SystemCall[] {
  return afterMs === null ? [] : [{ kind: 'timer', afterMs, id: `wait ${state.fd} ${state.result.phase}` }]
}

function send(state: NcState): Step<NcState> {
  const { options, fd } = state
  const udp = options.protocol === 'udp'
  const next: NcState = { ...state, result: { ...state.result, phase: 'request' } }
  if (options.scan && !udp) return exit({ ...next, result: { ...next.result, phase: 'done', success: true } }, 0, succeeded(options))
  const text = options.scan ? 'X' : options.data
  // Without anything to say, the end of the input is all there is: half-close and wait for the other side's end.
  if (text === '') return udp ? exit(next, 0, '') : { state: next, calls: [{ kind: 'shutdown', fd }, ...timer(next, options.timeoutMs)] }
  const wait = options.scan ? UDP_SCAN_MS : (options.timeoutMs ?? (udp ? UDP_PATIENCE_MS : null))
  return {
    state: next,
    calls: [{ kind: 'send', fd, data: { kind: 'text', text }, length: byteLength(text), to: null }, ...timer(next, wait)],
  }
}

/** /etc/services, as far as `nc -v` is likely to print it. */
const SERVICES: Readonly<Record<number, string>> = {
  22: 'ssh',
  25: 'smtp',
  53: 'domain',
  80: 'http',
  443: 'https',
  3306: 'mysql',
  5432: 'postgresql',
  6379: 'redis',
  8080: 'http-alt',
}

function succeeded({ verbose, host, port, protocol, numeric }: NcOptions): string {
  const service = numeric ? '*' : (SERVICES[port] ?? '*')
  return verbose ? `Connection to ${host} ${port} port [${protocol}/${service}] succeeded!\n` : ''
}

function onConnection(state: NcState, { event }: Extract<ProcessInput, { kind: 'socket' }>): Step<NcState> {
  const { options } = state
  switch (event.kind) {
    case 'connected': {
      if (options.protocol === 'udp') return { state, calls: [] }
      const sent = send(state)
      return sent.calls.some(({ kind }) => kind === 'exit') ? sent : { state: sent.state, calls: sent.calls }
    }
    case 'data': {
      const message = messageOf(event.data)
      if (event.data === null) return { state, calls: [] }
      const who = message?.kind === 'echo' || message?.kind === 'http-response' ? { server: message.server, seenFrom: message.client } : {}
      const result: ClientResult = {
        ...state.result,
        ...who,
        phase: 'done',
        success: true,
        answeredFrom: { address: event.from.address, port: event.from.port },
      }
      return exit({ ...state, result }, 0, options.verbose ? succeeded(options) : '', [
        { kind: 'close', fd: state.fd },
        { kind: 'print', stdout: options.scan || message === null ? '' : printMessage(message) },
      ])
    }
    case 'error':
      return onError(state, event.errno)
    case 'eof': {
      const answered = options.data === ''
      return exit({ ...state, result: { ...state.result, phase: 'done', success: answered } }, 0, '')
    }
    default:
      return { state, calls: [] }
  }
}

function onError(state: NcState, errno: Errno): Step<NcState> {
  const { options, result } = state
  const failed: NcState = { ...state, result: { ...result, errno } }
  if (result.phase !== 'connect') return exit(failed, 1, options.protocol !== 'udp' ? `nc: read failed: ${errnoText(errno)}\n` : '')
  const text =
    options.verbose || errno !== 'ECONNREFUSED'
      ? `nc: connect to ${options.host} port ${options.port} (${options.protocol}) failed: ${errnoText(errno)}\n`
      : ''
  if (state.addresses.length === 0) return exit(failed, 1, text)
  const next = connect(failed)
  return { state: next.state, calls: [{ kind: 'close', fd: state.fd }, ...next.calls] }
}

function timedOut(state: NcState): Step<NcState> {
  const { options, result } = state
  if (options.scan && options.protocol === 'udp')
    return exit({ ...state, result: { ...result, phase: 'done', success: true } }, 0, succeeded(options))
  const failed: NcState = { ...state, result: { ...result, errno: 'ETIMEDOUT' } }
  if (result.phase === 'request') return exit(failed, 0, '')
  const address = options.host === '' ? formatAddress(result.resolved ?? (0 as Address)) : options.host
  return exit(
    failed,
    1,
    options.verbose ? `nc: connect to ${address} port ${options.port} (${options.protocol}) timed out: Operation now in progress\n` : '',
  )
}

function exit(state: NcState, code: number, stderr: string, before: readonly SystemCall[] = []): Step<NcState> {
  return { state, calls: [...before, { kind: 'exit', code, stderr }] }
}
