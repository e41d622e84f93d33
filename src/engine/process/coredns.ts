/** CoreDNS 1.11: plugin/kubernetes answers its zones, plugin/forward hands other names on. UDP and TCP on the ports it listens on. */
import type { DnsServerConfig } from '../kubernetes/dns-config.ts'
import { type Address, parseAddress } from '../net/address.ts'
import type { ProgramSpec } from '../net/node-script.ts'
import { isPublicName } from '../net/public-name.ts'
import { absoluteName, type DnsMessage, dnsMessageOf, dnsQuery, type ResourceRecord } from './dns-message.ts'
import { dnsLength } from './dns-wire.ts'
import { listenCalls } from './http-server.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'

export type CorednsConfig = Pick<ProgramSpec, 'listen' | 'config'>

/** A question handed on to the upstream server. */
interface Forwarded {
  readonly fd: number
  readonly query: DnsMessage
  /** Where a name of the server's own led out of its zones: the CNAMEs so far. The upstream is asked for their target. */
  readonly aliases: readonly ResourceRecord[]
  /** Descriptor and address of who asked; `to` null over TCP. */
  readonly client: number
  readonly to: { readonly address: Address; readonly port: number } | null
}

export interface CorednsState {
  readonly config: DnsServerConfig
  readonly listen: ProgramSpec['listen']
  readonly forwarded: readonly Forwarded[]
  readonly nextFd: number
}

const FIRST_FD = 3
/** Descriptors of questions to the upstream: above the listeners, below accepted connections. */
const FIRST_FORWARD_FD = 100
const LAST_FORWARD_FD = 899
/** plugin/forward: how long an answer is waited for, ms. */
const FORWARD_TIMEOUT_MS = 5000

export const coredns: Program<CorednsConfig, CorednsState> = {
  name: 'coredns',
  start: ({ listen, config }) => ({ config: config as DnsServerConfig, listen, forwarded: [], nextFd: FIRST_FORWARD_FD }),
  step,
  // plugin/kubernetes watches the API server.
  configure: (state, { config }) => ({ state: { ...state, config: config as DnsServerConfig }, calls: [] }),
}

function step(state: CorednsState, input: ProcessInput): Step<CorednsState> {
  switch (input.kind) {
    case 'start':
      return { state, calls: listenCalls(state.listen) }
    case 'accepted':
    case 'packet':
      return { state, calls: [] }
    case 'timer': {
      const waiting = state.forwarded.find(({ fd }) => input.id === `forward ${fd}`)
      return waiting ? servfail(state, waiting) : { state, calls: [] }
    }
    case 'socket':
      return onSocket(state, input)
  }
}

function onSocket(state: CorednsState, { fd, event }: Extract<ProcessInput, { kind: 'socket' }>): Step<CorednsState> {
  const waiting = state.forwarded.find((one) => one.fd === fd)
  if (event.kind === 'data') {
    const message = dnsMessageOf(event.data)
    if (waiting) return message === null ? { state, calls: [] } : relay(state, waiting, relayed(waiting, message))
    const from = { address: event.from.address, port: event.from.port }
    const udp = fd - FIRST_FD < state.listen.length
    // miekg/dns refuses what reads as a header with another opcode. (It ignores less than a header, and over TCP waits for as much as the first two bytes say.)
    if (message === null) {
      const refusal: DnsMessage = { ...dnsQuery(0, '.', 'A'), response: true, rcode: 'NOTIMP' }
      return event.data === null
        ? { state, calls: [] }
        : { state, calls: [{ kind: 'send', fd, data: refusal, length: dnsLength(refusal), to: udp ? from : null }] }
    }
    return onQuery(state, { fd, query: message, aliases: [], client: fd, to: udp ? from : null })
  }
  if (waiting && event.kind === 'error') return servfail(state, waiting)
  if ((event.kind === 'eof' || event.kind === 'error') && fd - FIRST_FD >= state.listen.length)
    return { state, calls: [{ kind: 'close', fd }] }
  return { state, calls: [] }
}

function onQuery(state: CorednsState, asked: Forwarded): Step<CorednsState> {
  const answer = answerTo(state.config, asked.query)
  const name = absoluteName(asked.query.question.name).toLowerCase()
  const upstream = parseAddress(upstreamOf(state.config, answer === 'forward' ? name : (outsideTarget(state.config, answer) ?? name)) ?? '')
  const outside = answer === 'forward' ? null : outsideTarget(state.config, answer)
  if (answer !== 'forward' && (outside === null || upstream === null)) return { state, calls: [reply(asked, answer)] }
  if (upstream === null) return { state, calls: [reply(asked, { ...response(asked.query), rcode: state.config.unhandled ?? 'REFUSED' })] }
  const fd = state.nextFd
  const nextFd = fd >= LAST_FORWARD_FD ? FIRST_FORWARD_FD : fd + 1
  const { question } = asked.query
  const query: DnsMessage = { ...asked.query, id: fd, question: outside === null ? question : { ...question, name: outside } }
  const aliases = answer === 'forward' ? [] : answer.answers
  return {
    state: { ...state, nextFd, forwarded: [...state.forwarded, { ...asked, aliases, fd }] },
    calls: [
      { kind: 'connect', fd, protocol: 'udp', address: upstream, port: 53, sourceAddress: null, sourcePort: null },
      { kind: 'send', fd, data: query, length: dnsLength(query), to: null },
      { kind: 'timer', afterMs: FORWARD_TIMEOUT_MS, id: `forward ${fd}` },
    ],
  }
}

/** plugin/pkg/upstream: the target of the last CNAME (a Service of type ExternalName), when it is in no zone of the server's. */
function outsideTarget(config: DnsServerConfig, answer: DnsMessage): string | null {
  const last = answer.answers.at(-1)
  if (last?.type !== 'CNAME' || answer.question.type === 'CNAME') return null
  const target = absoluteName(last.data)
  return zoneOf(config, target.toLowerCase()) === null ? target : null
}

/** The upstream's answer as the client gets it: after the server's own CNAMEs, and then with its authority (plugin/backend_lookup.go, A()). */
function relayed({ query, aliases }: Forwarded, answer: DnsMessage): DnsMessage {
  if (aliases.length === 0) return { ...answer, id: query.id }
  return { ...response(query), authoritative: true, answers: [...aliases, ...answer.answers] }
}

function relay(state: CorednsState, waiting: Forwarded, answer: DnsMessage): Step<CorednsState> {
  const forwarded = state.forwarded.filter((one) => one !== waiting)
  return { state: { ...state, forwarded }, calls: [{ kind: 'close', fd: waiting.fd }, reply(waiting, answer)] }
}

function servfail(state: CorednsState, waiting: Forwarded): Step<CorednsState> {
  return relay(state, waiting, { ...response(waiting.query), rcode: 'SERVFAIL', recursionAvailable: true })
}

/** What a client takes by UDP that does not say (RFC 1035 §4.2.1). */
const UDP_SIZE = 512
/** Before each message of a stream stands its length (RFC 1035 §4.2.2). */
const STREAM_PREFIX = 2

function reply({ client, to, query }: Forwarded, answer: DnsMessage): SystemCall {
  if (to === null) return { kind: 'send', fd: client, data: answer, length: dnsLength(answer) + STREAM_PREFIX, to }
  const fitting = truncated(answer, query.udpSize ?? UDP_SIZE)
  return { kind: 'send', fd: client, data: fitting, length: dnsLength(fitting), to }
}

/** miekg/dns Msg.Truncate: records are left out from the end until the rest fits, and TC says so. */
function truncated(answer: DnsMessage, size: number): DnsMessage {
  if (dnsLength(answer) <= size) return answer
  for (let kept = answer.answers.length - 1; kept > 0; kept--) {
    const shorter: DnsMessage = { ...answer, truncated: true, answers: answer.answers.slice(0, kept), authority: [] }
    if (dnsLength(shorter) <= size) return shorter
  }
  return { ...answer, truncated: true, answers: [], authority: [] }
}

function response(query: DnsMessage): DnsMessage {
  return { ...query, response: true, answers: [], authority: [] }
}

/** What the server knows itself; 'forward' for what it hands on. Names compare without case; answers keep the question's. */
export function answerTo(config: DnsServerConfig, query: DnsMessage): DnsMessage | 'forward' {
  const asked = absoluteName(query.question.name)
  const name = asked.toLowerCase()
  const zone = zoneOf(config, name)
  const { type } = query.question
  if (zone === null) {
    if (config.catchAll === null)
      return upstreamOf(config, name) === null ? { ...response(query), rcode: config.unhandled ?? 'REFUSED' } : 'forward'
    if (!isPublicName(name, config.notPublic ?? []))
      return { ...response(query), recursionAvailable: true, rcode: 'NXDOMAIN', authority: [soa(config, '.')] }
    const answers = type === 'A' ? [{ name: asked, type, ttl: config.ttl, data: config.catchAll }] : []
    return { ...response(query), recursionAvailable: true, answers }
  }
  const answers = lookUp(config, name, type).map((record) => (record.name === name ? { ...record, name: asked } : record))
  if (answers.length > 0) return { ...response(query), authoritative: true, answers }
  const exists =
    config.records.some((record) => record.name === name) || config.emptyNames.includes(name) || podAddress(config, zone, name) !== null
  if (!exists && fallsThrough(config, name)) return 'forward'
  return { ...response(query), authoritative: true, rcode: exists ? 'NOERROR' : 'NXDOMAIN', authority: [soa(config, zone)] }
}

const holds = (zone: string, name: string): boolean => zone === '.' || name === zone || name.endsWith(`.${zone}`)

/** plugin/pkg/fall: kubeadm's Corefile names the reverse zones. Without an upstream nobody else would answer. */
function fallsThrough(config: DnsServerConfig, name: string): boolean {
  return upstreamOf(config, name) !== null && (config.fallthrough ?? ['in-addr.arpa.', 'ip6.arpa.']).some((zone) => holds(zone, name))
}

/** Whom the server asks about a name: the upstream of the longest zone that has one of its own, or the common one. */
function upstreamOf({ stubs = [], upstream }: DnsServerConfig, name: string): string | null {
  const own = stubs.filter(({ zone }) => holds(zone, name)).sort((a, b) => b.zone.length - a.zone.length)[0]
  return own ? own.upstream : upstream
}

/** The longest of the zones that hold the name, or null. */
function zoneOf(config: DnsServerConfig, name: string): string | null {
  const zones = config.zones.filter((zone) => holds(zone, name))
  const zone = zones.sort((a, b) => b.length - a.length)[0] ?? null
  // A server block of a longer zone takes the question first.
  const elsewhere = (config.stubs ?? []).some((stub) => holds(stub.zone, name) && stub.zone.length > (zone?.length ?? 0))
  return elsewhere ? null : zone
}

/** Records of the name and type; a CNAME is followed as far as the server's own records lead. */
function lookUp(config: DnsServerConfig, name: string, type: string): ResourceRecord[] {
  const own = config.records.filter((record) => record.name === name)
  const direct = own.filter((record) => record.type === type || type === 'ANY')
  if (direct.length > 0) return direct
  const alias = own.find((record) => record.type === 'CNAME')
  if (alias)
    return [
      alias,
      ...lookUp({ ...config, records: config.records.filter((record) => record !== alias) }, absoluteName(alias.data.toLowerCase()), type),
    ]
  const zone = zoneOf(config, name)
  const pod = zone === null ? null : podAddress(config, zone, name)
  return pod !== null && type === 'A' ? [{ name, type, ttl: config.ttl, data: pod }] : []
}

/** `10-244-1-2.NAMESPACE.pod.ZONE` → 10.244.1.2, as the `pods` option allows; null when there is no such name. */
function podAddress(config: DnsServerConfig, zone: string, name: string): string | null {
  if (config.pods === 'disabled' || !name.endsWith(`.pod.${zone}`)) return null
  const labels = name.slice(0, -`.pod.${zone}`.length).split('.')
  const [dashed, namespace] = labels
  if (labels.length !== 2 || dashed === undefined || namespace === undefined) return null
  const address = dashed.replaceAll('-', '.')
  if (parseAddress(address) === null || !Object.hasOwn(config.podAddresses, namespace)) return null
  return config.pods === 'insecure' || config.podAddresses[namespace]?.includes(address) ? address : null
}

function soa(config: DnsServerConfig, zone: string): ResourceRecord {
  return {
    name: zone,
    type: 'SOA',
    ttl: config.ttl,
    data:
      zone === '.'
        ? 'a.root-servers.net. nstld.verisign-grs.com. 1 1800 900 604800 86400'
        : `ns.dns.${zone} hostmaster.${zone} 1 7200 1800 86400 ${config.ttl}`,
  }
}
