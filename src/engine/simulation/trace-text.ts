/** A trace as text, one line a record: what the golden traces of the gallery hold, made to be read and compared by eye. */

import type { TraceEvent } from '../linux/trace-event.ts'
import { formatAddress } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'
import type { Trace } from './trace.ts'
import { routeText } from './walk-json.ts'

/** Takes a finished walk; returns its outcome, then each hop with its records. Packets are numbered as they appear. */
export function traceText(trace: Trace): string {
  const { outcome } = trace
  const packets = new Map<number, number>()
  const lines = [`walk ${outcome.walk}: ${outcome.from} -> ${outcome.to}`, `  ${outcomeText(trace)}`, '']
  let hop = ''
  for (const { n, timeMs, where, event } of trace.records) {
    const { id } = event.packet
    if (!packets.has(id)) packets.set(id, packets.size + 1)
    const stay = `${where}  packet ${packets.get(id)}`
    if (stay !== hop) lines.push(`${stay}  ${packetText(event.packet)}`)
    hop = stay
    lines.push(`${String(n).padStart(5)} ${timeMs.toFixed(3).padStart(9)}  ${eventText(event)}`)
  }
  return `${lines.join('\n')}\n`
}

function outcomeText({ outcome }: Trace): string {
  const parts = [
    outcome.outcome,
    outcome.reason,
    outcome.by && `by ${outcome.by.where}${outcome.by.rule === null ? '' : `: ${outcome.by.rule}`}`,
    outcome.server && `server ${outcome.server}`,
    outcome.seenFrom && `seen from ${outcome.seenFrom}`,
    outcome.answeredFrom && `answered from ${outcome.answeredFrom}`,
    outcome.masqueraded && 'masqueraded',
    outcome.status !== null && `status ${outcome.status}`,
  ]
  return parts.filter((part) => part !== null && part !== false).join(', ')
}

/** One packet: "tcp 10.0.0.1:40000 > 10.0.0.2:80 [SYN] ttl 64". */
export function packetText(packet: Packet): string {
  const { network, transport } = packet
  if (network.kind === 'arp') {
    const who = formatAddress(network.targetAddress)
    return network.operation === 'request'
      ? `arp who-has ${who} tell ${formatAddress(network.senderAddress)}`
      : `arp ${formatAddress(network.senderAddress)} is-at ${network.senderMac} to ${who}`
  }
  const [source, destination] = [formatAddress(network.source), formatAddress(network.destination)]
  const tail = `ttl ${network.ttl}${packet.payload.length > 0 ? `, ${packet.payload.length} bytes` : ''}${packet.mark === 0 ? '' : `, mark 0x${packet.mark.toString(16)}`}`
  if (!transport) return `ip ${source} > ${destination} ${tail}`
  if (transport.kind === 'icmp') return `icmp ${source} > ${destination} type ${transport.type} code ${transport.code} ${tail}`
  const flags =
    transport.kind === 'tcp'
      ? `[${Object.entries(transport.flags)
          .flatMap(([name, set]) => (set ? [name.toUpperCase()] : []))
          .join(' ')}] `
      : ''
  return `${transport.kind} ${source}:${transport.sourcePort} > ${destination}:${transport.destinationPort} ${flags}${tail}`
}

/** One event in words of the tools. */
export function eventText(event: TraceEvent): string {
  switch (event.at) {
    case 'netif_receive_skb':
    case 'dev_queue_xmit':
      return `${event.at} ${event.device}`
    case 'br_fdb':
      return `br_fdb ${event.bridge} ${event.decision} ${event.port ?? event.ports.join(' ')}${event.learned ? ' (learned)' : ''}`
    case 'nf_hook':
      return `nf_hook ${event.hook} ${event.table} in=${event.in ?? '-'} out=${event.out ?? '-'}${event.bridged ? ' bridged' : ''}`
    case 'ipt_rule':
      return `ipt_rule ${event.table} ${event.chain} ${event.rule ? `${event.rule.index}: ${event.rule.text}` : 'policy'} => ${event.verdict}`
    case 'fib_lookup':
      return `fib_lookup ${formatDestination(event.packet)} => ${event.result ? `${routeText(event.result)}, next hop ${formatAddress(event.result.nextHop)} dev ${event.result.device}` : event.error}`
    case 'neigh_resolve':
      return `neigh_resolve ${formatAddress(event.address)} dev ${event.device} ${event.action}: ${event.state}${event.lladdr === null ? '' : ` ${event.lladdr}`}`
    case 'ct_lookup':
      return `ct_lookup ${event.state} ${event.direction}${event.entry === null ? '' : ` ${event.entry}`}`
    case 'nat_manip':
      return `nat_manip ${event.manip}${event.reply ? ' (reply)' : ''}: ${packetText(event.before)} => ${packetText(event.packet)}`
    case 'ip_vs_schedule':
      return `ip_vs_schedule ${event.service} ${event.scheduler} ${event.how}${event.server ? ` => ${formatAddress(event.server.address)}:${event.server.port} ${event.server.method}` : ''}`
    case 'ip_forward':
      return `ip_forward => ${packetText(event.packet)}`
    case 'encap':
    case 'decap':
      return `${event.at} ${event.device}: ${packetText(event.before)} => ${packetText(event.packet)}`
    case 'socket':
      return `socket ${event.action}${event.socket === null ? '' : ` ${event.socket}`} ${event.detail}`
    case 'kfree_skb':
      return `kfree_skb ${event.reason}${event.by ? ` by ${event.by.kind} ${event.by.text}` : ''}${event.detail === null ? '' : ` (${event.detail})`}`
    case 'unsupported':
      return `unsupported ${event.what}`
  }
}

function formatDestination(packet: Packet): string {
  return packet.network.kind === 'ip' ? formatAddress(packet.network.destination) : ''
}
