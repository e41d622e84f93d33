/** curl 7.88.1: src/tool_getparam.c and lib/urlapi.c, the command line. */
import { parseAddress } from '../net/address.ts'
import { type Command, type CommandResult, failed } from './command.ts'
import { resolvConf } from './resolv-conf.ts'
import type { CurlOptions } from './spawn.ts'
import { startProgram } from './start-program.ts'

const TRY = "curl: try 'curl --help' or 'curl --manual' for more information"
/** curl's own limit of connecting, lib/connect.h. */
const DEFAULT_CONNECT_TIMEOUT_MS = 300_000

const LONG: Readonly<Record<string, string>> = {
  '--silent': 's',
  '--show-error': 'S',
  '--verbose': 'v',
  '--include': 'i',
  '--head': 'I',
  '--output': 'o',
  '--write-out': 'w',
  '--max-time': 'm',
  '--connect-timeout': 'T',
  '--request': 'X',
  '--header': 'H',
  '--data': 'd',
  '--data-raw': 'd',
  '--fail': 'f',
  '--location': 'L',
  '--insecure': 'k',
  '--interface': 'F',
  '--local-port': 'P',
  '--user-agent': 'A',
  '--ipv4': '4',
  '--http1.1': '1',
  '--url': 'U',
  '--no-progress-meter': 'N',
}
const WITH_VALUE = 'owmTXHdFPAU'
const SHORT = 'sSviIowmXHdfLkA4N'

interface Given {
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly urls: readonly string[]
}

/** `curl [options] URL`: -s -S -v -i -I -o -w -m --connect-timeout -X -H -d -f --interface --local-port. */
export const curl: Command = (argv, context) => {
  const given = readOptions(argv)
  if ('code' in given) return given
  const url = given.urls[0]
  if (url === undefined) return failed(TRY, 2)
  if (given.urls.length > 1) return failed('curl: several URLs at once are not modelled', 2)
  const place = readUrl(url)
  if ('code' in place) return place
  const value = (letter: string): string | undefined => given.values.get(letter)?.at(-1)
  const seconds = (letter: string): number | null => {
    const text = value(letter)
    return text === undefined ? null : Number(text) * 1000
  }
  const source = value('F')
  const sourceAddress =
    source === undefined ? null : (parseAddress(source) ?? context.netns.devices.get(source)?.addresses[0]?.local ?? null)
  if (source !== undefined && sourceAddress === null) return failed(`curl: (45) Couldn't bind to '${source}'`, 45)
  const body = given.values.get('d')?.join('&') ?? null
  const options: CurlOptions = {
    ...place,
    method: value('X') ?? (given.flags.has('I') ? 'HEAD' : body === null ? 'GET' : 'POST'),
    headers: headersOf(given, body),
    body,
    print: given.flags.has('I') ? 'head' : given.flags.has('i') ? 'include' : 'body',
    verbose: given.flags.has('v'),
    silent: given.flags.has('s') && !given.flags.has('S'),
    discard: value('o') === '/dev/null',
    writeOut: value('w') ?? null,
    fail: given.flags.has('f'),
    connectTimeoutMs: seconds('T') ?? DEFAULT_CONNECT_TIMEOUT_MS,
    maxTimeMs: seconds('m'),
    sourceAddress,
    sourcePort: value('P') === undefined ? null : Number(value('P')),
    resolver: resolvConf(context),
  }
  const file = value('o')
  if (file !== undefined && file !== '/dev/null' && file !== '-')
    return failed(`curl: writing to ${file} is not modelled; use > ${file}`, 23)
  return startProgram(context, { program: 'curl', options })
}

function readOptions(argv: readonly string[]): Given | CommandResult {
  const flags = new Set<string>()
  const values = new Map<string, string[]>()
  const urls: string[] = []
  const unknown = (option: string): CommandResult => failed(`curl: option ${option}: is unknown\n${TRY}`, 2)
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (!/^-./.test(word)) {
      urls.push(word)
      continue
    }
    const long = Object.hasOwn(LONG, word) ? LONG[word] : undefined
    if (word.startsWith('--') && long === undefined) return unknown(word)
    const letters = long ?? word.slice(1)
    for (let j = 0; j < letters.length; j++) {
      const letter = letters.charAt(j)
      if (long === undefined && !SHORT.includes(letter)) return unknown(word)
      if (!WITH_VALUE.includes(letter)) {
        flags.add(letter)
        continue
      }
      const value = j + 1 < letters.length ? letters.slice(j + 1) : argv[++i]
      if (value === undefined) return failed(`curl: option ${word}: requires parameter\n${TRY}`, 2)
      if ('mT'.includes(letter) && Number.isNaN(Number(value)))
        return failed(`curl: option ${word}: expected a proper numerical parameter\n${TRY}`, 2)
      if (letter === 'U') urls.push(value)
      else values.set(letter, [...(values.get(letter) ?? []), value])
      break
    }
  }
  return { flags, values, urls }
}

/** Takes a URL apart; without a scheme it is http. */
function readUrl(url: string): Pick<CurlOptions, 'scheme' | 'host' | 'port' | 'target'> | CommandResult {
  const match = /^(?:([a-zA-Z][\w+.-]*):\/\/)?(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?([/?][^#]*)?(?:#.*)?$/.exec(url)
  const scheme = match?.[1]?.toLowerCase() ?? 'http'
  if (match && scheme !== 'http' && scheme !== 'https')
    return failed(`curl: (1) Protocol "${scheme}" not supported or disabled in libcurl`, 1)
  const host = match?.[2]
  const port = match?.[3] ? Number(match[3]) : scheme === 'https' ? 443 : 80
  if (!host || port > 65535) return failed('curl: (3) URL using bad/illegal format or missing URL', 3)
  const path = match[4] ?? '/'
  return { scheme, host, port, target: path.startsWith('/') ? path : `/${path}` }
}

function headersOf(given: Given, body: string | null): (readonly [string, string])[] {
  const headers: [string, string][] = []
  const agent = given.values.get('A')?.at(-1)
  if (agent !== undefined) headers.push(['User-Agent', agent])
  for (const header of given.values.get('H') ?? []) {
    const colon = header.indexOf(':')
    if (colon > 0) headers.push([header.slice(0, colon).trim(), header.slice(colon + 1).trim()])
  }
  if (body !== null && !headers.some(([name]) => name.toLowerCase() === 'content-type'))
    headers.push(['Content-Type', 'application/x-www-form-urlencoded'])
  return headers
}
