/** The options by which every command names a walk: --walk, or --from and --to, and --seed. */
import type { WalkRequest } from '../engine/simulation/walk.ts'
import { UsageError } from './command.ts'

/** For `parseArgs`. */
export const WALK_OPTIONS = {
  walk: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  seed: { type: 'string' },
} as const

interface Words {
  readonly walk?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** The walk that the words name; null: none. */
export function requestOf({ walk: name, from, to }: Words): WalkRequest | null {
  if (name !== undefined && (from !== undefined || to !== undefined)) throw new UsageError('--walk and --from/--to exclude each other')
  if (name !== undefined) return { name }
  if (from === undefined && to === undefined) return null
  if (from === undefined || to === undefined) throw new UsageError(`${from === undefined ? '--from' : '--to'} is missing`)
  return { from, to }
}

/** Reads --seed. */
export function seedOf(text: string | undefined): number {
  if (text === undefined) return 0
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--seed is not a number: ${text}`)
  return Number(text)
}
