/** coreutils: src/wc.c. */
import { type Command, failed } from './command.ts'
import { filterInput } from './filter-input.ts'

/** `wc [-lwc] [FILE…]`. */
export const wc: Command = (argv, context) => {
  const flags = argv
    .slice(1)
    .filter((word) => /^-./.test(word))
    .join('')
    .replaceAll('-', '')
  const unknown = /[^lwcm]/.exec(flags)
  if (unknown) return failed(`wc: invalid option -- '${unknown[0]}'\nTry 'wc --help' for more information.`)
  const { inputs, stderr } = filterInput(
    'wc',
    argv.slice(1).filter((word) => !/^-./.test(word)),
    context,
  )
  const wanted = flags === '' ? 'lwc' : flags
  const rows = inputs.map(({ name, text }) => {
    const counts: number[] = []
    if (wanted.includes('l')) counts.push(text.split('\n').length - 1)
    if (wanted.includes('w')) counts.push(text.split(/\s+/).filter((word) => word !== '').length)
    if (/[cm]/.test(wanted)) counts.push(text.length)
    return { name, counts }
  })
  if (rows.length > 1)
    rows.push({
      name: 'total',
      counts: (rows[0]?.counts ?? []).map((_count, i) => rows.reduce((sum, row) => sum + (row.counts[i] ?? 0), 0)),
    })
  // GNU pads to the width of the file sizes, to 7 for a pipe with several counts, and not at all for one count of one input.
  const width =
    rows.length === 1 && wanted.length === 1
      ? 1
      : rows.some((row) => row.name === '')
        ? 7
        : String(inputs.reduce((sum, { text }) => sum + text.length, 0)).length
  const stdout = rows
    .map((row) => `${row.counts.map((count) => String(count).padStart(width)).join(' ')}${row.name === '' ? '' : ` ${row.name}`}\n`)
    .join('')
  return { stdout, stderr, code: stderr === '' ? 0 : 1, effects: [] }
}
