import { X } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { NamespaceState } from '../../../protocol/messages.ts'
import { askAt } from '../../store/engine.ts'
import { momentAt } from '../../store/frames.ts'
import { namespaceOf } from '../../store/namespaces.ts'
import { currentFrames } from '../../store/playback.ts'
import { placeName } from '../../store/steps.ts'
import { appState, useStore } from '../../store/store.ts'
import { openTerminal, terminalOf } from '../../store/terminal.ts'
import { Button } from '../../ui/button.tsx'
import styles from './inspector.module.css'
import { factsOf } from './shape-facts.ts'

/** Time without a change of moment before the tables are asked for, ms. */
const ASK_AFTER_MS = 120

/** A chosen shape: what it is, and the tables of its namespace at the chosen moment, as the tools print them. */
export function ShapeView({ selected }: { readonly selected: string }) {
  const topology = useStore((state) => state.topology)
  const facts = topology ? factsOf(topology, selected) : null
  const where = topology ? namespaceOf(topology, selected) : null
  const terminal = topology ? terminalOf(topology, selected) : null
  return (
    <section className={styles.pane} aria-label={`Chosen: ${selected}`}>
      <header className={styles.header}>
        <h2>{facts?.title ?? placeName(selected)}</h2>
        <Button look="icon" aria-label="Let the shape go" onClick={() => appState().select(null)}>
          <X size={15} aria-hidden />
        </Button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className={styles.body} tabIndex={0}>
        {facts === null && <p className={styles.empty}>This shape is no longer in the picture.</p>}
        {facts && (
          <section className={styles.layer} aria-label="Facts">
            <dl>
              {facts.rows.map((row) => (
                <FactRow key={row.name} name={row.name} value={row.value} />
              ))}
            </dl>
          </section>
        )}
        {facts?.line && (
          <p>
            <button type="button" className={styles.link} onClick={() => appState().revealLine(facts.line ?? 1)}>
              Line {facts.line} of the scenario
            </button>
          </p>
        )}
        {terminal !== null && (
          <p>
            <button type="button" className={styles.link} onClick={() => openTerminal(terminal)}>
              Terminal here
            </button>
          </p>
        )}
        {where !== null && (
          <p>
            <button type="button" className={styles.link} onClick={() => appState().openKernel(where)}>
              Look inside its kernel
            </button>
          </p>
        )}
        {where !== null && <Tables where={where} />}
      </div>
    </section>
  )
}

function FactRow({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}

/** "as at step 5 of 40": the moment that tables were read at. */
function asAt(frame: number): string {
  const frames = currentFrames()
  const moment = momentAt(frames, frame)
  return moment < 0 ? 'as before the first step' : `as at step ${moment + 1} of ${frames.moments.length}`
}

const TablesOf = lazy(() => import('./tables.tsx'))

type Answer = { readonly state: NamespaceState; readonly frame: number } | { readonly error: string } | null

function Tables({ where }: { readonly where: string }) {
  const frame = useStore((state) => state.frame)
  const playing = useStore((state) => state.playing)
  const walkId = useStore((state) => state.walk?.id ?? null)
  const [answer, setAnswer] = useState<Answer>(null)
  useEffect(() => {
    if (playing || walkId === null) return
    let wanted = true
    const timer = setTimeout(() => {
      askAt('namespaceState', { where, n: frame }).then(
        (state) => wanted && setAnswer({ state, frame }),
        (error: unknown) => wanted && setAnswer({ error: error instanceof Error ? error.message : String(error) }),
      )
    }, ASK_AFTER_MS)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [where, frame, playing, walkId])
  if (walkId === null) return <p className={styles.empty}>Its live tables show once a walk has been taken.</p>
  if (answer === null) return <p className={styles.empty}>{playing ? 'Pause to read its tables at that moment.' : 'Reading its tables…'}</p>
  if ('error' in answer) return <p className={styles.empty}>{answer.error}</p>
  return (
    <Suspense fallback={<p className={styles.empty}>Reading its tables…</p>}>
      {playing && <p className={styles.asAt}>Tables {asAt(answer.frame)}. Pause to read them at this moment.</p>}
      <TablesOf where={where} sections={answer.state.sections} />
    </Suspense>
  )
}
