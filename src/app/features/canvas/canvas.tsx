/** The picture: shapes on React Flow, the walk on a canvas above them. Connected to the store; everything below takes plain props. */
import '@xyflow/react/dist/base.css'
import { type Node, type NodeTypes, ReactFlow, ReactFlowProvider, useStore as useFlow } from '@xyflow/react'
import { Focus, Grid3x3, Maximize2, Minus, Plus, Search } from 'lucide-react'
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Topology } from '../../../engine/simulation/topology.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import { toggleFocusPath } from '../../commands.ts'
import { keepAlongside } from '../../store/alongside.ts'
import { momentAt } from '../../store/frames.ts'
import { dealIdentities } from '../../store/identities.ts'
import { askCanvas, currentFrames } from '../../store/playback.ts'
import { openSearch } from '../../store/searching.ts'
import { nodesOf } from '../../store/standing-order.ts'
import { appState, selectedRefs, store, useStore } from '../../store/store.ts'
import { hueOfWalk } from '../../store/together.ts'
import { currentIdentities } from '../../store/walk-identities.ts'
import { firstWalk } from '../../store/which-walk.ts'
import { Button } from '../../ui/button.tsx'
import styles from './canvas.module.css'
import { CalloutView, CardView, CellView } from './card-view.tsx'
import { CollapsedView, FoldView, GroupView } from './collapsed-views.tsx'
import { FindBar, RingsView, ringsOf } from './find-bar.tsx'
import { flowNodesOf, ringNodes } from './flow-nodes.ts'
import { leastZoom, useFraming } from './framing.ts'
import { Invitation } from './invitation.tsx'
import { layoutOf } from './layout.ts'
import { Legend } from './legend.tsx'
import { type Looks, looksOf, togetherLooks } from './looks.ts'
import { Minimap } from './minimap.tsx'
import { isDirection, neighbourOf } from './neighbours.ts'
import { BoxView, SegmentView, ServiceView, StackView, TethersView, WiresView } from './network-views.tsx'
import { Overlay } from './overlay.tsx'
import { BridgeView, CablesView, NicView, PodView, RackView, RackWordsView, TunnelView, VethView } from './rack-views.tsx'
import type { Layout } from './shapes.ts'
import { useBeside, useCompanions } from './use-beside.ts'
import { useZoomLevels } from './use-zoom-levels.ts'
import { ZoomInside } from './zoom-inside.tsx'

const NODE_TYPES: NodeTypes = {
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
}
const NO_RECORDS: readonly TraceRecord[] = []
/** More nodes than this are shown as an overview first. */
const MANY_NODES = 6
/** Shapes beyond which only visible ones are kept in the page. */
const MANY_SHAPES = 900
/** Tickets that may be laid out at once; of more than these, one is looked for by its name. */
const MOST_TICKETS = 300

/** The canvas pane. */
export function Canvas() {
  useLevelForSize()
  const topology = useStore((state) => state.topology)
  const empty = useStore((state) => state.engine === 'ready' && state.documents.length === 0 && !state.topologyStale)
  if (empty) return <Invitation />
  if (topology === null) return <div className={styles.canvas} data-testid="canvas" />
  return (
    <ReactFlowProvider>
      <Picture topology={topology} />
    </ReactFlowProvider>
  )
}

function Picture({ topology }: { readonly topology: Topology }) {
  const walk = useStore((state) => state.walk)
  const frame = useStore((state) => state.frame)
  const wrapper = useRef<HTMLDivElement>(null)
  const { layout, looks, nodes, culled } = useFromManyToFew(useShapes(topology))
  const records = walk?.records ?? NO_RECORDS
  const frames = currentFrames()
  const { identities } = currentIdentities(topology, walk)
  useFraming(layout, looks.of)
  useEffect(keepAlongside, [])
  const zoom = useZoomLevels(topology, layout, wrapper)
  const { own, others } = useBeside(topology, layout)
  return (
    <div className={styles.picture}>
      {/* biome-ignore lint/a11y/useSemanticElements: a picture, not a set of form fields */}
      <div
        ref={wrapper}
        className={styles.canvas}
        data-testid="canvas"
        role="group"
        aria-label="Shapes of the network"
        onKeyDown={(event) => moveFocus(event, wrapper.current)}
        onScroll={(event) => event.currentTarget.scrollTo(0, 0)}
      >
        <ReactFlow
          nodes={nodes}
          edges={NO_EDGES}
          nodeTypes={NODE_TYPES}
          minZoom={leastZoom(layout)}
          maxZoom={zoom.maxZoom}
          onMove={zoom.onMove}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          zoomOnDoubleClick={false}
          panOnScroll
          onlyRenderVisibleElements={culled}
          panActivationKeyCode={null}
          zoomActivationKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          deleteKeyCode={null}
          onMoveStart={(event) => event && appState().setCameraFollows(false)}
          onPaneClick={() => appState().select(null)}
        >
          <Detail wrapper={wrapper} />
          <ZoomInside layout={layout} />
          <Overlay
            layout={layout}
            frames={frames}
            records={records}
            identities={identities}
            shown={momentAt(frames, frame)}
            own={own}
            others={others}
          />
        </ReactFlow>
        <FindBar layout={layout} />
        <Minimap layout={layout} look={looks.of} />
        <Controls walking={records.length > 0} simulates={topology.simulates ?? null} />
      </div>
      <Legend />
    </div>
  )
}

const NO_EDGES: never[] = []
const NO_NODES: Node[] = []

interface Shapes {
  readonly layout: Layout
  readonly looks: Looks
  readonly nodes: Node[]
}

/**
 * React Flow takes new nodes a step after its other properties. From many shapes to few, it would first draw all of the many that it still holds, and those
 * that are on screen would look themselves up in vain with every change. So it is emptied first, before anything is painted.
 */
function useFromManyToFew(next: Shapes): Shapes & { readonly culled: boolean } {
  const isMany = next.nodes.length > MANY_SHAPES
  const [wasMany, setWasMany] = useState(isMany)
  const last = useRef(next)
  const leaves = wasMany && !isMany
  useLayoutEffect(() => {
    if (!leaves) last.current = next
    setWasMany(isMany)
  })
  return leaves ? { ...last.current, nodes: NO_NODES, culled: true } : { ...next, culled: isMany }
}

/** What is drawn of the network, where, and how the walk makes it look. */
function useShapes(topology: Topology): Shapes {
  const walk = useStore((state) => state.walk)
  const level = useStore((state) => state.level)
  const selected = useStore((state) => state.selected)
  const alsoSelected = useStore((state) => state.alsoSelected)
  const focusPath = useStore((state) => state.focusPath)
  const [allServices, setAllServices] = useState(false)
  const records = walk?.records ?? NO_RECORDS
  const { identities } = currentIdentities(topology, walk)
  const arrangement = useStore((state) => state.arrangement)
  const companions = useCompanions()
  const together = useStore((state) => state.together)
  const looks = useMemo(() => {
    const common = { topology, selected: selectedRefs({ selected, alsoSelected }), focusPath }
    const others = companions.map((one) => {
      const hue = hueOfWalk(one.name, together)
      return looksOf({ ...common, records: one.records, identities: dealIdentities(topology, one.records, hue ? [hue] : undefined) })
    })
    return togetherLooks(looksOf({ ...common, records, identities }), others)
  }, [topology, records, identities, selected, alsoSelected, focusPath, companions, together])
  const search = useStore((state) => state.search)
  const hit = search?.hits[search.at]
  const shown = [selected, hit ?? null].filter((ref) => ref?.startsWith('service/') && !looks.services.includes(ref))
  const focused = [...new Set([...looks.services, ...shown])].join(' ')
  const named = useMemo(
    () => topology.machines.flatMap(({ pods }) => pods.flatMap(({ ref }) => (looks.of(ref).hue === null ? [] : [ref]))).join(' '),
    [topology, looks],
  )
  const layout = useMemo(
    () =>
      layoutOf(topology, { level, focused: wordsOf(focused), allServices, arrangement, named: level === 'overview' ? wordsOf(named) : [] }),
    [topology, level, focused, allServices, named, arrangement],
  )
  const isMany = topology.services.length > MOST_TICKETS
  const toggle = useCallback(() => (isMany ? appState().setOverlay('palette') : setAllServices((open) => !open)), [isMany])
  const nodes = useMemo(
    () => flowNodesOf(layout, { looks, allServices, onToggleServices: toggle, nodePorts: nodePortsOf(topology, looks.services), selected }),
    [layout, looks, allServices, toggle, topology, selected],
  )
  const rings = useMemo(() => (search === null ? [] : ringsOf(layout, search.hits, search.at)), [layout, search])
  const all = useMemo(() => [...nodes, ...ringNodes(layout, rings)], [nodes, layout, rings])
  return { layout, looks, nodes: all }
}

/** Lists travel as text, so that the layout is made again only when they change. */
function wordsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}

/** NodePorts of the Services that the walk met: shown on every NIC, since every node answers there. */
function nodePortsOf(topology: Topology, services: readonly string[]): number[] {
  const met = topology.services.filter((service) => services.includes(service.ref))
  return met.flatMap((service) => service.ports.flatMap((port) => (port.nodePort === null ? [] : [port.nodePort])))
}

/** Big clusters open as an overview, small ones as a network, unless the settings say otherwise; after that the user decides. */
function useLevelForSize() {
  useEffect(() => {
    const isBig = (topology: Topology | null) => topology !== null && nodesOf(topology).length > MANY_NODES
    let chosenFor = -1
    const choose = () => {
      const { startLevel, setLevel, openKernel, topology, opened, walks, wanted } = appState()
      chosenFor = opened
      const fitting = isBig(topology) ? 'overview' : 'network'
      setLevel(startLevel === 'overview' || startLevel === 'network' ? startLevel : fitting)
      // Where nothing walks, there is no packet to look for inside a kernel.
      if (startLevel === 'kernel' && topology !== null && firstWalk(wanted, walks, topology) !== null) openKernel(null)
    }
    if (appState().topology !== null) choose()
    return store.subscribe((state, before) => {
      const grew = state.startLevel === 'fitting' && isBig(state.topology) !== isBig(before.topology)
      if (state.topology !== null && (state.opened !== chosenFor || grew)) choose()
    })
  }, [])
}

/** Text that would be under 9 px on screen is left out whole, smallest kinds first; never shrunk. */
function Detail({ wrapper }: { readonly wrapper: React.RefObject<HTMLDivElement | null> }) {
  const detail = useFlow((state) => detailAt(state.transform[2]))
  useEffect(() => {
    if (wrapper.current) wrapper.current.dataset.detail = detail
  }, [detail, wrapper])
  return null
}

/** Farther away than this no word inside a pod can be read: boxes only, which is also what hundreds of them can be moved as. */
const BARE = 0.4

function detailAt(zoom: number): string {
  if (zoom >= 0.9) return 'container veth address hash'
  if (zoom >= 0.82) return 'container address hash'
  if (zoom >= 0.74) return 'address hash'
  if (zoom >= 0.6) return 'hash'
  return zoom >= BARE ? 'none' : 'bare'
}

interface ControlsProps {
  readonly walking: boolean
  readonly simulates: Topology['simulates'] | null
}

function Controls({ walking, simulates }: ControlsProps) {
  const focusPath = useStore((state) => state.focusPath)
  return (
    <div className={styles.controls} data-over>
      <Button look="outline" className={styles.square} aria-label="Zoom in" title="Zoom in (+)" onClick={() => askCanvas('zoom-in')}>
        <Plus size={16} aria-hidden />
      </Button>
      <Button look="outline" className={styles.square} aria-label="Zoom out" title="Zoom out (−)" onClick={() => askCanvas('zoom-out')}>
        <Minus size={16} aria-hidden />
      </Button>
      <Button
        look="outline"
        className={styles.square}
        aria-label="Fit everything"
        title="Fit everything (0)"
        onClick={() => askCanvas('fit')}
      >
        <Maximize2 size={15} aria-hidden />
      </Button>
      <Button look="outline" aria-pressed={focusPath} disabled={!walking} title="Focus path (F)" onClick={toggleFocusPath}>
        <Focus size={15} aria-hidden />
        Focus path
      </Button>
      <Button
        look="outline"
        className={styles.square}
        aria-label="Find in the picture"
        title="Find in the picture (/)"
        onClick={openSearch}
      >
        <Search size={15} aria-hidden />
      </Button>
      <Button look="outline" title="Who reaches whom (R)" onClick={() => appState().setOverlay('reach')}>
        <Grid3x3 size={15} aria-hidden />
        Reach
      </Button>
      {simulates && (
        <span className={styles.badge} title={`The cluster’s CNI plugin is not modelled; ${simulates.as} stands in its place.`}>
          {simulates.cni}, simulated as {simulates.as}
        </span>
      )}
    </div>
  )
}

/** Arrows go from shape to shape; Escape lets the chosen one go. */
function moveFocus(event: KeyboardEvent, wrapper: HTMLElement | null): void {
  const { target } = event
  if (!wrapper || !(target instanceof HTMLElement) || target.dataset.shape === undefined) return
  if (event.key === 'Escape') appState().select(null)
  if (!isDirection(event.key) || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return
  const shapes = [...wrapper.querySelectorAll<HTMLElement>('[data-shape]')].filter((shape) => shape !== target)
  const next =
    shapes[
      neighbourOf(
        target.getBoundingClientRect(),
        shapes.map((shape) => shape.getBoundingClientRect()),
        event.key,
      )
    ]
  event.preventDefault()
  next?.focus({ preventScroll: true })
}
