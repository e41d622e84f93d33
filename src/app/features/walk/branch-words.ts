/** Words for the branches of a walk. Pure. */
import type { BranchSummary } from '../../../protocol/branches-answer.ts'
import { placeName } from '../../store/steps.ts'

/** 0.333… → '33.3 %', 0.0001 → '< 0.1 %'. */
export function odds(probability: number): string {
  const percent = Math.round(probability * 1_000) / 10
  return percent === 0 ? '< 0.1 %' : `${percent} %`
}

/** The places on its way, up to who accepted or where it ended. */
export function wayThere({ path }: Pick<BranchSummary, 'path'>): string {
  return path.map(placeName).join(' → ')
}

/** How the answer comes back: only told where it is not the way there, read backwards. */
export function wayBack({ path, returnPath }: Pick<BranchSummary, 'path' | 'returnPath'>): string {
  if (returnPath.length === 0) return ''
  const isSame = returnPath.join() === path.toReversed().join()
  return isSame ? 'back the same way' : `back: ${returnPath.map(placeName).join(' → ')}`
}

/** Index of the branch that is on screen; −1: none. A walk that was given no answers goes the first way. */
export function branchOnScreen(branches: readonly Pick<BranchSummary, 'taken'>[], branch: readonly number[] | null): number {
  if (branch === null) return -1
  return branch.length === 0 ? 0 : branches.findIndex(({ taken }) => taken.join() === branch.join())
}
