/** Every shape with the place it is drawn at: what lies above what, and in which order Tab meets it. Pure. */
import type { Look, Looks } from './looks.ts'
import { wiresOf } from './network-views.tsx'
import { podNameParts } from './pod-name.ts'
import type { CardShape, Layout, PodShape, RackShape, Rect } from './shapes.ts'
import { bottom, right } from './shapes.ts'
import type { ShapeData, ShapeKind } from './views.ts'

/** A shape where it is drawn. */
export interface PlacedAs<Kind extends ShapeKind> {
  /** What it shows, and for parts of shapes which part. */
  readonly id: string
  readonly kind: Kind
  readonly rect: Rect
  readonly z: number
  readonly data: ShapeData[Kind]
}

export type Placed = { readonly [Kind in ShapeKind]: PlacedAs<Kind> }[ShapeKind]

/** Layers, from the ground up. */
const Z = { wires: 0, segment: 1, rack: 2, bar: 3, cable: 4, pod: 5, tethers: 6, words: 7, fold: 8, service: 8, rings: 9 }

export interface PlacedContext {
  readonly looks: Looks
  readonly allServices: boolean
  readonly onToggleServices: () => void
  /** Every NodePort that has rules, for the tabs on NICs. */
  readonly nodePorts: readonly number[]
  /** The chosen shape. */
  readonly selected: string | null
}

/** The shapes of a layout. */
export interface PlacedShapes {
  readonly count: number
  /** Those that touch a part of the picture, or all: the path's first and in its order, then Services, racks, and what lies between those. */
  readonly within: (view: Rect | null) => readonly Placed[]
}

/** Places all shapes of a layout; those of a rack, of which there may be thousands in sum, when it is looked at. */
export function placedShapesOf(layout: Layout, context: PlacedContext): PlacedShapes {
  const { looks } = context
  const services = servicesOf(layout, context)
  const after = [...cardsOf(layout, looks), ...calloutsOf(layout, looks), ...betweenOf(layout, looks)]
  const racks = layout.racks.map((rack) => ({ rack, inside: once(() => rackPartsOf(rack, context)) }))
  const groups = new Map(layout.racks.flatMap(({ pods }) => pods.flatMap((shape) => (shape.group ? [[shape.ref, shape] as const] : []))))
  const placeOf = ({ id }: Placed): number | null => {
    const group = groups.get(id)
    return (group ? lookOf(group, looks) : looks.of(id)).place
  }
  return {
    count: services.length + after.length + layout.racks.reduce((sum, rack) => sum + partsIn(rack), 0),
    within: (view) => {
      const seen = racks.filter(({ rack }) => view === null || touches(around(rack.rect), view)).flatMap(({ inside }) => inside())
      const all = [...services, ...seen, ...after]
      return inTabOrder(view === null ? all : all.filter(({ rect }) => touches(rect, view)), placeOf)
    },
  }
}

function inTabOrder(placed: readonly Placed[], placeOf: (one: Placed) => number | null): readonly Placed[] {
  const onPath: { readonly one: Placed; readonly place: number }[] = []
  const others: Placed[] = []
  for (const one of placed) {
    const at = placeOf(one)
    if (at === null) others.push(one)
    else onPath.push({ one, place: at })
  }
  return [...onPath.sort((a, b) => a.place - b.place).map(({ one }) => one), ...others]
}

function once<T>(work: () => T): () => T {
  let known: { readonly value: T } | null = null
  return () => {
    known ??= { value: work() }
    return known.value
  }
}

/** What sticks out of a rack, px: half a NIC. */
const AROUND = 20

function around({ x, y, width, height }: Rect): Rect {
  return { x: x - AROUND, y: y - AROUND, width: width + 2 * AROUND, height: height + 2 * AROUND }
}

function touches(one: Rect, other: Rect): boolean {
  return one.x <= right(other) && one.y <= bottom(other) && right(one) >= other.x && bottom(one) >= other.y
}

function place<Kind extends ShapeKind>(
  id: string,
  kind: Kind,
  rect: Rect,
  { z, data }: { readonly z: number; readonly data: ShapeData[Kind] },
): PlacedAs<Kind> {
  return { id, kind, rect, z, data }
}

function servicesOf(layout: Layout, { looks, allServices, onToggleServices, selected }: PlacedContext): Placed[] {
  const walked = looks.services.length > 0
  const placed: Placed[] = layout.services.map((shape) => {
    const look = looks.of(shape.ref)
    const lit = shape.focused || !walked
    return place(shape.ref, 'service', shape.rect, { z: Z.service, data: { shape, look, lit } })
  })
  const last = layout.services.at(-1)?.rect
  const stack = layout.more?.rect ?? (allServices && last ? { x: right(last) + 18, y: last.y, width: 136, height: last.height } : null)
  if (stack) {
    const data = { count: layout.more?.count ?? 0, open: allServices, onToggle: onToggleServices }
    placed.push(place('more-services', 'stack', stack, { z: Z.service, data }))
  }
  if (layout.tethers.length > 0) {
    const rect = { x: 0, y: 0, width: layout.width, height: layout.height }
    placed.push(place('tethers', 'tethers', rect, { z: Z.tethers, data: { tethers: layout.tethers, chosen: looks.chosen, selected } }))
  }
  return placed
}

/** The rack, its words, its cables, and the button that collapses it. */
const RACK_PARTS = 4

/** How many shapes a rack is drawn as. */
function partsIn({ pods, bridges, tunnels, nics }: RackShape): number {
  const inPods = pods.reduce((sum, { veth, group }) => sum + 1 + Number(veth !== null) + Number(group), 0)
  return RACK_PARTS + inPods + bridges.length + tunnels.length + nics.length
}

function rackPartsOf(rack: RackShape, { looks, nodePorts }: PlacedContext): readonly Placed[] {
  const look = looks.of(rack.ref)
  const node = rack.machine.name
  const acts = looks.acts.get(rack.ref) ?? null
  return [
    place(rack.ref, 'rack', rack.rect, { z: Z.rack, data: { rack, look } }),
    foldOf(rack.ref, rack.rect, false),
    place(`${rack.ref} words`, 'rackWords', rack.rect, { z: Z.words, data: { rack, look, acts } }),
    place(`${rack.ref} cables`, 'cables', rack.rect, { z: Z.cable, data: { rack, cables: cablesOf(rack, looks) } }),
    ...rack.pods.flatMap((shape) => podPartsOf(shape, node, looks)),
    ...rack.bridges.map((bridge) =>
      place(bridge.ref, 'bridge', bridge.rect, { z: Z.bar, data: { bridge, node, look: looks.of(bridge.ref) } }),
    ),
    ...rack.tunnels.map((tunnel) =>
      place(tunnel.ref, 'tunnel', tunnel.rect, {
        z: Z.bar,
        data: { tunnel, node, look: looks.of(tunnel.ref), above: rack.tunnels.length > 1 },
      }),
    ),
    ...rack.nics.map((nic) =>
      place(nic.ref, 'nic', nic.rect, { z: Z.pod, data: { nic, node, look: looks.of(nic.ref), ports: nodePorts } }),
    ),
  ]
}

/** A pod or a group of them, and its end of the cable. */
function podPartsOf(shape: PodShape, node: string, looks: Looks): readonly Placed[] {
  const look = lookOf(shape, looks)
  const tile = place(shape.ref, shape.group ? 'group' : 'pod', shape.rect, { z: Z.pod, data: { shape, node, look } })
  const tiles = shape.group ? [tile, foldOf(shape.ref, shape.rect, true)] : [tile]
  if (!shape.veth) return tiles
  const xs = shape.veth.points.map((point) => point.x)
  const ys = shape.veth.points.map((point) => point.y)
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  const at: Rect = { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y }
  const end = shape.group ? `${shape.pods.length} pods` : `${shape.pod.namespace}/${shape.pod.name}`
  const plain: Look = { ...look, hue: null, place: null, selected: looks.of(shape.veth.ref).selected }
  const data = { veth: shape.veth, pod: end, look: plain, at, named: look.hue !== null && !shape.group }
  return [...tiles, place(shape.veth.ref, 'veth', at, { z: Z.cable, data })]
}

/** With rings around what was found, above everything. */
export function ringed(placed: PlacedShapes, { width, height }: Layout, rings: ShapeData['rings']['rings']): PlacedShapes {
  if (rings.length === 0) return placed
  const above = place('rings', 'rings', { x: 0, y: 0, width, height }, { z: Z.rings, data: { rings } })
  return { count: placed.count + 1, within: (view) => [...placed.within(view), above] }
}

/** Of a group, what is shown of the pod in it that lies on the path. */
function lookOf({ ref, pods }: PodShape, looks: Looks): Look {
  const all = pods.map((pod) => looks.of(pod.ref))
  const best = all.find(({ place }) => place !== null) ?? all.find(({ hue }) => hue !== null) ?? all[0] ?? looks.of(ref)
  return all.length === 1 ? best : { ...best, faded: all.every(({ faded }) => faded), selected: all.every(({ selected }) => selected) }
}

const FOLD = 24

/** The button that collapses a shape, or opens it, in its upper right corner. */
function foldOf(ref: string, { x, y, width }: Rect, collapsed: boolean): Placed {
  const inset = ref.startsWith('group/') ? 3 : 6
  const at: Rect = { x: x + width - FOLD - inset, y: y + inset, width: FOLD, height: FOLD }
  return place(`${ref} fold`, 'fold', at, { z: Z.fold, data: { of: ref, collapsed } })
}

function cablesOf({ pods }: RackShape, looks: Looks) {
  return pods.flatMap((shape) => (shape.veth ? [{ points: shape.veth.points, faded: lookOf(shape, looks).faded }] : []))
}

function cardsOf(layout: Layout, looks: Looks): Placed[] {
  return layout.cards.flatMap((card) => [
    ...(card.collapsed ? [foldOf(card.ref, card.rect, true)] : []),
    place(card.ref, card.collapsed ? 'collapsed' : 'card', card.rect, {
      z: Z.rack,
      data: { card, look: insideLook(card, looks) },
    }),
    ...card.cells.map((cell) =>
      place(cell.ref, 'cell', cell.rect, {
        z: Z.pod,
        data: { pod: cell.pod, node: card.machine.name, look: looks.of(cell.ref) },
      }),
    ),
  ])
}

/** A collapsed node stands for its pods: it has the hue of the one on the path, and lies there itself. */
function insideLook({ ref, machine, collapsed }: CardShape, looks: Looks): Look {
  const own = looks.of(ref)
  if (!collapsed) return own
  const inside = machine.pods.map((pod) => looks.of(pod.ref))
  return { ...own, hue: inside.find(({ hue }) => hue !== null)?.hue ?? null }
}

function calloutsOf(layout: Layout, looks: Looks): Placed[] {
  return layout.callouts.map(({ ref, pod, rect }) =>
    place(`${ref} callout`, 'callout', rect, {
      z: Z.words,
      data: { name: podNameParts(pod.name, pod.workload).join(''), address: pod.address, hue: looks.of(ref).hue ?? 'ink-3' },
    }),
  )
}

function betweenOf(layout: Layout, looks: Looks): Placed[] {
  const all: Rect = { x: 0, y: 0, width: layout.width, height: layout.height }
  const wires = wiresOf(layout).map((wire) => ({ points: wire.points, faded: looks.of(wire.ref).faded }))
  const segments = layout.segments.flatMap((segment) => {
    const first = segment.bars[0]
    const last = segment.bars.at(-1)
    if (!first || !last) return []
    const thick = segment.kind === 'wire' ? 4 : 0
    const at: Rect = {
      x: first.x,
      y: first.y - thick,
      width: Math.max(first.width, last.width),
      height: bottom(last) - first.y + 2 * thick,
    }
    return [place(segment.ref, 'segment', at, { z: Z.segment, data: { segment, look: looks.of(segment.ref), at } })]
  })
  const boxes = layout.boxes.map((box) => place(box.ref, 'box', box.rect, { z: Z.pod, data: { box, look: looks.of(box.ref) } }))
  return [place('wires', 'wires', all, { z: Z.wires, data: { wires } }), ...segments, ...boxes]
}
