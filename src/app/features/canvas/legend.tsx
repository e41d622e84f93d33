/** Which hue and number is which walk, while several are played; one of them is in focus. */
import { Check, X } from 'lucide-react'
import { focusWalk } from '../../store/alongside.ts'
import { appState, useStore } from '../../store/store.ts'
import { hueOfWalk, toggled } from '../../store/together.ts'
import { OUTCOME_WORDS } from '../../ui/outcome-words.ts'
import styles from './legend.module.css'

export function Legend() {
  const together = useStore((state) => state.together)
  if (together.length < 2) return null
  return (
    <section className={styles.legend} aria-label="Walks played together">
      <ul>
        {together.map((name) => (
          <Entry key={name} name={name} />
        ))}
      </ul>
      <button
        type="button"
        className={styles.alone}
        title="Play only the walk in focus (G then W)"
        onClick={() => appState().setTogether([])}
      >
        Play one alone
      </button>
    </section>
  )
}

function Entry({ name }: { readonly name: string }) {
  const together = useStore((state) => state.together)
  const ends = useStore((state) => state.walks.find((walk) => walk.name === name))
  const focused = useStore((state) => state.walk?.name === name)
  const outcome = useStore((state) =>
    state.walk?.name === name ? state.walk.outcome : state.alongside.find((one) => one.name === name)?.outcome,
  )
  const color = `var(--${hueOfWalk(name, together) ?? 'ink-3'})`
  return (
    <li data-focused={focused || undefined}>
      <button type="button" aria-pressed={focused} title={ends && `${ends.from} → ${ends.to}`} onClick={() => focusWalk(name)}>
        <span className={styles.number} style={{ background: color }}>
          {together.indexOf(name) + 1}
        </span>
        <b>{name}</b>
        {outcome && (
          <span className={styles.outcome} data-delivered={outcome.outcome === 'delivered' || undefined}>
            {outcome.outcome === 'delivered' ? <Check size={13} aria-hidden /> : <X size={13} aria-hidden />}
            <span className={styles.word}>{OUTCOME_WORDS[outcome.outcome].toLowerCase()}</span>
          </span>
        )}
      </button>
      <button
        type="button"
        className={styles.out}
        aria-label={`Take ${name} away`}
        title="Take it away"
        onClick={() => appState().setTogether(toggled(name, together, null))}
      >
        <X size={13} aria-hidden />
      </button>
    </li>
  )
}
