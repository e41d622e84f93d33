/** The drawer with the terminals: a tab for each, the moment that commands run at, and what they have changed. */
import { Plus, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { currentFrames } from '../../store/playback.ts'
import { appState, useStore } from '../../store/store.ts'
import {
  closeTerminal,
  dropTyped,
  keepTyped,
  openTerminal,
  terminalPlaces,
  toggleTerminal,
  typedNow,
  undoTyped,
  useTerminals,
} from '../../store/terminal.ts'
import { momentWords } from '../../store/terminal-moment.ts'
import { Button } from '../../ui/button.tsx'
import { CommandMenu } from '../../ui/command-menu.tsx'
import { Glyph } from '../../ui/glyph.tsx'
import { showScreen } from './screen.ts'
import { endSession, labelOf, readerMode, recolour, sessionOf, setReaderMode } from './session.ts'
import styles from './terminal.module.css'

export default function TerminalDrawer() {
  const tabs = useTerminals((state) => state.tabs)
  const current = useTerminals((state) => state.current)
  const asked = useTerminals((state) => state.asked)
  const [choosing, setChoosing] = useState(false)
  return (
    <section className={styles.drawer} aria-label="Terminals">
      <header className={styles.bar}>
        <div className={styles.tabs}>
          <div role="tablist" aria-label="Machines and pods" className={styles.list}>
            {tabs.map((ref) => (
              <Tab key={ref} where={ref} selected={ref === current} />
            ))}
          </div>
          <Button look="icon" aria-label="Open another terminal" onClick={() => setChoosing(true)}>
            <Plus size={15} aria-hidden />
          </Button>
        </div>
        <Changes />
        <Now />
        <ReaderButton />
        <Button look="icon" aria-label="Close the terminals" onClick={toggleTerminal}>
          <X size={15} aria-hidden />
        </Button>
      </header>
      {current !== null && <Window key={`${current} ${asked}`} where={current} />}
      {choosing && <ChoosePlace onClose={() => setChoosing(false)} />}
    </section>
  )
}

function Tab({ where, selected }: { readonly where: string; readonly selected: boolean }) {
  const name = where.split('/').at(-1)
  const close = (): void => {
    endSession(where)
    closeTerminal(where)
  }
  return (
    <button
      type="button"
      role="tab"
      aria-selected={selected}
      aria-keyshortcuts="Delete"
      className={styles.tab}
      title={`${where} (Delete closes it)`}
      onClick={() => openTerminal(where)}
      onAuxClick={close}
      onKeyDown={(event) => event.key === 'Delete' && close()}
    >
      <Glyph shape={where.startsWith('pod/') ? 'circle' : 'square'} hue="id-node" />
      {name}
    </button>
  )
}

/** What has been typed into this walk, and what can be done with it. */
function Changes() {
  useStore((state) => state.typed)
  useStore((state) => state.walk)
  const typed = typedNow()
  const last = typed.at(-1)
  if (last === undefined) return null
  const failed = (error: unknown): void => appState().toast(error instanceof Error ? error.message : String(error), 'error')
  return (
    <section className={styles.changes} aria-label="Changes by commands">
      <output title={typed.map(({ on, run }) => `${on}: ${run}`).join('\n')}>
        {typed.length === 1 ? '1 change' : `${typed.length} changes`}
      </output>
      <Button aria-label={`Undo ${last.run}`} onClick={() => void undoTyped().catch(failed)}>
        Undo
      </Button>
      <Button onClick={() => void keepTyped()}>Keep as Script</Button>
      <Button look="ghost" onClick={() => void dropTyped().catch(failed)}>
        Forget
      </Button>
    </section>
  )
}

function Now() {
  const frame = useStore((state) => state.frame)
  useStore((state) => state.walk)
  return (
    <output className={styles.now} aria-label="Commands run at">
      at {momentWords(currentFrames(), frame)}
    </output>
  )
}

function ReaderButton() {
  const [on, setOn] = useState(readerMode)
  return (
    <Button
      look="ghost"
      aria-pressed={on}
      title="Lets screen readers read the terminals line by line"
      onClick={() => {
        setReaderMode(!on)
        setOn(!on)
      }}
    >
      Screen reader
    </Button>
  )
}

/** One terminal in the page; it takes the focus when it comes. */
function Window({ where }: { readonly where: string }) {
  const place = useRef<HTMLDivElement>(null)
  const theme = useStore((state) => state.theme)
  useEffect(() => {
    const { screen } = sessionOf(where)
    const { current } = place
    if (current === null) return
    current.append(screen.element)
    const resize = (): void => showScreen(screen, labelOf(where))
    resize()
    screen.term.focus()
    const sizes = new ResizeObserver(resize)
    sizes.observe(current)
    return () => {
      sizes.disconnect()
      screen.element.remove()
    }
  }, [where])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are those of the theme
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)')
    recolour()
    system.addEventListener('change', recolour)
    return () => system.removeEventListener('change', recolour)
  }, [theme])
  return <div ref={place} className={styles.window} role="tabpanel" aria-label={labelOf(where)} />
}

function ChoosePlace({ onClose }: { readonly onClose: () => void }) {
  const topology = useStore((state) => state.topology)
  const places = topology === null ? [] : terminalPlaces(topology)
  const actions = (kind: 'machine' | 'pod') =>
    places.filter((place) => place.kind === kind).map(({ ref, name, hint }) => ({ name, hint, run: () => openTerminal(ref) }))
  const groups = [
    { name: 'Machines', actions: actions('machine') },
    { name: 'Pods', actions: actions('pod') },
  ]
  return <CommandMenu title="Open a terminal" placeholder="On which machine or pod?" groups={groups} onClose={onClose} />
}
