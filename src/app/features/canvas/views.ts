/** What draws each kind of shape. */
import type { ComponentProps, ComponentType } from 'react'
import { CalloutView, CardView, CellView } from './card-view.tsx'
import { CollapsedView, FoldView, GroupView } from './collapsed-views.tsx'
import { RingsView } from './find-bar.tsx'
import { BoxView, SegmentView, ServiceView, StackView, TethersView, WiresView } from './network-views.tsx'
import { BridgeView, CablesView, NicView, PodView, RackView, RackWordsView, TunnelView, VethView } from './rack-views.tsx'

const ALL = {
  rack: RackView,
  rackWords: RackWordsView,
  pod: PodView,
  veth: VethView,
  cables: CablesView,
  bridge: BridgeView,
  nic: NicView,
  tunnel: TunnelView,
  segment: SegmentView,
  box: BoxView,
  service: ServiceView,
  stack: StackView,
  tethers: TethersView,
  wires: WiresView,
  group: GroupView,
  fold: FoldView,
  collapsed: CollapsedView,
  rings: RingsView,
  card: CardView,
  cell: CellView,
  callout: CalloutView,
} as const

export type ShapeKind = keyof typeof ALL

/** What each kind of shape shows. */
export type ShapeData = { readonly [Kind in ShapeKind]: ComponentProps<(typeof ALL)[Kind]>['data'] }

export const VIEWS: { readonly [Kind in ShapeKind]: ComponentType<{ readonly data: ShapeData[Kind] }> } = ALL
