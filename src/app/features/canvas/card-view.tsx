/** The overview's shapes: a card for each node, and a cell for each pod. */
import { memo } from 'react'
import type { TopologyPod } from '../../../engine/simulation/topology.ts'
import { Glyph } from '../../ui/glyph.tsx'
import styles from './card.module.css'
import type { Look } from './looks.ts'
import { Shape } from './shape-frame.tsx'
import type { CardShape } from './shapes.ts'

interface Props<Data> {
  readonly data: Data
}

export const CardView = memo(function CardView({ data }: Props<{ card: CardShape; look: Look }>) {
  const { card, look } = data
  const { machine, rect, nic } = card
  return (
    <Shape
      shapeRef={card.ref}
      label={`node ${machine.name}, ${machine.address}, ${machine.pods.length} pods`}
      look={look}
      className={styles.card}
    >
      <span className={styles.cardHeader}>
        <Glyph shape="square" hue={look.faded ? 'ink-3' : 'id-node'} size={8} />
        <b>{machine.name}</b>
        <span>{machine.pods.length}</span>
      </span>
      {card.workloads.map((bar) => (
        <span
          key={bar.name}
          className={styles.workload}
          style={{ left: bar.rect.x - rect.x, top: bar.rect.y - rect.y, width: bar.rect.width, height: bar.rect.height }}
        >
          {bar.count} {bar.name}
        </span>
      ))}
      <span
        className={styles.cardNic}
        style={{ left: nic.x - rect.x - 1, top: nic.y - rect.y - 1, width: nic.width, height: nic.height }}
      />
    </Shape>
  )
})

/** Names an end of the walk above its card, since cells have no words. */
export const CalloutView = memo(function CalloutView({ data }: Props<{ name: string; address: string; hue: string }>) {
  return (
    <div className={styles.callout} style={{ '--hue': `var(--${data.hue})` } as React.CSSProperties} aria-hidden="true">
      <Glyph shape="circle" hue={data.hue} size={9} />
      <b>{data.name}</b>
      <code>{data.address}</code>
    </div>
  )
})

export const CellView = memo(function CellView({ data }: Props<{ pod: TopologyPod; node: string; look: Look }>) {
  const { pod, look } = data
  return (
    <Shape
      shapeRef={pod.ref}
      label={`pod ${pod.name}, ${pod.address}, on ${data.node}${pod.ready ? '' : ', not ready'}`}
      look={look}
      className={`${styles.cell} ${pod.ready ? '' : styles.cellWaiting}`}
      title={`${pod.namespace}/${pod.name}  ${pod.address}`}
      tiny
    />
  )
})
