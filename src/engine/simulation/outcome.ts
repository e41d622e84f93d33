/** What the sender of a walk experienced, and who decided it: read from the client's process, the servers' contacts and the trace. */

import type { TraceEvent } from '../linux/trace-event.ts'
import { formatAddress } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'
import { type ClientResult, clientResult, NO_RESULT } from '../process/client-result.ts'
import type { Connection, Contact, Process } from './process.ts'
import type { Outcome, TraceRecord, WalkOutcome } from './trace.ts'
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
  const connection = mainConnection(facts, report)
  const flow = flowOf(facts, connection)
  const contact = contactOf(facts, connection)
  const identity = identityOf(facts, { connection, contact, flow, report })
  if (facts.unsupported !== null) return { ...identity, outcome: 'unsupported', reason: facts.unsupported, by: unsupportedAt(facts) }
  if (connection === null) return { ...NOBODY, ...unresolved(facts, report) }
  return { ...identity, ...verdictOf(facts, { connection, contact, flow, report }) }
}

interface Exchange {
  readonly connection: Connection | null
  readonly contact: Contact | null
  readonly flow: ReadonlySet<number>
  readonly report: ClientResult
}

/** The connection the walk is about: the client's last one, unless it never got past asking for the name. */
function mainConnection(facts: WalkFacts, report: ClientResult): Connection | null {
  if (report.phase === 'dns' && facts.client.destination.protocol !== 'dns') return null
  return facts.process.connections.at(-1) ?? null
}

/**
 * Ids of the packets that belong to the connection: sent by the client, answered by whoever heard them, or made because of those.
 * An answer turns round the ends of what a socket heard, so a half-open connection has one too.
 */
function flowOf(facts: WalkFacts, connection: Connection | null): ReadonlySet<number> {
  const flow = new Set<number>()
  if (connection === null) return flow
  const contact = contactOf(facts, connection)
  const from = connection.timeMs - facts.startMs
  const heard = new Set<string>()
  for (const { event, where, timeMs } of facts.records) {
    const { packet } = event
    if (timeMs < from) continue
    if (flow.has(packet.id)) {
      if (event.at === 'socket') heard.add(`${where} ${endsText(packet, true)}`)
    } else if (event.at === 'socket' && heard.has(`${where} ${endsText(packet, false)}`)) flow.add(packet.id)
    else if (packet.parent !== null && flow.has(packet.parent)) flow.add(packet.id)
    else if (where === facts.client.netns && isSentBy(connection, packet)) flow.add(packet.id)
    else if (contact && where === contact.netns && isAnswerOf(contact, packet)) flow.add(packet.id)
  }
  return flow
}

/** Both ends of a packet as one word, turned round for the packet that would answer it. */
function endsText({ network, transport }: Packet, turned: boolean): string {
  if (network.kind !== 'ip' || !transport) return ''
  const [source, destination] = transport.kind === 'icmp' ? [transport.id, transport.id] : [transport.sourcePort, transport.destinationPort]
  const ends = [`${network.source}:${source}`, `${network.destination}:${destination}`]
  return `${transport.kind} ${(turned ? ends.reverse() : ends).join(' ')}`
}

const PROTOCOL_KIND = { tcp: 'tcp', udp: 'udp', sctp: 'sctp', icmp: 'icmp' } as const

function isSentBy(connection: Connection, packet: Packet): boolean {
  const { network, transport } = packet
  if (network.kind !== 'ip' || transport?.kind !== PROTOCOL_KIND[connection.protocol] || network.destination !== connection.address)
    return false
  return transport.kind === 'icmp' ? transport.type === 8 : transport.destinationPort === connection.port
}

function isAnswerOf(contact: Contact, packet: Packet): boolean {
  const { network, transport } = packet
  if (network.kind !== 'ip' || !transport || transport.kind === 'icmp' || transport.kind !== contact.protocol) return false
  return (
    network.destination === contact.from.address &&
    transport.destinationPort === contact.from.port &&
    transport.sourcePort === contact.localPort
  )
}

/** The server that took the connection: the last contact of its protocol since the client began it. */
function contactOf(facts: WalkFacts, connection: Connection | null): Contact | null {
  if (connection === null) return null
  const wantsDns = facts.client.destination.protocol === 'dns'
  const contacts: Contact[] = []
  for (const process of facts.world.processes.values()) {
    for (const contact of process.contacts) {
      if (contact.timeMs >= connection.timeMs && contact.protocol === connection.protocol && (wantsDns || isFor(contact, facts)))
        contacts.push(contact)
    }
  }
  return contacts.sort((a, b) => a.timeMs - b.timeMs).at(-1) ?? null
}

/** Names are resolved on the way; what the DNS server was asked is the walk's own question only when it is sent to it. */
function isFor(contact: Contact, facts: WalkFacts): boolean {
  return contact.program !== 'coredns' || facts.client.destination.port === 53
}

function identityOf(facts: WalkFacts, exchange: Exchange): Identity {
  const { connection, contact, flow, report } = exchange
  const masqueraded = facts.records.some(
    ({ event }) => event.at === 'nat_manip' && event.manip === 'source' && !event.reply && flow.has(event.packet.id),
  )
  const answeredFrom = connection?.answeredFrom ? formatAddress(connection.answeredFrom.address) : null
  if (connection?.protocol === 'icmp') return { ...pingServer(facts, flow), answeredFrom, masqueraded, status: null }
  if (!contact) return { ...NOBODY, answeredFrom, masqueraded }
  const accepted =
    connection?.events.includes('connected') && connection.answeredFrom === null ? formatAddress(connection.address) : answeredFrom
  return {
    server: `${contact.owner}:${contact.localPort}`,
    seenFrom: formatAddress(contact.from.address),
    answeredFrom: accepted,
    masqueraded,
    status: report.status,
  }
}

/** Who answered a ping: where the echo reply was made, and to whom. */
function pingServer(facts: WalkFacts, flow: ReadonlySet<number>): Pick<Identity, 'server' | 'seenFrom'> {
  for (const { event, where } of facts.records) {
    const { network, transport } = event.packet
    if (network.kind === 'ip' && transport?.kind === 'icmp' && transport.type === 0 && flow.has(event.packet.id))
      return { server: where, seenFrom: formatAddress(network.destination) }
  }
  return { server: null, seenFrom: null }
}

function verdictOf(facts: WalkFacts, exchange: Exchange): Verdict {
  const { connection, flow, report } = exchange
  if (!connection || report.success) return { outcome: 'delivered', reason: null, by: null }
  const established = connection.protocol === 'tcp' && connection.events.includes('connected')
  const drops = dropsOf(facts, flow, established)
  const death = drops[0]
  const by = death ? placeOf(death) : null
  if (report.rcode !== null) return { outcome: 'unresolved', reason: report.rcode, by: byContact(exchange.contact) }
  const errno = connection.errno ?? report.errno
  if (errno === null || errno === 'ETIMEDOUT')
    return { outcome: established ? 'stalled' : 'timeout', reason: death?.event.reason ?? errno ?? 'ETIMEDOUT', by }
  if (established) return { outcome: errno === 'ECONNRESET' || errno === 'ECONNREFUSED' ? 'reset' : 'stalled', reason: errno, by }
  const outcome: Outcome = errno === 'ECONNREFUSED' && connection.protocol === 'tcp' && sawReset(facts, flow) ? 'refused' : 'rejected'
  return { outcome, reason: errno, by }
}

function byContact(contact: Contact | null): WalkOutcome['by'] {
  return contact ? { where: contact.owner, rule: null } : null
}

type Death = TraceRecord & { readonly event: Extract<TraceEvent, { at: 'kfree_skb' }> }

/** Packets of the flow that died; those that a bridge flooded to the wrong place do not count. */
function dropsOf(facts: WalkFacts, flow: ReadonlySet<number>, established: boolean): Death[] {
  const drops = facts.records.filter(
    (record): record is Death => record.event.at === 'kfree_skb' && flow.has(record.event.packet.id) && record.event.reason !== 'OTHERHOST',
  )
  if (!established) return drops
  const late = drops.filter((record) => record.event.packet.transport?.kind !== 'tcp' || !record.event.packet.transport.flags.syn)
  return late.length > 0 ? late : drops
}

function placeOf(death: Death): NonNullable<WalkOutcome['by']> {
  const { by, detail } = death.event
  return { where: death.where, rule: by?.rule?.text ?? by?.text ?? detail }
}

/** Did a RST, not an ICMP error, come back to the client? */
function sawReset(facts: WalkFacts, flow: ReadonlySet<number>): boolean {
  const first = facts.records.find(
    ({ event, where }) => where === facts.client.netns && flow.has(event.packet.id) && event.packet.transport?.kind === 'tcp',
  )
  const port = first?.event.packet.transport?.kind === 'tcp' ? first.event.packet.transport.sourcePort : null
  return facts.records.some(({ event, where }) => {
    const { transport } = event.packet
    return where === facts.client.netns && transport?.kind === 'tcp' && transport.flags.rst && transport.destinationPort === port
  })
}

/** The name was not resolved: the server said so, or nobody answered. */
function unresolved(facts: WalkFacts, report: ClientResult): Verdict {
  const asked = facts.process.connections.at(-1) ?? null
  const flow = flowOf(facts, asked)
  const death = dropsOf(facts, flow, false)[0]
  if (report.rcode !== null) return { outcome: 'unresolved', reason: report.rcode, by: null }
  return {
    outcome: 'unresolved',
    reason: death?.event.reason ?? asked?.errno ?? report.errno ?? 'ETIMEDOUT',
    by: death ? placeOf(death) : null,
  }
}

function unsupportedAt(facts: WalkFacts): WalkOutcome['by'] {
  const last = facts.records.findLast(({ event }) => event.at === 'unsupported') ?? facts.records.at(-1)
  return last ? { where: last.where, rule: null } : null
}
