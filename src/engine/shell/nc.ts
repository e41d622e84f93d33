/** OpenBSD netcat, Debian 1.219-1: the command line of a client. */
import { parseAddress } from '../net/address.ts'
import { type Command, failed } from './command.ts'
import { resolvConf } from './resolv-conf.ts'
import type { NcOptions } from './spawn.ts'
import { readOptions, startProgram } from './start-program.ts'

const USAGE = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
	  [destination] [port]`

/** `nc [-zvnuN] [-w S] [-s ADDRESS] [-p PORT] HOST PORT`, with standard input as the data; `--sctp` as nmap's nc has it. Listening (-l) is not modelled. */
export const nc: Command = (argv, context) => {
  const sctp = argv.includes('--sctp')
  const read = readOptions(
    argv.filter((word) => word !== '--sctp'),
    '4zvnuNlkd',
    'wspqiW',
  )
  if ('unknown' in read) return failed(`nc: invalid option -- '${read.unknown}'\n${USAGE}`)
  if ('missing' in read) return failed(`nc: option requires an argument -- '${read.missing}'\n${USAGE}`)
  if (read.flags.includes('l') || read.flags.includes('k'))
    return failed('nc: listening is not modelled: containers listen on their ports, hosts on "listen"')
  const [host, portText, extra] = read.words
  if (host === undefined || extra !== undefined) return failed(USAGE)
  if (portText === undefined) return failed('nc: missing port number')
  if (/^\d+-\d+$/.test(portText)) return failed('nc: port ranges are not modelled')
  const port = Number(portText)
  if (!/^\d+$/.test(portText) || port < 1 || port > 65535)
    return failed(
      /^\d+$/.test(portText)
        ? `nc: port number ${port < 1 ? 'too small' : 'too large'}: ${portText}`
        : `nc: port number invalid: ${portText}`,
    )
  const wait = read.values.get('w')?.at(-1)
  if (wait !== undefined && !/^\d+$/.test(wait)) return failed(`nc: timeout invalid: ${wait}`)
  const source = read.values.get('s')?.at(-1)
  const sourcePort = read.values.get('p')?.at(-1)
  const options: NcOptions = {
    protocol: sctp ? 'sctp' : read.flags.includes('u') ? 'udp' : 'tcp',
    host,
    port,
    scan: read.flags.includes('z'),
    verbose: read.flags.includes('v'),
    numeric: read.flags.includes('n'),
    timeoutMs: wait === undefined ? null : Number(wait) * 1000,
    data: context.stdin,
    sourceAddress: source === undefined ? null : parseAddress(source),
    sourcePort: sourcePort === undefined ? null : Number(sourcePort),
    resolver: resolvConf(context),
  }
  return startProgram(context, { program: 'nc', options })
}
