/** Which actions of a long group are drawn: a menu of thousands would take seconds to draw and to sort. Pure. */
import type { Action } from './command-menu.tsx'

/** Actions of one group that are drawn at once. */
export const MOST_ACTIONS = 50

/** Those that hold every word that was typed, whole names first; the first ones of them. */
export function matchingActions(actions: readonly Action[], typed: string): { readonly shown: readonly Action[]; readonly found: number } {
  if (actions.length <= MOST_ACTIONS) return { shown: actions, found: actions.length }
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const found = actions.filter(({ name, hint = '' }) => {
    const text = `${name} ${hint}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const whole = typed.trim().toLowerCase()
  const isWhole = ({ name, hint = '' }: Action): boolean => name.toLowerCase().split('/').at(-1) === whole || hint.toLowerCase() === whole
  const shown = [...found.filter(isWhole), ...found.filter((action) => !isWhole(action))].slice(0, MOST_ACTIONS)
  return { shown, found: found.length }
}
