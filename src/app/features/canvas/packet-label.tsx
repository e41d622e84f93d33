/** The packet's label: protocol and message, what happens here, source, destination; what changed stands below what it was. */
import type { Ref } from 'react'
import { formatAddress } from '../../../engine/net/address.ts'
import type { Packet } from '../../../engine/net/packet.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import type { Moment } from '../../store/frames.ts'
import { type Identities, identityOf } from '../../store/identities.ts'
import { endsOf, endText, isIcmpError, messageWords, type PacketEnds, protocolWords, unwrapped } from '../../store/packet-words.ts'
import { Glyph } from '../../ui/glyph.tsx'
import styles from './packet-label.module.css'

export interface PacketLabelProps {
  readonly record: TraceRecord
  readonly moment: Moment
  readonly identities: Identities
  readonly ref?: Ref<HTMLDivElement>
  /** In the flow of a list, not beside the packet on the canvas. */
  readonly inline?: boolean
}

/** A card of at most four lines, in screen size. The list of steps says the same to readers. */
export function PacketLabel({ record, moment, identities, ref, inline = false }: PacketLabelProps) {
  const chip = chipOf(record)
  const { outer } = unwrapped(record.event.packet)
  const words = <PacketWords record={record} moment={moment} identities={identities} chip={outer.length > 0 ? null : chip} />
  return (
    <div
      ref={ref}
      className={styles.card}
      data-inline={inline || undefined}
      data-wrapped={outer.length > 0 || undefined}
      aria-hidden="true"
    >
      {outer.length === 0 ? (
        words
      ) : (
        <>
          {outer.map((one, depth) => (
            <OuterLines key={wrapWords(one)} packet={one} where={moment.where} identities={identities} chip={depth === 0 ? chip : null} />
          ))}
          <div className={styles.inner}>{words}</div>
        </>
      )}
    </div>
  )
}

interface OuterLinesProps {
  readonly packet: Packet
  readonly where: string
  readonly identities: Identities
  readonly chip: Chip | null
}

/** What a tunnel's own headers say, and between which nodes. */
function OuterLines({ packet, where, identities, chip }: OuterLinesProps) {
  const ends = endsOf(packet)
  const end = (address: string, port: number | null) => {
    const { hue, glyph } = identityOf(identities, address, where)
    return (
      <code style={{ color: `var(--${hue})` }}>
        <Glyph shape={glyph} hue={hue} size={9} />
        {endText(address, port)}
      </code>
    )
  }
  return (
    <>
      <div className={styles.top}>
        <b>{wrapWords(packet)}</b>
        {packet.network.kind === 'ip' && <span>outer ttl {packet.network.ttl}</span>}
        <ChipView chip={chip} />
      </div>
      <div className={styles.line}>
        {end(ends.source, ends.sourcePort)}
        <span className={styles.between}>→</span>
        {end(ends.destination, ends.destinationPort)}
      </div>
    </>
  )
}

/** "VXLAN vni 1", "IPIP", or "UDP" when a program carries the packet. */
function wrapWords({ network, transport, payload }: Packet): string {
  const { data } = payload
  if (typeof data === 'object' && data !== null && 'vni' in data) return `VXLAN vni ${data.vni}`
  return network.kind === 'ip' && network.protocol === 4 ? 'IPIP' : transport?.kind === 'udp' ? 'UDP, by a program' : 'tunnel'
}

function ChipView({ chip }: { readonly chip: Chip | null }) {
  return (
    chip && (
      <span className={styles.chip} data-kind={chip.kind}>
        {chip.text}
      </span>
    )
  )
}

interface PacketWordsProps extends Pick<PacketLabelProps, 'record' | 'moment' | 'identities'> {
  readonly chip: Chip | null
}

function PacketWords({ record, moment, identities, chip }: PacketWordsProps) {
  const { packet } = unwrapped(record.event.packet)
  const message = messageWords(packet)
  return (
    <>
      <div className={styles.top}>
        <b>{protocolWords(packet)}</b>
        {packet.network.kind === 'ip' && <span>{message ?? `ttl ${packet.network.ttl}`}</span>}
        {packet.network.kind === 'arp' && <span>{packet.network.operation === 'request' ? 'to everyone' : 'to one'}</span>}
        {isIcmpError(packet) && <span>quotes the packet</span>}
        <ChipView chip={chip} />
      </div>
      {packet.network.kind === 'arp' ? (
        <ArpLines record={record} identities={identities} />
      ) : (
        <EndLines record={record} moment={moment} identities={identities} />
      )}
    </>
  )
}

function EndLines({ record, moment, identities }: Pick<PacketLabelProps, 'record' | 'moment' | 'identities'>) {
  const { event } = record
  const now = endsOf(unwrapped(event.packet).packet)
  const before = event.at === 'nat_manip' ? endsOf(unwrapped(event.before).packet) : null
  return (
    <>
      <EndLine side="source" now={now} before={before} where={moment.where} identities={identities} />
      <EndLine side="destination" now={now} before={before} where={moment.where} identities={identities} />
    </>
  )
}

interface EndLineProps {
  readonly side: 'source' | 'destination'
  readonly now: PacketEnds
  readonly before: PacketEnds | null
  readonly where: string
  readonly identities: Identities
}

function EndLine({ side, now, before, where, identities }: EndLineProps) {
  const port = side === 'source' ? 'sourcePort' : 'destinationPort'
  const text = endText(now[side], now[port])
  const old = before === null ? text : endText(before[side], before[port])
  const { hue, glyph } = identityOf(identities, now[side], where)
  const arrow = <span className={styles.arrow}>{side === 'destination' ? '→' : ''}</span>
  const value = (
    <code style={{ color: `var(--${hue})` }}>
      <Glyph shape={glyph} hue={hue} size={9} />
      {text}
    </code>
  )
  if (old === text)
    return (
      <div className={styles.line} data-side={side}>
        {arrow}
        {value}
      </div>
    )
  return (
    <>
      <div className={styles.line} data-side={side}>
        {arrow}
        <code className={styles.old}>{old}</code>
      </div>
      <div className={styles.line} data-side={side}>
        {arrow}
        <span className={styles.changed}>{value}</span>
      </div>
    </>
  )
}

function ArpLines({ record, identities }: { readonly record: TraceRecord; readonly identities: Identities }) {
  const { packet } = record.event
  if (packet.network.kind !== 'arp') return null
  const { operation, targetAddress, senderAddress, senderMac } = packet.network
  const ask = operation === 'request'
  const address = formatAddress(ask ? targetAddress : senderAddress)
  const { hue } = identityOf(identities, address, record.where)
  const sender = formatAddress(senderAddress)
  const asker = identityOf(identities, sender, record.where)
  return (
    <>
      <div className={styles.line}>
        <span className={styles.word}>{ask ? 'who-has' : ''}</span>
        <code style={{ color: `var(--${hue})` }}>{address}</code>
      </div>
      <div className={styles.line}>
        <span className={styles.word}>{ask ? 'tell' : 'is at'}</span>
        {ask ? (
          <code style={{ color: `var(--${asker.hue})` }}>
            <Glyph shape={asker.glyph} hue={asker.hue} size={9} />
            {sender}
          </code>
        ) : (
          <code>{senderMac}</code>
        )}
      </div>
    </>
  )
}

interface Chip {
  readonly text: string
  readonly kind: 'rewrite' | 'drop' | 'plain'
}

/** The one word for what happens to the packet here; null when nothing does. */
function chipOf({ event }: TraceRecord): Chip | null {
  if (event.at === 'nat_manip') {
    if (event.reply) return { text: 'un-NAT', kind: 'rewrite' }
    const target = /-j (\w+)/.exec(event.rule?.text ?? '')?.[1]
    return { text: target ?? (event.manip === 'source' ? 'SNAT' : 'DNAT'), kind: 'rewrite' }
  }
  if (event.at === 'kfree_skb') return { text: event.reason, kind: 'drop' }
  if (event.at === 'unsupported') return { text: 'not modelled', kind: 'rewrite' }
  if (event.at === 'br_fdb' && event.decision === 'flood') return { text: 'flooded', kind: 'plain' }
  if (event.at === 'fib_lookup' && event.error !== null) return { text: event.error, kind: 'drop' }
  if (event.at === 'socket' && (event.action === 'refused' || event.action === 'timeout' || event.action === 'retransmit'))
    return { text: event.action, kind: event.action === 'retransmit' ? 'plain' : 'drop' }
  return null
}
