/** A chain's header and one of its rules, with what it did: its counters, its line of the scenario, the steps that it decided. */
import { ChevronRight } from 'lucide-react'
import { useMemo, useState } from 'react'
import { currentFrames } from '../../store/playback.ts'
import type { WalkState } from '../../store/state.ts'
import { type Stop, stopKey } from '../../store/stops.ts'
import { appState, useStore } from '../../store/store.ts'
import styles from './inspector.module.css'
import { RuleWords } from './rule-words.tsx'
import type { TableRow } from './table-rows.ts'

type Row<K extends TableRow['kind']> = Extract<TableRow, { readonly kind: K }>

/** Steps named of one rule; a ping of a hundred packets asks it a hundred times. */
const MOST_STEPS = 8

interface ChainRowProps {
  readonly row: Row<'chain'>
  readonly isClosed: boolean
  readonly onToggle: (key: string) => void
}

export function ChainRow({ row, isClosed, onToggle }: ChainRowProps) {
  return (
    <button type="button" className={styles.chainRow} aria-expanded={!isClosed} onClick={() => onToggle(row.key)}>
      <ChevronRight size={12} aria-hidden />
      <b>{row.name}</b>
      <span>
        {row.policy === '-' ? '' : `policy ${row.policy}, `}
        {row.rules} {row.rules === 1 ? 'rule' : 'rules'}
      </span>
    </button>
  )
}

export function RuleRow({ row, where }: { readonly row: Row<'rule'>; readonly where: string }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <div className={styles.ruleRow} data-hit={row.packets > 0 || undefined}>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {row.text}
        </button>
        <span className={styles.count} title={`${row.packets} packets, ${row.bytes} bytes`}>
          {row.packets}
        </span>
      </div>
      {open && <RuleDetails row={row} where={where} />}
    </>
  )
}

function RuleDetails({ row, where }: { readonly row: Row<'rule'>; readonly where: string }) {
  const walk = useStore((state) => state.walk)
  const steps = useMemo(() => stepsOf(walk, row, where), [walk, row, where])
  const stop: Stop = { kind: 'rule', where, table: row.table, chain: row.chain, index: row.index }
  const isSet = useStore((state) => state.stops.some((one) => stopKey(one) === stopKey(stop)))
  const { line } = row
  return (
    <div className={styles.details}>
      <RuleWords rule={row.text} />
      <p className={styles.jumps}>
        {row.packets} packets, {row.bytes} bytes
        {line !== null && (
          <button type="button" className={styles.link} onClick={() => appState().revealLine(line)}>
            line {line}
          </button>
        )}
        <button type="button" className={styles.link} aria-pressed={isSet} onClick={() => appState().toggleStop(stop)}>
          {isSet ? 'stops here; let it pass' : 'stop here'}
        </button>
      </p>
      {steps.length > 0 && (
        <p className={styles.jumps}>
          Decided
          <StepButtons records={steps} />
        </p>
      )}
    </div>
  )
}

/** "steps 5 9 12", each the way to it. */
export function StepButtons({ records }: { readonly records: readonly number[] }) {
  const { momentOf } = currentFrames()
  const first = new Map(records.toReversed().map((n) => [(momentOf.get(n) ?? -1) + 1, n]))
  const steps = [...first].sort(([a], [b]) => a - b)
  return (
    <>
      {steps.length === 1 ? ' step' : ' steps'}
      {steps.slice(0, MOST_STEPS).map(([step, n]) => (
        <button key={n} type="button" className={styles.link} aria-label={`Step ${step}`} onClick={() => show(n)}>
          {step}
        </button>
      ))}
      {steps.length > MOST_STEPS && ` and ${steps.length - MOST_STEPS} more`}
    </>
  )
}

function show(n: number): void {
  appState().pause()
  appState().setFrame(n)
}

/** The records of the walk in which this rule matched. */
function stepsOf(walk: WalkState | null, row: Row<'rule'>, where: string): readonly number[] {
  return (walk?.records ?? []).flatMap(({ n, event, where: there }) => {
    if (event.at !== 'ipt_rule' || there !== where || event.table !== row.table) return []
    if (event.chain !== row.chain || event.rule?.index !== row.index) return []
    return [n]
  })
}
