/** Which line of the scenario text a line of a Script's `run` is. */
import type { ScriptSpec } from './scenario.ts'

/** 1-based line of the text of row number `row` (from 0) of `run`. */
export function lineOf({ first, block, lines }: ScriptSpec['runLine'], row: number): number {
  return lines?.[row] ?? first + (block ? row : 0)
}
