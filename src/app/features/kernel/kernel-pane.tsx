/** Kernel level: inside one namespace, the hooks and the chains the packet goes through at the chosen moment. */
import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { formatAddress } from '../../../engine/net/address.ts'
import type { KernelView } from '../../../engine/simulation/kernel-view.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import { askAt } from '../../store/engine.ts'
import { identityOf } from '../../store/identities.ts'
import { placeName } from '../../store/steps.ts'
import { appState, useStore } from '../../store/store.ts'
import { currentIdentities } from '../../store/walk-identities.ts'
import { Button } from '../../ui/button.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { isBalanced } from './balancing-card.tsx'
import { ChainCards } from './chain-cards.tsx'
import styles from './kernel.module.css'
import { PlaceSelect } from './place-select.tsx'
import { PlatformsView } from './platforms-view.tsx'

type Answer = { readonly view: KernelView } | { readonly error: string } | null

export interface KernelPaneProps {
  /** The namespace. */
  readonly where: string
  /** It is wherever the packet is. */
  readonly follows: boolean
  /** Namespaces that can be looked at. */
  readonly places: readonly string[]
}

export function KernelPane({ where, follows, places }: KernelPaneProps) {
  const frame = useStore((state) => state.frame)
  const walk = useStore((state) => state.walk)
  const topology = useStore((state) => state.topology)
  const stops = useStore((state) => state.stops)
  const [chosen, setChosen] = useState<{ readonly open: KernelView['open']; readonly frame: number } | null>(null)
  const [search, setSearch] = useState('')
  const open = chosen?.frame === frame ? chosen.open : null
  const answer = useKernelView({ where, frame, walkId: walk?.id ?? null, open })
  const pane = useRef<HTMLElement>(null)
  const width = useWidth(pane)
  const { identities } = currentIdentities(topology, walk)
  const record = lastRecordAt(walk?.records ?? [], where, frame)
  const ends = record ? endsOf(record) : null
  const identity = (address: string | undefined) => (address === undefined ? null : identityOf(identities, address, where))
  return (
    <section ref={pane} className={styles.pane} aria-label={`Kernel of ${placeName(where)}`}>
      <Crumbs where={where} follows={follows} places={places} />
      {answer === null && <p className={styles.empty}>Reading the kernel's tables…</p>}
      {answer && 'error' in answer && <p className={styles.empty}>{answer.error}</p>}
      {answer && 'view' in answer && (
        <>
          <PlatformsView
            view={answer.view}
            width={width}
            from={identity(ends?.source)}
            to={identity(ends?.destination)}
            stops={stops}
            onOpen={(table) => setChosen({ open: table, frame })}
          />
          <Tools view={answer.view} search={search} onSearch={setSearch} />
          <ChainCards
            key={`${frame} ${answer.view.open?.table} ${answer.view.open?.hook}`}
            view={answer.view}
            search={search}
            stops={stops}
          />
        </>
      )}
    </section>
  )
}

function Crumbs({ where, follows, places }: KernelPaneProps) {
  return (
    <header className={styles.crumbs}>
      <nav aria-label="Level">
        <button type="button" onClick={() => appState().closeKernel()}>
          Network
        </button>
        <span aria-hidden>/</span>
        <PlaceSelect where={where} follows={follows} places={places} />
        <span aria-hidden>/</span>
        <b>kernel</b>
      </nav>
      <span className={styles.hint}>Tables run from left to right, by priority. Bold: what holds rules.</span>
      <Button look="icon" aria-label="Back to the network" title="Back to the network (Esc)" onClick={() => appState().closeKernel()}>
        <X size={15} aria-hidden />
      </Button>
    </header>
  )
}

interface ToolsProps {
  readonly view: KernelView
  readonly search: string
  readonly onSearch: (text: string) => void
}

/** What the open table is, what it did, and the search through its rules. */
function Tools({ view, search, onSearch }: ToolsProps) {
  return (
    <div className={styles.tools}>
      <h2>{titleOf(view)}</h2>
      <Effect view={view} />
      <span>{tried(view)}</span>
      <div className={styles.search}>
        <SearchField label="Find rule, address, comment" value={search} onChange={onSearch} />
      </div>
    </div>
  )
}

function titleOf(view: KernelView): string {
  const current = view.stations.find((station) => station.current)
  if (current && isBalanced(view)) return `IPVS, ${current.hook}`
  return view.open ? `${view.open.table}, ${view.open.hook}` : 'No table'
}

/** What the table did to the packet, where it did something. */
function Effect({ view }: { readonly view: KernelView }) {
  const verdict = view.chains.flatMap(({ rules }) => rules.flatMap(({ verdict }) => verdict ?? [])).at(-1) ?? ''
  if (!/^(DNAT|SNAT|MASQUERADE|REDIRECT|DROP|REJECT)/.test(verdict)) return null
  return (
    <b className={styles.effect} data-ends={/^(DROP|REJECT)/.test(verdict)}>
      {verdict}
    </b>
  )
}

function tried({ chains }: KernelView): string {
  const rules = chains.flatMap((chain) => chain.rules)
  const matched = rules.filter(({ state }) => state === 'matched').length
  const failed = rules.filter(({ state }) => state === 'failed').length
  return matched + failed === 0 ? '' : `${matched + failed} ${matched + failed === 1 ? 'rule' : 'rules'} tried, ${matched} matched`
}

/** The last record at or before the frame that happened there: its packet is the one that is drawn. */
function lastRecordAt(records: readonly TraceRecord[], where: string, frame: number): TraceRecord | null {
  for (let n = Math.min(frame, records.length - 1); n >= 0; n--) if (records[n]?.where === where) return records[n] ?? null
  return null
}

function endsOf({ event }: TraceRecord): { readonly source: string; readonly destination: string } | null {
  const { network } = event.packet
  return network.kind === 'arp' ? null : { source: formatAddress(network.source), destination: formatAddress(network.destination) }
}

interface Asked {
  readonly where: string
  readonly frame: number
  readonly walkId: number | null
  readonly open: KernelView['open']
}

/** The last answer stays until the next one is there, so that stepping does not flicker. */
function useKernelView({ where, frame, walkId, open }: Asked): Answer {
  const [answer, setAnswer] = useState<Answer>(null)
  useEffect(() => {
    if (walkId === null) {
      setAnswer({ error: 'Take a walk: its packets are followed through the kernel here.' })
      return
    }
    let wanted = true
    askAt('kernelView', { where, n: frame, open }).then(
      (view) => wanted && setAnswer({ view }),
      (error: unknown) => wanted && setAnswer({ error: error instanceof Error ? error.message : String(error) }),
    )
    return () => {
      wanted = false
    }
  }, [where, frame, walkId, open])
  return answer
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(800)
  useEffect(() => {
    const { current } = element
    if (!current) return
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width))
    observer.observe(current)
    return () => observer.disconnect()
  }, [element])
  return width
}
