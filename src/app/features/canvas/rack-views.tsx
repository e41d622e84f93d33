/** The shapes of one node: rack, its words, pods, cables, bridge bars, NICs. */
import { memo } from 'react'
import { lookInside } from '../../store/namespaces.ts'
import { Glyph } from '../../ui/glyph.tsx'
import type { Look } from './looks.ts'
import { lettersOf, NAME_ROOM, nameLines, podNameParts } from './pod-name.ts'
import styles from './rack.module.css'
import { Shape } from './shape-frame.tsx'
import type { BridgeShape, NicShape, PodShape, Point, RackShape, Rect, TunnelShape, VethShape } from './shapes.ts'
import { bottom } from './shapes.ts'
import { roundedPath } from './svg-path.ts'

interface Props<Data> {
  readonly data: Data
}

export const RackView = memo(function RackView({ data }: Props<{ rack: RackShape; look: Look }>) {
  const { rack, look } = data
  const { machine } = rack
  const pods = machine.pods.length
  return (
    <Shape
      shapeRef={rack.ref}
      label={`node ${machine.name}, ${machine.address}, ${pods} ${pods === 1 ? 'pod' : 'pods'}`}
      look={look}
      className={styles.rack}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: by keyboard the node itself is looked into */}
      <div
        className={styles.strip}
        style={placed(rack.strip, rack.rect)}
        data-strip={rack.ref}
        title="Double click: inside this kernel"
        onDoubleClick={(event) => {
          event.stopPropagation()
          lookInside(rack.ref)
        }}
      />
    </Shape>
  )
})

/** Words of a rack lie above tethers and cables; the rack itself below them. */
export const RackWordsView = memo(function RackWordsView({
  data,
}: Props<{ rack: RackShape; look: Look; acts: { readonly services: readonly string[]; readonly onBridge: boolean } | null }>) {
  const { rack, look, acts } = data
  const bar = rack.bridges.at(-1)?.rect
  return (
    <div className={styles.rackWords} data-faded={look.faded || undefined} aria-hidden="true">
      <div className={styles.rackHeader}>
        <Glyph shape="square" hue={look.faded ? 'ink-3' : 'id-node'} size={11} />
        <b title={rack.machine.name}>{rack.machine.name}</b>
        <code>{rack.machine.address}</code>
      </div>
      <div className={styles.stripWords} style={placed(rack.strip, rack.rect)}>
        <span className={styles.stripName} data-above={rack.bridges.length > 0 || undefined}>
          kernel: routing + netfilter
        </span>
        {acts && !acts.onBridge && <Acts services={acts.services} />}
      </div>
      {acts?.onBridge && bar && (
        <div className={styles.barWords} style={{ left: rack.portX - rack.rect.x + 14, top: bottom(bar) - rack.rect.y + 7 }}>
          <Acts services={acts.services} />
        </div>
      )}
    </div>
  )
})

/** Where a Service's rules act: netfilter is called by the kernel's routing, or already by the bridge. */
function Acts({ services }: { readonly services: readonly string[] }) {
  const [first, ...others] = services.map((ref) => ref.split('/').at(-1))
  return (
    <span className={styles.acts} title={services.join(', ')}>
      <Glyph shape="diamond" hue="id-svc" size={9} />
      <span>{others.length > 1 ? `${first} and ${others.length} more` : [first, ...others].join(', ')}</span>
      {services.length === 1 ? 'acts' : 'act'} here
    </span>
  )
}

/** More letters than this are smaller. */
const LARGE_ROOM = 11.5

export const PodView = memo(function PodView({ data }: Props<{ shape: PodShape; node: string; look: Look }>) {
  const { pod, socket } = data.shape
  const { look } = data
  const lines = nameLines(podNameParts(pod.name, pod.workload), NAME_ROOM)
  const states = [pod.ready ? '' : 'not ready', pod.hostNetwork ? 'host network' : ''].filter(Boolean).join(', ')
  const long = lines.length > 1
  const shown = pod.containers.slice(0, long || states !== '' ? 1 : 2)
  const more = pod.containers.length - shown.length
  return (
    <Shape
      shapeRef={pod.ref}
      label={`pod ${pod.name}${pod.namespace === 'default' ? '' : ` in ${pod.namespace}`}, ${pod.address}, on ${data.node}${states ? `, ${states}` : ''}`}
      look={look}
      className={`${styles.pod} ${pod.ready ? '' : styles.notReady}`}
      title={`${pod.namespace}/${pod.name}`}
    >
      <div className={styles.podName} data-tight={lines.some(([name, hash]) => lettersOf(name + hash) > LARGE_ROOM) || undefined}>
        <Glyph shape="circle" hue={look.hue ?? 'ink-3'} size={8.5} />
        <span>
          {lines.map(([name, hash]) => (
            <span key={name + hash}>
              <b>{name}</b>
              <i data-detail-kind="hash">{hash}</i>
            </span>
          ))}
        </span>
      </div>
      <code className={styles.podAddress} data-detail-kind="address">
        {pod.address}
      </code>
      {states !== '' && <div className={styles.podState}>{states}</div>}
      <div className={styles.containers} data-detail-kind="container">
        {shown.map((container, index) => (
          <code key={container.name} className={styles.container}>
            {container.name}
            {container.ports[0] ? ` :${container.ports[0].port}` : ''}
            {more > 0 && index === shown.length - 1 ? ` +${more}` : ''}
          </code>
        ))}
      </div>
      {socket && <span className={styles.socket} />}
    </Shape>
  )
})

/** All cables of a rack in one drawing: hundreds of their own cost a browser more than all the rest. */
export const CablesView = memo(function CablesView({
  data,
}: Props<{ rack: RackShape; cables: readonly { readonly points: readonly Point[]; readonly faded: boolean }[] }>) {
  const { rack, cables } = data
  const drawn = (faded: boolean) =>
    cables
      .filter((cable) => cable.faded === faded)
      .map(({ points }) =>
        roundedPath(
          points.map(({ x, y }) => ({ x: x - rack.rect.x, y: y - rack.rect.y })),
          5,
        ),
      )
      .join('')
  return (
    <svg className={styles.cables} aria-hidden="true">
      <path d={drawn(false)} />
      <path d={drawn(true)} data-faded />
    </svg>
  )
})

/** A plug, and only that much, so that it does not take clicks from the pod. */
export const VethView = memo(function VethView({ data }: Props<{ veth: VethShape; pod: string; look: Look; at: Point; named: boolean }>) {
  const { veth, look, at } = data
  const plug = { x: veth.plug.x - at.x, y: veth.plug.y - at.y }
  return (
    <>
      <Shape
        shapeRef={veth.ref}
        label={`veth ${veth.name}, to ${data.pod}`}
        look={look}
        className={styles.plug}
        style={{ left: plug.x - 12, top: plug.y - 18 }}
        title={veth.name}
      >
        <span className={styles.plugBody} />
      </Shape>
      {data.named && (
        <code
          className={styles.vethName}
          data-detail-kind="veth"
          style={{ left: plug.x + 12, top: plug.y - 21 }}
          data-faded={look.faded || undefined}
        >
          {veth.name}
        </code>
      )}
    </>
  )
})

export const BridgeView = memo(function BridgeView({ data }: Props<{ bridge: BridgeShape; node: string; look: Look }>) {
  const { device, ref } = data.bridge
  const address = device.addresses[0]?.split('/')[0] ?? ''
  return (
    <Shape shapeRef={ref} label={`bridge ${device.name}, ${address}, on ${data.node}`} look={data.look} className={styles.bridge}>
      <code>{device.name}</code>
      <code className={styles.bridgeAddress} data-detail-kind="address">
        {address}
      </code>
    </Shape>
  )
})

/** A box in a box, with cut corners: what goes in by one side comes out wrapped by the other. */
export const TunnelView = memo(function TunnelView({ data }: Props<{ tunnel: TunnelShape; node: string; look: Look; above: boolean }>) {
  const { device, ref, rect } = data.tunnel
  const addresses = device.addresses.length > 0 ? `, ${device.addresses.join(', ')}` : ''
  return (
    <Shape
      shapeRef={ref}
      label={`tunnel ${device.name} (${device.kind}) of ${data.node}${addresses}${device.up ? '' : ', down'}`}
      look={data.look}
      className={`${styles.tunnel} ${device.up ? '' : styles.nicDown}`}
      title={`${device.name}  ${device.kind}  mtu ${device.mtu}`}
    >
      <svg width={rect.width} height={rect.height} aria-hidden="true">
        <path d={cutCorners(rect, 1, 7)} />
        <path d={cutCorners(rect, 4.5, 5)} />
      </svg>
      <code data-above={data.above || undefined}>{device.name}</code>
    </Shape>
  )
})

function cutCorners({ width, height }: Rect, inset: number, cut: number): string {
  const [left, top, end, foot] = [inset, inset, width - inset, height - inset]
  return `M${left + cut} ${top}H${end - cut}L${end} ${top + cut}V${foot - cut}L${end - cut} ${foot}H${left + cut}L${left} ${foot - cut}V${top + cut}Z`
}

export const NicView = memo(function NicView({ data }: Props<{ nic: NicShape; node: string; look: Look; ports: readonly number[] }>) {
  const { device, ref } = data.nic
  return (
    <Shape
      shapeRef={ref}
      label={`NIC ${device.name} of ${data.node}, ${device.addresses.join(', ')}${device.up ? '' : ', down'}`}
      look={data.look}
      className={`${styles.nic} ${device.up ? '' : styles.nicDown}`}
      title={`${device.mac}  mtu ${device.mtu}`}
    >
      <code>{device.name}</code>
      {data.ports.length > 0 && (
        <span className={styles.portTab}>
          :{data.ports[0]}
          {data.ports.length > 1 ? ` +${data.ports.length - 1}` : ''}
        </span>
      )}
    </Shape>
  )
})

function placed(rect: Rect, within: Rect) {
  return { left: rect.x - within.x, top: rect.y - within.y, width: rect.width, height: rect.height }
}
