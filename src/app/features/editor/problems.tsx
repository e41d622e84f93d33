import { Check, CircleAlert, Info, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Diagnostic } from '../../../engine/kubernetes/diagnostic.ts'
import { applyChecked, fixable } from '../../store/checked-fix.ts'
import { documentAt } from '../../store/highlight.ts'
import { appState, useStore } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import styles from './problems.module.css'

const ICONS = { error: CircleAlert, warning: TriangleAlert, info: Info } as const
/** Problems drawn at once. */
const MOST = 200

/** What is wrong with the text: one line that says how much, and the list behind it. Errors open the list by themselves. */
export function Problems() {
  const diagnostics = useStore((state) => state.diagnostics)
  const stale = useStore((state) => state.topologyStale)
  const pictured = useStore((state) => state.topology !== null)
  const [asked, setAsked] = useState<boolean | null>(null)
  const errors = diagnostics.filter((one) => one.severity === 'error').length
  const open = diagnostics.length > 0 && (asked ?? errors > 0)
  return (
    <section className={styles.problems} aria-label="Problems">
      {open && (
        <ul className={styles.list}>
          {stale && (
            <li className={styles.stale}>
              {pictured ? 'The picture shows the text as it was before this.' : 'There is no picture until this is mended.'}
            </li>
          )}
          {diagnostics.slice(0, MOST).map((diagnostic) => (
            <Problem key={`${diagnostic.code} ${diagnostic.range.from} ${diagnostic.message}`} diagnostic={diagnostic} />
          ))}
          {diagnostics.length > MOST && <li className={styles.stale}>{diagnostics.length - MOST} more.</li>}
        </ul>
      )}
      <div className={styles.status}>
        <button
          type="button"
          className={styles.summary}
          aria-expanded={open}
          disabled={diagnostics.length === 0}
          onClick={() => setAsked(!open)}
        >
          <Summary diagnostics={diagnostics} />
        </button>
        <Place />
      </div>
      <p className="visually-hidden" role="status">
        {errors > 0
          ? `${errors === 1 ? '1 error' : `${errors} errors`}. ${diagnostics.find((one) => one.severity === 'error')?.message ?? ''}`
          : ''}
      </p>
    </section>
  )
}

/** A text that takes longer than this to be built is said to, ms. */
const LONG_MS = 400

function useLongCheck(): boolean {
  const checking = useStore((state) => state.engine === 'checking')
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    setLong(false)
    if (!checking) return
    const timer = setTimeout(() => setLong(true), LONG_MS)
    return () => clearTimeout(timer)
  }, [checking])
  return checking && isLong
}

function Summary({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }) {
  const engine = useStore((state) => state.engine)
  const isLong = useLongCheck()
  if (engine === 'starting') return <>Starting…</>
  if (isLong) return <>Building the network of this text…</>
  if (diagnostics.length === 0)
    return (
      <>
        <Check size={15} aria-hidden /> No problems
      </>
    )
  const count = (severity: Diagnostic['severity']): number => diagnostics.filter((one) => one.severity === severity).length
  const parts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const Icon = ICONS[severity]
    const much = count(severity)
    return much === 0
      ? []
      : [
          <span key={severity} className={styles[severity]}>
            <Icon size={14} aria-hidden /> {much}{' '}
            {severity === 'info' ? (much === 1 ? 'note' : 'notes') : `${severity}${much === 1 ? '' : 's'}`}
          </span>,
        ]
  })
  return <>{parts}</>
}

function Place() {
  const line = useStore((state) => state.cursorLine)
  const documents = useStore((state) => state.documents)
  const document = documentAt(documents, line)
  return (
    <span className={styles.place}>
      Line {line}
      {document && ` · ${document.kind} ${document.name}`}
    </span>
  )
}

function Problem({ diagnostic }: { readonly diagnostic: Diagnostic }) {
  const Icon = ICONS[diagnostic.severity]
  const { fix } = diagnostic
  const isOld = useStore((state) => !fixable(state))
  return (
    <li className={styles.problem}>
      <button type="button" onClick={() => appState().revealLine(diagnostic.range.line)}>
        <Icon size={14} className={styles[diagnostic.severity]} aria-label={diagnostic.severity} />
        <span>
          <b>Line {diagnostic.range.line}.</b> {diagnostic.message}
        </span>
      </button>
      {fix && (
        <Button title={fix.title} disabled={isOld} onClick={() => applyChecked(fix)}>
          Fix
        </Button>
      )}
    </li>
  )
}
