import { ChevronDown } from 'lucide-react'
import { type FormEvent, type ReactNode, useMemo, useState } from 'react'
import type { Topology } from '../../../engine/simulation/topology.ts'
import type { Identity } from '../../store/identities.ts'
import { nearest, type Suggestion, senders, targets } from '../../store/references.ts'
import { appState, useStore } from '../../store/store.ts'
import { currentIdentities } from '../../store/walk-identities.ts'
import { Button } from '../../ui/button.tsx'
import { Combobox } from '../../ui/combobox.tsx'
import { Glyph } from '../../ui/glyph.tsx'
import { LazyMenu } from '../../ui/lazy-menu.tsx'
import type { MenuEntry } from '../../ui/menu.tsx'
import styles from './walk-bar.module.css'

/** What the user has typed in place of the ends of a walk. */
interface Draft {
  readonly from: string
  readonly to: string
  /** The ends it replaces: once others are shown, it is over. */
  readonly instead: string
}

/** From where to where: two fields, the walk button, and the Walks that the scenario names. */
export function WalkBar() {
  const topology = useStore((state) => state.topology)
  const walk = useStore((state) => state.walk)
  const walks = useStore((state) => state.walks)
  const [draft, setDraft] = useState<Draft | null>(null)
  const [fromError, setFromError] = useState<string | null>(null)
  const known = useMemo(() => (topology ? senders(topology) : []), [topology])
  const given = walk ?? walks[0] ?? likelyWalk(topology, known)
  const { from, to } = draft?.instead === `${given.from} ${given.to}` ? draft : given
  const likely = useMemo(() => (topology ? targets(topology, from) : []), [topology, from])
  const change = (ends: { readonly from?: string; readonly to?: string }): void => {
    setDraft({ from, to, ...ends, instead: `${given.from} ${given.to}` })
    setFromError(null)
  }
  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    const error = senderError(from, known)
    setFromError(error)
    if (error === null && to.trim() !== '') go(from.trim(), to.trim())
  }
  const toError = walk !== null && walk.status === 'failed' && walk.from === from && walk.to === to ? walk.error : null
  const ends = currentIdentities(topology, walk).ends
  return (
    <form className={styles.bar} aria-label="Walk" onSubmit={submit} noValidate>
      <Combobox
        className={styles.from}
        label="From"
        value={from}
        suggestions={known}
        onChange={(value) => change({ from: value })}
        onSubmit={submit}
        error={fromError}
        {...looksOf(walk?.from === from ? ends.from : null)}
      />
      <Combobox
        className={styles.to}
        label="To"
        value={to}
        suggestions={likely}
        onChange={(value) => change({ to: value })}
        onSubmit={submit}
        error={toError}
        {...looksOf(walk?.to === to ? ends.to : null)}
      />
      <Button look="primary" type="submit" shortcut="W" aria-keyshortcuts="W" disabled={topology === null}>
        Walk
      </Button>
      {walks.length > 0 && (
        <LazyMenu
          look="icon"
          aria-label="Walks of this scenario"
          className={styles.more}
          align="end"
          entries={() => walkEntries(walk?.name ?? null)}
        >
          <ChevronDown size={16} aria-hidden />
        </LazyMenu>
      )}
    </form>
  )
}

/** Ends for a scenario that names no Walk: its first sender and that one's likeliest target. */
function likelyWalk(topology: Topology | null, known: readonly Suggestion[]): { readonly from: string; readonly to: string } {
  const from = known[0]?.value ?? ''
  return { from, to: topology ? (targets(topology, from)[0]?.value ?? '') : '' }
}

/** What is wrong with a sender; null when nothing is, or when only the engine can tell. */
function senderError(text: string, known: readonly Suggestion[]): string | null {
  if (!/^(?:(?:pod|node|host)\/.*|[^/]*)$/.test(text)) return null
  if (known.some(({ value }) => value === text || value.replace(/^(pod)\//, '$1/default/') === text)) return null
  const close = nearest(text, known)
  return `No pod, node or host has this name.${close ? ` Did you mean ${close}?` : ''}`
}

/** The glyph and hue of an end of the walk on screen. */
function looksOf(identity: Identity | null): { readonly mark?: ReactNode; readonly color?: string } {
  return identity === null ? {} : { mark: <Glyph shape={identity.glyph} hue={identity.hue} />, color: `var(--${identity.hue})` }
}

/** A walk between the ends of a Walk document is that walk, so that what stands above it is replayed first. */
function go(from: string, to: string): void {
  const { walks, startWalk } = appState()
  const named = walks.find((walk) => walk.from === from && walk.to === to)
  startWalk(named ? { name: named.name } : { from, to })
}

function walkEntries(current: string | null): readonly MenuEntry[] {
  return [
    { kind: 'heading', label: 'Walks of this scenario' },
    ...appState().walks.map(
      (walk): MenuEntry => ({
        kind: 'item',
        label: walk.name,
        hint: `${walk.from} → ${walk.to}`,
        checked: walk.name === current,
        onSelect: () => appState().startWalk({ name: walk.name }),
      }),
    ),
  ]
}
