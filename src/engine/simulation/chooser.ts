/** Choosers for a world: seeded, forced, or walking through all branches. Their state is plain data, so that a world can be copied. */
import type { Choice, Chooser } from '../linux/chooser.ts'

/** One decision that was made: the question and the index of the branch taken. */
export interface MadeChoice {
  readonly choice: Choice
  readonly taken: number
}

export interface ChooserState {
  /** State of the generator for branching decisions, and of the one for values that do not branch the story (uint32 each). */
  branch: number
  value: number
  /** Answers for the next `choose` calls, first one first. */
  forced: number[]
  /** What follows the forced answers: a draw by the odds, or the first branch that can happen. */
  rest: 'draw' | 'first'
  /** Decisions made since the state was made or last cleared. */
  made: MadeChoice[]
}

/** A state that draws from `seed` (any integer). */
export function seededState(seed: number): ChooserState {
  return { branch: seed >>> 0, value: (seed ^ 0x9e3779b9) >>> 0, forced: [], rest: 'draw', made: [] }
}

/** A chooser over a state; it changes that state only. */
export function chooserOf(state: ChooserState): Chooser {
  return {
    choose(choice) {
      const taken = state.forced.shift() ?? (state.rest === 'first' ? firstPossible(choice.odds) : draw(state, choice.odds))
      state.made.push({ choice, taken })
      return taken
    },
    pick(_kind, count) {
      const random = mulberry32(state.value)
      state.value = random.next
      return Math.floor(random.unit * count)
    },
  }
}

/** Takes decisions made on one run; returns the forced answers of the next run of a depth-first enumeration, or null when all were seen. */
export function nextBranch(made: readonly MadeChoice[]): number[] | null {
  for (let last = made.length - 1; last >= 0; last--) {
    const { choice, taken } = made[last] as MadeChoice
    const next = choice.odds.findIndex((odds, index) => index > taken && odds > 0)
    if (next >= 0) return [...made.slice(0, last).map((one) => one.taken), next]
  }
  return null
}

/** The probability of one run: the product of the odds of its decisions. */
export function probabilityOf(made: readonly MadeChoice[]): number {
  return made.reduce((product, { choice, taken }) => product * (choice.odds[taken] ?? 0), 1)
}

function firstPossible(odds: readonly number[]): number {
  return Math.max(
    0,
    odds.findIndex((one) => one > 0),
  )
}

function draw(state: ChooserState, odds: readonly number[]): number {
  const random = mulberry32(state.branch)
  state.branch = random.next
  let rest = random.unit
  for (const [index, one] of odds.entries()) {
    if (rest < one) return index
    rest -= one
  }
  return odds.findLastIndex((one) => one > 0)
}

/** mulberry32 (public domain, Tommy Ettinger): 32 bits of state, good enough to spread choices, the same everywhere. */
function mulberry32(state: number): { readonly unit: number; readonly next: number } {
  const next = (state + 0x6d2b79f5) >>> 0
  let t = Math.imul(next ^ (next >>> 15), next | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return { unit: ((t ^ (t >>> 14)) >>> 0) / 4294967296, next }
}
