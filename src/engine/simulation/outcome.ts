/** What the sender of a walk experienced, and who decided it: read from the client's process, the servers' contacts and the trace. */

import { formatAddress } from '../net/address.ts'
import type { SctpHeader } from '../net/packet.ts'
import { type ClientResult, clientResult, NO_RESULT } from '../process/client-result.ts'
import { errnoText } from '../process/errno-text.ts'
import { type Death, deathsOf, type Flow, followConnection, isContactOf, NO_FLOW } from './flow.ts'
import type { Connection, Contact, Process } from './process.ts'
import type { TraceRecord, WalkOutcome } from './trace.ts'
import type { WalkClient } from './walk-client.ts'
import type { World } from './world.ts'

export interface WalkFacts {
  readonly world: World
  readonly client: WalkClient
  readonly process: Process
  readonly records: readonly TraceRecord[]
  /** Virtual time the walk began, ms. */
  readonly startMs: number
  /** Why the run stopped short, or null. */
  readonly unsupported: string | null
}

type Verdict = Pick<WalkOutcome, 'outcome' | 'reason' | 'by'>
type Identity = Pick<WalkOutcome, 'server' | 'seenFrom' | 'answeredFrom' | 'masqueraded' | 'status'>

const NOBODY: Identity = { server: null, seenFrom: null, answeredFrom: null, masqueraded: false, status: null }

/** The outcome of a finished walk; `walk`, `from` and `to` are the caller's to add. */
export function outcomeOf(facts: WalkFacts): Verdict & Identity {
  const report = clientResult(facts.process.state) ?? NO_RESULT
  const asked = facts.process.connections.at(-1) ?? null
  const flow = asked
    ? followConnection(facts.records, asked, { client: facts.client.netns, sinceMs: asked.timeMs - facts.startMs })
    : NO_FLOW
  const exchange: Exchange = { connection: asked, contact: contactOf(facts, flow), flow, report }
  const resolving = report.phase === 'dns' && facts.client.destination.protocol !== 'dns'
  const identity = resolving ? NOBODY : identityOf(facts, exchange)
  if (facts.unsupported !== null) return { ...identity, outcome: 'unsupported', reason: facts.unsupported, by: unsupportedAt(facts) }
  return { ...identity, ...(resolving || report.rcode !== null ? unresolved(facts, exchange) : verdictOf(facts, exchange)) }
}

/** The client's last connection, which is what the walk is about unless it never got past asking for the name. */
interface Exchange {
  readonly connection: Connection | null
  /** The server that took it. */
  readonly contact: Contact | null
  readonly flow: Flow
  readonly report: ClientResult
}

/** TCP and SCTP: who sends first asks whether anybody is there. */
function isStream({ protocol }: Connection): boolean {
  return protocol === 'tcp' || protocol === 'sctp'
}

function isEstablished(connection: Connection | null): boolean {
  return connection !== null && isStream(connection) && connection.events.includes('connected')
}

function contactOf(facts: WalkFacts, flow: Flow): Contact | null {
  for (const process of facts.world.processes.values()) {
    // They stand in order of time.
    for (let i = process.contacts.length - 1; i >= 0; i--) {
      const contact = process.contacts[i] as Contact
      if (contact.timeMs < facts.startMs) break
      if (isContactOf(flow, contact)) return contact
    }
  }
  return null
}

function identityOf(facts: WalkFacts, exchange: Exchange): Identity {
  const { connection, contact, flow, report } = exchange
  const masqueraded = facts.records.some(
    ({ event }) => event.at === 'nat_manip' && event.manip === 'source' && !event.reply && flow.packets.has(event.packet.id),
  )
  const heard = connection?.answeredFrom ?? (isEstablished(connection) ? connection : null)
  const answeredFrom = heard ? formatAddress(heard.address) : null
  if (connection?.protocol === 'icmp') return { ...pingServer(facts, flow), answeredFrom, masqueraded, status: null }
  if (!contact) return { ...NOBODY, answeredFrom, masqueraded }
  return {
    server: `${contact.owner}:${contact.localPort}`,
    seenFrom: formatAddress(contact.from.address),
    answeredFrom,
    masqueraded,
    status: report.status,
  }
}

/** Who answered a ping: where the echo reply was made, and to whom. */
function pingServer(facts: WalkFacts, flow: Flow): Pick<Identity, 'server' | 'seenFrom'> {
  for (const { event, where } of facts.records) {
    const { network, transport } = event.packet
    if (network.kind === 'ip' && transport?.kind === 'icmp' && transport.type === 0 && flow.packets.has(event.packet.id)) {
      return { server: where, seenFrom: formatAddress(network.destination) }
    }
  }
  return { server: null, seenFrom: null }
}

function verdictOf(facts: WalkFacts, exchange: Exchange): Verdict {
  const { connection, flow, report } = exchange
  if (!connection || report.success) return { outcome: 'delivered', reason: null, by: null }
  const established = isEstablished(connection)
  const deaths = deathsOf(facts.records, flow).filter((death) => !established || !isBeginning(death))
  const errno = connection.errno ?? report.errno
  if (errno === null || errno === 'ETIMEDOUT') {
    const silent = silentDeath(deaths, flow)
    return { outcome: established ? 'stalled' : 'timeout', reason: silent?.event.reason ?? 'ETIMEDOUT', by: silent && placeOf(silent) }
  }
  const first = ownDeaths(deaths)[0]
  const by = first ? placeOf(first) : null
  if (established) return { outcome: errno === 'ECONNRESET' || errno === 'ECONNREFUSED' ? 'reset' : 'stalled', reason: errno, by }
  const refused = errno === 'ECONNREFUSED' && isStream(connection) && sawReset(facts, flow)
  // Where no packet died, the system call itself failed.
  const failed = connection.errno === null ? null : { where: facts.client.netns, rule: errnoText(connection.errno) }
  return { outcome: refused ? 'refused' : 'rejected', reason: errno, by: by ?? failed }
}

/** What happened to an ICMP error (a redirect too) counts only where nothing else died: it only tells of another packet. */
function ownDeaths(all: readonly Death[]): readonly Death[] {
  const own = all.filter(({ event: { packet } }) => packet.transport?.kind !== 'icmp' || packet.transport.quoted === null)
  return own.length > 0 ? own : all
}

/** The first death that nobody was told of; failing that, the first. */
function silentDeath(all: readonly Death[], flow: Flow): Death | null {
  const deaths = ownDeaths(all)
  return deaths.find((death) => !flow.answered.has(death.event.packet.id)) ?? deaths[0] ?? null
}

/** Does it belong to the handshake? */
function isBeginning({ event }: Death): boolean {
  const { transport } = event.packet
  return transport?.kind === 'tcp' ? transport.flags.syn : transport?.kind === 'sctp' && BEGINNINGS.has(transport.chunk)
}

const BEGINNINGS: ReadonlySet<string> = new Set<SctpHeader['chunk']>(['INIT', 'INIT_ACK', 'COOKIE_ECHO', 'COOKIE_ACK'])

function placeOf({ where, event }: Death): NonNullable<WalkOutcome['by']> {
  return { where, rule: event.by?.rule?.text ?? event.by?.text ?? event.detail }
}

/** Did a RST or an ABORT, not an ICMP error, come back to the client? */
function sawReset(facts: WalkFacts, flow: Flow): boolean {
  return facts.records.some(({ event, where }) => {
    const { id, transport } = event.packet
    if (where !== facts.client.netns || event.at !== 'netif_receive_skb' || !flow.packets.has(id)) return false
    return transport?.kind === 'tcp' ? transport.flags.rst : transport?.kind === 'sctp' && transport.chunk === 'ABORT'
  })
}

/** The name was not resolved: the server said so, or nobody answered. */
function unresolved(facts: WalkFacts, { connection, contact, flow, report }: Exchange): Verdict {
  if (report.rcode !== null) return { outcome: 'unresolved', reason: report.rcode, by: contact && { where: contact.owner, rule: null } }
  const silent = silentDeath(deathsOf(facts.records, flow), flow)
  return {
    outcome: 'unresolved',
    reason: silent?.event.reason ?? connection?.errno ?? report.errno ?? 'ETIMEDOUT',
    by: silent && placeOf(silent),
  }
}

function unsupportedAt(facts: WalkFacts): WalkOutcome['by'] {
  const last = facts.records.findLast(({ event }) => event.at === 'unsupported') ?? facts.records.at(-1)
  if (!last) return null
  // What a rule asks for is told as the command that made it.
  const rule = last.event.at === 'unsupported' ? /^iptables -t \S+ (-A .*)$/.exec(last.event.what) : null
  return { where: last.where, rule: rule?.[1] ?? null }
}
