/** `ipset`: sets of addresses, ports and networks. Userspace: ipset 7.17, lib/ipset.c; its sentences: lib/errcode.c. */
import type { IpSet, IpSets } from '../linux/netfilter/ipset/ip-set.ts'
import { setsInOrder } from '../linux/netfilter/ipset/ip-set.ts'
import { type IpsetError, ipsetError, parseCreateOptions, usageError } from '../linux/netfilter/ipset/ipset-arguments.ts'
import { expireEntries, flushSet } from '../linux/netfilter/ipset/set-change.ts'
import { findSetType } from '../linux/netfilter/ipset/set-type.ts'
import { createSet, isSameSet, referencesOf, renameSet, swapSets } from '../linux/netfilter/ipset/sets.ts'
import { splitWords } from '../linux/netfilter/split-words.ts'
import type { NetNs } from '../linux/netns.ts'
import { type Command, type CommandResult, printed, type ShellContext } from './command.ts'
import { readFile, writeFile } from './files.ts'
import { changeElement, testElement } from './ipset-element.ts'
import { type Listing, listSets, saveSets } from './ipset-list.ts'

const PROGRAM = 'ipset v7.17'
const NO_SET = ipsetError('The set with the given name does not exist')
const IN_USE = ipsetError('Set cannot be destroyed: it is in use by a kernel component')

/** What a command did: printed text, a note on standard error, or an error. */
export type IpsetResult = { readonly stdout: string; readonly note?: string; readonly code?: number } | IpsetError

interface Flags extends Listing {
  exist: boolean
  quiet: boolean
  file: string | null
}

/** One command that is being run. */
interface Run {
  readonly ns: NetNs
  readonly sets: IpSets
  readonly args: readonly string[]
  readonly flags: Flags
}

const NOTHING: IpsetResult = { stdout: '' }

const ALIASES: Readonly<Record<string, string>> = {
  ...{ n: 'create', '-N': 'create', '--create': 'create', a: 'add', '-A': 'add', '--add': 'add', d: 'del', '-D': 'del', '--del': 'del' },
  ...{ t: 'test', '-T': 'test', '--test': 'test', x: 'destroy', '-X': 'destroy', '--destroy': 'destroy', l: 'list', '-L': 'list' },
  ...{ '--list': 'list', s: 'save', '-S': 'save', '--save': 'save', r: 'restore', '-R': 'restore', '--restore': 'restore' },
  ...{ f: 'flush', '-F': 'flush', '--flush': 'flush', e: 'rename', '-E': 'rename', '--rename': 'rename', w: 'swap', '-W': 'swap' },
  ...{ '--swap': 'swap', v: 'version', '-V': 'version', '-v': 'version', '--version': 'version' },
}

/** Commands with the number of arguments they must have and may have (`Infinity`: options follow). */
const COMMANDS: Readonly<Record<string, readonly [number, number]>> = {
  create: [2, Number.POSITIVE_INFINITY],
  add: [2, Number.POSITIVE_INFINITY],
  del: [2, Number.POSITIVE_INFINITY],
  test: [2, Number.POSITIVE_INFINITY],
  destroy: [0, 1],
  list: [0, 1],
  save: [0, 1],
  restore: [0, 0],
  flush: [0, 1],
  rename: [2, 2],
  swap: [2, 2],
  version: [0, Number.POSITIVE_INFINITY],
}

/** Takes the options out of the words, wherever they stand. */
function readFlags(words: readonly string[]): { rest: readonly string[]; flags: Flags } | IpsetError {
  const flags: Flags = { exist: false, quiet: false, sorted: false, names: false, terse: false, output: 'plain', file: null }
  const rest: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = (words[at] ?? '').replace(/^--(?=exist$|quiet$|sorted$|name$|terse$|output$|file$|resolve$)/, '-')
    if (word === '-!' || word === '-exist') flags.exist = true
    else if (word === '-q' || word === '-quiet') flags.quiet = true
    else if (word === '-s' || word === '-sorted') flags.sorted = true
    else if (word === '-n' || word === '-name') flags.names = true
    else if (word === '-t' || word === '-terse') flags.terse = true
    else if (word === '-f' || word === '-file') flags.file = words[++at] ?? ''
    else if (word === '-o' || word === '-output') {
      const mode = words[++at] ?? ''
      if (mode !== 'plain' && mode !== 'save') return ipsetError(`Syntax error: unknown output mode '${mode}'`)
      flags.output = mode
    } else if (word !== '-r' && word !== '-resolve') rest.push(words[at] ?? '')
  }
  return { rest, flags }
}

function checkName(name: string): IpsetError | null {
  return name.length > 31 ? ipsetError(`Syntax error: setname '${name}' is longer than 31 characters`) : null
}

function create({ ns, sets, args, flags }: Run): IpsetResult {
  const [name = '', typeName = '', ...rest] = args
  const long = checkName(name)
  if (long) return long
  const type = findSetType(typeName)
  if (!type) {
    const real = /^(bitmap:ip(,mac)?|hash:(net,net|net,iface|net,port,net|ip,mac|ip,mark))$/.test(typeName)
    return ipsetError(real ? 'Kernel error received: set type not supported' : `Syntax error: typename '${typeName}' is unknown`)
  }
  const options = parseCreateOptions(type, rest, () => ns.kernel.chooser.pick('isn', 0x100000000))
  if ('usage' in options) return options
  const known = sets.get(name)
  if (!known) createSet(sets, name, type, options)
  else if (!flags.exist || !isSameSet(known, type, options)) {
    return ipsetError('Set cannot be created: set with the same name already exists')
  }
  return NOTHING
}

/** The sets that a command is about: the one named, or all. */
function chosen({ sets, args }: Run): readonly IpSet[] | IpsetError {
  const [name] = args
  if (name === undefined) return setsInOrder(sets)
  const set = sets.get(name)
  return set ? [set] : NO_SET
}

function destroy(run: Run): IpsetResult {
  const all = chosen(run)
  if ('usage' in all) return all
  if (all.some((set) => referencesOf(run.ns.netfilter.ip, set.name) > 0)) return IN_USE
  for (const set of all) run.sets.delete(set.name)
  return NOTHING
}

function rename({ ns, sets, args }: Run): IpsetResult {
  const [from = '', to = ''] = args
  const set = sets.get(from)
  if (!set) return NO_SET
  const long = checkName(to)
  if (long) return long
  if (referencesOf(ns.netfilter.ip, from) > 0) return ipsetError('Set cannot be renamed: it is in use by another system')
  if (sets.has(to)) return ipsetError('Set cannot be renamed: a set with the new name already exists')
  renameSet(sets, set, to)
  return NOTHING
}

function swap({ sets, args }: Run): IpsetResult {
  const [a, b] = args.map((name) => sets.get(name))
  if (!a) return NO_SET
  if (!b) return ipsetError('Sets cannot be swapped: the second set does not exist')
  return swapSets(sets, a, b) ? NOTHING : ipsetError('The sets cannot be swapped: their type does not match')
}

/** `add`, `del`, `test`: about one element of a set. */
function element(name: 'add' | 'del' | 'test', { ns, sets, args, flags }: Run): IpsetResult {
  const [setName = '', text = '', ...rest] = args
  const set = sets.get(setName)
  if (!set) return NO_SET
  const asked = { sets, set, text, words: rest, nowMs: ns.kernel.nowMs }
  return name === 'test' ? testElement(asked) : changeElement(name, asked, flags.exist)
}

function runOne(name: string, run: Run): IpsetResult {
  for (const set of run.sets.values()) expireEntries(set, run.ns.kernel.nowMs)
  switch (name) {
    case 'create':
      return create(run)
    case 'add':
    case 'del':
    case 'test':
      return element(name, run)
    case 'destroy':
      return destroy(run)
    case 'rename':
      return rename(run)
    case 'swap':
      return swap(run)
    case 'version':
      return { stdout: `${PROGRAM}, protocol version: 7\n` }
    default: {
      const sets = chosen(run)
      if ('usage' in sets) return sets
      if (name === 'flush') for (const set of sets) flushSet(set)
      if (name === 'flush') return NOTHING
      const save = name === 'save' || run.flags.output === 'save'
      return { stdout: save ? saveSets(run.ns, sets, run.flags) : listSets(run.ns, sets, run.flags) }
    }
  }
}

/** One command line without the program's name, or a line of `ipset restore`. */
function runWords(
  words: readonly string[],
  ns: NetNs,
  within: Flags | null,
): { flags: Flags; result: IpsetResult; name: string } | IpsetError {
  const read = readFlags(words)
  if ('usage' in read) return read
  const flags = { ...read.flags, exist: read.flags.exist || within?.exist === true }
  const [word, ...args] = read.rest
  if (word === undefined) return usageError('No command specified.')
  const name = ALIASES[word] ?? word
  const arity = COMMANDS[name]
  if (!arity) return usageError(`No command specified: unknown argument ${word}`)
  if (args.length < arity[0]) return usageError(`Missing ${args.length === 0 ? '' : 'second '}mandatory argument to command ${name}`)
  if (args.length > arity[1]) return usageError(`Unknown argument ${args[arity[1]]}`)
  if (name === 'restore') return { flags, name, result: NOTHING }
  return { flags, name, result: runOne(name, { ns, sets: ns.netfilter.ip.sets, args, flags }) }
}

function failure(error: IpsetError, line: number | null, quiet: boolean): CommandResult {
  const place = line === null || error.usage ? '' : `Error in line ${line}: `
  const help = error.usage ? "Try `ipset help' for more information.\n" : ''
  return { stdout: '', stderr: quiet ? '' : `${PROGRAM}: ${place}${error.message}\n${help}`, code: error.usage ? 2 : 1, effects: [] }
}

/** `ipset restore`: line after line until one fails. */
function restore(text: string, ns: NetNs, flags: Flags): CommandResult {
  let stdout = ''
  let stderr = ''
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line === 'COMMIT') continue
    if (line === 'quit') break
    const done = runWords(splitWords(line), ns, flags)
    const result = 'usage' in done ? done : done.result
    if ('usage' in result) {
      const failed = failure(result, at + 1, flags.quiet)
      return { ...failed, stdout, stderr: stderr + failed.stderr }
    }
    stdout += result.stdout
    if (result.code === undefined && !flags.quiet) stderr += result.note ?? ''
  }
  return { stdout, stderr, code: 0, effects: [] }
}

/** `ipset [-exist] [-quiet] [-sorted] [-name] [-terse] [-output plain|save] [-file NAME] COMMAND …`. */
export const ipset: Command = (argv, context: ShellContext) => {
  const done = runWords(argv.slice(1), context.netns, null)
  if ('usage' in done) return failure(done, null, argv.includes('-q'))
  const { flags, name, result } = done
  if (name === 'restore') {
    const text = flags.file === null ? context.stdin : readFile(context, flags.file)
    // It says nothing of a file that is not there.
    if (text === null) return { stdout: '', stderr: '', code: 255, effects: [] }
    return restore(text, context.netns, flags)
  }
  if ('usage' in result) return failure(result, null, flags.quiet)
  if (flags.file !== null && (name === 'list' || name === 'save')) {
    const error = writeFile(context, flags.file, result.stdout)
    return error === null ? printed('') : failure(ipsetError(`Cannot open ${flags.file} for writing: ${error}`), null, flags.quiet)
  }
  return { stdout: result.stdout, stderr: flags.quiet ? '' : (result.note ?? ''), code: result.code ?? 0, effects: [] }
}
