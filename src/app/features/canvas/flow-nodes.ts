/** The layout as nodes of React Flow: what lies above what, and in which order Tab meets it. Pure. */
import type { Node } from '@xyflow/react'
import type { Looks } from './looks.ts'
import { wiresOf } from './network-views.tsx'
import { podNameParts } from './pod-name.ts'
import type { Layout, RackShape, Rect } from './shapes.ts'
import { bottom, right } from './shapes.ts'

/** Layers, from the ground up. */
const Z = { wires: 0, segment: 1, rack: 2, bar: 3, cable: 4, pod: 5, tethers: 6, words: 7, service: 8 }

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
  const place = (node: Node) => looks.of(refOf(node)).place ?? Number.POSITIVE_INFINITY
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
      const podLook = looks.of(shape.ref)
      const tile = flowNode(shape.ref, 'pod', shape.rect, { z: Z.pod, data: { shape, node, look: podLook } })
      if (!shape.veth) return [tile]
      const xs = shape.veth.points.map((point) => point.x)
      const ys = shape.veth.points.map((point) => point.y)
      const at: Rect = {
        x: Math.min(...xs),
        y: Math.min(...ys),
        width: Math.max(...xs) - Math.min(...xs),
        height: Math.max(...ys) - Math.min(...ys),
      }
      const data = { veth: shape.veth, pod: `${shape.pod.namespace}/${shape.pod.name}`, look: podLook, at, named: podLook.hue !== null }
      return [
        tile,
        flowNode(shape.veth.ref, 'veth', at, {
          z: Z.cable,
          data: { ...data, look: { ...podLook, hue: null, place: null, selected: looks.of(shape.veth.ref).selected } },
        }),
      ]
    })
    return [
      flowNode(rack.ref, 'rack', rack.rect, { z: Z.rack, data: { rack, look } }),
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

function cablesOf({ pods }: RackShape, looks: Looks) {
  return pods.flatMap(({ ref, veth }) => (veth ? [{ points: veth.points, faded: looks.of(ref).faded }] : []))
}

function cardNodes(layout: Layout, looks: Looks): Node[] {
  return layout.cards.flatMap((card) => [
    flowNode(CARD + card.ref, 'card', card.rect, { z: Z.rack, data: { card, look: looks.of(card.ref) } }),
    ...card.cells.map((cell) =>
      flowNode(CARD + cell.ref, 'cell', cell.rect, {
        z: Z.pod,
        data: { pod: cell.pod, node: card.machine.name, look: looks.of(cell.ref) },
      }),
    ),
  ])
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
