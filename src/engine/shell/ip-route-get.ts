/** iproute2 6.1: ip/iproute.c, iproute_get(). Kernel: net/ipv4/route.c, inet_rtm_getroute(). */
import { fibLookup, inetAddrType } from '../linux/fib.ts'
import type { NetNs } from '../linux/netns.ts'
import { type RouteException, type RouteResult, RT_TABLE_MAIN } from '../linux/route.ts'
import { ipRouteInput } from '../linux/route-input.ts'
import { ipRouteOutput } from '../linux/route-output.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { ipv4 } from '../net/ipv4.ts'
import { type CommandResult, failed, printed } from './command.ts'
import { invalidArgument, notModelled, parseNumber, readArguments, readPrefix, rtnetlink } from './ip-arguments.ts'
import type { IpContext } from './ip-options.ts'
import { printRoute, tableName } from './ip-route-print.ts'

const ERRNO_TEXT = {
  ENETUNREACH: 'Network is unreachable',
  EHOSTUNREACH: 'No route to host',
  EACCES: 'Permission denied',
  EINVAL: 'Invalid argument',
} as const

/** A question to the FIB: `iif` given means a packet that arrived, otherwise one made here. */
interface Question {
  readonly destination: Address
  readonly source: Address | null
  readonly iif: string | null
  readonly oif: string | null
  readonly mark: number
}

/** `ip route get [fibmatch] [to] ADDRESS [from ADDRESS] [iif DEV] [oif DEV] [mark N]`. */
export function routeGet(argv: readonly string[], ip: IpContext): CommandResult {
  const parsed = readArguments(
    argv.filter((word) => word !== 'to'),
    {
      from: 'value',
      iif: 'value',
      oif: 'value',
      dev: '=oif',
      mark: 'value',
      fibmatch: 'flag',
      connected: 'flag',
      notify: 'flag',
      uid: 'value',
      tos: 'value',
    },
  )
  if (!parsed.ok) return parsed.result
  const { values, words } = parsed.value
  const [first, ...more] = words
  if (first === undefined) return failed('need at least a destination address')
  const read = readPrefix(first)
  if (!read.ok) return read.result
  // Of several the last counts; after the first they have to be of its family.
  let destination = read.value.address
  for (const text of more) {
    if (['vrf', 'ipproto', 'sport', 'dport'].includes(text)) return notModelled('ip', `route get ${text}`)
    const later = readPrefix(text)
    if (!later.ok) return failed(`Error: inet prefix is expected rather than "${text}".`)
    destination = later.value.address
  }
  const source = readPrefix(values.get('from') ?? 'any')
  if (!source.ok) return failed(`Error: inet prefix is expected rather than "${values.get('from')}".`)
  const mark = parseNumber(values.get('mark') ?? '0')
  if (mark === null) return invalidArgument(values.get('mark') ?? '', 'invalid mark value')
  for (const name of ['iif', 'oif']) {
    const device = values.get(name)
    if (device !== undefined && !ip.ns.devices.has(device)) return failed(`Cannot find device "${device}"`)
  }
  const question = {
    destination,
    source: source.value.address === 0 ? null : source.value.address,
    iif: values.get('iif') ?? null,
    oif: values.get('oif') ?? null,
    mark,
  }
  const answer = question.iif === null ? outputRoute(ip.ns, question) : inputRoute(ip.ns, question, question.iif)
  if (typeof answer === 'string') return rtnetlink(answer)
  if (values.has('fibmatch')) {
    return printed(
      printRoute(answer.route, ip.ns, {
        table: answer.route.table,
        device: null,
        protocol: null,
        scope: null,
        gateway: null,
        source: null,
        details: false,
      }),
    )
  }
  return printed(printAnswer(ip.ns, question, answer))
}

function outputRoute(ns: NetNs, question: Question): RouteResult | string {
  const { source, destination, oif, mark } = question
  const result = ipRouteOutput(ns, { source, destination, oif, mark })
  return 'error' in result ? ERRNO_TEXT[result.error] : result
}

/** ip_route_input(): the reverse path and forwarding are checked too. */
function inputRoute(ns: NetNs, question: Question, iif: string): RouteResult | string {
  const source = question.source ?? ipv4(0)
  const answer = ipRouteInput(ns, iif, { source, destination: question.destination, mark: question.mark, tos: 0 })
  switch (answer.kind) {
    case 'local':
    case 'forward':
      return answer.result
    case 'unreachable':
      return ERRNO_TEXT[answer.error]
    case 'drop':
      return ERRNO_TEXT.EINVAL
    case 'broadcast': {
      const result = fibLookup(ns, { source, destination: question.destination, iif, oif: null, mark: question.mark, tos: 0, family: 'ip' })
      return 'error' in result ? ERRNO_TEXT[result.error] : result
    }
  }
}

function printAnswer(ns: NetNs, question: Question, { route, nexthop, device, source }: RouteResult): string {
  const learned = learnedOf(ns, question.destination)
  const gateway = route.type === 'broadcast' ? null : (learned?.gateway ?? nexthop.gateway)
  const input = question.iif !== null
  // ip_route_output_key(): 0.0.0.0 is this machine.
  const type = question.destination === 0 && !input ? 'LOCAL' : inetAddrType(ns, question.destination)
  let line = type === 'BROADCAST' ? 'broadcast ' : route.type === 'local' ? 'local ' : ''
  line += `${formatAddress(question.destination)} `
  if (question.source !== null) line += `from ${formatAddress(question.source)} `
  if (gateway !== null) line += `via ${formatAddress(gateway)} `
  line += `dev ${route.type === 'local' ? 'lo' : device} `
  // Without policy rules of one's own the kernel looks local and main up as one table (fib_has_custom_rules) and says main.
  const custom = ns.rules.length !== 3
  if (custom && route.table !== RT_TABLE_MAIN) line += `table ${tableName(route.table)} `
  if (question.source === null && !input) line += `src ${formatAddress(source)} `
  if (question.mark !== 0) line += `mark ${question.mark} `
  if (!input) line += 'uid 0 '
  const routeMtu =
    route.mtu === null || (learned?.mtu ?? null) !== null ? '' : `mtu ${route.mtuLocked === true ? 'lock ' : ''}${route.mtu} `
  const redirected = (learned?.gateway ?? null) === null ? '' : '<redirected> '
  const flags = type === 'BROADCAST' ? '<local,brd> ' : route.type === 'local' ? '<local> ' : redirected
  return `${line}\n    cache ${flags}${learned ? exceptionText(ns, learned) : ''}${routeMtu}${input ? `iif ${question.iif} ` : ''}\n`
}

/** What ICMP taught about the way to an address, while it counts. */
function learnedOf(ns: NetNs, destination: Address): RouteException | null {
  const exception = ns.routeExceptions.get(destination)
  return exception && exception.expiresMs > ns.kernel.nowMs ? exception : null
}

/** rt_fill_info(): the rest of its life, whole seconds; a path MTU as a metric. */
function exceptionText(ns: NetNs, { mtu, locked, expiresMs }: RouteException): string {
  const expires = `expires ${Math.floor((expiresMs - ns.kernel.nowMs) / 1000)}sec `
  return mtu === null ? expires : `${expires}mtu ${locked ? 'lock ' : ''}${mtu} `
}
