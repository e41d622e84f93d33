/** traceroute 2.1, the command line. Names of hops are never looked up: they print as addresses without a PTR record do. */
import { parseAddress } from '../net/address.ts'
import { type Command, failed } from './command.ts'
import { resolvConf } from './resolv-conf.ts'
import type { TracerouteOptions } from './spawn.ts'
import { readOptions, startProgram } from './start-program.ts'

const DEFAULT_LENGTH = 60
const MOST_HOPS = 255
const LONGEST = 65_000
const PORT = { udp: 33434, icmp: 1, tcp: 80 } as const

/** `traceroute [-n] [-I|-T] [-f FIRST] [-m MAX] [-p PORT] [-q QUERIES] [-w SECONDS] [-s ADDRESS] HOST [LENGTH]`. */
export const traceroute: Command = (argv, context) => {
  const read = readOptions(argv, '4nITF', 'fmpqwsN')
  if ('unknown' in read) return failed(`Bad option \`-${read.unknown}' (argc ${argv.indexOf(`-${read.unknown}`)})`, 2)
  if ('missing' in read) return failed(`Option \`-${read.missing}' (argc ${argv.length - 1}) requires an argument`, 2)
  const [host, length] = read.words
  if (host === undefined) return failed('Specify "host" missing argument.', 2)
  const number = (letter: string, fallback: number): number => Number(read.values.get(letter)?.at(-1)?.split(',', 1)[0] ?? fallback)
  const letter = [...'fmpqw'].find((each) => Number.isNaN(number(each, 0)))
  const text = letter === undefined ? undefined : read.values.get(letter)?.at(-1)
  if (text !== undefined) return failed(`Cannot handle \`-${letter}' option with arg \`${text}' (argc ${argv.indexOf(text)})`, 2)
  if (length !== undefined && !/^\d+$/.test(length))
    return failed(`Cannot handle "packetlen" cmdline arg \`${length}' on position 2 (argc ${argv.indexOf(length)})`, 2)
  const method = read.flags.includes('I') ? 'icmp' : read.flags.includes('T') ? 'tcp' : 'udp'
  const source = read.values.get('s')?.at(-1)
  const sourceAddress = source === undefined ? null : parseAddress(source)
  if (source !== undefined && sourceAddress === null) return failed(`Cannot handle \`-s' option with arg \`${source}'`, 2)
  const options: TracerouteOptions = {
    host,
    method,
    firstHop: number('f', 1),
    maxHops: number('m', 30),
    queries: number('q', 3),
    port: number('p', PORT[method]) & 0xffff,
    waitMs: number('w', 5) * 1000,
    length: length === undefined ? DEFAULT_LENGTH : Number(length),
    numeric: read.flags.includes('n'),
    sourceAddress,
    position: [1, argv.indexOf(host)],
    resolver: resolvConf(context),
  }
  if (!(options.maxHops >= 0 && options.maxHops <= MOST_HOPS)) return failed(`max hops cannot be more than ${MOST_HOPS}`, 2)
  if (!(options.firstHop >= 1 && options.firstHop <= options.maxHops)) return failed('first hop out of range', 2)
  if (!(options.queries >= 1 && options.queries <= 10)) return failed('no more than 10 probes per hop', 2)
  if (options.waitMs < 0) return failed(`bad wait specifications \`${options.waitMs / 1000},0,0' used`, 2)
  if (options.length > LONGEST) return failed(`too big packetlen ${options.length} specified`, 2)
  return startProgram(context, { program: 'traceroute', options })
}
