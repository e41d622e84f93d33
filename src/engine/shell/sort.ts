/** coreutils: src/sort.c, in the C locale. */
import { type Command, failed } from './command.ts'
import { filterInput, linesOf } from './filter-input.ts'

/** One -k: fields `from` to `to` (0: to the end), counted from 1, with ordering letters of its own. */
interface Key {
  readonly from: number
  readonly to: number
  readonly flags: string
}

interface Options {
  readonly flags: string
  readonly keys: readonly Key[]
  readonly separator: string | null
  readonly paths: readonly string[]
}

/** `sort [-bnrufsV] [-t C] [-k F[,F]]… [FILE…]`. */
export const sort: Command = (argv, context) => {
  const options = readOptions(argv.slice(1))
  if (typeof options === 'string') return failed(options, 2)
  const { inputs, stderr } = filterInput('sort', options.paths, context)
  if (stderr !== '') return failed(stderr.replace('sort: ', 'sort: cannot read: '), 2)
  const { flags } = options
  const byKeys = (a: string, b: string): number => compareKeys(a, b, options)
  const last = (a: string, b: string): number => (flags.includes('r') ? plain(b, a) : plain(a, b))
  const stable = flags.includes('u') || flags.includes('s')
  const lines = inputs.flatMap(({ text }) => linesOf(text)).sort((a, b) => byKeys(a, b) || (stable ? 0 : last(a, b)))
  const kept = flags.includes('u') ? lines.filter((line, i) => i === 0 || byKeys(lines[i - 1] ?? '', line) !== 0) : lines
  return { stdout: kept.map((line) => `${line}\n`).join(''), stderr: '', code: 0, effects: [] }
}

function readOptions(words: readonly string[]): Options | string {
  let flags = ''
  let separator: string | null = null
  const keys: Key[] = []
  const paths: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const [, letters, option, rest] = /^-([bnruVfs]*)(?:([^bnruVfs])(.*))?$/.exec(word) ?? []
    if (letters === undefined || word === '-') {
      paths.push(word)
      continue
    }
    flags += letters
    if (option === undefined) continue
    if (option !== 't' && option !== 'k') return `sort: invalid option -- '${option}'\nTry 'sort --help' for more information.`
    const value = rest || words[++i]
    if (value === undefined) return `sort: option requires an argument -- '${option}'\nTry 'sort --help' for more information.`
    if (option === 't') separator = value
    else {
      const key = readKey(value)
      if (typeof key === 'string') return key
      keys.push(key)
    }
  }
  return { flags, keys, separator, paths }
}

function readKey(text: string): Key | string {
  const key = /^(\d+)([bnrVf]*)(?:,(\d+)([bnrVf]*))?$/.exec(text)
  if (!key) return `sort: invalid number at field start: invalid count at start of ‘${text}’`
  const [, from, ownFlags = '', to = '0', moreFlags = ''] = key
  if (Number(from) === 0) return `sort: field number is zero: invalid field specification ‘${text}’`
  return { from: Number(from), to: Number(to), flags: ownFlags + moreFlags }
}

/** `keycompare()`: a key without letters of its own follows those of the command. */
function compareKeys(a: string, b: string, { flags, keys, separator }: Options): number {
  const all: readonly Key[] = keys.length === 0 ? [{ from: 1, to: 0, flags: '' }] : keys
  for (const key of all) {
    const how = key.flags === '' ? flags : key.flags
    const difference = compareText(fieldsOf(a, key, separator), fieldsOf(b, key, separator), how)
    if (difference !== 0) return how.includes('r') ? -difference : difference
  }
  return 0
}

/** Without -t a field begins with the blanks before it. */
function fieldsOf(line: string, { from, to }: Key, separator: string | null): string {
  const fields = separator === null ? (line.match(/[ \t]*[^ \t]+|[ \t]+$/g) ?? []) : line.split(separator)
  return fields.slice(from - 1, to === 0 ? undefined : to).join(separator ?? '')
}

function compareText(a: string, b: string, how: string): number {
  if (how.includes('n')) return (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0)
  const readable = (text: string): string => {
    const trimmed = how.includes('b') ? text.trimStart() : text
    return how.includes('f') ? trimmed.toUpperCase() : trimmed
  }
  return how.includes('V') ? versionOrder(readable(a), readable(b)) : plain(readable(a), readable(b))
}

function plain(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
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
