/** iputils 20221126: ping/ping.c, the command line. */
import { parseAddress } from '../net/address.ts'
import { type Command, failed } from './command.ts'
import { resolvConf } from './resolv-conf.ts'
import type { PingOptions } from './spawn.ts'
import { readOptions, startProgram } from './start-program.ts'

/** Without -c the real tool goes on until it is interrupted; there is no one to do that here. */
const DEFAULT_COUNT = 4

/** `ping [-c N] [-i S] [-W S] [-s BYTES] [-I ADDRESS|DEVICE] [-q] HOST`. */
export const ping: Command = (argv, context) => {
  const read = readOptions(argv, '4nqvO', 'cisWIw')
  if ('unknown' in read) return failed(`ping: invalid option -- '${read.unknown}'`, 2)
  if ('missing' in read) return failed(`ping: option requires an argument -- '${read.missing}'`, 2)
  const host = read.words[0]
  if (host === undefined) return failed('ping: usage error: Destination address required')
  const value = (letter: string, fallback: number): number => {
    const text = read.values.get(letter)?.at(-1)
    return text === undefined ? fallback : /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  }
  const numbers = { count: value('c', DEFAULT_COUNT), interval: value('i', 1), wait: value('W', 10), size: value('s', 56) }
  for (const [letter, number] of [
    ['c', numbers.count],
    ['i', numbers.interval],
    ['W', numbers.wait],
    ['s', numbers.size],
  ] as const) {
    if (Number.isNaN(number)) return failed(`ping: invalid argument: '${read.values.get(letter)?.at(-1)}'`)
  }
  if (numbers.count < 1) return failed(`ping: invalid argument: '${numbers.count}': out of range: 1 <= value <= 9223372036854775807`)
  const from = read.values.get('I')?.at(-1)
  const sourceAddress = from === undefined ? null : (parseAddress(from) ?? context.netns.devices.get(from)?.addresses[0]?.local ?? null)
  if (from !== undefined && sourceAddress === null) return failed(`ping: SO_BINDTODEVICE ${from}: No such device`, 2)
  const options: PingOptions = {
    host,
    count: numbers.count,
    intervalMs: numbers.interval * 1000,
    timeoutMs: numbers.wait * 1000,
    size: numbers.size,
    quiet: read.flags.includes('q'),
    sourceAddress,
    resolver: resolvConf(context),
  }
  return startProgram(context, { program: 'ping', options })
}
