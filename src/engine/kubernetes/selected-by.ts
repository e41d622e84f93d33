/** Label selectors as they stand in the text (metav1.LabelSelector), matchExpressions included. */
import type { Labels } from './cluster.ts'
import type { MapValue } from './value.ts'
import { plainValue } from './value.ts'

interface Requirement {
  readonly key?: unknown
  readonly operator?: unknown
  readonly values?: unknown
}

/** A selector as plain data. */
export interface LabelSelector {
  readonly matchLabels?: object
  readonly matchExpressions?: unknown
}

/** The selector of the text; none selects as an empty one does. */
export function plainSelector(selector: MapValue | null): LabelSelector {
  return selector === null ? {} : (plainValue(selector) as LabelSelector)
}

/** Does `matchLabels` and every one of `matchExpressions` hold? No selector, and an empty one, match everything. */
export function selects(selector: MapValue | null, labels: Labels): boolean {
  return selectorHolds(plainSelector(selector), labels)
}

/** The same of plain data. */
export function selectorHolds({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  const all = Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === String(value))
  return all && (Array.isArray(matchExpressions) ? matchExpressions : []).every((one: Requirement) => holds(one, labels))
}

/** An operator that there is not selects nothing. */
function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels[String(key)]
  const isListed = Array.isArray(values) && values.some((one) => String(one) === value)
  switch (operator) {
    case 'In':
      return isListed
    case 'NotIn':
      return !isListed
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
