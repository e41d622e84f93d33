/** What the layout produces: every drawn thing with its rectangle, ports and wires, in canvas units (px at zoom 1). Plain data. */
import type { TopologyDevice, TopologyMachine, TopologyNetwork, TopologyPod, TopologyService } from '../../../engine/simulation/topology.ts'
import type { Arrangement } from '../../store/arrangement.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Rect extends Point {
  readonly width: number
  readonly height: number
}

/** A cable from a pod's socket to the plug on the bridge (or on the kernel strip where there is none). */
export interface VethShape {
  /** 'veth/NODE/NAME' */
  readonly ref: string
  readonly name: string
  readonly points: readonly Point[]
  readonly plug: Point
}

export interface PodShape {
  /** The pod's, or that of the group of a collapsed workload. */
  readonly ref: string
  /** The first of them. */
  readonly pod: TopologyPod
  /** One, or all that a collapsed group stands for. */
  readonly pods: readonly TopologyPod[]
  readonly group: boolean
  readonly rect: Rect
  /** Its eth0; null on the host network. */
  readonly socket: Point | null
  readonly veth: VethShape | null
  /** Where a tether reaches it: points from above the rack down to its upper edge. */
  readonly tether: readonly Point[]
}

export interface BridgeShape {
  /** 'bridge/NODE/NAME' */
  readonly ref: string
  readonly device: TopologyDevice
  readonly rect: Rect
}

export interface NicShape {
  /** 'nic/NODE/NAME' */
  readonly ref: string
  readonly device: TopologyDevice
  readonly rect: Rect
  /** Where its wire runs. */
  readonly wireX: number
  /** Ref of the segment it is plugged into. */
  readonly network: string | null
}

/** A tunnel's device: the bare packet comes and goes by one port, the wrapped one by the other. */
export interface TunnelShape {
  /** 'tunnel/NODE/NAME' */
  readonly ref: string
  readonly device: TopologyDevice
  readonly rect: Rect
  readonly bareX: number
  readonly wrappedX: number
}

export interface RackShape {
  readonly ref: string
  readonly machine: TopologyMachine
  readonly rect: Rect
  readonly pods: readonly PodShape[]
  readonly bridges: readonly BridgeShape[]
  /** The dotted frame: where routing and netfilter act. */
  readonly strip: Rect
  /** Where the bridge's own port joins the kernel strip. */
  readonly portX: number
  readonly nics: readonly NicShape[]
  readonly tunnels: readonly TunnelShape[]
}

/** A host, gateway or the internet. */
export interface BoxShape {
  readonly ref: string
  readonly kind: 'host' | 'gateway' | 'internet'
  readonly machine: TopologyMachine
  readonly rect: Rect
  /** From its edge to each segment it is plugged into. */
  readonly wires: readonly { readonly network: string; readonly points: readonly Point[] }[]
}

/** An L2 segment: one bar under each row of racks, joined at the left. */
export interface SegmentShape {
  /** 'network/NAME' */
  readonly ref: string
  readonly network: TopologyNetwork
  readonly bars: readonly Rect[]
  /** x of the riser that joins the bars; null with one bar. */
  readonly riserX: number | null
  /** 'wire': the line between gateway and internet, drawn thin. */
  readonly kind: 'bar' | 'wire'
}

export interface ServiceShape {
  readonly ref: string
  readonly service: TopologyService
  readonly rect: Rect
  readonly focused: boolean
}

/** The dotted line from a Service to one of its endpoints. No packet travels on it. */
export interface TetherShape {
  readonly service: string
  readonly pod: string
  readonly points: readonly Point[]
}

/** Overview: one card a node. */
export interface CardShape {
  readonly ref: string
  readonly machine: TopologyMachine
  readonly rect: Rect
  readonly cells: readonly { readonly ref: string; readonly pod: TopologyPod; readonly rect: Rect }[]
  /** More than 20 pods: one bar a workload instead of cells. */
  readonly workloads: readonly { readonly name: string; readonly count: number; readonly rect: Rect; readonly pods: readonly string[] }[]
  readonly nic: Rect
  /** A node that was collapsed, in the place of its rack. */
  readonly collapsed?: true
}

/** Overview: names a pod of the walk above its card, since cells have no words. */
export interface CalloutShape {
  /** The pod's. */
  readonly ref: string
  readonly pod: TopologyPod
  readonly rect: Rect
}

export interface Layout {
  readonly level: 'overview' | 'network'
  readonly width: number
  readonly height: number
  readonly racks: readonly RackShape[]
  readonly cards: readonly CardShape[]
  readonly callouts: readonly CalloutShape[]
  readonly segments: readonly SegmentShape[]
  readonly boxes: readonly BoxShape[]
  readonly services: readonly ServiceShape[]
  /** The stack of Services that found no place in the band. */
  readonly more: { readonly count: number; readonly rect: Rect } | null
  readonly tethers: readonly TetherShape[]
}

export interface LayoutOptions {
  readonly level: 'overview' | 'network'
  /** Refs of Services that the walk or the selection is about: they have tethers, and a place in the band. */
  readonly focused: readonly string[]
  /** Show every Service, in as many rows as it takes. */
  readonly allServices: boolean
  readonly arrangement?: Arrangement
  /** Refs of pods that the overview names: those of the walk. */
  readonly named?: readonly string[]
}

/** Is it this pod, or a group that stands for it? */
export function standsFor({ pods }: PodShape, ref: string): boolean {
  return pods.some((pod) => pod.ref === ref)
}

export function centre(rect: Rect): Point {
  return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 }
}

export function right(rect: Rect): number {
  return rect.x + rect.width
}

export function bottom(rect: Rect): number {
  return rect.y + rect.height
}
