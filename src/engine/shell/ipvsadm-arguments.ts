/** How ipvsadm 1.31 reads its command line. Userspace: ipvsadm.c, parse_options(). */
import type { ForwardingMethod } from '../linux/ipvs/ipvs.ts'
import { parsePort } from '../linux/netfilter/ports.ts'
import { type Address, parseAddress } from '../net/address.ts'
import {
  COMMANDS,
  checkOptions,
  freshRequest,
  type IpvsadmError,
  type IpvsadmOption,
  type IpvsadmRequest,
  TRY_HELP,
  wrong,
} from './ipvsadm-commands.ts'

type Reader = (request: IpvsadmRequest, value: string) => IpvsadmError | null
/** An option: its value is mandatory, optional or none. */
interface OptionSpec {
  readonly name: IpvsadmOption | null
  readonly value: 'none' | 'needed' | 'optional'
  readonly read?: Reader
}

const DIGITS = /^\d+$/

function readNumber(text: string, { min, max }: { min: number; max: number }): number | null {
  return DIGITS.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : null
}

/** string_to_number() reads decimal numbers, service_to_port() names. */
function readPort(text: string): number | string {
  return readNumber(text, { min: 0, max: 65535 }) ?? (DIGITS.test(text) ? text : parsePort(text))
}

/** "10.0.0.1:80", "10.0.0.1:http", "10.0.0.1". Null when it is neither. */
function readEndpoint(text: string): { address: Address; port: number | null } | null {
  const colon = text.indexOf(':')
  const address = parseAddress(colon < 0 ? text : text.slice(0, colon))
  const port = colon < 0 ? null : readPort(text.slice(colon + 1))
  return address === null || typeof port === 'string' ? null : { address, port }
}

function service(protocol: number): OptionSpec {
  return {
    name: 'service-address',
    value: 'needed',
    read(request, value) {
      const endpoint = readEndpoint(value)
      if (endpoint === null) return wrong('illegal virtual server address[:port] specified')
      Object.assign(request, { protocol, address: endpoint.address, port: endpoint.port ?? 0 })
      return null
    },
  }
}

const fwmark: OptionSpec = {
  name: 'service-address',
  value: 'needed',
  read(request, value) {
    const mark = readNumber(value, { min: 1, max: 0xffffffff })
    if (mark === null) return wrong(`invalid fwmark value \`${value}' specified`)
    request.fwmark = mark
    return null
  },
}

/** Default of `-p` without a value, seconds. */
const PERSISTENT_SECONDS = 360
const DAYS_31 = 86400 * 31

const persistent: OptionSpec = {
  name: 'persistent',
  value: 'optional',
  read(request, value) {
    const seconds = value === '' ? PERSISTENT_SECONDS : readNumber(value, { min: 1, max: DAYS_31 })
    if (seconds === null) return wrong(`invalid timeout value \`${value}' specified`)
    request.persistentSeconds = seconds
    return null
  },
}

const netmask: OptionSpec = {
  name: 'netmask',
  value: 'needed',
  read(request, value) {
    const mask = parseAddress(value)
    if (mask === null) return wrong('illegal virtual server persistent mask specified')
    request.netmask = mask
    return null
  },
}

const realServer: OptionSpec = {
  name: 'real-server',
  value: 'needed',
  read(request, value) {
    request.server = readEndpoint(value)
    return request.server === null ? wrong('illegal real server address[:port] specified') : null
  },
}

function method(how: ForwardingMethod): OptionSpec {
  return {
    name: 'forwarding-method',
    value: 'none',
    read(request) {
      request.method = how
      return null
    },
  }
}

function amount(name: IpvsadmOption, field: 'weight' | 'upperThreshold' | 'lowerThreshold', message: string): OptionSpec {
  return {
    name,
    value: 'needed',
    read(request, value) {
      const number = readNumber(value, { min: 0, max: 0x7fffffff })
      if (number === null) return wrong(message)
      request[field] = number
      return null
    },
  }
}

/** Flags by name, with the scheduler whose flag it is. */
const SCHEDULER_FLAGS: Readonly<Record<string, readonly [number, string | null]>> = {
  'sh-fallback': [1, 'sh'],
  'sh-port': [2, 'sh'],
  'mh-fallback': [1, 'mh'],
  'mh-port': [2, 'mh'],
  'flag-1': [1, null],
  'flag-2': [2, null],
  'flag-3': [3, null],
}

const schedulerFlags: OptionSpec = {
  name: 'sched-flags',
  value: 'needed',
  read(request, value) {
    for (const name of value.split(',').filter((one) => one !== '')) {
      const flag = SCHEDULER_FLAGS[name]
      if (!flag) return wrong(`invalid scheduler flag \`${name}'`)
      // A scheduler that is named later is not looked at.
      if (flag[1] !== null && request.given.has('scheduler') && flag[1] !== request.scheduler)
        return wrong(`incompatible scheduler flag \`${name}'`)
      request.flags.add(flag[0])
    }
    return null
  },
}

const flag = (name: IpvsadmOption): OptionSpec => ({ name, value: 'none' })

const SPECS: Readonly<Record<string, OptionSpec>> = {
  t: service(6),
  u: service(17),
  'sctp-service': service(132),
  f: fwmark,
  s: {
    name: 'scheduler',
    value: 'needed',
    read(request, value) {
      request.scheduler = value
      return null
    },
  },
  p: persistent,
  M: netmask,
  r: realServer,
  g: method('route'),
  m: method('masquerade'),
  i: method('tunnel'),
  w: amount('weight', 'weight', 'illegal weight specified'),
  x: amount('u-threshold', 'upperThreshold', 'illegal u_threshold specified'),
  y: amount('l-threshold', 'lowerThreshold', 'illegal l_threshold specified'),
  o: {
    name: 'ops',
    value: 'none',
    read(request) {
      request.onePacket = true
      return null
    },
  },
  b: schedulerFlags,
  'tun-type': {
    name: 'tun-type',
    value: 'needed',
    read: (_request, value) => (value === 'ipip' ? null : wrong(`--tun-type ${value} is not modelled: only ipip is`)),
  },
  n: flag('numeric'),
  c: flag('connection'),
  stats: flag('stats'),
  rate: flag('rate'),
  thresholds: flag('thresholds'),
  'persistent-conn': flag('persistent-conn'),
  nosort: flag('nosort'),
  sort: { name: null, value: 'none' },
  exact: flag('exact'),
  timeout: flag('timeout'),
  daemon: flag('daemon'),
}

/** Long names of the options that have a short one. */
const LONG: Readonly<Record<string, string>> = {
  'tcp-service': 't',
  'udp-service': 'u',
  'fwmark-service': 'f',
  scheduler: 's',
  persistent: 'p',
  netmask: 'M',
  'real-server': 'r',
  gatewaying: 'g',
  masquerading: 'm',
  ipip: 'i',
  weight: 'w',
  'u-threshold': 'x',
  'l-threshold': 'y',
  ops: 'o',
  'sched-flags': 'b',
  numeric: 'n',
  connection: 'c',
}

/** Words → single options, as popt splits them: "-Ln" is -L and -n, "-w3" is -w with 3, "--weight=3" too. */
interface Word {
  /** As it was typed, with the others in one word. */
  readonly raw: string
  readonly option: string
  readonly shown: string
  readonly attached: string | null
}

function splitLong(word: string): Word {
  const [shown = '', attached = null] = word.split(/=(.*)/s, 2)
  const name = shown.slice(2)
  return { raw: word, option: LONG[name] ?? name, shown, attached }
}

/** The options of "-Ln" after its first letter, or of "-nc". A letter that takes a value takes the rest of the word. */
function splitShort(letters: string, raw: string): Word[] {
  const words: Word[] = []
  for (let at = 0; at < letters.length; at++) {
    const option = letters.charAt(at)
    const rest = letters.slice(at + 1)
    const takes = SPECS[option]?.value ?? 'none'
    words.push({ raw, option, shown: `-${option}`, attached: takes !== 'none' && rest !== '' ? rest : null })
    if (takes !== 'none') break
  }
  return words
}

/** One option with its value; the error, or how many further words it took. */
function readOption(request: IpvsadmRequest, word: Word, next: string | undefined): IpvsadmError | number {
  const { option, shown, attached } = word
  if (COMMANDS[shown] && !SPECS[option]) return wrong(`invalid option \`${word.raw}'`)
  const spec = SPECS[option]
  if (!spec) return { message: `${shown}: unknown option`, code: 255 }
  let value = attached ?? ''
  let taken = 0
  if (attached === null && (spec.value === 'needed' || (spec.value === 'optional' && next !== undefined && !next.startsWith('-')))) {
    if (next === undefined) return { message: `${shown}: missing argument`, code: 255 }
    value = next
    taken = 1
  }
  if (spec.name !== null && request.given.has(spec.name)) return wrong(`multiple '${spec.name}' options specified`)
  if (spec.name !== null) request.given.add(spec.name)
  return spec.read?.(request, value) ?? taken
}

/** Takes the words after `ipvsadm`; without any it lists. */
export function parseIpvsadm(argv: readonly string[]): IpvsadmRequest | IpvsadmError {
  const [first = '-L', ...rest] = argv
  const long = first.startsWith('--')
  const command = COMMANDS[long ? first : first.slice(0, 2)]
  if (command === undefined || !first.startsWith('-')) return TRY_HELP
  const request = freshRequest(command)
  if (command === 'set') {
    if (rest.length !== 3) return wrong('--set option requires 3 timeout values')
    request.timeouts = rest
    return request
  }
  const together = long || first.length === 2 ? null : `-${first.slice(2)}`
  const words = together === null ? rest : [together, ...rest]
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (!word.startsWith('-') || word === '-') return wrong(`unexpected argument ${word}`)
    const options = word.startsWith('--') ? [splitLong(word)] : splitShort(word.slice(1), at === 0 && together !== null ? first : word)
    for (const option of options) {
      const taken = readOption(request, option, words[at + 1])
      if (typeof taken !== 'number') return taken
      at += taken
    }
  }
  return checkOptions(request) ?? request
}
