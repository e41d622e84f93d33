/** Two walks beside each other as text, as a diff: what only one of them did, and how much both did alike. */
import type { ToldComparison, ToldRow, ToldStep } from '../engine/narrator/compared.ts'

/** The places in order; `<` is the first world, `>` the second; steps of both are counted, and the first difference is marked. */
export function comparisonText(told: ToldComparison, names: { readonly a: string; readonly b: string }): string {
  const lines = [`< ${names.a}`, `> ${names.b}`, '']
  let place = ''
  let alike = 0
  const flush = (): void => {
    if (alike > 0) lines.push(`  = ${alike} ${alike === 1 ? 'step' : 'steps'} alike`)
    alike = 0
  }
  for (const [index, row] of told.rows.entries()) {
    const here = placeOf(row)
    if (here !== place) {
      flush()
      lines.push(here)
      place = here
    }
    if (row.same) {
      alike += 1
      continue
    }
    flush()
    if (index === told.first) lines.push('  ! here they part')
    lines.push(...stepLines('<', row.a, here), ...stepLines('>', row.b, here))
  }
  flush()
  if (told.unread > 0) lines.push(`  ${told.unread} more steps were not compared`)
  lines.push('', endLine('<', told.a), endLine('>', told.b), told.same ? 'Both walk alike.' : differ(told))
  return `${lines.join('\n')}\n`
}

function placeOf({ a, b }: ToldRow): string {
  const step = a ?? b
  return step === null ? '' : `${step.where}  ${step.packet}`
}

/** A step that stands beside one at another place says where it is. */
function stepLines(side: '<' | '>', step: ToldStep | null, here: string): readonly string[] {
  if (step === null) return []
  const own = `${step.where}  ${step.packet}`
  return [`  ${side} ${own === here ? '' : `(${own})  `}${step.sentence}`]
}

function endLine(side: '<' | '>', { outcome, summary }: ToldComparison['a']): string {
  return `${side} ${outcome.outcome}: ${summary}`
}

function differ({ first, rows }: ToldComparison): string {
  const row = first === null ? undefined : rows[first]
  const where = row?.a?.where ?? row?.b?.where
  return where === undefined ? 'They end differently.' : `They part at ${where}.`
}
