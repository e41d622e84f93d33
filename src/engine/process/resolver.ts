/** glibc 2.36: resolv/res_query.c, res_send.c; the stub resolver that programs call through getaddrinfo(3). Embedded in client programs. */
import type { Errno } from '../linux/errno.ts'
import { type Address, parseAddress } from '../net/address.ts'
import type { DnsType, ResolvConf } from '../shell/spawn.ts'
import { absoluteName, type DnsMessage, dnsMessageOf, dnsQuery, type ResourceRecord } from './dns-message.ts'
import { dnsLength } from './dns-wire.ts'
import type { ProcessInput, SystemCall } from './program.ts'

/** How it ended. `error` as getaddrinfo tells: EAI_NONAME, EAI_NODATA, EAI_AGAIN. */
export type ResolverOutcome =
  | {
      readonly ok: true
      readonly addresses: readonly Address[]
      readonly canonicalName: string
      readonly records: readonly ResourceRecord[]
    }
  | {
      readonly ok: false
      readonly error: 'EAI_NONAME' | 'EAI_NODATA' | 'EAI_AGAIN'
      readonly rcode: string | null
      readonly errno: Errno | null
    }

/** gai_strerror(3). */
export const GAI_TEXT = {
  EAI_NONAME: 'Name or service not known',
  EAI_NODATA: 'No address associated with hostname',
  EAI_AGAIN: 'Temporary failure in name resolution',
} as const

/** getaddrinfo(3) reads /etc/hosts and insists after SERVFAIL; dig asks servers only and takes the first answer, SERVFAIL too. */
export type ResolverStyle = 'glibc' | 'dig'

export interface ResolverState {
  readonly style: ResolverStyle
  readonly conf: ResolvConf
  readonly types: readonly DnsType[]
  /** Absolute names in the order they are tried. */
  readonly candidates: readonly string[]
  /** Index of the one that is the name as given. */
  readonly asIs: number
  readonly candidate: number
  readonly attempt: number
  readonly server: number
  /** Descriptor of the current query; each query has its own. */
  readonly fd: number
  /** Is the query sent over TCP? An answer was truncated, or the caller wants it so. */
  readonly stream: boolean
  /** Every query goes over TCP. */
  readonly onlyStream: boolean
  /** Of the servers. */
  readonly port: number
  /** What the questions say the client takes by UDP (EDNS); null: nothing, so 512 bytes. */
  readonly udpSize: number | null
  readonly answers: readonly DnsMessage[]
  readonly lastErrno: Errno | null
  readonly sawNoData: boolean
  readonly sawServfail: boolean
  readonly outcome: ResolverOutcome | null
}

export interface ResolverStep {
  readonly state: ResolverState
  readonly calls: readonly SystemCall[]
}

/** What a caller wants of its questions besides the names. */
export interface ResolverWishes {
  readonly style?: ResolverStyle
  readonly udpSize?: number | null
  readonly onlyStream?: boolean
  readonly port?: number
}

/** First descriptor of queries: those of the program itself lie below. */
const FIRST_FD = 20

/** Begins to resolve `name`: literal addresses and /etc/hosts need no packet. `types` are asked together (A and AAAA for getaddrinfo). */
export function startResolver(
  conf: ResolvConf,
  name: string,
  types: readonly DnsType[],
  { style = 'glibc', udpSize = null, onlyStream = false, port = 53 }: ResolverWishes = {},
): ResolverStep {
  const { candidates, asIs } = searchOrder(conf, name)
  const state: ResolverState = {
    style,
    conf,
    types,
    candidates,
    asIs,
    candidate: 0,
    attempt: 0,
    server: 0,
    fd: FIRST_FD,
    stream: onlyStream,
    onlyStream,
    port,
    udpSize,
    answers: [],
    lastErrno: null,
    sawNoData: false,
    sawServfail: false,
    outcome: null,
  }
  if (style === 'dig') return ask(state)
  const literal = parseAddress(name)
  const key = name.toLowerCase().replace(/\.$/, '')
  const known = literal !== null ? [literal] : Object.hasOwn(conf.hosts, key) ? conf.hosts[key] : undefined
  if (known !== undefined)
    return { state: { ...state, outcome: { ok: true, addresses: known, canonicalName: name, records: [] } }, calls: [] }
  return ask(state)
}

/** res_search(): a final dot means as given only; enough dots mean as given first, then the list; else the list first. */
export function searchOrder(
  conf: Pick<ResolvConf, 'search' | 'ndots'>,
  name: string,
): { readonly candidates: readonly string[]; readonly asIs: number } {
  const whole = absoluteName(name)
  if (name.endsWith('.')) return { candidates: [whole], asIs: 0 }
  const listed = conf.search.map((domain) => absoluteName(domain === '' ? name : `${name}.${domain}`))
  const dots = name.split('.').length - 1
  return dots >= conf.ndots ? { candidates: [whole, ...listed], asIs: 0 } : { candidates: [...listed, whole], asIs: listed.length }
}

/** Is the input for the resolver? Its descriptors and timers are its own. */
export function isForResolver(state: ResolverState, input: ProcessInput): boolean {
  if (input.kind === 'timer') return input.id.startsWith('resolver ')
  return input.kind === 'socket' && input.fd >= FIRST_FD && input.fd <= state.fd
}

/** Consumes one input; `state.outcome` is set when it is done. */
export function stepResolver(state: ResolverState, input: ProcessInput): ResolverStep {
  if (state.outcome !== null) return { state, calls: [] }
  if (input.kind === 'timer')
    return input.id === `resolver ${state.fd}` ? nextServer({ ...state, lastErrno: 'ETIMEDOUT' }) : { state, calls: [] }
  if (input.kind !== 'socket' || input.fd !== state.fd) return { state, calls: [] }
  const { event } = input
  if (event.kind === 'error') return nextServer({ ...state, lastErrno: event.errno })
  if (event.kind === 'connected' && state.stream) return { state, calls: questions(state) }
  if (event.kind === 'eof' && state.stream) return nextServer({ ...state, lastErrno: 'ECONNRESET' })
  if (event.kind !== 'data') return { state, calls: [] }
  const message = dnsMessageOf(event.data)
  if (message === null || !message.response || message.question.name !== state.candidates[state.candidate]) return { state, calls: [] }
  if (message.truncated && !state.stream) return overStream(state)
  const answers = [...state.answers, message]
  if (answers.length < state.types.length) return { state: { ...state, answers }, calls: [] }
  return judge({ ...state, answers })
}

/** res_nsend(): a connected UDP socket, all questions at once; over TCP they wait for the connection. */
function ask(state: ResolverState): ResolverStep {
  const address = state.conf.nameservers[state.server]
  if (address === undefined) return finish(state, { ok: false, error: 'EAI_AGAIN', rcode: null, errno: 'ECONNREFUSED' })
  const { fd, stream, port } = state
  const connect: SystemCall = {
    kind: 'connect',
    fd,
    protocol: stream ? 'tcp' : 'udp',
    address,
    port,
    sourceAddress: null,
    sourcePort: null,
  }
  const timer: SystemCall = { kind: 'timer', afterMs: timeoutOf(state), id: `resolver ${fd}` }
  return { state: { ...state, answers: [] }, calls: [connect, ...(stream ? [] : questions(state)), timer] }
}

/** get_timeout(): later servers get a share of a doubled time. */
function timeoutOf({ server, conf }: ResolverState): number {
  return server === 0 ? conf.timeoutMs : (conf.timeoutMs * 2 ** server) / conf.nameservers.length
}

/** Before each message of a stream stands its length (RFC 1035 §4.2.2). */
const STREAM_PREFIX = 2

function questions({ fd, types, candidates, candidate, udpSize, stream }: ResolverState): SystemCall[] {
  return types.map((type, i) => {
    const query = { ...dnsQuery(queryId(fd, i), candidates[candidate] ?? '.', type), ...(udpSize === null ? {} : { udpSize }) }
    return { kind: 'send', fd, data: query, length: dnsLength(query) + (stream ? STREAM_PREFIX : 0), to: null }
  })
}

/** send_vc(): the same server and the same questions by TCP. */
function overStream(state: ResolverState): ResolverStep {
  const { calls, state: next } = ask({ ...state, fd: state.fd + 1, stream: true })
  return { state: next, calls: [{ kind: 'close', fd: state.fd }, ...calls] }
}

/** A 16-bit id that differs from query to query; the real one is random. */
function queryId(fd: number, index: number): number {
  return ((fd * 2 + index) * 40503) & 0xffff
}

/** Closes the query's socket and asks again with the changed state. */
function again(state: ResolverState): ResolverStep {
  const { calls, state: next } = ask({ ...state, fd: state.fd + 1, stream: state.onlyStream })
  return { state: next, calls: [{ kind: 'close', fd: state.fd }, ...calls] }
}

/** No usable answer: the next server, the next round of attempts, or giving this name up. */
function nextServer(state: ResolverState): ResolverStep {
  if (state.server + 1 < state.conf.nameservers.length) return again({ ...state, server: state.server + 1 })
  if (state.attempt + 1 < state.conf.attempts) return again({ ...state, server: 0, attempt: state.attempt + 1 })
  // After SERVFAIL the list goes on; when nobody answers, only the name as given is tried yet.
  if (state.sawServfail) return nextCandidate(state)
  if (state.lastErrno !== 'ECONNREFUSED' && state.candidate < state.asIs)
    return again({ ...state, candidate: state.asIs, server: 0, attempt: 0 })
  return giveUp(state)
}

/** Both answers are here. */
function judge(state: ResolverState): ResolverStep {
  const failed = state.answers.find(({ rcode }) => rcode === 'SERVFAIL' || rcode === 'REFUSED' || rcode === 'NOTIMP')
  const records = state.answers.flatMap(({ answers }) => answers)
  const anything = state.style === 'dig' && records.length > 0
  const wanted = anything ? records : records.filter((record) => state.types.some((type) => type === record.type))
  if (wanted.length > 0) return finish(state, { ok: true, addresses: addressesOf(wanted), canonicalName: wanted[0]?.name ?? '', records })
  if (failed && state.style === 'dig' && state.server + 1 >= state.conf.nameservers.length) {
    return finish(state, { ok: false, error: 'EAI_AGAIN', rcode: failed.rcode, errno: null })
  }
  if (failed) return nextServer({ ...state, sawServfail: true })
  const noData = state.answers.some(({ rcode }) => rcode === 'NOERROR')
  return nextCandidate({ ...state, sawNoData: state.sawNoData || noData })
}

function addressesOf(records: readonly ResourceRecord[]): Address[] {
  return records.flatMap((record) => {
    const address = record.type === 'A' ? parseAddress(record.data) : null
    return address === null ? [] : [address]
  })
}

function nextCandidate(state: ResolverState): ResolverStep {
  if (state.candidate + 1 < state.candidates.length) return again({ ...state, candidate: state.candidate + 1, server: 0, attempt: 0 })
  return giveUp(state)
}

function giveUp(state: ResolverState): ResolverStep {
  if (state.sawNoData) return finish(state, { ok: false, error: 'EAI_NODATA', rcode: 'NODATA', errno: null })
  if (state.sawServfail) {
    const refused = state.answers.some(({ rcode }) => rcode === 'REFUSED')
    return finish(state, { ok: false, error: 'EAI_AGAIN', rcode: refused ? 'REFUSED' : 'SERVFAIL', errno: null })
  }
  if (state.lastErrno !== null && state.answers.length < state.types.length)
    return finish(state, { ok: false, error: 'EAI_AGAIN', rcode: null, errno: state.lastErrno })
  return finish(state, { ok: false, error: 'EAI_NONAME', rcode: 'NXDOMAIN', errno: null })
}

function finish(state: ResolverState, outcome: ResolverOutcome): ResolverStep {
  return { state: { ...state, outcome }, calls: [{ kind: 'close', fd: state.fd }] }
}
