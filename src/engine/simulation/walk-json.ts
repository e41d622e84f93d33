/** A trace in the form of `walk --json`: plain, readable fields, a stable contract. */

import type { Remark } from '../kubernetes/network-policies.ts'
import type { RuleRef } from '../linux/netfilter/rule.ts'
import type { RouteResult } from '../linux/route.ts'
import type { TraceEvent } from '../linux/trace-event.ts'
import { formatAddress } from '../net/address.ts'
import { formatCidr } from '../net/cidr.ts'
import type { Packet } from '../net/packet.ts'
import { dnsMessageOf } from '../process/dns-message.ts'
import { messageOf, printMessage } from '../process/http-message.ts'
import type { Trace } from './trace.ts'
import { walkPath } from './walk-path.ts'

export type StepJson = { readonly at: TraceEvent['at']; readonly timeMs: number; readonly packet: PacketJson } & Readonly<
  Record<string, unknown>
>

/** A packet's headers, addresses as text. */
export interface PacketJson {
  readonly id: number
  readonly protocol: string
  readonly source: string
  readonly destination: string
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly [field: string]: unknown
}

export interface HopJson {
  readonly where: string
  readonly in: string | null
  readonly out: string | null
  readonly packet: number
  readonly steps: readonly StepJson[]
}

export interface WalkJson {
  readonly walk: string
  readonly from: string
  readonly to: string
  readonly outcome: string
  readonly reason: string | null
  readonly by: { readonly where: string; readonly rule: string | null } | null
  readonly server: string | null
  readonly seenFrom: string | null
  readonly answeredFrom: string | null
  readonly masqueraded: boolean
  readonly status: number | null
  /** Only where there is something to say. */
  readonly remarks?: readonly Remark[]
  readonly durationMs: number
  /** Places from the sender to who accepted or where it ended, and back again. */
  readonly path: readonly string[]
  readonly returnPath: readonly string[]
  readonly hops: readonly HopJson[]
  /** How many packets were on their way. */
  readonly packets: number
}

/** Takes a finished walk; returns plain JSON data. */
export function walkJson(trace: Trace): WalkJson {
  return {
    ...trace.outcome,
    durationMs: round(trace.durationMs),
    ...walkPath(trace),
    hops: trace.hops.map((hop) => ({
      where: hop.where,
      in: hop.in,
      out: hop.out,
      packet: hop.packet,
      steps: hop.records.flatMap((n) => {
        const record = trace.records[n]
        return record
          ? [{ at: record.event.at, timeMs: round(record.timeMs), ...fields(record.event), packet: packetJson(record.event.packet) }]
          : []
      }),
    })),
    packets: new Set(trace.records.map((record) => record.event.packet.id)).size,
  }
}

/** To microseconds. */
const round = (ms: number): number => Math.round(ms * 1000) / 1000

/** The fields of one event beside its packet. */
function fields(event: TraceEvent): Record<string, unknown> {
  switch (event.at) {
    case 'netif_receive_skb':
    case 'dev_queue_xmit':
      return { device: event.device }
    case 'br_fdb':
      return { bridge: event.bridge, decision: event.decision, port: event.port, ports: event.ports, learned: event.learned }
    case 'nf_hook':
      return { hook: event.hook, table: event.table, in: event.in, out: event.out, bridged: event.bridged }
    case 'ipt_rule':
      return { ...ruleJson(event), ...originJson(event.rule) }
    case 'fib_lookup':
      return { route: event.result && routeText(event.result), error: event.error, ...resultJson(event.result) }
    case 'neigh_resolve':
      return { device: event.device, address: formatAddress(event.address), state: event.state, lladdr: event.lladdr, action: event.action }
    case 'ct_lookup':
      return { state: event.state, direction: event.direction, entry: event.entry }
    case 'nat_manip':
      return { manip: event.manip, reply: event.reply, rule: event.rule?.text ?? null, ...rewrite(event.before, event.packet, event.manip) }
    case 'ip_vs_schedule':
      return {
        service: event.service,
        scheduler: event.scheduler,
        server: event.server && `${formatAddress(event.server.address)}:${event.server.port}`,
        method: event.server?.method ?? null,
        how: event.how,
      }
    case 'ip_forward':
      return {}
    case 'encap':
    case 'decap':
      return { device: event.device, before: packetJson(event.before) }
    case 'socket':
      return { action: event.action, socket: event.socket, detail: event.detail }
    case 'kfree_skb':
      return { reason: event.reason, by: event.by && { kind: event.by.kind, text: event.by.text }, detail: event.detail }
    case 'unsupported':
      return { what: event.what }
  }
}

/** A rule that matched, or a chain's policy that applied (`rule` null). */
export interface RuleJson {
  readonly hook: string
  readonly table: string
  readonly chain: string
  readonly rule: string | null
  readonly index: number | null
  /** Rules of the chain that did not match just before. */
  readonly tried: number
  readonly verdict: string
}

/** What a rule's event says of the rule. */
export function ruleJson({ hook, table, chain, rule, tried, verdict }: Extract<TraceEvent, { at: 'ipt_rule' }>): RuleJson {
  return { hook, table, chain, rule: rule?.text ?? null, index: rule?.index ?? null, tried, verdict }
}

function originJson(rule: RuleRef | null): Record<string, unknown> {
  return rule?.origin ? { origin: { component: rule.origin.component, object: rule.origin.object, line: rule.origin.line } } : {}
}

/** A route as `ip route` would begin it. */
export function routeText({ route }: RouteResult): string {
  const destination =
    route.destination.prefixLength === 0
      ? 'default'
      : route.destination.prefixLength === 32
        ? formatAddress(route.destination.address)
        : formatCidr(route.destination)
  const hops = route.nexthops
    .map((one) => `${one.gateway === null ? '' : ` via ${formatAddress(one.gateway)}`}${one.device === null ? '' : ` dev ${one.device}`}`)
    .join('')
  return `${route.type === 'unicast' ? '' : `${route.type} `}${destination}${hops}`
}

function resultJson(result: RouteResult | null): Record<string, unknown> {
  return result ? { device: result.device, nextHop: formatAddress(result.nextHop), table: result.route.table } : {}
}

function rewrite(before: Packet, after: Packet, manip: 'source' | 'destination'): Record<string, unknown> {
  const old = packetJson(before)
  const now = packetJson(after)
  const end = (packet: PacketJson): string => {
    const port = manip === 'source' ? packet.sourcePort : packet.destinationPort
    return `${packet[manip]}${port === undefined ? '' : `:${port}`}`
  }
  return { before: end(old), after: end(now) }
}

/** The headers of a packet as plain fields. */
export function packetJson(packet: Packet): PacketJson {
  const { network, transport } = packet
  const base = { id: packet.id, ...(packet.parent === null ? {} : { parent: packet.parent }) }
  const eth = packet.eth ? { macSource: packet.eth.source, macDestination: packet.eth.destination } : {}
  const mark = packet.mark === 0 ? {} : { mark: `0x${packet.mark.toString(16)}` }
  if (network.kind === 'arp') {
    return {
      ...base,
      protocol: 'arp',
      source: formatAddress(network.senderAddress),
      destination: formatAddress(network.targetAddress),
      operation: network.operation,
      ...eth,
    }
  }
  const ip = { source: formatAddress(network.source), destination: formatAddress(network.destination), ttl: network.ttl }
  const rest = { length: packet.payload.length, ...messageJson(packet.payload.data), ...mark, ...eth }
  if (!transport) return { ...base, protocol: String(network.protocol), ...ip, ...rest }
  if (transport.kind === 'icmp') return { ...base, protocol: 'icmp', ...ip, type: transport.type, code: transport.code, ...rest }
  const ports = { sourcePort: transport.sourcePort, destinationPort: transport.destinationPort }
  const flags =
    transport.kind === 'tcp' ? { flags: Object.entries(transport.flags).flatMap(([name, set]) => (set ? [name.toUpperCase()] : [])) } : {}
  return { ...base, protocol: transport.kind, ...ip, ...ports, ...flags, ...rest }
}

/** What a payload says: a DNS question with its answer, or the first line of HTTP. */
function messageJson(data: unknown): Record<string, unknown> {
  const dns = dnsMessageOf(data)
  if (dns) {
    const { question, response, rcode, answers } = dns
    return { dns: { ...question, response, ...(response ? { rcode, answers } : {}) } }
  }
  const message = messageOf(data)
  return message ? { message: printMessage(message).split(/\r?\n/, 1)[0] } : {}
}
