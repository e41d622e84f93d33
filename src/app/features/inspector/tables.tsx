/** The tables of a namespace at the chosen moment, as the tools print them: searched, collapsed, drawn row by row where they are long. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { Fragment, useMemo, useRef, useState } from 'react'
import { explainRule } from '../../../protocol/explain-rule.ts'
import type { NamespaceState } from '../../../protocol/messages.ts'
import { appState, useStore } from '../../store/store.ts'
import { SearchField } from '../../ui/search-field.tsx'
import styles from './inspector.module.css'
import { ChainRow, RuleRow, StepButtons } from './rule-rows.tsx'
import { RuleRows } from './rule-words.tsx'
import { type TableRow, tableRows } from './table-rows.ts'
import { TableText } from './table-text.tsx'
import { usedEntries } from './used-entries.ts'

type Section = NamespaceState['sections'][number]

/** From so many rows on, only those in view are in the page. */
const MANY = 300
/** Sections up to this long are open at first. */
const SHORT = 12

export default function Tables({ where, sections }: { readonly where: string; readonly sections: readonly Section[] }) {
  const [search, setSearch] = useState('')
  const shown = search.trim() === '' ? sections : sections.filter((section) => tableRows(section, search, NONE).length > 0)
  return (
    <>
      <div className={styles.search}>
        <SearchField label="Find in all tables" value={search} onChange={setSearch} />
      </div>
      {shown.length === 0 && <p className={styles.empty}>No table holds that.</p>}
      {shown.map((section) => (
        <details
          key={`${section.title} ${search === ''}`}
          className={styles.table}
          open={search !== '' || (section.lines.length > 0 && section.lines.length < SHORT)}
        >
          <summary>
            <b>{section.title}</b> <code>{section.command}</code> <span>{section.lines.length || 'empty'}</span>
          </summary>
          <Lines where={where} section={section} search={search} />
          <Used where={where} section={section} />
        </details>
      ))}
    </>
  )
}

/** Of the entries above, those that the walk used: the steps in which it did, and the line that they were written for. */
function Used({ where, section }: { readonly where: string; readonly section: Section }) {
  const walk = useStore((state) => state.walk)
  const here = useMemo(() => (walk?.records ?? []).filter((record) => record.where === where), [walk, where])
  const used = useMemo(() => usedEntries(section.command, section.lines, here), [section, here])
  if (used.length === 0) return null
  return (
    <ul className={styles.used} aria-label={`${section.title}: used by the walk`}>
      {used.map(({ text, uses, line }) => (
        <li key={text}>
          <code>{text}</code>
          <p className={styles.jumps}>
            Used by
            <StepButtons records={uses} />
            {line !== null && (
              <button type="button" className={styles.link} onClick={() => appState().revealLine(line)}>
                line {line}
              </button>
            )}
          </p>
        </li>
      ))}
    </ul>
  )
}

const NONE: ReadonlySet<string> = new Set()

function Lines({ where, section, search }: { readonly where: string; readonly section: Section; readonly search: string }) {
  const [closed, setClosed] = useState(NONE)
  const rows = tableRows(section, search, closed)
  if (rows.every(({ kind }) => kind === 'line') && rows.length < MANY) {
    const lines = rows.flatMap((row) => (row.kind === 'line' ? [row.text] : []))
    if (lines.some((line) => explainRule(line) !== null)) return <RuleRows lines={lines} />
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling table must be reachable by keyboard
      <pre tabIndex={0}>
        {rows.map(
          (row) =>
            row.kind === 'line' && (
              <Fragment key={row.key}>
                <TableText line={row.text} where={where} />
                {'\n'}
              </Fragment>
            ),
        )}
      </pre>
    )
  }
  const toggle = (key: string): void => {
    const next = new Set(closed)
    if (!next.delete(key)) next.add(key)
    setClosed(next)
  }
  const view = (row: TableRow) => <Row row={row} where={where} isClosed={closed.has(row.key)} onToggle={toggle} />
  if (rows.length >= MANY) return <LongTable rows={rows} view={view} />
  return (
    <ol className={styles.rules}>
      {rows.map((row) => (
        <li key={row.key}>{view(row)}</li>
      ))}
    </ol>
  )
}

interface RowProps {
  readonly row: TableRow
  readonly where: string
  readonly isClosed: boolean
  readonly onToggle: (key: string) => void
}

function Row({ row, where, isClosed, onToggle }: RowProps) {
  switch (row.kind) {
    case 'line':
      return (
        <span className={styles.plain}>
          <TableText line={row.text} where={where} />
        </span>
      )
    case 'table':
      return <b className={styles.tableName}>{row.name}</b>
    case 'chain':
      return <ChainRow row={row} isClosed={isClosed} onToggle={onToggle} />
    case 'rule':
      return <RuleRow row={row} where={where} />
  }
}

/** Only the rows in view are in the page; rows may be of any height. */
function LongTable({ rows, view }: { readonly rows: readonly TableRow[]; readonly view: (row: TableRow) => React.ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => 26,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling table must be reachable by keyboard
    <div ref={box} className={styles.rules} tabIndex={0}>
      <ol style={{ position: 'relative', height: list.getTotalSize() }} aria-label={`${rows.length} rows`}>
        {list.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index]
          return (
            <li
              key={String(key)}
              ref={list.measureElement}
              data-index={index}
              style={{ position: 'absolute', top: 0, width: '100%', transform: `translateY(${start}px)` }}
            >
              {row && view(row)}
            </li>
          )
        })}
      </ol>
    </div>
  )
}
