import { Check, CircleHelp, X } from 'lucide-react'
import type { Why } from '../../../engine/narrator/why.ts'
import type { Outcome, TraceRecord, WalkOutcome } from '../../../engine/simulation/trace.ts'
import { causeOf, objectWords, writerWords } from '../../store/cause.ts'
import { documentAt } from '../../store/highlight.ts'
import type { WalkState } from '../../store/state.ts'
import { placeInside, placeName } from '../../store/steps.ts'
import { appState, useStore } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import { OUTCOME_WORDS } from '../../ui/outcome-words.ts'
import { applyFix } from './apply-fix.ts'
import styles from './verdict.module.css'

/** Ends that the sender learns of only later, by hearing nothing. */
const LOST_FIRST: ReadonlySet<Outcome> = new Set(['timeout', 'stalled', 'unresolved'])

/** What the program at the client's end would read, where an errno says it. */
const CLIENT_READS: Readonly<Record<string, string>> = {
  ECONNREFUSED: '“Connection refused”',
  EHOSTUNREACH: '“No route to host”',
  ENETUNREACH: '“Network is unreachable”',
  ETIMEDOUT: '“Connection timed out”',
  ECONNRESET: '“Connection reset by peer”',
  EPERM: '“Operation not permitted”',
  EACCES: '“Permission denied”',
}

interface VerdictProps {
  readonly walk: WalkState
  readonly outcome: WalkOutcome
  /** The record that ended it; null when it was delivered. */
  readonly deciding: TraceRecord | null
}

/** How the walk ended. A failure has its cause as the largest text; what the kernel calls it is a chip. */
export function Verdict({ walk, outcome, deciding }: VerdictProps) {
  if (outcome.outcome === 'delivered') return <Delivered walk={walk} />
  // The packet did not end here: we do not know what becomes of it.
  const unmodelled = outcome.outcome === 'unsupported'
  const reason = deciding?.event.at === 'kfree_skb' ? deciding.event.reason : outcome.reason
  const errno = clientErrno(outcome)
  const cause = deciding === null ? null : causeOf(deciding.event)
  const summary = withoutRule(walk.summary ?? OUTCOME_WORDS[outcome.outcome])
  const sentence = walk.why === null ? summary : withoutRule(walk.why.sentence)
  return (
    <section className={styles.failed} aria-label="Verdict" data-unmodelled={unmodelled || undefined}>
      <p className={styles.kind}>
        {unmodelled ? <CircleHelp size={15} strokeWidth={2.6} aria-hidden /> : <X size={15} strokeWidth={2.6} aria-hidden />}
        {OUTCOME_WORDS[outcome.outcome]}
        {deciding && `${LOST_FIRST.has(outcome.outcome) ? ': lost' : ''} at ${placeName(deciding.where)}`}
      </p>
      <p className={styles.cause}>{sentence}</p>
      {sentence !== summary && <p className={styles.reads}>{summary}</p>}
      {walk.why && <Mending why={walk.why} revision={walk.revision} />}
      {errno !== null && CLIENT_READS[errno] && <p className={styles.reads}>The client reads {CLIENT_READS[errno]}.</p>}
      <p className={styles.chips}>
        {deciding && !unmodelled && placeInside(deciding) !== reason && <code>{placeInside(deciding)}</code>}
        {reason !== null && reason !== errno && <code>{reason}</code>}
        {errno !== null && <span>client: {errno}</span>}
      </p>
      {cause?.text && (
        <div className={styles.decided}>
          <h3>What decided</h3>
          <div className={styles.rule}>
            <code className={styles.chain}>{cause.name}</code>
            <code className={styles.text}>{cause.text}</code>
          </div>
          {cause.origin?.line && (walk.why?.line ?? null) === null && (
            <button type="button" className={styles.link} onClick={() => appState().revealLine(cause.origin?.line ?? 1)}>
              {cause.origin.object ? objectWords(cause.origin.object) : writerWords(cause.origin.component)}, line {cause.origin.line}
            </button>
          )}
        </div>
      )}
    </section>
  )
}

/** The line to look at, and the edit that mends it while the text is still the one that was walked. */
function Mending({ why, revision }: { readonly why: Why; readonly revision: number }) {
  const documents = useStore((state) => state.documents)
  const isOld = useStore((state) => state.revision !== revision)
  const { line, fix } = why
  const document = line === null ? null : documentAt(documents, line)
  return (
    <div className={styles.mending}>
      {line !== null && (
        <button type="button" className={styles.link} onClick={() => appState().revealLine(line)}>
          {document === null ? `Line ${line}` : `${objectWords(document.ref)}, line ${line}`}
        </button>
      )}
      {fix !== null && (
        <div className={styles.fix}>
          <span>{fix.title}</span>
          <Button disabled={isOld} onClick={() => applyFix(fix)}>
            Apply fix
          </Button>
        </div>
      )}
    </div>
  )
}

function Delivered({ walk }: { readonly walk: WalkState }) {
  return (
    <section className={styles.delivered} aria-label="Verdict">
      <p className={styles.good}>
        <Check size={15} strokeWidth={2.6} aria-hidden />
        Delivered
      </p>
      <p>{walk.summary}</p>
      {walk.outcome?.remarks?.map(({ sentence, object, line }) => (
        <p key={`${object} ${sentence}`} className={styles.reads}>
          {sentence}{' '}
          {line !== null && (
            <button type="button" className={styles.link} onClick={() => appState().revealLine(line)}>
              {objectWords(object)}, line {line}
            </button>
          )}
        </p>
      ))}
    </section>
  )
}

/** The rule itself stands below, in full. */
function withoutRule(summary: string): string {
  return summary.replace(/: -A .*$/, '.')
}

function clientErrno(outcome: WalkOutcome): string | null {
  if (outcome.reason !== null && outcome.reason in CLIENT_READS) return outcome.reason
  const byOutcome: Partial<Record<Outcome, string>> = { refused: 'ECONNREFUSED', reset: 'ECONNRESET', timeout: 'ETIMEDOUT' }
  return byOutcome[outcome.outcome] ?? null
}
