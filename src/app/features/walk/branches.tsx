import { useEffect, useState } from 'react'
import type { AnswerTo } from '../../../protocol/messages.ts'
import { ask } from '../../store/engine.ts'
import type { WalkState } from '../../store/state.ts'
import { placeName } from '../../store/steps.ts'
import { appState } from '../../store/store.ts'
import { OUTCOME_WORDS } from '../../ui/outcome-words.ts'
import { branchOnScreen, odds, wayBack, wayThere } from './branch-words.ts'
import styles from './branches.module.css'

type Branches = AnswerTo<'branches'>

/** Every way the walk on screen could have gone where chance decides, and how likely each is. Choosing one plays it. */
export function Branches({ walk }: { readonly walk: WalkState }) {
  const { answer, problem } = useBranches(walk)
  const shown = answer === null ? -1 : branchOnScreen(answer.branches, walk.branch)
  return (
    <section className={styles.branches} aria-label="Every way it can go">
      <h3>{answer === null ? 'Every way it can go' : headline(answer)}</h3>
      {problem !== null && <p className={styles.problem}>{problem}</p>}
      {problem === null && answer === null && <p role="status">Counting…</p>}
      <ol className={styles.list}>
        {answer?.branches.map((branch, index) => (
          <li key={branch.taken.join()}>
            <button
              type="button"
              className={styles.branch}
              aria-current={index === shown || undefined}
              title={branch.summary}
              onClick={() => play(walk, branch.taken)}
            >
              <span className={styles.odds}>{odds(branch.probability)}</span>
              <span className={styles.words}>
                <b>
                  {branch.outcome.server === null
                    ? OUTCOME_WORDS[branch.outcome.outcome]
                    : placeName(branch.outcome.server.replace(/:\d+$/, ''))}
                </b>
                {branch.outcome.server !== null && branch.outcome.outcome !== 'delivered' && ` ${OUTCOME_WORDS[branch.outcome.outcome]}`}
                <span className={styles.way}>{wayThere(branch)}</span>
                <span className={styles.way}>{wayBack(branch)}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
      {answer !== null && answer.unlisted > 0 && <p>And others, too many to list: together {odds(answer.unlisted)}.</p>}
    </section>
  )
}

function headline({ branches, unlisted }: Branches): string {
  if (branches.length === 1 && unlisted === 0) return 'Chance decides nothing: it can go this way only'
  return `${branches.length} ${unlisted > 0 ? 'of the ' : ''}ways it can go`
}

function play({ name, from, to }: WalkState, taken: readonly number[]): void {
  appState().startWalk(name === null ? { from, to } : { name }, taken)
}

/** Asked for anew when the text or the walk's ends change; another branch of the same walk has the same answer. */
function useBranches({ id, name, from, to, status, revision }: WalkState) {
  const [found, setFound] = useState<{ readonly key: string; readonly answer: Branches | null; readonly problem: string | null } | null>(
    null,
  )
  const key = JSON.stringify([revision, name, from, to])
  const isKnown = found?.key === key
  useEffect(() => {
    if (status !== 'done' || isKnown) return
    let wanted = true
    ask('branches', { id }).then(
      (answer) => wanted && setFound({ key, answer, problem: null }),
      (error: unknown) => wanted && setFound({ key, answer: null, problem: error instanceof Error ? error.message : String(error) }),
    )
    return () => {
      wanted = false
    }
  }, [id, key, isKnown, status])
  return isKnown && found ? found : { answer: null, problem: null }
}
