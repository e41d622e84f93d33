/** iproute2 6.1: ip/iproute.c. */
import { addRoute, deleteRoute, type RoutePattern, replaceRoute } from '../linux/fib.ts'
import type { Origin } from '../linux/origin.ts'
import { type Nexthop, type Route, type RouteScope, type RouteType, RT_TABLE_LOCAL, RT_TABLE_MAIN } from '../linux/route.ts'
import { cidrContains } from '../net/cidr.ts'
import { type CommandResult, failed, printed } from './command.ts'
import {
  garbage,
  invalidArgument,
  type Keywords,
  notModelled,
  type Parsed,
  parseNumber,
  readAddress,
  readArguments,
  readPrefix,
  rtnetlink,
} from './ip-arguments.ts'
import type { IpContext } from './ip-options.ts'
import { routeGet } from './ip-route-get.ts'
import { protocolNamed, scopeNamed, typeNamed } from './ip-route-names.ts'
import { parseTable, printRoute, type RouteFilter } from './ip-route-print.ts'

const TYPES: readonly string[] = ['unicast', 'local', 'broadcast', 'blackhole', 'unreachable', 'prohibit', 'throw']
const SCOPES: readonly string[] = ['global', 'link', 'host', 'nowhere']

/** `ip route [show|add|append|replace|change|delete|get|flush] …`. */
export function ipRoute(argv: readonly string[], ip: IpContext): CommandResult {
  const verb = argv[0] ?? 'show'
  const rest = argv.slice(1)
  if ('add'.startsWith(verb)) return routeModify(rest, ip, 'add')
  if ('append'.startsWith(verb)) return routeModify(rest, ip, 'append')
  if ('prepend'.startsWith(verb)) return routeModify(rest, ip, 'prepend')
  if ('change'.startsWith(verb) || verb === 'chg') return routeModify(rest, ip, 'change')
  if ('replace'.startsWith(verb)) return routeModify(rest, ip, 'replace')
  if ('delete'.startsWith(verb)) return routeDelete(rest, ip)
  if ('get'.startsWith(verb)) return routeGet(rest, ip)
  if ('flush'.startsWith(verb)) return routeFlush(rest, ip)
  if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return routeShow(rest, ip)
  if (verb === 'help') return failed('Usage: ip route { add | append | change | del | flush | get | replace | show } …', 255)
  return failed(`Command "${verb}" is unknown, try "ip route help".`, 255)
}

const ROUTE_KEYWORDS = {
  to: 'value',
  via: 'value',
  dev: 'value',
  oif: '=dev',
  src: 'value',
  metric: 'value',
  priority: '=metric',
  preference: '=metric',
  table: 'value',
  proto: 'value',
  protocol: '=proto',
  scope: 'value',
  type: 'value',
  mtu: 'value',
  onlink: 'flag',
  tos: 'value',
  dsfield: '=tos',
  advmss: 'value',
  initcwnd: 'value',
} as const

/** The parts of a route that add and delete read alike; null: not given. */
interface RouteText {
  readonly destination: Route['destination']
  readonly hostBits: boolean
  readonly type: RouteType | null
  readonly scope: RouteScope | null
  readonly table: number | null
  readonly protocol: string | null
  readonly prefsrc: Route['prefsrc']
  readonly metric: number | null
  readonly mtu: number | null
  readonly mtuLocked: boolean
  readonly nexthops: readonly Nexthop[]
}

function readRoute(argv: readonly string[], ip: IpContext): Parsed<RouteText> {
  const [first, ...others] = splitNexthops(argv)
  const typed = TYPES.includes(first[0] ?? '') ? first[0] : undefined
  const { words: unlocked, locked } = withoutLock(typed === undefined ? first : first.slice(1))
  const parsed = readArguments(unlocked, ROUTE_KEYWORDS)
  if (!parsed.ok) return parsed
  const { values, words } = parsed.value
  const fail = (result: CommandResult) => ({ ok: false, result }) as const
  const extra = values.has('to') ? words[0] : words[1]
  if (extra !== undefined)
    return fail(
      ['encap', 'nhid', 'congctl', 'rtt', 'lock'].includes(extra) ? notModelled('ip', `route option ${extra}`) : garbage('to', extra),
    )
  for (const word of ['tos', 'advmss', 'initcwnd']) if (values.has(word)) return fail(notModelled('ip', `route option ${word}`))
  const prefix = readPrefix(values.get('to') ?? words[0] ?? 'default')
  if (!prefix.ok) return prefix
  const numbers = readNumbers(values)
  if (!numbers.ok) return numbers
  const scope = values.get('scope')
  if (scope !== undefined && !SCOPES.includes(scope)) return fail(invalidArgument(scope, 'invalid "scope" value\n'))
  const protocolText = values.get('proto')
  const protocol = protocolText === undefined ? null : protocolNamed(protocolText)
  if (protocolText !== undefined && protocol === null) return fail(invalidArgument(protocolText, '"protocol" value is invalid\n'))
  const src = values.get('src')
  const prefsrc = src === undefined ? null : readAddress(src)
  if (prefsrc && !prefsrc.ok) return prefsrc
  const nexthops = readNexthops(values, others, ip)
  if (!nexthops.ok) return nexthops
  const type = (typed ?? null) as RouteType | null
  return {
    ok: true,
    value: {
      destination: prefix.value.cidr,
      hostBits: prefix.value.address !== prefix.value.cidr.address,
      type,
      scope: (scope ?? null) as RouteScope | null,
      protocol,
      prefsrc: prefsrc ? prefsrc.value : null,
      nexthops: nexthops.value,
      ...numbers.value,
      mtuLocked: locked,
    },
  }
}

/** "mtu lock 1400": the word behind `mtu`. */
function withoutLock(words: readonly string[]): { readonly words: readonly string[]; readonly locked: boolean } {
  const at = words.findIndex((word, i) => word === 'lock' && words[i - 1] === 'mtu')
  return at < 0 ? { words, locked: false } : { words: words.toSpliced(at, 1), locked: true }
}

function splitNexthops(argv: readonly string[]): [string[], ...string[][]] {
  const parts: [string[], ...string[][]] = [[]]
  for (const word of argv) {
    if (word === 'nexthop') parts.push([])
    else parts.at(-1)?.push(word)
  }
  return parts
}

function readNumbers(values: ReadonlyMap<string, string>): Parsed<Pick<RouteText, 'table' | 'metric' | 'mtu'>> {
  const numbers: { table: number | null; metric: number | null; mtu: number | null } = { table: null, metric: null, mtu: null }
  for (const name of ['table', 'metric', 'mtu'] as const) {
    const text = values.get(name)
    if (text === undefined) continue
    const number = name === 'table' ? parseTable(text) : parseNumber(text)
    if (number === null)
      return { ok: false, result: invalidArgument(text, name === 'table' ? '"table" value is invalid\n' : `"${name}" value is invalid\n`) }
    numbers[name] = number
  }
  return { ok: true, value: numbers }
}

function readNexthops(values: ReadonlyMap<string, string>, others: readonly string[][], ip: IpContext): Parsed<Nexthop[]> {
  if (others.length === 0) {
    if (!values.has('via') && !values.has('dev')) return { ok: true, value: [] }
    const one = readNexthop(values, ip)
    return one.ok ? { ok: true, value: [one.value] } : one
  }
  const nexthops: Nexthop[] = []
  for (const words of others) {
    const parsed = readArguments(words, { via: 'value', dev: 'value', oif: '=dev', weight: 'value', onlink: 'flag' })
    if (!parsed.ok) return parsed
    if (parsed.value.words[0] !== undefined)
      return { ok: false, result: failed(`Error: "nexthop" or end of line is expected instead of "${parsed.value.words[0]}"`, 255) }
    const one = readNexthop(parsed.value.values, ip)
    if (!one.ok) return one
    nexthops.push(one.value)
  }
  return { ok: true, value: nexthops }
}

function readNexthop(values: ReadonlyMap<string, string>, ip: IpContext): Parsed<Nexthop> {
  const via = values.get('via')
  const gateway = via === undefined ? null : readAddress(via)
  if (gateway && !gateway.ok) return gateway
  const device = values.get('dev') ?? null
  if (device !== null && !ip.ns.devices.has(device)) return { ok: false, result: failed(`Cannot find device "${device}"`) }
  const weight = values.get('weight')
  const number = weight === undefined ? 1 : parseNumber(weight)
  if (number === null || number < 1 || number > 256) return { ok: false, result: invalidArgument(weight ?? '', '"weight" is invalid\n') }
  return { ok: true, value: { device, gateway: gateway ? gateway.value : null, onlink: values.has('onlink'), weight: number } }
}

/** The scope iproute2 fills in: host for local routes, link where there is no gateway. */
function defaultScope(type: RouteType, nexthops: readonly Nexthop[]): RouteScope {
  if (type === 'local') return 'host'
  if (type === 'broadcast') return 'link'
  return type === 'unicast' && nexthops.every((nexthop) => nexthop.gateway === null) ? 'link' : 'global'
}

function toRoute(text: RouteText, origin: Origin | null): Route {
  const type = text.type ?? 'unicast'
  return {
    destination: text.destination,
    type,
    scope: text.scope ?? defaultScope(type, text.nexthops),
    table: text.table ?? (type === 'local' || type === 'broadcast' ? RT_TABLE_LOCAL : RT_TABLE_MAIN),
    protocol: text.protocol ?? 'boot',
    prefsrc: text.prefsrc,
    metric: text.metric ?? 0,
    nexthops: text.nexthops,
    mtu: text.mtu,
    ...(text.mtuLocked ? { mtuLocked: true } : {}),
    origin,
  }
}

function routeModify(argv: readonly string[], ip: IpContext, verb: 'add' | 'append' | 'prepend' | 'change' | 'replace'): CommandResult {
  const text = readRoute(argv, ip)
  if (!text.ok) return text.result
  if (text.value.hostBits) return rtnetlink('Error: Invalid prefix for given prefix length.')
  const route = toRoute(text.value, ip.shell.origin)
  const { ns } = ip
  const same = (other: Route): boolean =>
    other.destination.address === route.destination.address &&
    other.destination.prefixLength === route.destination.prefixLength &&
    other.metric === route.metric
  const existing = (ns.fib.get(route.table) ?? []).some(same)
  if (verb === 'change' && !existing) return rtnetlink('No such file or directory')
  if (route.type === 'unicast' && route.nexthops.length === 0) return rtnetlink('No such device')
  const error = verb === 'replace' || verb === 'change' ? replaceRoute(ns, route) : addRoute(ns, route, verb)
  return error === null ? printed('') : rtnetlink(error)
}

function routeDelete(argv: readonly string[], ip: IpContext): CommandResult {
  const text = readRoute(argv, ip)
  if (!text.ok) return text.result
  if (text.value.hostBits) return rtnetlink('Error: Invalid prefix for given prefix length.')
  const { destination, type, scope, protocol, prefsrc, metric, table, nexthops } = text.value
  const pattern: RoutePattern = {
    destination,
    table: table ?? (type === 'local' || type === 'broadcast' ? RT_TABLE_LOCAL : RT_TABLE_MAIN),
    type,
    scope,
    protocol,
    prefsrc,
    metric,
    gateway: nexthops[0]?.gateway ?? null,
    device: nexthops[0]?.device ?? null,
  }
  const error = deleteRoute(ip.ns, pattern)
  return error === null ? printed('') : rtnetlink(error)
}

interface Selection {
  readonly filter: RouteFilter
  readonly routes: readonly Route[]
}

const SHOW_KEYWORDS: Keywords = {
  to: 'value',
  root: 'value',
  match: 'value',
  exact: 'value',
  dev: 'value',
  oif: '=dev',
  table: 'value',
  ...{ t: '=table', ta: '=table', tab: '=table', tabl: '=table' },
  protocol: 'value',
  ...{ p: '=protocol', pr: '=protocol', pro: '=protocol', prot: '=protocol', proto: '=protocol' },
  scope: 'value',
  ...{ s: '=scope', sc: '=scope', sco: '=scope', scop: '=scope' },
  type: 'value',
  ...{ ty: '=type', typ: '=type' },
  via: 'value',
  src: 'value',
  cache: 'flag',
  cached: '=cache',
  metric: 'value',
}

/** What `scope` and `protocol` take for any. */
const ANY = 'all'

/** The routes a `show` or `flush` is about. */
function selectRoutes(argv: readonly string[], ip: IpContext): Parsed<Selection> {
  // `to` may be followed by root, match or exact.
  const parsed = readArguments(
    argv.filter((word, i) => !(word === 'to' && ['root', 'match', 'exact'].includes(argv[i + 1] ?? ''))),
    SHOW_KEYWORDS,
  )
  if (!parsed.ok) return parsed
  const { values, words } = parsed.value
  const fail = (result: CommandResult) => ({ ok: false, result }) as const
  if (values.has('cache')) return { ok: true, value: { filter: filterOf(values, ip, RT_TABLE_MAIN), routes: [] } }
  const tableText = values.get('table') ?? 'main'
  const table = tableText === 'all' ? null : parseTable(tableText)
  if (table === null && tableText !== 'all') return fail(invalidArgument(tableText, 'table id value is invalid\n'))
  const device = values.get('dev')
  if (device !== undefined && !ip.ns.devices.has(device)) return fail(failed(`Cannot find device "${device}"`))
  if (table !== null && !ip.ns.fib.has(table)) return fail(failed('Error: ipv4: FIB table does not exist.\nDump terminated', 2))
  const wrong = wrongValue(values)
  if (wrong !== null) return fail(wrong)
  const prefix = readSelector(values, words)
  if (!prefix.ok) return prefix
  const filter = filterOf(values, ip, table)
  const routes = tablesOf(ip, table).filter((route) => {
    if (!prefix.value(route)) return false
    if (filter.protocol !== null && route.protocol !== filter.protocol) return false
    if (filter.scope !== null && route.scope !== filter.scope) return false
    if (values.has('type') && route.type !== typeNamed(values.get('type') ?? '')) return false
    if (filter.source !== null && route.prefsrc !== filter.source) return false
    // RTA_GATEWAY: a route of several next hops has none.
    if (filter.gateway !== null && (route.nexthops.length !== 1 || route.nexthops[0]?.gateway !== filter.gateway)) return false
    return filter.device === null || (route.nexthops.length === 1 && route.nexthops[0]?.device === filter.device)
  })
  return { ok: true, value: { filter, routes } }
}

/** What is said of a value that cannot be. */
function wrongValue(values: ReadonlyMap<string, string>): CommandResult | null {
  const { protocol = ANY, scope = ANY, type } = Object.fromEntries(values)
  if (protocol !== ANY && protocolNamed(protocol) === null) return invalidArgument(protocol, 'invalid "protocol"\n')
  if (scope !== ANY && scopeNamed(scope) === null) return invalidArgument(scope, 'invalid "scope"\n')
  if (type !== undefined && typeNamed(type) === null) return invalidArgument(type, 'node type value is invalid\n')
  const addresses = [values.get('via'), values.get('src')].map((text) => (text === undefined ? null : readPrefix(text)))
  const bad = addresses.find((read) => read !== null && !read.ok)
  return bad?.ok === false ? bad.result : null
}

function filterOf(values: ReadonlyMap<string, string>, ip: IpContext, table: number | null): RouteFilter {
  const address = (name: string): number | null => {
    const read = readAddress(values.get(name) ?? '')
    return read.ok ? read.value : null
  }
  return {
    table,
    device: values.get('dev') ?? null,
    protocol: protocolNamed(values.get('protocol') ?? ANY),
    scope: scopeNamed(values.get('scope') ?? ANY),
    gateway: address('via'),
    source: address('src'),
    details: ip.options.details,
  }
}

/** The kernel dumps tables by hash bucket: main first among the small numbers, then the others. */
function tablesOf(ip: IpContext, table: number | null): Route[] {
  if (table !== null) return [...(ip.ns.fib.get(table) ?? [])]
  const bucket = (id: number): number => (id & 255) % 256
  const order = [...ip.ns.fib.keys()].sort((a, b) => bucket(a) - bucket(b) || a - b)
  return order.flatMap((id) => ip.ns.fib.get(id) ?? [])
}

/** `PREFIX` or `exact PREFIX`: that one; `root`: inside it; `match`: around it. */
function readSelector(values: ReadonlyMap<string, string>, words: readonly string[]): Parsed<(route: Route) => boolean> {
  const way = (['root', 'match', 'exact'] as const).find((name) => values.has(name)) ?? 'exact'
  const texts = [values.get(way), values.get('to'), ...words].filter((text) => text !== undefined)
  const read = texts.map(readPrefix)
  const last = read.find(({ ok }) => !ok) ?? read.at(-1)
  if (last === undefined) return { ok: true, value: () => true }
  if (!last.ok) return last
  const { cidr } = last.value
  return {
    ok: true,
    value: ({ destination }) => {
      if (way === 'root') return destination.prefixLength >= cidr.prefixLength && cidrContains(cidr, destination.address)
      if (way === 'match') return destination.prefixLength <= cidr.prefixLength && cidrContains(destination, cidr.address)
      return destination.prefixLength === cidr.prefixLength && destination.address === cidr.address
    },
  }
}

function routeShow(argv: readonly string[], ip: IpContext): CommandResult {
  const selection = selectRoutes(argv, ip)
  if (!selection.ok) return selection.result
  const { routes, filter } = selection.value
  return printed(
    routes
      .map((route) => (ip.options.oneline ? printRoute(route, ip.ns, filter).replace(/\n(?=\t)/g, '\\') : printRoute(route, ip.ns, filter)))
      .join(''),
  )
}

function routeFlush(argv: readonly string[], ip: IpContext): CommandResult {
  if (argv.length === 0) return failed('"ip route flush" requires arguments.', 1)
  const selection = selectRoutes(argv, ip)
  if (!selection.ok) return selection.result
  for (const route of selection.value.routes) {
    const error = deleteRoute(ip.ns, { ...route, gateway: route.nexthops[0]?.gateway ?? null, device: route.nexthops[0]?.device ?? null })
    if (error !== null) return rtnetlink(error)
  }
  return printed('')
}
