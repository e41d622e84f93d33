/** mtr 0.95, the command line: its report. The full screen is not modelled. */
import { parseAddress } from '../net/address.ts'
import { type Command, failed, printed, type ShellContext } from './command.ts'
import { hostNameOf } from './hostname.ts'
import { MTR_USAGE } from './mtr-usage.ts'
import { resolvConf } from './resolv-conf.ts'
import type { MtrOptions } from './spawn.ts'
import { type ReadOptions, readOptions, startProgram } from './start-program.ts'

/** Long options by their letter. */
const LONG: Readonly<Record<string, string>> = {
  ...{ report: 'r', 'report-wide': 'w', 'report-cycles': 'c', 'no-dns': 'n', 'show-ips': 'b', udp: 'u', tcp: 'T', address: 'a' },
  ...{ 'first-ttl': 'f', 'max-ttl': 'm', 'max-unknown': 'U', port: 'P', psize: 's', interval: 'i', gracetime: 'G', order: 'o' },
  ...{ curses: 't', help: 'h', version: 'v', json: 'j', xml: 'x', csv: 'C', raw: 'l', split: 'p', mpls: 'e', aslookup: 'z' },
  ...{ timeout: 'Z', interface: 'I', filename: 'F', localport: 'L', bitpattern: 'B', tos: 'Q', mark: 'M', ipinfo: 'y' },
}
const FLAGS = '46rwnbuTthv'
const WITH_VALUE = 'cafmUPsiGo'
/** What the real one has besides. */
const NOT_MODELLED = '6SjxClpezZIFLBQMy'
const MOST_TTL = 255
const SMALLEST = 28
const LARGEST = 4470

/** `mtr [-r|-w] [-nb] [-c N] [-i S] [-f TTL] [-m TTL] [-u|-T] [-P PORT] [-s BYTES] [-a ADDRESS] [-o FIELDS] [HOST]`. */
export const mtr: Command = (argv, context) => {
  const words = longToShort(argv)
  if (typeof words === 'string') return failed(`mtr: ${words}\n${MTR_USAGE}`)
  const read = readOptions(words, FLAGS, WITH_VALUE)
  if ('unknown' in read) {
    const { unknown } = read
    if (NOT_MODELLED.includes(unknown)) return failed(`mtr: -${unknown}: not modelled`)
    return failed(`mtr: invalid option -- '${unknown}'\n${MTR_USAGE}`)
  }
  if ('missing' in read) return failed(`mtr: option requires an argument -- '${read.missing}'\n${MTR_USAGE}`)
  const { flags } = read
  if (flags.includes('h')) return printed(MTR_USAGE)
  if (flags.includes('v')) return printed('mtr 0.95\n')
  if (flags.includes('6')) return failed('mtr: -6: IPv6 is not modelled')
  if (flags.includes('u') && flags.includes('T')) return failed('mtr: -u , -T and -S are mutually exclusive')
  if (read.words.length > 1) return failed('mtr: more than one host: not modelled: one report after another')
  const options = optionsOf(read, context)
  if (typeof options === 'string') return failed(`mtr: ${options}`)
  const result = startProgram(context, { program: 'mtr', options })
  if (flags.includes('r') || flags.includes('w')) return result
  return { ...result, stderr: `mtr: the full screen is not modelled: this is what -r prints\n${result.stderr}` }
}

/** `--report-cycles 3` and `--report-cycles=3` as `-c 3`; or what getopt_long(3) says. */
function longToShort(argv: readonly string[]): string[] | string {
  const words: string[] = []
  for (const word of argv) {
    const [, name, value] = /^--([a-z][\w-]*)(?:=(.*))?$/.exec(word) ?? []
    if (name === undefined) {
      words.push(word)
      continue
    }
    const letter = LONG[name]
    if (letter === undefined) return `unrecognized option '--${name}'`
    words.push(`-${letter}`, ...(value === undefined ? [] : [value]))
  }
  return words
}

/** The options, or what is wrong with one. */
function optionsOf({ flags, values, words }: ReadOptions, context: ShellContext): MtrOptions | string {
  const value = (letter: string): string | undefined => values.get(letter)?.at(-1)
  for (const letter of 'cfmUPsiG') {
    const text = value(letter)
    const isNumber = 'iG'.includes(letter) ? /^\d+(\.\d*)?$/ : /^-?\d+$/
    if (text !== undefined && !isNumber.test(text)) return `invalid argument: '${text}'`
  }
  const number = (letter: string, otherwise: number): number => Number(value(letter) ?? otherwise)
  const source = value('a')
  const sourceAddress = source === undefined ? null : parseAddress(source)
  if (source !== undefined && sourceAddress === null) return 'invalid local address'
  const fields = value('o') ?? 'LS NABWV'
  const unknown = [...fields].find((letter) => !' LDRSNBAWV'.includes(letter))
  if (unknown !== undefined) return 'GJMXI'.includes(unknown) ? `-o ${unknown}: not modelled` : `Unknown field identifier: ${unknown}`
  if (!(number('i', 1) > 0)) return 'wait time must be positive'
  const size = number('s', 64)
  if (!(size >= SMALLEST && size <= LARGEST)) return `-s ${size}: not modelled: ${SMALLEST} to ${LARGEST} bytes`
  const maxHops = Math.min(MOST_TTL, Math.max(1, number('m', 30)))
  return {
    ...{ host: words[0] ?? 'localhost', hostname: hostNameOf(context), maxHops, size, fields, sourceAddress },
    method: flags.includes('T') ? 'tcp' : flags.includes('u') ? 'udp' : 'icmp',
    firstHop: Math.min(maxHops, Math.max(1, number('f', 1))),
    maxUnknown: number('U', 12),
    cycles: number('c', 10),
    intervalMs: number('i', 1) * 1000,
    graceMs: number('G', 5) * 1000,
    port: values.has('P') ? number('P', 0) : null,
    wide: flags.includes('w'),
    resolver: resolvConf(context),
  }
}
