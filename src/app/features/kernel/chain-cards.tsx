import { ArrowRight } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { KernelChain, KernelView } from '../../../engine/simulation/kernel-view.ts'
import { type Stop, stopKey } from '../../store/stops.ts'
import { BalancingCard, isBalanced } from './balancing-card.tsx'
import styles from './chains.module.css'
import pane from './kernel.module.css'
import { RuleRow, StopToggle } from './rule-row.tsx'

/** Rules that did not match shown before the one that did, and rules behind it; the others open on demand. */
const BEFORE = 6
const BEHIND = 3
/** px that each jump leads down. */
const STEP = 30
/** px beside the first card and the last. */
const BESIDE = 14

export interface ChainCardsProps {
  readonly view: KernelView
  readonly search: string
  readonly stops: readonly Stop[]
}

/** The chains that the packet went through, one card each, stepping right and down; a line leads from the rule that jumps to the chain it enters. */
export function ChainCards({ view, search, stops }: ChainCardsProps) {
  const list = useRef<HTMLOListElement>(null)
  const depth = depthsOf(view.chains)
  useCurrentRuleInView(list, view)
  if (view.balancing && isBalanced(view))
    return (
      <div className={styles.chains}>
        <BalancingCard balancing={view.balancing} />
      </div>
    )
  if (view.chains.length === 0) return <p className={pane.empty}>{emptyWords(view)}</p>
  return (
    <ol ref={list} className={styles.chains} aria-label="Chains in the order they were entered">
      {view.chains.map((chain, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a chain can be entered twice; its place is what it is
        <li key={`${i} ${chain.name}`} style={{ marginTop: (depth[i] ?? 0) * STEP }}>
          <ChainCard chain={chain} parent={chain.from === null ? null : (view.chains[chain.from] ?? null)} {...{ view, search, stops }} />
        </li>
      ))}
      <JumpLines list={list} view={view} search={search} />
    </ol>
  )
}

function emptyWords({ open }: KernelView): string {
  return open
    ? `There is no table ${open.table} here: nothing has ever put a rule into it.`
    : 'No table has been asked here yet: none holds a rule at the hooks the packet has passed.'
}

function depthsOf(chains: readonly KernelChain[]): readonly number[] {
  const depths: number[] = []
  for (const { from } of chains) depths.push(from === null ? 0 : (depths[from] ?? 0) + 1)
  return depths
}

/** The rule that matched last is what the moment is about. */
function useCurrentRuleInView(list: { readonly current: HTMLElement | null }, view: KernelView): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another view has other rows
  useEffect(() => {
    const box = list.current
    const rule = [...(box?.querySelectorAll<HTMLElement>('[data-state="matched"]') ?? [])].at(-1)
    if (!box || !rule) return
    const [inner, outer] = [rule.getBoundingClientRect(), box.getBoundingClientRect()]
    if (inner.right > outer.right - 14) box.scrollLeft += inner.right - outer.right + 18
    if (inner.left < outer.left) box.scrollLeft -= outer.left - inner.left + 18
    startAtCard(box)
    if (inner.bottom > outer.bottom - 10) box.scrollTop += inner.bottom - outer.bottom + 14
  }, [list, view])
}

/** No card begins in the middle of a word: room behind the last one lets the first that is whole stand at the edge. */
function startAtCard(box: HTMLElement): void {
  if (box.scrollLeft === 0) return
  const edge = box.getBoundingClientRect().left + BESIDE
  const first = [...box.children].find((card) => card instanceof HTMLLIElement && card.getBoundingClientRect().left >= edge - 1)
  if (first === undefined) return
  const more = first.getBoundingClientRect().left - edge
  const room = box.scrollWidth - box.clientWidth - box.scrollLeft
  if (more > room) box.style.paddingRight = `${BESIDE + more - room}px`
  box.scrollLeft += more
}

interface ChainCardProps extends ChainCardsProps {
  readonly chain: KernelChain
  readonly parent: KernelChain | null
}

function ChainCard({ chain, parent, view, search, stops }: ChainCardProps) {
  const [all, setAll] = useState(false)
  const wanted = search.trim().toLowerCase()
  const found = wanted === '' ? chain.rules : chain.rules.filter((rule) => rule.text.toLowerCase().includes(wanted))
  const { shown, before, behind } = all || wanted !== '' ? { shown: found, before: 0, behind: 0 } : around(found)
  const unlisted = chain.total - chain.rules.length
  const table = view.open?.table ?? 'filter'
  const stop: Stop = { kind: 'chain', where: view.where, table, chain: chain.name }
  return (
    <section className={styles.chain} aria-label={`Chain ${chain.name}`} data-chain={view.chains.indexOf(chain)}>
      <header>
        <StopToggle stop={stop} isSet={stops.some((one) => stopKey(one) === stopKey(stop))} />
        <h3>{chain.name}</h3>
        <p>
          {parent === null ? 'built in' : enteredBy(parent, chain.name)}
          {chain.policy && `, policy ${chain.policy}`}
        </p>
      </header>
      {before > 0 && <More count={before} words="did not match" onClick={() => setAll(true)} />}
      {shown.map((rule, i) => (
        <RuleRow key={rule.index} rule={rule} chain={chain.name} tick={i} {...{ view, table, stops }} />
      ))}
      {behind > 0 && <More count={behind} words="not reached" onClick={() => setAll(true)} />}
      {unlisted > 0 && wanted === '' && <p className={styles.more}>{unlisted.toLocaleString('en')} further rules of this chain</p>}
      {found.length === 0 && <p className={styles.more}>{wanted === '' ? 'no rules' : 'no such rule'}</p>}
    </section>
  )
}

/** The rule that jumps to a chain, or goes there. */
function jumpTo(parent: KernelChain, name: string) {
  return parent.rules.find(({ verdict }) => verdict === `jump ${name}` || verdict === `goto ${name}`)
}

function enteredBy(parent: KernelChain, name: string): string {
  const rule = jumpTo(parent, name)
  const how = rule?.verdict?.startsWith('goto') ? 'gone to from' : 'jumped to by'
  return rule ? `${how} ${parent.name}, rule ${rule.index}` : `entered from ${parent.name}`
}

/** The rules near those that matched. */
function around(rules: KernelChain['rules']) {
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
      <ArrowRight size={11} aria-hidden />
    </button>
  )
}

/** From the right edge of each rule that jumps to the header of the chain it enters; measured once the cards stand. */
function JumpLines({
  list,
  view,
  search,
}: {
  readonly list: { readonly current: HTMLOListElement | null }
  readonly view: KernelView
  readonly search: string
}) {
  const [drawn, setDrawn] = useState<{ readonly paths: readonly string[]; readonly width: number; readonly height: number }>({
    paths: [],
    width: 0,
    height: 0,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is searched for changes which rows stand there
  useLayoutEffect(() => {
    const box = list.current
    if (!box) return
    const measure = (): void => {
      const { left, top } = box.getBoundingClientRect()
      const place = (element: Element) => {
        const rect = element.getBoundingClientRect()
        return {
          left: rect.left - left + box.scrollLeft,
          right: rect.right - left + box.scrollLeft,
          top: rect.top - top + box.scrollTop,
          height: rect.height,
        }
      }
      const paths = view.chains.flatMap(({ from, name }, i) => {
        const parent = from === null ? undefined : view.chains[from]
        const rule = parent && jumpTo(parent, name)
        const card = box.querySelector(`[data-chain="${i}"]`)
        const row = rule && box.querySelector(`[data-chain="${from}"] [data-rule="${rule.index}"]`)
        if (!card || !row) return []
        const [start, end] = [place(row), place(card)]
        const [y, to, x] = [start.top + start.height / 2, end.top + 22, end.left - 9]
        return [`M${start.right} ${y}H${x}V${to}H${end.left - 1}`]
      })
      setDrawn({ paths, width: box.scrollWidth, height: box.scrollHeight })
    }
    measure()
    const observer = new ResizeObserver(measure)
    for (const card of box.children) if (card instanceof HTMLLIElement) observer.observe(card)
    return () => observer.disconnect()
  }, [list, view, search])
  return (
    <svg className={styles.jumps} width={drawn.width} height={drawn.height} aria-hidden="true">
      <defs>
        <marker id="jump" viewBox="0 0 8 10" refX="7" refY="5" markerWidth="8" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto">
          <path d="M0 0 8 5 0 10z" />
        </marker>
      </defs>
      {drawn.paths.map((path) => (
        <path key={path} d={path} markerEnd="url(#jump)" />
      ))}
    </svg>
  )
}
