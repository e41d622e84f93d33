import { ChevronDown, GitCompareArrows, Split } from 'lucide-react'
import { type FormEvent, type ReactNode, useCallback, useState } from 'react'
import type { Topology } from '../../../engine/simulation/topology.ts'
import { playAllWalks } from '../../store/alongside.ts'
import type { Identity } from '../../store/identities.ts'
import { type Ends, likelyWalk } from '../../store/likely-walk.ts'
import { nearTarget, type Suggestion, senderProblem, senders, targetProblem, targets } from '../../store/references.ts'
import type { WalkState } from '../../store/state.ts'
import { appState, useStore } from '../../store/store.ts'
import { toggled } from '../../store/together.ts'
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

interface Wrong {
  readonly from: string | null
  readonly to: string | null
}

const NOTHING_WRONG: Wrong = { from: null, to: null }
const NO_ENDS: Ends = { from: '', to: '' }

/** From where to where: two fields, the walk button, and the Walks that the scenario names. */
export function WalkBar() {
  const topology = useStore((state) => state.topology)
  const walk = useStore((state) => state.walk)
  const { from, to, wrong, change, submit } = useEnds(topology, walk)
  const known = useCallback(() => (topology ? senders(topology) : []), [topology])
  const likely = useCallback(() => (topology ? targets(topology, from) : []), [topology, from])
  const told = walk !== null && walk.from === from && walk.to === to ? troubleOf(walk, likely) : NOTHING_WRONG
  const ends = currentIdentities(topology, walk).ends
  return (
    <form className={styles.bar} aria-label="Walk" onSubmit={submit} noValidate>
      <Combobox
        className={styles.from}
        label="From"
        value={from}
        suggest={known}
        onChange={(value) => change({ from: value })}
        onSubmit={submit}
        error={wrong.from ?? told.from}
        {...looksOf(walk?.from === from ? ends.from : null)}
      />
      <Combobox
        className={styles.to}
        label="To"
        value={to}
        suggest={likely}
        onChange={(value) => change({ to: value })}
        onSubmit={submit}
        error={wrong.to ?? told.to}
        {...looksOf(walk?.to === to ? ends.to : null)}
      />
      <Button look="primary" type="submit" shortcut="W" aria-keyshortcuts="W" disabled={topology === null}>
        Walk
      </Button>
      <EveryEndpoint />
      <CompareButton />
      <WalksMenu current={walk?.name ?? null} />
    </form>
  )
}

/** The two ends as typed, else those of the walk on screen, else those of a likely walk; what is wrong is found when they are sent. */
function useEnds(topology: Topology | null, walk: WalkState | null) {
  const walks = useStore((state) => state.walks)
  const [draft, setDraft] = useState<Draft | null>(null)
  const [wrong, setWrong] = useState(NOTHING_WRONG)
  const given = walk ?? walks[0] ?? (topology ? likelyWalk(topology) : null) ?? NO_ENDS
  const instead = `${given.from} ${given.to}`
  const isTyped = draft?.instead === instead
  const { from, to } = isTyped ? draft : given
  const change = (ends: { readonly from?: string; readonly to?: string }): void => {
    setDraft({ from, to, ...ends, instead })
    setWrong(NOTHING_WRONG)
  }
  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    if (topology === null) return
    const found: Wrong = { from: senderProblem(from.trim(), topology), to: targetProblem(to.trim()) }
    // Ends that have gone from the screen since have nothing wrong with them any more.
    setDraft({ from, to, instead })
    setWrong(found)
    if (found.from === null && found.to === null) go(from.trim(), to.trim())
  }
  return { from, to, wrong: isTyped ? wrong : NOTHING_WRONG, change, submit }
}

/** What the engine says of the ends of a walk, under the field it is about; and what was probably meant by a name nobody knows. */
function troubleOf({ error, errorAt, outcome, to }: WalkState, likely: () => readonly Suggestion[]): Wrong {
  if (errorAt === 'from') return { from: error, to: null }
  const near = error !== null || outcome?.outcome === 'unresolved' ? nearTarget(to, likely()) : null
  const meant = near === null || error?.includes('Did you mean') ? '' : ` Did you mean ${near}?`
  if (error !== null) return { from: null, to: error + meant }
  return { from: null, to: meant === '' ? null : `No such name.${meant}` }
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

/** Chance decides which endpoint answers: the switch shows all of them. */
function EveryEndpoint() {
  const on = useStore((state) => state.everyEndpoint)
  return (
    <Button
      look="icon"
      className={styles.every}
      aria-label="Every endpoint"
      title="Every endpoint: each way the walk can go, and how likely it is"
      aria-pressed={on}
      onClick={() => appState().setEveryEndpoint(!on)}
    >
      <Split size={16} aria-hidden />
    </Button>
  )
}

/** The same walk in another world, beside this one. */
function CompareButton() {
  const on = useStore((state) => state.comparing)
  const none = useStore((state) => state.walk === null)
  return (
    <Button
      look="icon"
      className={styles.every}
      aria-label="Compare"
      title="Compare: this walk beside the same walk in another world (V)"
      aria-keyshortcuts="V"
      aria-pressed={on}
      disabled={none}
      onClick={() => appState().setComparing(!on)}
    >
      <GitCompareArrows size={16} aria-hidden />
    </Button>
  )
}

function WalksMenu({ current }: { readonly current: string | null }) {
  const some = useStore((state) => state.walks.length > 0)
  useStore((state) => state.together)
  if (!some) return null
  return (
    <LazyMenu look="icon" aria-label="Walks of this scenario" className={styles.more} align="end" entries={() => walkEntries(current)}>
      <ChevronDown size={16} aria-hidden />
    </LazyMenu>
  )
}

function walkEntries(current: string | null): readonly MenuEntry[] {
  const { walks, together, startWalk, setTogether } = appState()
  const several = walks.length > 1
  return [
    { kind: 'heading', label: several ? 'Walks: one alone, or several together with Space or Shift click' : 'Walks of this scenario' },
    ...walks.map(
      ({ name, from, to }): MenuEntry => ({
        kind: 'item',
        label: name,
        hint: `${from} → ${to}`,
        checked: name === current || together.includes(name),
        onSelect: () => {
          setTogether([])
          startWalk({ name })
        },
        ...(several ? { onToggle: () => setTogether(toggled(name, together, current)) } : {}),
      }),
    ),
    ...(several ? togetherEntries(together.length, walks.length) : []),
  ]
}

function togetherEntries(chosen: number, all: number): readonly MenuEntry[] {
  return [
    { kind: 'line' },
    { kind: 'item', label: chosen === all ? 'Play one walk alone' : 'Play all walks', shortcut: 'G then W', onSelect: playAllWalks },
    ...(chosen > 1 && chosen < all
      ? [{ kind: 'item', label: 'Play one walk alone', onSelect: () => appState().setTogether([]) } as const]
      : []),
  ]
}
