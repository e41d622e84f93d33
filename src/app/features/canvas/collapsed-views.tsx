/** Collapsed shapes: a node as one box, a workload's pods on one node as one tile; and the button that opens or collapses. */
import { Maximize2, Minimize2 } from 'lucide-react'
import { memo } from 'react'
import { collapseWords, toggleCollapsed } from '../../store/collapsing.ts'
import { Glyph } from '../../ui/glyph.tsx'
import cards from './card.module.css'
import styles from './collapsed.module.css'
import type { Look } from './looks.ts'
import racks from './rack.module.css'
import { Shape } from './shape-frame.tsx'
import type { CardShape, PodShape } from './shapes.ts'

interface Props<Data> {
  readonly data: Data
}

const podsWords = (count: number): string => `${count} ${count === 1 ? 'pod' : 'pods'}`

export const CollapsedView = memo(function CollapsedView({ data }: Props<{ card: CardShape; look: Look }>) {
  const { card, look } = data
  const { machine, rect, nic } = card
  return (
    <Shape
      shapeRef={card.ref}
      label={`node ${machine.name}, ${machine.address}, collapsed, ${podsWords(machine.pods.length)}`}
      look={look}
      className={styles.collapsed}
    >
      <span className={styles.collapsedName}>
        <Glyph shape="square" hue={look.faded ? 'ink-3' : 'id-node'} size={11} />
        <b>{machine.name}</b>
      </span>
      <code>{machine.address}</code>
      <span className={styles.collapsedCount}>{podsWords(machine.pods.length)}</span>
      <span className={cards.cardNic} style={{ left: nic.x - rect.x - 1, top: nic.y - rect.y - 1, width: nic.width, height: nic.height }} />
    </Shape>
  )
})

export const GroupView = memo(function GroupView({ data }: Props<{ shape: PodShape; node: string; look: Look }>) {
  const { shape, node, look } = data
  const { pods, pod, socket } = shape
  const [kind = '', ...name] = (pod.workload ?? pod.ref).split('/')
  const title = name[0] === 'default' ? name.slice(1).join('/') : name.join('/')
  const ready = pods.filter((one) => one.ready).length
  return (
    <Shape
      shapeRef={shape.ref}
      label={`${kind} ${title} on ${node}, collapsed, ${podsWords(pods.length)}${ready < pods.length ? `, ${ready} ready` : ''}`}
      look={look}
      className={`${racks.pod} ${styles.group} ${ready < pods.length ? racks.notReady : ''}`}
      title={`${kind} ${title}: ${pods.map((one) => one.name).join(', ')}`}
    >
      <div className={racks.podName}>
        <Glyph shape="circle" hue={look.hue ?? 'ink-3'} size={8.5} />
        <span>
          <b>{title}</b>
        </span>
      </div>
      <span className={styles.groupCount}>{podsWords(pods.length)}</span>
      {ready < pods.length && <span className={racks.podState}>{ready} ready</span>}
      {socket && <span className={racks.socket} />}
    </Shape>
  )
})

/** For the pointer: by keyboard the shape itself is collapsed and opened. */
export const FoldView = memo(function FoldView({ data }: Props<{ of: string; collapsed: boolean }>) {
  const words = collapseWords(data.of) ?? ''
  const Icon = data.collapsed ? Maximize2 : Minimize2
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.fold}
      aria-label={words}
      aria-expanded={!data.collapsed}
      title={`${words} (H)`}
      onClick={() => toggleCollapsed([data.of])}
    >
      <Icon size={13} aria-hidden />
    </button>
  )
})
