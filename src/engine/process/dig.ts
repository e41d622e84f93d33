/** BIND 9.18: dig. One question, and the answer as the tool prints it. */
import type { Errno } from '../linux/errno.ts'
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import type { DigOptions, ResolvConf } from '../shell/spawn.ts'
import { type ClientResult, NO_RESULT } from './client-result.ts'
import { absoluteName, type DnsMessage, type ResourceRecord } from './dns-message.ts'
import { dnsLength } from './dns-wire.ts'
import type { ProcessInput, Program, Step } from './program.ts'
import { isForResolver, type ResolverState, type ResolverStep, startResolver, stepResolver } from './resolver.ts'

export interface DigState {
  readonly options: DigOptions
  readonly result: ClientResult
  readonly resolver: ResolverState | null
  readonly startMs: number
}

/** bin/dig: DEFAULT_EDNS_BUFSIZE. */
const UDP_SIZE = 1232
/** EDNS and its cookie, bytes in the answer. */
const OPT_LENGTH = 23

export const dig: Program<DigOptions, DigState> = {
  name: 'dig',
  start: (options) => ({ options, result: { ...NO_RESULT, port: options.port }, resolver: null, startMs: 0 }),
  step,
}

function step(state: DigState, input: ProcessInput, nowMs: number): Step<DigState> {
  if (input.kind === 'start') {
    const conf = configuration(state.options)
    if (conf === null)
      return { state, calls: [{ kind: 'exit', code: 10, stderr: `dig: couldn't get address for '${state.options.server}': not found\n` }] }
    const name = state.options.search ? state.options.name : absoluteName(state.options.name)
    const { type, tcp, port } = state.options
    return after(
      { ...state, startMs: nowMs },
      startResolver(conf, name, [type], { style: 'dig', udpSize: UDP_SIZE, onlyStream: tcp, port }),
      nowMs,
    )
  }
  if (!state.resolver || !isForResolver(state.resolver, input)) return { state, calls: [] }
  const answeredFrom =
    input.kind === 'socket' && input.event.kind === 'data'
      ? { address: input.event.from.address, port: input.event.from.port }
      : state.result.answeredFrom
  return after({ ...state, result: { ...state.result, answeredFrom } }, stepResolver(state.resolver, input), nowMs)
}

/** The resolver's configuration with the server of the command line; null when that one is no address. */
function configuration(options: DigOptions): ResolvConf | null {
  const conf = { ...options.resolver, attempts: options.tries, timeoutMs: options.timeoutMs }
  if (options.server === null) return conf
  const address = parseAddress(options.server)
  return address === null ? null : { ...conf, nameservers: [address] }
}

function after(state: DigState, { state: resolver, calls }: ResolverStep, nowMs: number): Step<DigState> {
  const { outcome } = resolver
  if (outcome === null) return { state: { ...state, resolver }, calls }
  const answer = resolver.answers[0]
  const server = resolver.conf.nameservers[resolver.server] ?? null
  if (answer === undefined || (!outcome.ok && outcome.rcode === null)) {
    const errno = outcome.ok ? null : outcome.errno
    const result: ClientResult = { ...state.result, errno }
    const stdout = nobodyAnswered(state.options, resolver, { server, errno })
    return { state: { ...state, resolver, result }, calls: [...calls, { kind: 'print', stdout }, { kind: 'exit', code: 9, stderr: '' }] }
  }
  const rcode = outcome.ok ? null : outcome.rcode
  const result: ClientResult = {
    ...state.result,
    phase: 'done',
    success: outcome.ok,
    rcode,
    resolved: outcome.ok ? (outcome.addresses[0] ?? null) : null,
  }
  const from = { server: server === null ? '' : formatAddress(server), stream: resolver.stream }
  const again = resolver.stream && !resolver.onlyStream ? ';; Truncated, retrying in TCP mode.\n' : ''
  const text = again + print(state.options, answer, from, nowMs - state.startMs)
  return {
    state: { ...state, resolver, result },
    calls: [...calls, { kind: 'print', stdout: text }, { kind: 'exit', code: 0, stderr: '' }],
  }
}

const NOBODY = ';; no servers could be reached\n'
const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
}

/** A line for each attempt. Where not even a socket could be had (dighost.c, tcp_connected() and udp_ready()), each gives up by itself. */
function nobodyAnswered(
  options: DigOptions,
  { conf }: ResolverState,
  { server, errno }: { readonly server: Address | null; readonly errno: Errno | null },
): string {
  const head = options.short ? '' : banner(options)
  if (server === null) return `${head}${NOBODY}`
  const address = formatAddress(server)
  const why = WHY[errno ?? ''] ?? 'timed out'
  if (options.tcp || errno === 'ENETUNREACH') {
    const what = options.tcp ? 'Connection to' : 'UDP setup with'
    const name = options.name.replace(/\.$/, '') || '.'
    return `;; ${what} ${address}#${options.port}(${options.server ?? address}) for ${name} failed: ${why}.\n${NOBODY}`.repeat(
      conf.attempts,
    )
  }
  return `${`;; communications error to ${address}#${options.port}: ${why}\n`.repeat(conf.attempts)}${head}${NOBODY}`
}

function banner({ argv, server }: DigOptions): string {
  const found = server === null ? '' : '; (1 server found)\n'
  return `\n; <<>> DiG 9.18.28-1~deb12u2-Debian <<>> ${argv.join(' ')}\n${found};; global options: +cmd\n`
}

interface Answerer {
  readonly server: string
  readonly stream: boolean
}

function print(options: DigOptions, answer: DnsMessage, { server, stream }: Answerer, timeMs: number): string {
  if (options.short) return answer.answers.map(({ data }) => `${data}\n`).join('')
  if (options.noall) return options.answer ? answer.answers.map((record) => `${recordLine(record)}\n`).join('') : ''
  const flags = ['qr', ...(answer.authoritative ? ['aa'] : []), 'rd', ...(answer.recursionAvailable ? ['ra'] : [])].join(' ')
  const section = (name: string, records: readonly ResourceRecord[]): string =>
    records.length === 0 ? '' : `;; ${name} SECTION:\n${records.map((record) => `${recordLine(record)}\n`).join('')}\n`
  return `${banner(options)};; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: ${answer.rcode}, id: ${answer.id}
;; flags: ${flags}; QUERY: 1, ANSWER: ${answer.answers.length}, AUTHORITY: ${answer.authority.length}, ADDITIONAL: 1
${answer.recursionAvailable ? '' : ';; WARNING: recursion requested but not available\n'}
;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: ${UDP_SIZE}
;; QUESTION SECTION:
;${questionLine(answer.question)}

${section('ANSWER', answer.answers)}${section('AUTHORITY', answer.authority)};; Query time: ${Math.round(timeMs)} msec
;; SERVER: ${server}#${options.port}(${server}) (${stream ? 'TCP' : 'UDP'})
;; MSG SIZE  rcvd: ${dnsLength(answer) + OPT_LENGTH}

`
}

/** lib/dns/masterdump.c, indent(): tabs up to a column, one blank at least. */
function indented(line: string, width: number, column: number, text: string): { readonly line: string; readonly width: number } {
  const to = Math.max(column, width + 1)
  const tabs = Math.floor(to / 8) - Math.floor(width / 8)
  const from = tabs > 0 ? Math.floor(to / 8) * 8 : width
  return { line: line + '\t'.repeat(tabs) + ' '.repeat(to - from) + text, width: to + text.length }
}

const COLUMNS = { ttl: 24, class: 32, type: 40, data: 48 } as const

/** One record in dig's columns. */
function recordLine(record: ResourceRecord): string {
  let cell = { line: record.name, width: record.name.length }
  cell = indented(cell.line, cell.width, COLUMNS.ttl, String(record.ttl))
  cell = indented(cell.line, cell.width, COLUMNS.class, 'IN')
  cell = indented(cell.line, cell.width, COLUMNS.type, record.type)
  return indented(cell.line, cell.width, COLUMNS.data, record.data).line
}

function questionLine(question: DnsMessage['question']): string {
  const name = absoluteName(question.name)
  const inClass = indented(name, name.length, COLUMNS.class, 'IN')
  return indented(inClass.line, inClass.width, COLUMNS.type, question.type).line
}
