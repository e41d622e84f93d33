/** iputils 20221126: tracepath, the command line. */
import { type Command, failed, printed } from './command.ts'
import { resolvConf } from './resolv-conf.ts'
import type { TracepathOptions } from './spawn.ts'
import { readOptions, startProgram } from './start-program.ts'

const USAGE = `
Usage
  tracepath [options] <destination>

Options:
  -4             use IPv4
  -6             use IPv6
  -b             print both name and ip
  -l <length>    use packet <length>
  -m <hops>      use maximum <hops>
  -n             no dns name resolution
  -p <port>      use destination <port>
  -V             print version and exit
  <destination>  dns name or ip address

For more details see tracepath(8).
`
const VERSION = 'tracepath from iputils 20221126\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n'
const BASE_PORT = 44444
const MOST_HOPS = 255
const LEAST_LENGTH = 28
const LARGEST_LENGTH = 65535
const INT_MAX = 2147483647

/** `tracepath [-nb] [-l LENGTH] [-m HOPS] [-p PORT] HOST[/PORT]`. */
export const tracepath: Command = (argv, context) => {
  const read = readOptions(argv, '46bnhV', 'lmp')
  if ('unknown' in read) return failed(`tracepath: invalid option -- '${read.unknown}'\n${USAGE}`, 255)
  if ('missing' in read) return failed(`tracepath: option requires an argument -- '${read.missing}'\n${USAGE}`, 255)
  if (read.flags.includes('V')) return printed(VERSION)
  if (read.flags.includes('6')) return failed('tracepath: -6: IPv6 is not modelled')
  const [destination, another] = read.words
  if (destination === undefined || another !== undefined) return failed(USAGE, 255)
  const value = (letter: string): string | undefined => read.values.get(letter)?.at(-1)
  const [host = '', hostPort] = destination.split('/', 2)
  const maxHops = numberOf(value('m') ?? '30', 0, MOST_HOPS)
  const port = numberOf(value('p') ?? hostPort ?? String(BASE_PORT), 0, 65535)
  if (typeof maxHops === 'string') return failed(maxHops)
  if (typeof port === 'string') return failed(port)
  const length = value('l')
  if (length !== undefined && !(Number(length) > LEAST_LENGTH && Number(length) <= INT_MAX))
    return failed(`tracepath: pktlen must be within: ${LEAST_LENGTH} < value <= ${INT_MAX}`)
  if (Number(length) > LARGEST_LENGTH)
    return failed(`tracepath: -l ${length}: packets longer than ${LARGEST_LENGTH} bytes are not modelled`)
  const options: TracepathOptions = {
    ...{ host, maxHops, port, length: length === undefined ? null : Number(length) },
    both: read.flags.includes('b'),
    resolver: resolvConf(context),
  }
  return startProgram(context, { program: 'tracepath', options })
}

/** strtol_or_err(). */
function numberOf(text: string, least: number, most: number): number | string {
  if (!/^[-+]?\d+$/.test(text)) return `tracepath: invalid argument: '${text}'`
  const value = Number(text)
  return value >= least && value <= most ? value : `tracepath: invalid argument: '${text}': out of range: ${least} <= value <= ${most}`
}
