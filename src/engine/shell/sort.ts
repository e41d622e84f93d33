/** coreutils: src/sort.c, in the C locale. */
import { type Command, failed } from './command.ts'
import { filterInput, linesOf } from './filter-input.ts'

/** `sort [-nrufV] [-k N] [FILE…]`. */
export const sort: Command = (argv, context) => {
  let flags = ''
  let key = 0
  const paths: string[] = []
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (/^-k/.test(word)) key = Number.parseInt(word === '-k' ? (argv[++i] ?? '') : word.slice(2), 10)
    else if (/^-[nruV]+$/.test(word)) flags += word.slice(1)
    else if (/^-./.test(word)) return failed(`sort: invalid option -- '${word.slice(1, 2)}'\nTry 'sort --help' for more information.`, 2)
    else paths.push(word)
  }
  const { inputs, stderr } = filterInput('sort', paths, context)
  if (stderr !== '') return failed(stderr.replace('sort: ', 'sort: cannot read: '), 2)
  const field = (line: string): string =>
    key > 0
      ? line
          .trim()
          .split(/\s+/)
          .slice(key - 1)
          .join(' ')
      : line
  const plain = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  const compare = (a: string, b: string): number => {
    if (flags.includes('n')) return (Number.parseFloat(field(a)) || 0) - (Number.parseFloat(field(b)) || 0)
    return flags.includes('V') ? versionOrder(field(a), field(b)) : plain(field(a), field(b))
  }
  let lines = inputs.flatMap(({ text }) => linesOf(text)).sort((a, b) => compare(a, b) || plain(a, b))
  if (flags.includes('u')) lines = lines.filter((line, i) => i === 0 || compare(lines[i - 1] ?? '', line) !== 0)
  if (flags.includes('r')) lines.reverse()
  return { stdout: lines.map((line) => `${line}\n`).join(''), stderr: '', code: 0, effects: [] }
}

/** Runs of digits compare as numbers. */
function versionOrder(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? []
  const right = b.match(/\d+|\D+/g) ?? []
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const l = left[i] ?? ''
    const r = right[i] ?? ''
    const difference = /^\d/.test(l) && /^\d/.test(r) ? Number(l) - Number(r) : l < r ? -1 : l > r ? 1 : 0
    if (difference !== 0) return difference
  }
  return 0
}
