/** The walk on screen beside the same walk in another world: aligned steps, and where the two first part. */
import { X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { ToldComparison, ToldEnd, ToldStep } from '../../../engine/narrator/compared.ts'
import { ask } from '../../store/engine.ts'
import { placeName } from '../../store/steps.ts'
import { appState, useStore } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import { type Choice, choicesOf, otherProxy } from './choices.ts'
import styles from './compare.module.css'
import { type Line, linesOf } from './lines.ts'

/** Lines drawn at once. */
const MOST_LINES = 600

export default function Compare() {
  const openedText = useStore((state) => state.openedText)
  const built = useStore((state) => state.built)
  const workId = useStore((state) => state.workId)
  const text = useStore((state) => state.text)
  const groups = useMemo(() => choicesOf({ openedText, built, workId, text }), [openedText, built, workId, text])
  const ipvs = useStore((state) => state.topology?.proxy === 'ipvs')
  const [chosen, setKey] = useState<string | null>(null)
  const key = chosen ?? otherProxy(ipvs)
  const all = groups.flatMap(({ choices }) => choices)
  const choice = all.find((one) => one.key === key) ?? all[0] ?? null
  const told = useComparison(choice)
  return (
    <section className={styles.compare} aria-label="Compare">
      <header className={styles.header}>
        <h2>Compare</h2>
        <label className={styles.choice}>
          <span>with</span>
          <select aria-label="Compare with" value={choice?.key ?? ''} onChange={(event) => setKey(event.target.value)}>
            {groups.map((group) => (
              <optgroup key={group.name} label={group.name}>
                {group.choices.map((one) => (
                  <option key={one.key} value={one.key}>
                    {one.name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
        <Button look="icon" aria-label="Close the comparison" onClick={() => appState().setComparing(false)}>
          <X size={16} aria-hidden />
        </Button>
      </header>
      {told === null ? (
        <p className={styles.note}>Both walk…</p>
      ) : 'error' in told ? (
        <p className={styles.note} role="alert">
          {told.error}
        </p>
      ) : (
        <Told told={told} other={choice?.name ?? ''} />
      )}
    </section>
  )
}

type Answer = ToldComparison | { readonly error: string }

/** Asks again for each walk, and for each choice; null while both walk. */
function useComparison(choice: Choice | null): Answer | null {
  const id = useStore((state) => (state.walk?.status === 'done' ? state.walk.id : null))
  const [answer, setAnswer] = useState<Answer | null>(null)
  const world = choice?.world
  useEffect(() => {
    setAnswer(null)
    if (id === null || world === undefined) return
    let wanted = true
    const run = async (): Promise<Answer> => {
      const other = await world()
      return other === null ? { error: 'That text is no longer there.' } : ask('compare', { id, other })
    }
    run().then(
      (told) => wanted && setAnswer(told),
      (error: unknown) => wanted && setAnswer({ error: error instanceof Error ? error.message : String(error) }),
    )
    return () => {
      wanted = false
    }
  }, [id, world])
  return answer
}

function Told({ told, other }: { readonly told: ToldComparison; readonly other: string }) {
  const lines = useMemo(() => linesOf(told), [told])
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const part = list.current?.querySelector<HTMLElement>('[data-part]')
    if (part && list.current) list.current.scrollTop = Math.max(0, part.offsetTop - list.current.offsetTop - 30)
  }, [])
  return (
    <>
      <p className={styles.verdict} role="status">
        {told.same ? 'Both walk alike.' : partWords(told)}
      </p>
      <div className={styles.ends}>
        <End name="This walk" end={told.a} />
        <End name={other} end={told.b} />
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows go from line to line; each line is a button */}
      <div ref={list} className={styles.list} onKeyDown={moveByArrow}>
        {lines.slice(0, MOST_LINES).map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one comparison never change places
          <Row key={index} line={line} />
        ))}
        {lines.length > MOST_LINES && <p className={styles.note}>{lines.length - MOST_LINES} more lines are not shown.</p>}
        {told.unread > 0 && <p className={styles.note}>{told.unread} more steps were not compared.</p>}
      </div>
    </>
  )
}

function partWords({ first, rows }: ToldComparison): string {
  const row = first === null ? undefined : rows[first]
  const where = row?.a?.where ?? row?.b?.where
  return where === undefined ? 'They end differently.' : `They part at ${placeName(where)}.`
}

function End({ name, end }: { readonly name: string; readonly end: ToldEnd }) {
  return (
    <div data-outcome={end.outcome.outcome}>
      <h3>{name}</h3>
      <p>
        <b>{end.outcome.outcome}</b>: {end.summary}
      </p>
    </div>
  )
}

function Row({ line }: { readonly line: Line }) {
  switch (line.kind) {
    case 'place':
      return (
        <h3 className={styles.place}>
          {placeName(line.where)} <span>{line.packet}</span>
        </h3>
      )
    case 'part':
      return (
        <p className={styles.part} data-part>
          Here they part
        </p>
      )
    case 'alike':
      return (
        <button type="button" className={styles.alike} onClick={() => show(line.n)}>
          {line.count} {line.count === 1 ? 'step' : 'steps'} alike
        </button>
      )
    case 'step':
      return (
        <button type="button" className={styles.step} onClick={() => show(line.n)}>
          <Cell side="this walk" step={line.a} />
          <Cell side="the other" step={line.b} />
        </button>
      )
  }
}

function Cell({ side, step }: { readonly side: string; readonly step: ToldStep | null }) {
  return (
    <span className={step === null ? styles.nothing : undefined}>
      <span className="visually-hidden">{side}: </span>
      {step === null ? '–' : step.sentence}
    </span>
  )
}

/** That moment of the walk on screen. */
function show(n: number): void {
  appState().pause()
  appState().setFrame(n)
}

function moveByArrow(event: KeyboardEvent<HTMLDivElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0) return
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  const next = buttons[buttons.findIndex((one) => one.matches(':focus')) + step]
  event.preventDefault()
  next?.focus()
}
