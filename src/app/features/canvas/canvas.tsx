/** The picture: shapes on React Flow, the walk on a canvas above them. Connected to the store; everything below takes plain props. */
import '@xyflow/react/dist/base.css'
import { ReactFlow, ReactFlowProvider, useStore as useFlow } from '@xyflow/react'
import { Focus, Grid3x3, Maximize2, Minus, Plus, Search } from 'lucide-react'
import { type KeyboardEvent, useCallback, useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Topology } from '../../../engine/simulation/topology.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import { toggleFocusPath } from '../../commands.ts'
import { keepAlongside } from '../../store/alongside.ts'
import { momentAt } from '../../store/frames.ts'
import { dealIdentities } from '../../store/identities.ts'
import { askCanvas, currentFrames } from '../../store/playback.ts'
import { openSearch } from '../../store/searching.ts'
import { nodesOf } from '../../store/standing-order.ts'
import { appState, store, useStore } from '../../store/store.ts'
import { hueOfWalk } from '../../store/together.ts'
import { selectedRefs } from '../../store/viewing.ts'
import { currentIdentities } from '../../store/walk-identities.ts'
import { firstWalk } from '../../store/which-walk.ts'
import { Button } from '../../ui/button.tsx'
import styles from './canvas.module.css'
import { FindBar, ringsOf } from './find-bar.tsx'
import { leastZoom, useFraming } from './framing.ts'
import { Invitation } from './invitation.tsx'
import { layoutOf } from './layout.ts'
import { Legend } from './legend.tsx'
import { type Looks, looksOf, togetherLooks } from './looks.ts'
import { Minimap } from './minimap.tsx'
import { isDirection, neighbourOf } from './neighbours.ts'
import { Overlay } from './overlay.tsx'
import { type PlacedShapes, placedShapesOf, ringed } from './placed-shapes.ts'
import { ShapeSheet } from './shape-sheet.tsx'
import type { Layout } from './shapes.ts'
import { useBeside, useCompanions } from './use-beside.ts'
import { useZoomLevels } from './use-zoom-levels.ts'
import { ZoomInside } from './zoom-inside.tsx'

const NO_RECORDS: readonly TraceRecord[] = []
/** More nodes than this are shown as an overview first. */
const MANY_NODES = 6
/** Tickets that may be laid out at once; of more than these, one is looked for by its name. */
const MOST_TICKETS = 300

/** The canvas pane. */
export function Canvas() {
  useLevelForSize()
  const topology = useStore((state) => state.topology)
  const empty = useStore((state) => state.engine === 'ready' && state.documents.length === 0 && !state.topologyStale)
  // The rest of the page comes first: both at once would hold up a frame.
  const isThere = useDeferredValue(topology !== null)
  if (empty) return <Invitation />
  if (topology === null || !isThere) return <div className={styles.canvas} data-testid="canvas" />
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
  const { layout, looks, placed } = useShapes(topology)
  const records = walk?.records ?? NO_RECORDS
  const frames = currentFrames()
  const { identities } = currentIdentities(topology, walk)
  const framed = useLast(placed, useFraming(layout, looks.of))
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
          panActivationKeyCode={null}
          zoomActivationKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          deleteKeyCode={null}
          onMoveStart={(event) => event && appState().setCameraFollows(false)}
          onPaneClick={() => appState().select(null)}
        >
          <Detail wrapper={wrapper} />
          <ShapeSheet placed={framed} />
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

const NOTHING: PlacedShapes = { count: 0, within: () => [] }

/** What was there last until the next is ready: shapes of another picture come into the page with the view of it, not before. */
function useLast(next: PlacedShapes, ready: boolean): PlacedShapes {
  const last = useRef(NOTHING)
  useLayoutEffect(() => {
    if (ready) last.current = next
  })
  return ready ? next : last.current
}

interface Shapes {
  readonly layout: Layout
  readonly looks: Looks
  readonly placed: PlacedShapes
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
  const named = [...looks.chosen].join(' ')
  const layout = useMemo(
    () =>
      layoutOf(topology, { level, focused: wordsOf(focused), allServices, arrangement, named: level === 'overview' ? wordsOf(named) : [] }),
    [topology, level, focused, allServices, named, arrangement],
  )
  const isMany = topology.services.length > MOST_TICKETS
  const toggle = useCallback(() => (isMany ? appState().setOverlay('palette') : setAllServices((open) => !open)), [isMany])
  const shapes = useMemo(
    () =>
      placedShapesOf(layout, { looks, allServices, onToggleServices: toggle, nodePorts: nodePortsOf(topology, looks.services), selected }),
    [layout, looks, allServices, toggle, topology, selected],
  )
  const rings = useMemo(() => (search === null ? [] : ringsOf(layout, search.hits, search.at)), [layout, search])
  const placed = useMemo(() => ringed(shapes, layout, rings), [shapes, layout, rings])
  return { layout, looks, placed }
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
  useLayoutEffect(() => {
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
