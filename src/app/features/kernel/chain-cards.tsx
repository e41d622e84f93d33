import { Check } from 'lucide-react'
import { useState } from 'react'
import type { KernelChain, KernelRule, KernelView } from '../../../engine/simulation/kernel-view.ts'
import { appState } from '../../store/store.ts'
import styles from './kernel.module.css'
import { ruleParts } from './rule-parts.ts'

/** Rules that did not match shown before the one that did, and rules behind it; the others open on demand. */
const BEFORE = 6
const BEHIND = 3

/** The chains that the packet went through, one card each, stepping right and down. */
export function ChainCards({ view, search }: { readonly view: KernelView; readonly search: string }) {
  const depth = depthsOf(view.chains)
  if (view.chains.length === 0)
    return (
      <p className={styles.empty}>
        {view.open ? `There is no table ${view.open.table} here: nothing has ever put a rule into it.` : 'No table has been asked yet.'}
      </p>
    )
  return (
    <ol className={styles.chains} aria-label="Chains in the order they were entered">
      {view.chains.map((chain, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a chain can be entered twice; its place is what it is
        <li key={`${i} ${chain.name}`} style={{ marginTop: (depth[i] ?? 0) * 30 }}>
          <ChainCard chain={chain} from={chain.from === null ? null : (view.chains[chain.from]?.name ?? null)} search={search} />
        </li>
      ))}
    </ol>
  )
}

function depthsOf(chains: readonly KernelChain[]): readonly number[] {
  const depths: number[] = []
  for (const { from } of chains) depths.push(from === null ? 0 : (depths[from] ?? 0) + 1)
  return depths
}

function ChainCard({ chain, from, search }: { readonly chain: KernelChain; readonly from: string | null; readonly search: string }) {
  const [all, setAll] = useState(false)
  const wanted = search.trim().toLowerCase()
  const found = wanted === '' ? chain.rules : chain.rules.filter((rule) => rule.text.toLowerCase().includes(wanted))
  const { shown, before, behind } = all || wanted !== '' ? { shown: found, before: 0, behind: 0 } : around(found)
  const unlisted = chain.total - chain.rules.length
  return (
    <section className={styles.chain} aria-label={`Chain ${chain.name}`}>
      <header>
        <h3>{chain.name}</h3>
        <p>
          {from === null ? 'built in' : `entered from ${from}`}
          {chain.policy && ` · policy ${chain.policy}`}
        </p>
      </header>
      {before > 0 && <More count={before} words="did not match" onClick={() => setAll(true)} />}
      {shown.map((rule, i) => (
        <RuleRow key={rule.index} rule={rule} chain={chain.name} tick={i} />
      ))}
      {behind > 0 && <More count={behind} words="not reached" onClick={() => setAll(true)} />}
      {unlisted > 0 && wanted === '' && <p className={styles.more}>{unlisted.toLocaleString('en')} further rules of this chain</p>}
      {found.length === 0 && <p className={styles.more}>{wanted === '' ? 'no rules' : 'no such rule'}</p>}
    </section>
  )
}

/** The rules near the last one that matched. */
function around(rules: readonly KernelRule[]) {
  const last = rules.findLastIndex(({ state }) => state !== 'ahead')
  const matched = rules.flatMap(({ state }, i) => (state === 'matched' ? [i] : []))
  const first = Math.max(0, Math.min(matched[0] ?? last, last) - BEFORE)
  const end = Math.min(rules.length, last + 1 + BEHIND)
  return { shown: rules.slice(first, end), before: first, behind: rules.length - end }
}

function More({ count, words, onClick }: { readonly count: number; readonly words: string; readonly onClick: () => void }) {
  return (
    <button type="button" className={styles.more} onClick={onClick}>
      {count} {count === 1 ? 'rule' : 'rules'} {words}
    </button>
  )
}

function RuleRow({ rule, chain, tick }: { readonly rule: KernelRule; readonly chain: string; readonly tick: number }) {
  const { condition, target, comment } = ruleParts(rule.text, chain)
  const rewrites = rule.state === 'matched' && /^(DNAT|SNAT|MASQUERADE|REDIRECT|NETMAP|MARK|TCPMSS)$/.test(rule.verdict ?? '')
  const ends = rule.state === 'matched' && /^(DROP|REJECT)$/.test(rule.verdict ?? '')
  return (
    <div
      className={styles.rule}
      data-state={rule.state}
      data-rewrites={rewrites}
      data-ends={ends}
      style={{ animationDelay: `${Math.min(600, tick * 40)}ms` }}
    >
      <span className={styles.index}>{rule.index}</span>
      <div>
        <p className={styles.line}>
          <code title={rule.text}>{condition === '' ? '(always)' : condition}</code>
          <code className={styles.target}>{target}</code>
        </p>
        {rule.whyNot && (
          <p className={styles.why}>
            <span aria-hidden>≠</span> <code>{rule.whyNot.predicate}</code>, but {rule.whyNot.actual}
          </p>
        )}
        {rule.state === 'matched' && (
          <p className={styles.why}>
            <Check size={12} aria-label="matched" /> {comment ?? 'matched'}
          </p>
        )}
        <p className={styles.counters}>
          {rule.packets} packets, {rule.bytes} bytes
          {rule.line !== null && (
            <button type="button" onClick={() => appState().revealLine(rule.line ?? 1)}>
              {rule.component ?? 'line'} · line {rule.line}
            </button>
          )}
        </p>
      </div>
    </div>
  )
}
