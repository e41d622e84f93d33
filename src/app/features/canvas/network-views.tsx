/** The shapes between and above the racks: segments, gateway, internet, hosts, Services, tethers. */
import { memo } from 'react'
import type { TopologyService } from '../../../engine/simulation/topology.ts'
import { Glyph } from '../../ui/glyph.tsx'
import type { Look } from './looks.ts'
import styles from './network.module.css'
import { endpointWords, serviceAddress, serviceName, serviceType } from './services-layout.ts'
import { Shape } from './shape-frame.tsx'
import type { BoxShape, CardShape, Point, Rect, SegmentShape, ServiceShape, TetherShape } from './shapes.ts'
import { centre } from './shapes.ts'
import { roundedPath } from './svg-path.ts'

interface Props<Data> {
  readonly data: Data
}

/** Every wire between machines, in one drawing under the shapes. */
export const WiresView = memo(function WiresView({
  data,
}: Props<{ wires: readonly { readonly points: readonly Point[]; readonly faded: boolean }[] }>) {
  return (
    <svg className={styles.wires} aria-hidden="true">
      {data.wires.map(({ points, faded }) => (
        <path key={points.map((point) => `${point.x},${point.y}`).join(' ')} d={roundedPath(points, 7)} data-faded={faded || undefined} />
      ))}
    </svg>
  )
})

export const SegmentView = memo(function SegmentView({ data }: Props<{ segment: SegmentShape; look: Look; at: Rect }>) {
  const { segment, look, at } = data
  const { name, cidr, mtu } = segment.network
  const last = segment.bars.at(-1)
  return (
    <Shape shapeRef={segment.ref} label={`network ${name}${cidr ? `, ${cidr}` : ''}, mtu ${mtu}`} look={look} className={styles.segment}>
      {segment.kind === 'bar' && segment.bars.map((bar) => <span key={bar.y} className={styles.bar} style={placed(bar, at)} />)}
      {segment.kind === 'bar' && last && (
        <span className={styles.segmentWords} style={{ left: 14, top: last.y - at.y + last.height + 5 }}>
          <b>{name}</b>{' '}
          <code>
            {cidr} mtu {mtu}
          </code>
        </span>
      )}
    </Shape>
  )
})

export const BoxView = memo(function BoxView({ data }: Props<{ box: BoxShape; look: Look }>) {
  const { box, look } = data
  const { machine, kind } = box
  const testid = kind === 'host' ? box.ref : kind
  const words = { host: `host ${machine.name}`, gateway: 'gateway, NAT to the internet', internet: 'internet' }[kind]
  return (
    <Shape shapeRef={testid} label={`${words}${machine.address ? `, ${machine.address}` : ''}`} look={look} className={styles[kind]}>
      {kind === 'internet' && <Globe />}
      {kind === 'host' && (
        <span className={styles.hostName}>
          <Glyph shape="ring" hue={look.hue ?? 'ink-3'} size={9} />
          <b>{machine.name}</b>
        </span>
      )}
      {kind === 'gateway' && <span className={styles.boxName}>gateway</span>}
      {kind === 'internet' && <span className={styles.boxName}>internet</span>}
      {kind !== 'internet' && (
        <code className={styles.boxAddress}>
          {machine.address}
          {kind === 'gateway' ? ' · NAT' : ''}
        </code>
      )}
    </Shape>
  )
})

function Globe() {
  return (
    <svg className={styles.globe} viewBox="0 0 76 76" aria-hidden="true">
      <ellipse cx="38" cy="38" rx="15" ry="37" />
    </svg>
  )
}

/** The outline of a Service: a hexagon, dashed because no device is there. Headless: its lower edge is open. */
function ticketPath(width: number, height: number, open: boolean): string {
  const tip = 10
  const left = `M${open ? tip : tip} ${height - 1}L1 ${height / 2}L${tip} 1H${width - tip}L${width - 1} ${height / 2}L${width - tip} ${height - 1}`
  return open ? left : `${left}Z`
}

export const ServiceView = memo(function ServiceView({ data }: Props<{ shape: ServiceShape; look: Look; lit: boolean }>) {
  const { service, rect } = data.shape
  const { look, lit } = data
  const ready = service.endpoints.some((endpoint) => endpoint.ready)
  const dead = !ready && service.type !== 'ExternalName' && service.ports.length > 0
  const nodePort = service.ports.find((port) => port.nodePort !== null)?.nodePort ?? null
  const outside = service.type === 'LoadBalancer' ? (service.externalAddresses[0] ?? null) : null
  const hue = dead || !lit ? 'ink-3' : 'id-svc'
  return (
    <Shape
      shapeRef={service.ref}
      label={serviceLabel(service)}
      look={look}
      className={styles.service}
      style={{ '--ticket': lit && !dead ? 'var(--id-svc)' : 'var(--stroke)' } as React.CSSProperties}
      title={service.ports.map((port) => `${port.port}/${port.protocol} → ${port.targetPort}`).join('  ')}
    >
      <svg className={styles.ticket} width={rect.width} height={rect.height} aria-hidden="true">
        <path d={ticketPath(rect.width, rect.height, service.headless)} data-lit={(lit && !dead) || undefined} />
      </svg>
      <span className={styles.ticketLine}>
        <Glyph shape="diamond" hue={hue} size={10} />
        <b title={serviceName(service)}>{serviceName(service)}</b>
        <span className={styles.ticketType}>{serviceType(service)}</span>
      </span>
      <span className={styles.ticketLine}>
        {service.headless ? (
          <span className={styles.headless}>{serviceAddress(service)}</span>
        ) : (
          <code data-lit={(lit && !dead) || undefined}>{serviceAddress(service)}</code>
        )}
        <span className={styles.ticketType}>{endpointWords(service)}</span>
      </span>
      {outside !== null ? (
        <code className={styles.outside}>{outside}</code>
      ) : (
        nodePort !== null && <code className={styles.nodePort}>:{nodePort}</code>
      )}
      {dead && !service.headless && <span className={styles.cut} />}
    </Shape>
  )
})

function serviceLabel(service: TopologyService): string {
  const nodePorts = service.ports.flatMap((port) => (port.nodePort === null ? [] : [port.nodePort]))
  const parts = [`Service ${serviceName(service)}`, serviceType(service), serviceAddress(service), endpointWords(service)]
  if (nodePorts.length > 0) parts.push(`node port ${nodePorts.join(', ')}`)
  if (service.externalAddresses.length > 0) parts.push(`outside ${service.externalAddresses.join(', ')}`)
  return parts.filter(Boolean).join(', ')
}

export const StackView = memo(function StackView({ data }: Props<{ count: number; open: boolean; onToggle: () => void }>) {
  return (
    <button type="button" className={styles.stack} aria-expanded={data.open} onClick={data.onToggle}>
      {data.open ? 'Fewer Services' : `${data.count} more ${data.count === 1 ? 'Service' : 'Services'}`}
    </button>
  )
})

/** A Service with more endpoints than this shows only the way to those that were chosen: all of them would be a tangle. */
const MOST_TETHERS = 8

interface TethersData {
  readonly tethers: readonly TetherShape[]
  readonly chosen: ReadonlySet<string>
  readonly selected: string | null
}

/** The tethers to draw: of a Service with many endpoints those that were chosen, or all when the Service itself is selected. */
export function drawnTethers({ tethers, chosen, selected }: TethersData): readonly TetherShape[] {
  const counts = new Map<string, number>()
  for (const { service } of tethers) counts.set(service, (counts.get(service) ?? 0) + 1)
  return tethers.filter(
    ({ service, pod }) => (counts.get(service) ?? 0) <= MOST_TETHERS || chosen.has(pod) || selected === service || selected === pod,
  )
}

/** Tethers: dotted violet, never an arrow; the chosen endpoint's is thicker and ends in a filled dot. */
export const TethersView = memo(function TethersView({ data }: Props<TethersData>) {
  const sorted = [...drawnTethers(data)].sort((a, b) => Number(data.chosen.has(a.pod)) - Number(data.chosen.has(b.pod)))
  return (
    <svg className={styles.tethers} aria-hidden="true">
      {sorted.map((tether) => {
        const end = tether.points.at(-1)
        const picked = data.chosen.has(tether.pod)
        return (
          <g key={`${tether.service} ${tether.pod}`} data-chosen={picked || undefined}>
            <path d={roundedPath(tether.points, 0)} />
            {end && <circle cx={end.x} cy={end.y} r={picked ? 4 : 3.6} />}
          </g>
        )
      })}
    </svg>
  )
})

function placed(rect: Rect, within: Rect) {
  return { left: rect.x - within.x, top: rect.y - within.y, width: rect.width, height: rect.height }
}

/** Wires of a whole layout: NICs, boxes and risers to their segments. */
export function wiresOf(layout: {
  readonly racks: readonly {
    readonly ref: string
    readonly rect: Rect
    readonly nics: readonly { readonly wireX: number; readonly network: string | null; readonly rect: Rect }[]
  }[]
  readonly cards: readonly Pick<CardShape, 'ref' | 'machine' | 'nic' | 'rect'>[]
  readonly boxes: readonly BoxShape[]
  readonly segments: readonly SegmentShape[]
}): { readonly ref: string; readonly points: readonly Point[] }[] {
  const wires: { ref: string; points: readonly Point[] }[] = []
  for (const segment of layout.segments) {
    const [first, last] = [segment.bars[0], segment.bars.at(-1)]
    if (segment.kind === 'wire')
      for (const bar of segment.bars)
        wires.push({
          ref: segment.ref,
          points: [
            { x: bar.x, y: bar.y },
            { x: bar.x + bar.width, y: bar.y },
          ],
        })
    if (segment.riserX !== null && first && last && first !== last)
      wires.push({
        ref: segment.ref,
        points: [
          { x: segment.riserX, y: centre(first).y },
          { x: segment.riserX, y: centre(last).y },
        ],
      })
    for (const rack of layout.racks) {
      const bar = segment.bars.find((candidate) => candidate.y > rack.rect.y + rack.rect.height)
      for (const nic of rack.nics)
        if (bar && nic.network === segment.ref)
          wires.push({
            ref: rack.ref,
            points: [
              { x: nic.wireX, y: nic.rect.y + nic.rect.height },
              { x: nic.wireX, y: bar.y },
            ],
          })
    }
    if (segment.ref !== 'network/internet')
      for (const card of layout.cards) {
        const bar = segment.bars.find((candidate) => candidate.y > card.rect.y + card.rect.height)
        const x = centre(card.nic).x
        if (bar && card.machine.devices.some((device) => segment.ref === `network/${device.network ?? ''}`))
          wires.push({
            ref: card.ref,
            points: [
              { x, y: card.nic.y + card.nic.height },
              { x, y: bar.y },
            ],
          })
      }
  }
  for (const box of layout.boxes) for (const wire of box.wires) wires.push({ ref: box.ref, points: wire.points })
  return wires
}
