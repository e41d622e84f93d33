import { Check } from 'lucide-react'
import type { KernelRule, KernelView } from '../../../engine/simulation/kernel-view.ts'
import { writerWords } from '../../store/cause.ts'
import { type Stop, stopKey, stopWords } from '../../store/stops.ts'
import { appState } from '../../store/store.ts'
import { FLAG } from '../../ui/stop-flag.ts'
import styles from './chains.module.css'
import { ruleParts } from './rule-parts.ts'

const REWRITES = /^(DNAT|SNAT|MASQUERADE|REDIRECT|NETMAP|MARK|CONNMARK|TCPMSS|TTL|DSCP|TOS)$/
/** A row's share of the time in which rules are looked at, and the most of it, ms. */
const TICK_MS = 40
const MOST_TICKS_MS = 600

interface RuleRowProps {
  readonly rule: KernelRule
  readonly chain: string
  readonly table: string
  /** Its place among the rows shown. */
  readonly tick: number
  readonly view: KernelView
  readonly stops: readonly Stop[]
}

export function RuleRow({ rule, chain, table, tick, view, stops }: RuleRowProps) {
  const { condition, target, comment } = ruleParts(rule.text, chain)
  const stop: Stop = { kind: 'rule', where: view.where, table, chain, index: rule.index }
  return (
    <div
      className={styles.rule}
      data-rule={rule.index}
      data-state={rule.state}
      data-effect={effectOf(rule)}
      style={{ animationDelay: `${Math.min(MOST_TICKS_MS, tick * TICK_MS)}ms` }}
    >
      <StopToggle stop={stop} isSet={stops.some((one) => stopKey(one) === stopKey(stop))} number={rule.index} />
      <div>
        <p className={styles.line}>
          <code title={rule.text}>{condition === '' ? '(always)' : <Marked text={condition} part={rule.whyNot?.predicate ?? null} />}</code>
          <code className={styles.target}>{target}</code>
        </p>
        {rule.whyNot && (
          <p className={styles.why}>
            <span className={styles.sign} aria-hidden>
              ≠
            </span>
            {!condition.includes(rule.whyNot.predicate) && <code>{rule.whyNot.predicate}</code>} {rule.whyNot.actual}
          </p>
        )}
        {rule.state === 'matched' && (
          <p className={styles.why}>
            <Check size={12} aria-label="matched" /> {comment ?? 'matched'}
          </p>
        )}
        {rule.state !== 'ahead' && (
          <p className={styles.counters}>
            <span>
              {rule.packets} {rule.packets === 1 ? 'packet' : 'packets'}, {rule.bytes} bytes
            </span>
            {rule.line !== null && (
              <button type="button" onClick={() => appState().revealLine(rule.line ?? 1)}>
                {rule.component === null || rule.component === undefined ? 'written' : writerWords(rule.component)}, for line {rule.line}
              </button>
            )}
          </p>
        )}
      </div>
    </div>
  )
}

function effectOf({ state, verdict }: KernelRule): 'rewrites' | 'ends' | undefined {
  if (state !== 'matched' || verdict === null) return undefined
  if (/^(DROP|REJECT)/.test(verdict)) return 'ends'
  return REWRITES.test(verdict) ? 'rewrites' : undefined
}

/** The predicate that failed is underlined where it stands. */
function Marked({ text, part }: { readonly text: string; readonly part: string | null }) {
  const at = part === null ? -1 : text.indexOf(part)
  if (part === null || at < 0) return text
  return (
    <>
      {text.slice(0, at)}
      <u>{part}</u>
      {text.slice(at + part.length)}
    </>
  )
}

/** Sets a stop, or takes it away; a rule's is its number. */
export function StopToggle({ stop, isSet, number }: { readonly stop: Stop; readonly isSet: boolean; readonly number?: number }) {
  return (
    <button
      type="button"
      className={styles.stop}
      aria-pressed={isSet}
      aria-label={`Stop at ${stopWords(stop)}`}
      title={isSet ? 'Playing halts here' : 'Stop here'}
      onClick={() => appState().toggleStop(stop)}
    >
      {number !== undefined && <span>{number}</span>}
      <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
        <path d={FLAG} />
      </svg>
    </button>
  )
}
