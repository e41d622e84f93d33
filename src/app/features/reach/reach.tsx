/** Who reaches whom: a table of senders and targets, filled row by row; a cell opens its walk. */
import { Check, CircleHelp, Minus, ShieldOff, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ReachEnd } from '../../../engine/simulation/reach.ts'
import { ask } from '../../store/engine.ts'
import { placeName } from '../../store/steps.ts'
import { appState, useStore } from '../../store/store.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { type Column, type Matrix, matrixOf, type Sender } from './matrix.ts'
import styles from './reach.module.css'

const TARGETS = ['services', 'pods'] as const

export default function Reach({ onClose }: { readonly onClose: () => void }) {
  const [to, setTo] = useState<(typeof TARGETS)[number]>('services')
  const { matrix, problem } = usePlan(to)
  const rows = useRows(matrix)
  return (
    <Dialog
      title="Who reaches whom"
      description="Every sender opens a connection to every target. Choose a cell to watch its walk."
      wide
      onClose={onClose}
    >
      <fieldset className={styles.choice}>
        <legend className="visually-hidden">Targets</legend>
        {TARGETS.map((one) => (
          <button key={one} type="button" aria-pressed={one === to} onClick={() => setTo(one)}>
            {one === 'services' ? 'To Services' : 'To pods'}
          </button>
        ))}
      </fieldset>
      {matrix === null || matrix.columns.length === 0 ? (
        <p className={styles.note}>{problem ?? (matrix === null ? 'One moment…' : 'There is nothing to reach yet.')}</p>
      ) : (
        <Table matrix={matrix} rows={rows} onClose={onClose} />
      )}
      <Remarks rows={rows} />
      {matrix !== null && (matrix.left.senders > 0 || matrix.left.columns > 0) && (
        <p className={styles.note}>
          Not shown: {matrix.left.senders} more senders, {matrix.left.columns} more targets.
        </p>
      )}
    </Dialog>
  )
}

interface Asked {
  readonly matrix: Matrix | null
  /** Why there is none. */
  readonly problem: string | null
}

const UNASKED: Asked = { matrix: null, problem: null }

/** Who is asked about whom: the engine's plan of the text as it stands now, so that every door to it asks the same. */
function usePlan(to: (typeof TARGETS)[number]): Asked {
  const topology = useStore((state) => state.topology)
  const [asked, setAsked] = useState(UNASKED)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new picture means that another text has been built
  useEffect(() => {
    setAsked(UNASKED)
    let wanted = true
    ask('reachPlan', { text: appState().text, to }).then(
      (plan) => wanted && setAsked({ matrix: matrixOf(plan), problem: null }),
      (error: unknown) => wanted && setAsked({ matrix: null, problem: wordsOf(error) }),
    )
    return () => {
      wanted = false
    }
  }, [topology, to])
  return asked
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

type Row = readonly ReachEnd[]

/** Asks the engine row by row, so that the first answers show while the last are still walked. */
function useRows(matrix: Matrix | null): ReadonlyMap<string, Row> {
  const [rows, setRows] = useState<ReadonlyMap<string, Row>>(new Map())
  useEffect(() => {
    setRows(new Map())
    let wanted = matrix !== null
    const run = async (): Promise<void> => {
      for (const { ref, targets } of matrix?.senders ?? []) {
        if (!wanted) return
        const walks = targets.filter((target) => target !== null)
        const row: Row = await ask('reach', { text: appState().text, from: ref, targets: walks }).then(
          ({ ends }) => ends,
          (error: unknown) => walks.map(() => ({ outcome: 'problem', by: null, reason: wordsOf(error), server: null })),
        )
        if (wanted) setRows((before) => new Map(before).set(ref, row))
      }
    }
    void run()
    return () => {
      wanted = false
    }
  }, [matrix])
  return rows
}

/** What is said beside the answers, each once. */
function Remarks({ rows }: { readonly rows: ReadonlyMap<string, Row> }) {
  const said = [...new Set([...rows.values()].flat().flatMap(({ remarks = [] }) => remarks.map(({ sentence }) => sentence)))]
  if (said.length === 0) return null
  return (
    <section className={styles.note} aria-label="NetworkPolicies that are not enforced">
      {said.slice(0, MOST_REMARKS).map((sentence) => (
        <p key={sentence} className={styles.remark}>
          <ShieldOff size={13} aria-hidden />
          {sentence}
        </p>
      ))}
      {said.length > MOST_REMARKS && <p>And {said.length - MOST_REMARKS} more of this kind.</p>}
    </section>
  )
}

const MOST_REMARKS = 6

interface TableProps {
  readonly matrix: Matrix
  readonly rows: ReadonlyMap<string, Row>
  readonly onClose: () => void
}

function Table({ matrix, rows, onClose }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label="Table of senders and targets" aria-busy={rows.size < matrix.senders.length}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">From \ to</th>
            {matrix.columns.map((column) => (
              <th key={column.key} scope="col">
                {column.name} <code>{column.port}</code>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.senders.map((sender) => (
            <tr key={sender.ref}>
              <th scope="row">{sender.name}</th>
              {cellsOf(sender, matrix.columns, rows.get(sender.ref)).map(({ column, target, end }) => (
                <td key={column.key}>
                  {target === null ? (
                    <span className={styles.none} title="It would be itself.">
                      <Minus size={14} aria-label="not asked" />
                    </span>
                  ) : (
                    <Cell end={end} sender={sender} column={column} target={target} onClose={onClose} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface Place {
  readonly column: Column
  readonly target: string | null
  readonly end: ReachEnd | null
}

/** The answers stand in the order of the targets that were asked for. */
function cellsOf(sender: Sender, columns: readonly Column[], row: Row | undefined): readonly Place[] {
  let asked = 0
  return columns.map((column, i) => {
    const target = sender.targets[i] ?? null
    return { column, target, end: target === null || row === undefined ? null : (row[asked++] ?? null) }
  })
}

interface CellProps {
  readonly end: ReachEnd | null
  readonly sender: Sender
  readonly column: Column
  readonly target: string
  readonly onClose: () => void
}

function Cell({ end, sender, column, target, onClose }: CellProps) {
  if (end === null) return <span className={styles.none}>…</span>
  const words = end.outcome
  const isUnenforced = end.remarks !== undefined
  const Icon = words === 'delivered' ? Check : words === 'problem' || words === 'unsupported' ? CircleHelp : X
  return (
    <button
      type="button"
      className={styles.cell}
      data-outcome={words}
      data-unenforced={isUnenforced || undefined}
      title={detailOf(end)}
      aria-label={`${sender.name} to ${column.name} ${column.port}: ${words}${isUnenforced ? ', NetworkPolicy not enforced' : ''}`}
      onClick={() => {
        onClose()
        appState().startWalk({ from: sender.ref, to: target })
      }}
    >
      <Icon size={14} strokeWidth={2.6} aria-hidden />
      {isUnenforced && <ShieldOff size={13} aria-hidden />}
      {words === 'delivered' ? '' : words}
    </button>
  )
}

function detailOf({ outcome, reason, by, server, remarks = [] }: ReachEnd): string {
  if (outcome === 'delivered')
    return [server === null ? 'answered' : `answered by ${placeName(server)}`, ...remarks.map(({ sentence }) => sentence)].join('. ')
  return [reason ?? '', by === null ? '' : `at ${placeName(by.where)}`, by?.rule ?? ''].filter((part) => part !== '').join(', ')
}
