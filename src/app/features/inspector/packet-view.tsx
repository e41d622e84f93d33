import { ArrowRight, Rows3 } from 'lucide-react'
import type { Packet } from '../../../engine/net/packet.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import { causeOf, objectWords, writerWords } from '../../store/cause.ts'
import type { Field } from '../../store/header-fields.ts'
import { type Identities, identityOf } from '../../store/identities.ts'
import { type Layer, layersOf, packetBefore } from '../../store/layers.ts'
import { placeName } from '../../store/steps.ts'
import { appState, useStore } from '../../store/store.ts'
import { currentIdentities } from '../../store/walk-identities.ts'
import { Button } from '../../ui/button.tsx'
import { Glyph } from '../../ui/glyph.tsx'
import styles from './inspector.module.css'
import { PacketBytes } from './packet-bytes.tsx'
import own from './packet-view.module.css'
import { RuleWords } from './rule-words.tsx'

/** The packet's headers before and after the current step, and what decided the step. */
export function PacketView() {
  const walk = useStore((state) => state.walk)
  const topology = useStore((state) => state.topology)
  const frame = useStore((state) => state.frame)
  const headers = useStore((state) => state.headers)
  const record = walk?.records[frame]
  const before = walk && record ? packetBefore(walk.records, frame) : null
  const layers = record ? layersOf(record.event.packet, before, headers === 'diagram' ? 'header' : 'fields') : []
  const changed = layers.some((layer) => layer.fields.some((field) => field.before !== null))
  const { identities } = currentIdentities(topology, walk)
  return (
    <section className={styles.pane} aria-label="Packet at this moment">
      <header className={styles.header}>
        <h2>
          Packet <span className={own.moment}>at this moment</span>
        </h2>
        {changed ? (
          <span className={own.sides}>
            before <ArrowRight size={12} aria-label="then" /> <b>after</b>
          </span>
        ) : (
          <span className={own.sides}>{record ? `in ${placeName(record.where)}` : ''}</span>
        )}
        <Button
          look="icon"
          className={own.form}
          aria-pressed={headers === 'diagram'}
          aria-label="Draw the headers as they stand on the wire"
          onClick={() => appState().choose({ headers: headers === 'diagram' ? 'fields' : 'diagram' })}
        >
          <Rows3 size={15} aria-hidden />
        </Button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className={styles.body} tabIndex={0}>
        {record === undefined && (
          <p className={styles.empty}>{walk === null ? 'No packet yet.' : 'Nothing has been sent yet. Step on to see the packet.'}</p>
        )}
        {record && <CauseNote record={record} />}
        {layers.map((layer) => (
          <LayerCard
            key={`${layer.title} ${layer.depth}`}
            layer={layer}
            identities={identities}
            where={record?.where ?? ''}
            color={senderColor(record, identities)}
          />
        ))}
        {record && <PacketBytes packet={record.event.packet} before={before} />}
      </div>
    </section>
  )
}

/** What a row of a diagram holds; wider fields have one of their own. */
const ROW_BITS = 32
/** There is hardly room for a word in fields of fewer. */
const NARROW_BITS = 4

interface LayerProps {
  readonly layer: Layer
  readonly identities: Identities
  readonly where: string
  readonly color: string
}

function LayerCard({ layer, identities, where, color }: LayerProps) {
  return (
    <section className={styles.layer} style={{ marginLeft: layer.depth * 16, borderLeftColor: color }} aria-label={layer.title}>
      <h3>
        {layer.title} {layer.bytes > 0 && <span title={`${layer.bytes} bytes`}>{layer.bytes}</span>}
      </h3>
      {layer.fields.length > 0 && (
        <dl className={layer.fields.some(({ bits }) => bits !== undefined) ? styles.diagram : undefined}>
          {layer.fields.map((field) => (
            <FieldRow key={field.name} field={field} identities={identities} where={where} />
          ))}
        </dl>
      )}
    </section>
  )
}

function FieldRow({ field, identities, where }: { readonly field: Field; readonly identities: Identities; readonly where: string }) {
  const identity = field.address ? identityOf(identities, field.value, where) : null
  const value = (
    <>
      {identity && <Glyph shape={identity.glyph} hue={identity.hue} />}
      {field.value}
    </>
  )
  return (
    <div
      className={styles.field}
      style={field.bits === undefined ? undefined : { gridColumn: `span ${Math.min(ROW_BITS, field.bits)}` }}
      data-narrow={(field.bits !== undefined && field.bits < NARROW_BITS) || undefined}
    >
      <dt title={field.bits === undefined ? undefined : `${field.name}, ${field.bits} bits`}>{field.name}</dt>
      <dd>
        {field.before !== null && <del>{field.before}</del>}
        {field.before === null ? (
          <span style={identity ? { color: `var(--${identity.hue})` } : undefined}>{value}</span>
        ) : (
          <ins>{value}</ins>
        )}
      </dd>
    </div>
  )
}

function CauseNote({ record }: { readonly record: TraceRecord }) {
  const cause = causeOf(record.event)
  if (cause === null) return null
  const { origin } = cause
  return (
    <section className={own.cause} aria-label="What decided">
      <p>
        By <code>{cause.name}</code>
        {origin?.line ? (
          <>
            , for{' '}
            <button type="button" className={styles.link} onClick={() => appState().revealLine(origin.line ?? 1)}>
              {origin.object ? objectWords(origin.object) : writerWords(origin.component)}, line {origin.line}
            </button>
          </>
        ) : (
          origin && <>, written by {writerWords(origin.component)}</>
        )}
        .
      </p>
      {cause.kind === 'rule' && cause.text !== null && <RuleWords rule={cause.text} named={Boolean(origin?.line)} />}
      {cause.text && <code className={own.text}>{cause.text}</code>}
      {origin?.command && !origin.command.startsWith('iptables-restore') && !origin.command.endsWith(cause.text ?? ' ') && (
        <code className={own.command}>{origin.command}</code>
      )}
    </section>
  )
}

function senderColor(record: TraceRecord | undefined, identities: Identities): string {
  const network: Packet['network'] | undefined = record?.event.packet.network
  if (!record || network?.kind !== 'ip') return 'var(--stroke)'
  const source = layersOf(record.event.packet, null).findLast((layer) => layer.title === 'IPv4')?.fields[0]?.value ?? ''
  return `var(--${identityOf(identities, source, record.where).hue})`
}
