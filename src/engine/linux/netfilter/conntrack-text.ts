/** One connection as `conntrack -L` prints it. Userspace: libnetfilter_conntrack, src/conntrack/snprintf_default.c. */
import { formatAddress } from '../../net/address.ts'
import type { ConntrackEntry } from './conntrack-table.ts'
import { type ConntrackTuple, IPPROTO_ICMP } from './conntrack-tuple.ts'
import type { ZoneDirection } from './conntrack-zone.ts'
import { protocolName } from './protocols.ts'

const PORT_PROTOCOLS = [6, 17, 33, 132, 136]
/** Protocols that conntrack knows by name. */
const KNOWN_PROTOCOLS = [1, 6, 17, 33, 47, 58, 132, 136]

/** Tuples never change, and every packet of a connection tells of both. */
const TEXTS = new WeakMap<ConntrackTuple, string>()

function tupleText(tuple: ConntrackTuple): string {
  const known = TEXTS.get(tuple)
  if (known !== undefined) return known
  const text = printTuple(tuple)
  TEXTS.set(tuple, text)
  return text
}

function printTuple(tuple: ConntrackTuple): string {
  const addresses = `src=${formatAddress(tuple.source)} dst=${formatAddress(tuple.destination)}`
  if (tuple.protocol === IPPROTO_ICMP) {
    return `${addresses} type=${tuple.destinationPort >> 8} code=${tuple.destinationPort & 255} id=${tuple.sourcePort}`
  }
  return PORT_PROTOCOLS.includes(tuple.protocol) ? `${addresses} sport=${tuple.sourcePort} dport=${tuple.destinationPort}` : addresses
}

/** Whole seconds an entry has left. A moment always passes between the packet and the listing, so a full second is never shown. */
export function secondsLeft(entry: ConntrackEntry, nowMs: number): number {
  return Math.max(0, Math.ceil((entry.expiresMs - nowMs) / 1000) - 1)
}

/** " zone-orig=5" behind the tuple it is of; " zone=5" where it is of both. */
function zoneText({ zone }: ConntrackEntry, direction: ZoneDirection): string {
  if (zone.id === 0 || zone.direction !== direction) return ''
  return ` ${{ both: 'zone', original: 'zone-orig', reply: 'zone-reply' }[direction]}=${zone.id}`
}

/** "tcp      6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… [ASSURED] mark=0 use=1". */
export function formatConntrackEntry(entry: ConntrackEntry, nowMs: number): string {
  const { protocol } = entry.original
  const name = KNOWN_PROTOCOLS.includes(protocol) ? protocolName(protocol) : 'unknown'
  const state = entry.tcp?.state ?? entry.sctp?.state
  return (
    `${name.padEnd(8)} ${protocol} ${secondsLeft(entry, nowMs)} ${state ? `${state} ` : ''}` +
    `${tupleText(entry.original)}${zoneText(entry, 'original')} ${entry.seenReply ? '' : '[UNREPLIED] '}` +
    `${tupleText(entry.reply)}${zoneText(entry, 'reply')} ${entry.assured ? '[ASSURED] ' : ''}` +
    `mark=${entry.mark}${zoneText(entry, 'both')} use=1`
  )
}

/** "-A -t 29 -u SEEN_REPLY -s … -d … -r … -q … -p udp --sport … --dport …", as `conntrack -o save` prints it. */
export function saveConntrackEntry(entry: ConntrackEntry, nowMs: number): string {
  const { original, reply, zone } = entry
  const status = [entry.seenReply ? ['SEEN_REPLY'] : [], entry.assured ? ['ASSURED'] : []].flat().join(',') || 'UNSET'
  const option = { both: '-w', original: '--orig-zone', reply: '--reply-zone' }[zone.direction]
  const icmp = `--icmp-type ${original.destinationPort >> 8} --icmp-code ${original.destinationPort & 255} --icmp-id ${original.sourcePort}`
  const ports =
    `--sport ${original.sourcePort} --dport ${original.destinationPort} ` +
    `--reply-port-src ${reply.sourcePort} --reply-port-dst ${reply.destinationPort}`
  const state = entry.tcp?.state ?? entry.sctp?.state
  return [
    `-A -t ${secondsLeft(entry, nowMs)} -u ${status}`,
    ...(zone.id === 0 ? [] : [`${option} ${zone.id}`]),
    `-s ${formatAddress(original.source)} -d ${formatAddress(original.destination)}`,
    `${reply.source === original.destination ? '-r' : '-g'} ${formatAddress(reply.source)}`,
    `${reply.destination === original.source ? '-q' : '-n'} ${formatAddress(reply.destination)}`,
    `-p ${KNOWN_PROTOCOLS.includes(original.protocol) ? protocolName(original.protocol) : original.protocol}`,
    ...(original.protocol === IPPROTO_ICMP ? [icmp] : PORT_PROTOCOLS.includes(original.protocol) ? [ports] : []),
    ...(state ? [`--state ${state}`] : []),
  ].join(' ')
}
