/** The matrix of who reaches whom as text, Markdown and CSV. */
import type { Remark } from '../engine/kubernetes/network-policies.ts'
import type { MatrixCell, ReachMatrix } from '../engine/simulation/reach-matrix.ts'
import type { ReachGoal } from '../engine/simulation/reach-plan.ts'

/** One row for each cell that was walked: what `reach --to all --json` prints. */
export function matrixRows({ senders, goals, cells }: ReachMatrix): (ReachGoalRow & MatrixCell)[] {
  return senders.flatMap((sender, i) =>
    goals.flatMap((goal, j) => {
      const cell = cells[i]?.[j]
      return cell ? [{ from: sender.ref, to: goal.ref, protocol: goal.protocol, port: goal.port, ...cell }] : []
    }),
  )
}

interface ReachGoalRow {
  readonly from: string
  readonly to: string
  readonly protocol: ReachGoal['protocol']
  readonly port: number
}

const SHORT: Readonly<Record<string, string>> = {
  deployment: 'deploy',
  statefulset: 'sts',
  daemonset: 'ds',
  replicaset: 'rs',
}

/** 'deployment/default/web' → 'deploy/web', 'svc/shop/db' stays. */
function shortName(ref: string): string {
  const [kind = '', ...rest] = ref.split('/')
  return [SHORT[kind] ?? kind, ...(rest[0] === 'default' && rest.length > 1 ? rest.slice(1) : rest)].join('/')
}

const goalName = ({ ref, protocol, port }: ReachGoal): string => `${shortName(ref)}:${port}${protocol === 'tcp' ? '' : `/${protocol}`}`

/** A star stands for what is said below. */
function cellText(cell: MatrixCell | null | undefined): string {
  if (!cell) return '-'
  return `${outcomeText(cell)}${cell.remarks === undefined ? '' : '*'}`
}

function outcomeText(cell: MatrixCell): string {
  if (cell.outcome === 'delivered') return 'yes'
  return cell.outcome === 'mixed' ? `${cell.reached} of ${cell.of}` : cell.outcome
}

const head = ({ goals }: ReachMatrix): string[] => ['FROM \\ TO', ...goals.map(goalName)]
const lines = ({ senders, goals, cells }: ReachMatrix): string[][] =>
  senders.map((sender, i) => [shortName(sender.ref), ...goals.map((_, j) => cellText(cells[i]?.[j]))])

/** A table, then each way that fails with what forbids it. */
export function matrixText(matrix: ReachMatrix): string {
  const table = [head(matrix), ...lines(matrix)]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  const rows = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return `${[...rows, ...failures(matrix), ...remarkNotes(remarksIn(matrix)), ...sampledNote(matrix)].join('\n')}\n`
}

/** The same as a Markdown table. */
export function matrixMarkdown(matrix: ReachMatrix): string {
  const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = `| ${head(matrix)
    .map(() => '---')
    .join(' | ')} |`
  const list = failures(matrix).map((line) => (line === '' ? '' : `- ${line}`))
  const notes = remarkNotes(remarksIn(matrix)).map((line) => line.replace(/^\*/, '\\*'))
  return `${[row(head(matrix)), rule, ...lines(matrix).map(row), ...list, ...notes, ...sampledNote(matrix)].join('\n')}\n`
}

/** One line for each cell, for spreadsheets (RFC 4180). */
export function matrixCsv(matrix: ReachMatrix): string {
  const quote = (value: string | number | null): string => {
    const text = value === null ? '' : String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const rows = matrixRows(matrix).map((row) =>
    [
      ...[
        row.from,
        row.to,
        row.protocol,
        row.port,
        row.outcome,
        row.reached,
        row.of,
        row.reason,
        row.by?.where ?? null,
        row.by?.rule ?? null,
      ],
      objectsOf(row.remarks ?? []) || null,
    ]
      .map(quote)
      .join(','),
  )
  return ['from,to,protocol,port,outcome,reached,of,reason,where,rule,not enforced', ...rows].map((line) => `${line}\r\n`).join('')
}

function failures(matrix: ReachMatrix): string[] {
  const failed = matrix.senders.flatMap((sender, i) =>
    matrix.goals.flatMap((goal, j) => {
      const cell = matrix.cells[i]?.[j]
      if (!cell || cell.outcome === 'delivered') return []
      const rule = cell.by === null ? '' : ` at ${cell.by.where}${cell.by.rule === null ? '' : `: ${cell.by.rule}`}`
      return [`${shortName(sender.ref)} → ${goalName(goal)}: ${outcomeText(cell)}, ${cell.reason ?? 'no reason'}${rule}`]
    }),
  )
  return failed.length === 0 ? [] : ['', ...failed]
}

/** What remarks are about, each once: 'networkpolicy/default/deny'. */
export const objectsOf = (remarks: readonly Remark[]): string => [...new Set(remarks.map(({ object }) => object))].join(' ')

/** So many are told one by one. */
const MOST_NOTES = 12

/** Remarks below a table, each once, behind the star that stands for them. */
export function remarkNotes(remarks: readonly Remark[]): string[] {
  const sentences = [...new Set(remarks.map(({ sentence, line }) => `* ${sentence}${line === null ? '' : ` [line ${line}]`}`))]
  if (sentences.length === 0) return []
  const more = sentences.length - MOST_NOTES
  return ['', ...sentences.slice(0, MOST_NOTES), ...(more > 0 ? [`* and ${more} more of this kind`] : [])]
}

const remarksIn = ({ cells }: ReachMatrix): Remark[] => cells.flat().flatMap((cell) => cell?.remarks ?? [])

const sampledNote = ({ sampled }: ReachMatrix): string[] =>
  sampled ? ['', 'There are too many pairs to walk them all: two pods of each workload stand for the others.'] : []
