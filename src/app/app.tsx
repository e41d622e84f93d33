import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { Group, Panel, type PanelImperativeHandle, Separator } from 'react-resizable-panels'
import styles from './app.module.css'
import { Canvas } from './features/canvas/canvas.tsx'
import { PhoneCanvas } from './features/canvas/phone-canvas.tsx'
import { EditorPane } from './features/editor/editor-pane.tsx'
import { Inspector } from './features/inspector/inspector.tsx'
import { PhonePlayback } from './features/playback/phone-playback.tsx'
import { Playback } from './features/playback/playback.tsx'
import { useTimelineRoom } from './features/playback/timeline-room.ts'
import { WalkPane } from './features/walk/walk-pane.tsx'
import { acceptDrops } from './files.ts'
import { Overlays } from './overlays.tsx'
import { listenToKeys } from './shortcuts.ts'
import { appState, useStore } from './store/store.ts'
import { useTerminals } from './store/terminal.ts'
import { Toasts } from './toasts.tsx'
import { TopBar } from './top-bar.tsx'
import { useNarrow, usePhone } from './ui/use-narrow.ts'

/** The page: bar, three panes (or tabs on a narrow screen), and whatever lies above them. */
export function App() {
  const narrow = useNarrow()
  useEffect(listenToKeys, [])
  useEffect(acceptDrops, [])
  return (
    <div className={styles.app}>
      <TopBar />
      {narrow ? <Tabs /> : <Panes />}
      <Overlays />
      <TourCards />
      <Toasts />
    </div>
  )
}

const Tour = lazy(() => import('./features/tour/tour.tsx'))

function TourCards() {
  const touring = useStore((state) => state.touring)
  if (!touring) return null
  return (
    <Suspense fallback={null}>
      <Tour />
    </Suspense>
  )
}

function Panes() {
  const editor = useFolding(useStore((state) => state.editorOpen))
  const inspector = useFolding(useStore((state) => state.inspectorOpen))
  return (
    <Group className={styles.panes} orientation="horizontal" elementRef={noScroll}>
      <Panel
        id="editor"
        panelRef={editor}
        className={styles.pane}
        defaultSize="22%"
        minSize={210}
        maxSize="45%"
        collapsible
        collapsedSize={40}
        onResize={(size) => appState().setEditorOpen(size.inPixels > 60)}
      >
        <EditorPane />
      </Panel>
      <Divider />
      <Panel id="picture" className={styles.pane} minSize="30%">
        <Picture />
      </Panel>
      <Divider />
      <Panel
        id="walk"
        panelRef={inspector}
        className={styles.pane}
        defaultSize="24%"
        minSize={256}
        maxSize="45%"
        collapsible
        collapsedSize={0}
        onResize={(size) => appState().setInspectorOpen(size.inPixels > 60)}
      >
        <Reading />
      </Panel>
    </Group>
  )
}

/** Panels carry their id as `data-testid` too, so none is called as what it holds. */
function Picture() {
  const timeline = useRef<PanelImperativeHandle | null>(null)
  useTimelineRoom(timeline)
  return (
    <Group orientation="vertical" className={styles.panes}>
      <Panel id="canvas-panel" className={styles.pane} minSize="35%">
        <Stage />
      </Panel>
      <ComparePanel />
      <Divider />
      <Panel
        id="timeline-panel"
        panelRef={timeline}
        className={styles.pane}
        defaultSize={200}
        minSize={44}
        maxSize="50%"
        groupResizeBehavior="preserve-pixel-size"
      >
        <section className={styles.timeline} aria-label="Timeline">
          <Playback />
        </section>
      </Panel>
      <TerminalPanel />
    </Group>
  )
}

const Compare = lazy(() => import('./features/compare/compare.tsx'))

/** The walk beside the same walk in another world, under the picture. */
function ComparePanel() {
  const open = useStore((state) => state.comparing)
  if (!open) return null
  return (
    <>
      <Divider />
      <Panel id="compare" className={styles.pane} defaultSize={300} minSize={140} maxSize="65%">
        <Suspense fallback={null}>
          <Compare />
        </Suspense>
      </Panel>
    </>
  )
}

const TerminalDrawer = lazy(() => import('./features/terminal/terminal-drawer.tsx'))

/** The drawer with the terminals; its code comes when it is first opened. */
function TerminalPanel() {
  const open = useTerminals((state) => state.open)
  if (!open) return null
  return (
    <>
      <Divider />
      <Panel id="terminal" className={styles.pane} defaultSize={260} minSize={110} maxSize="60%" groupResizeBehavior="preserve-pixel-size">
        <Suspense fallback={null}>
          <TerminalDrawer />
        </Suspense>
      </Panel>
    </>
  )
}

const KernelLevel = lazy(() => import('./features/kernel/kernel-level.tsx'))

/** The picture, or the inside of a kernel before it: the picture stays as it was. */
function Stage() {
  const inside = useStore((state) => state.kernel !== null)
  return (
    <main className={styles.canvas} aria-label={inside ? 'Kernel' : 'Network'}>
      <DrawnPicture hidden={inside} />
      {inside && (
        <div className={styles.inside}>
          <Suspense fallback={null}>
            <KernelLevel />
          </Suspense>
        </div>
      )}
    </main>
  )
}

const Drawing = lazy(() => import('./features/drawing/drawing.tsx'))

/** The picture with the tools to draw on it, whose code comes after it. */
function DrawnPicture({ hidden }: { readonly hidden: boolean }) {
  const picture = useRef<HTMLDivElement>(null)
  const isThere = useStore((state) => state.engine !== 'starting')
  return (
    <div className={styles.drawn} style={hidden ? { visibility: 'hidden' } : undefined}>
      {isThere && (
        <Suspense fallback={null}>
          <Drawing picture={picture} />
        </Suspense>
      )}
      <div ref={picture} className={styles.canvas}>
        <Canvas />
      </div>
    </div>
  )
}

/** The picture on a phone: the path as one line, with the player under it. */
function PhonePicture() {
  return (
    <div className={styles.phone}>
      <main className={styles.canvas} aria-label="Network">
        <PhoneCanvas />
      </main>
      <section className={styles.timeline} aria-label="Timeline">
        <PhonePlayback />
      </section>
    </div>
  )
}

function Reading() {
  return (
    <Group orientation="vertical" className={styles.panes}>
      <Panel id="hops" className={styles.pane} minSize="20%">
        <WalkPane />
      </Panel>
      <Divider />
      <Panel id="inspector" className={styles.pane} defaultSize="42%" minSize={80}>
        <Inspector />
      </Panel>
    </Group>
  )
}

const TABS = ['Scenario', 'Picture', 'Walk'] as const

/** The panes of a narrow screen, one at a time. The others stay as they are: playing, keys and undo go on. */
function Tabs() {
  const [tab, setTab] = useState<(typeof TABS)[number]>('Picture')
  const phone = usePhone()
  const content: Record<(typeof TABS)[number], ReactNode> = {
    Scenario: <EditorPane />,
    Picture: phone ? <PhonePicture /> : <Picture />,
    Walk: <Reading />,
  }
  // A line that is asked for shows in its pane.
  const asked = useStore((state) => `${state.editorFocus} ${state.reveal?.at ?? 0} ${state.outlineOpen}`)
  const [seen, setSeen] = useState(asked)
  if (asked !== seen) {
    setSeen(asked)
    setTab('Scenario')
  }
  return (
    <>
      {TABS.map((name) => (
        <div key={name} className={styles.panes} hidden={name !== tab}>
          {content[name]}
        </div>
      ))}
      <nav className={styles.tabs} aria-label="Panes">
        {TABS.map((name) => (
          <button key={name} type="button" aria-current={name === tab ? 'page' : undefined} onClick={() => setTab(name)}>
            {name}
          </button>
        ))}
      </nav>
    </>
  )
}

function Divider() {
  return <Separator className={styles.divider} />
}

/** A panel that folds and unfolds with a flag of the store. */
function useFolding(open: boolean) {
  const panel = useRef<PanelImperativeHandle | null>(null)
  useEffect(() => {
    if (open) panel.current?.expand()
    else panel.current?.collapse()
  }, [open])
  return panel
}

/** Focus inside a clipped pane must not scroll the page sideways. */
function noScroll(element: HTMLDivElement | null): void {
  element?.addEventListener('scroll', () => element.scrollTo(0, 0))
}
