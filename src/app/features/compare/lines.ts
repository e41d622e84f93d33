/** A comparison as the lines that are shown: places, what both did alike in one line, and each step in which they differ. Pure. */
import type { ToldComparison, ToldRow, ToldStep } from '../../../engine/narrator/compared.ts'

export type Line =
  | { readonly kind: 'place'; readonly where: string; readonly packet: string }
  /** Steps that both did. `n`: the first of them in the walk on screen. */
  | { readonly kind: 'alike'; readonly count: number; readonly n: number }
  /** Where the two part; stands before the first step that differs. */
  | { readonly kind: 'part' }
  /** `n`: the moment of the walk on screen; where it did nothing, the one before. */
  | { readonly kind: 'step'; readonly a: ToldStep | null; readonly b: ToldStep | null; readonly n: number }

export function linesOf({ rows, first }: Pick<ToldComparison, 'rows' | 'first'>): readonly Line[] {
  const lines: Line[] = []
  let place = ''
  let n = -1
  for (const [index, row] of rows.entries()) {
    const here = placeOf(row)
    if (here !== null && `${here.where} ${here.packet}` !== place) {
      place = `${here.where} ${here.packet}`
      lines.push({ kind: 'place', where: here.where, packet: here.packet })
    }
    n = row.a?.n ?? n
    const last = lines.at(-1)
    if (!row.same) {
      if (index === first) lines.push({ kind: 'part' })
      lines.push({ kind: 'step', a: row.a, b: row.b, n })
    } else if (last?.kind === 'alike') lines[lines.length - 1] = { ...last, count: last.count + 1 }
    else lines.push({ kind: 'alike', count: 1, n })
  }
  return lines
}

function placeOf({ a, b }: ToldRow): ToldStep | null {
  return a ?? b
}
