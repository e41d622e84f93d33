/** The layout as nodes of React Flow: what lies above what, and in which order Tab meets it. Pure. */
import type { Node } from '@xyflow/react'
import type { Look, Looks } from './looks.ts'
import { wiresOf } from './network-views.tsx'
import { podNameParts } from './pod-name.ts'
import type { CardShape, Layout, PodShape, RackShape, Rect } from './shapes.ts'
import { bottom, right } from './shapes.ts'

/** Layers, from the ground up. */
const Z = { wires: 0, segment: 1, rack: 2, bar: 3, cable: 4, pod: 5, tethers: 6, words: 7, fold: 8, service: 8, rings: 9 }

export interface FlowContext {
  readonly looks: Looks
  readonly allServices: boolean
  readonly onToggleServices: () => void
  /** Every NodePort that has rules, for the tabs on NICs. */
  readonly nodePorts: readonly number[]
  /** The chosen shape. */
  readonly selected: string | null
}

/** All nodes of a layout, shapes of the path first and in its order, then the others as they are laid out. */
export function flowNodesOf(layout: Layout, context: FlowContext): Node[] {
  const { looks } = context
  const nodes = [
    ...serviceNodes(layout, context),
    ...rackNodes(layout, context),
    ...cardNodes(layout, looks),
    ...calloutNodes(layout, looks),
    ...betweenNodes(layout, looks),
  ]
  const groups = new Map(layout.racks.flatMap(({ pods }) => pods.flatMap((shape) => (shape.group ? [[shape.ref, shape] as const] : []))))
  const place = (node: Node) => {
    const group = groups.get(node.id)
    return (group ? lookOf(group, looks) : looks.of(refOf(node))).place ?? Number.POSITIVE_INFINITY
  }
  const onPath = nodes.filter((node) => place(node) !== Number.POSITIVE_INFINITY).sort((a, b) => place(a) - place(b))
  return [...onPath, ...nodes.filter((node) => place(node) === Number.POSITIVE_INFINITY)]
}

/** A node that becomes another kind of shape is measured anew by React Flow, one after the other: those of the overview go by other names. */
const CARD = 'overview '

function refOf({ id }: Node): string {
  return id.startsWith(CARD) ? id.slice(CARD.length) : id
}

/** Placed by its edges: a thousand transforms would be sorted into layers anew by the browser whenever anything on the page moves. */
function flowNode(id: string, type: string, rect: Rect, rest: { readonly z: number; readonly data: Record<string, unknown> }): Node {
  const size = { width: rect.width, height: rect.height }
  const style = { transform: 'none', left: rect.x, top: rect.y }
  // Without the list of its handles, a node is put into the page to be measured, even where nobody sees it.
  return { id, type, position: { x: rect.x, y: rect.y }, ...size, measured: size, handles: [], style, zIndex: rest.z, data: rest.data }
}

function serviceNodes(layout: Layout, { looks, allServices, onToggleServices, selected }: FlowContext): Node[] {
  const walked = looks.services.length > 0
  const nodes = layout.services.map((shape) => {
    const look = looks.of(shape.ref)
    const lit = shape.focused || !walked
    return flowNode(shape.ref, 'service', shape.rect, { z: Z.service, data: { shape, look, lit } })
  })
  const last = layout.services.at(-1)?.rect
  const stack = layout.more?.rect ?? (allServices && last ? { x: right(last) + 18, y: last.y, width: 136, height: last.height } : null)
  if (stack) {
    const data = { count: layout.more?.count ?? 0, open: allServices, onToggle: onToggleServices }
    nodes.push(flowNode('more-services', 'stack', stack, { z: Z.service, data }))
  }
  if (layout.tethers.length > 0) {
    const rect = { x: 0, y: 0, width: layout.width, height: layout.height }
    nodes.push(flowNode('tethers', 'tethers', rect, { z: Z.tethers, data: { tethers: layout.tethers, chosen: looks.chosen, selected } }))
  }
  return nodes
}

function rackNodes(layout: Layout, { looks, nodePorts }: FlowContext): Node[] {
  return layout.racks.flatMap((rack) => {
    const look = looks.of(rack.ref)
    const node = rack.machine.name
    const acts = looks.acts.get(rack.ref) ?? null
    const pods = rack.pods.flatMap((shape) => {
      const podLook = lookOf(shape, looks)
      const tile = flowNode(shape.ref, shape.group ? 'group' : 'pod', shape.rect, { z: Z.pod, data: { shape, node, look: podLook } })
      if (!shape.veth) return shape.group ? [tile, foldNode(shape.ref, shape.rect, true)] : [tile]
      const xs = shape.veth.points.map((point) => point.x)
      const ys = shape.veth.points.map((point) => point.y)
      const at: Rect = {
        x: Math.min(...xs),
        y: Math.min(...ys),
        width: Math.max(...xs) - Math.min(...xs),
        height: Math.max(...ys) - Math.min(...ys),
      }
      const end = shape.group ? `${shape.pods.length} pods` : `${shape.pod.namespace}/${shape.pod.name}`
      const data = { veth: shape.veth, pod: end, look: podLook, at, named: podLook.hue !== null && !shape.group }
      return [
        tile,
        ...(shape.group ? [foldNode(shape.ref, shape.rect, true)] : []),
        flowNode(shape.veth.ref, 'veth', at, {
          z: Z.cable,
          data: { ...data, look: { ...podLook, hue: null, place: null, selected: looks.of(shape.veth.ref).selected } },
        }),
      ]
    })
    return [
      flowNode(rack.ref, 'rack', rack.rect, { z: Z.rack, data: { rack, look } }),
      foldNode(rack.ref, rack.rect, false),
      flowNode(`${rack.ref} words`, 'rackWords', rack.rect, { z: Z.words, data: { rack, look, acts } }),
      flowNode(`${rack.ref} cables`, 'cables', rack.rect, { z: Z.cable, data: { rack, cables: cablesOf(rack, looks) } }),
      ...pods,
      ...rack.bridges.map((bridge) =>
        flowNode(bridge.ref, 'bridge', bridge.rect, { z: Z.bar, data: { bridge, node, look: looks.of(bridge.ref) } }),
      ),
      ...rack.tunnels.map((tunnel) =>
        flowNode(tunnel.ref, 'tunnel', tunnel.rect, {
          z: Z.bar,
          data: { tunnel, node, look: looks.of(tunnel.ref), above: rack.tunnels.length > 1 },
        }),
      ),
      ...rack.nics.map((nic) =>
        flowNode(nic.ref, 'nic', nic.rect, { z: Z.pod, data: { nic, node, look: looks.of(nic.ref), ports: nodePorts } }),
      ),
    ]
  })
}

/** The rings around what was found, above everything. */
export function ringNodes({ width, height }: Layout, rings: readonly unknown[]): Node[] {
  return rings.length === 0 ? [] : [flowNode('rings', 'rings', { x: 0, y: 0, width, height }, { z: Z.rings, data: { rings } })]
}

/** Of a group, what is shown of the pod in it that lies on the path. */
function lookOf({ ref, pods }: PodShape, looks: Looks): Look {
  const all = pods.map((pod) => looks.of(pod.ref))
  const best = all.find(({ place }) => place !== null) ?? all.find(({ hue }) => hue !== null) ?? all[0] ?? looks.of(ref)
  return all.length === 1 ? best : { ...best, faded: all.every(({ faded }) => faded), selected: all.every(({ selected }) => selected) }
}

const FOLD = 24

/** The button that collapses a shape, or opens it, in its upper right corner. */
function foldNode(ref: string, { x, y, width }: Rect, collapsed: boolean): Node {
  const inset = ref.startsWith('group/') ? 3 : 6
  const at: Rect = { x: x + width - FOLD - inset, y: y + inset, width: FOLD, height: FOLD }
  return flowNode(`${ref} fold`, 'fold', at, { z: Z.fold, data: { of: ref, collapsed } })
}

function cablesOf({ pods }: RackShape, looks: Looks) {
  return pods.flatMap((shape) => (shape.veth ? [{ points: shape.veth.points, faded: lookOf(shape, looks).faded }] : []))
}

function cardNodes(layout: Layout, looks: Looks): Node[] {
  return layout.cards.flatMap((card) => [
    ...(card.collapsed ? [foldNode(card.ref, card.rect, true)] : []),
    flowNode(CARD + card.ref, card.collapsed ? 'collapsed' : 'card', card.rect, {
      z: Z.rack,
      data: { card, look: insideLook(card, looks) },
    }),
    ...card.cells.map((cell) =>
      flowNode(CARD + cell.ref, 'cell', cell.rect, {
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

function calloutNodes(layout: Layout, looks: Looks): Node[] {
  return layout.callouts.map(({ ref, pod, rect }) =>
    flowNode(`${ref} callout`, 'callout', rect, {
      z: Z.words,
      data: { name: podNameParts(pod.name, pod.workload).join(''), address: pod.address, hue: looks.of(ref).hue ?? 'ink-3' },
    }),
  )
}

function betweenNodes(layout: Layout, looks: Looks): Node[] {
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
    return [flowNode(segment.ref, 'segment', at, { z: Z.segment, data: { segment, look: looks.of(segment.ref), at } })]
  })
  const boxes = layout.boxes.map((box) => flowNode(box.ref, 'box', box.rect, { z: Z.pod, data: { box, look: looks.of(box.ref) } }))
  return [flowNode('wires', 'wires', all, { z: Z.wires, data: { wires } }), ...segments, ...boxes]
}
