/** iproute2 6.1: ip/iprule.c. Kernel: net/core/fib_rules.c. */
import type { NetNs } from '../linux/netns.ts'
import type { PolicyRule } from '../linux/route.ts'
import { formatAddress } from '../net/address.ts'
import { type Cidr, formatCidr } from '../net/cidr.ts'
import { type CommandResult, failed, printed } from './command.ts'
import { garbage, invalidArgument, notModelled, type Parsed, parseNumber, readArguments, readPrefix, rtnetlink } from './ip-arguments.ts'
import type { IpContext } from './ip-options.ts'
import { parseTable, tableName } from './ip-route-print.ts'

const KEYWORDS = {
  from: 'value',
  to: 'value',
  iif: 'value',
  dev: '=iif',
  oif: 'value',
  fwmark: 'value',
  table: 'value',
  lookup: '=table',
  priority: 'value',
  preference: '=priority',
  pref: '=priority',
  prio: '=priority',
  order: '=priority',
  not: 'flag',
  type: 'value',
  tos: 'value',
  ipproto: 'value',
  sport: 'value',
  dport: 'value',
  uidrange: 'value',
  suppress_prefixlength: 'value',
  goto: 'value',
} as const
const ACTIONS = ['blackhole', 'unreachable', 'prohibit'] as const

/** `ip rule [show|add|delete|flush] …`. */
export function ipRule(argv: readonly string[], ip: IpContext): CommandResult {
  const verb = argv[0] ?? 'show'
  const rest = argv.slice(1)
  if ('add'.startsWith(verb)) return ruleAdd(rest, ip)
  if ('delete'.startsWith(verb)) return ruleDelete(rest, ip)
  if ('show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'lst') return ruleShow(rest, ip)
  if ('flush'.startsWith(verb)) {
    ip.ns.rules = ip.ns.rules.filter((rule) => rule.priority === 0)
    return printed('')
  }
  if (verb === 'help') return failed('Usage: ip rule { add | del } SELECTOR ACTION\n       ip rule { flush | list }', 255)
  return failed(`Command "${verb}" is unknown, try "ip rule help".`, 255)
}

/** A rule as text gives it; null: not given. */
interface RuleText {
  readonly priority: number | null
  readonly from: Cidr | null
  readonly to: Cidr | null
  readonly iif: string | null
  readonly oif: string | null
  readonly fwmark: PolicyRule['fwmark']
  readonly not: boolean
  readonly action: PolicyRule['action'] | null
}

function readRule(argv: readonly string[]): Parsed<RuleText> {
  const parsed = readArguments(argv, KEYWORDS)
  if (!parsed.ok) return parsed
  const { values, words } = parsed.value
  const fail = (result: CommandResult) => ({ ok: false, result }) as const
  for (const word of ['tos', 'ipproto', 'sport', 'dport', 'uidrange', 'suppress_prefixlength', 'goto'])
    if (values.has(word)) return fail(notModelled('ip', `rule selector ${word}`))
  const type = ACTIONS.find((one) => one === (values.get('type') ?? words[0]))
  if (words.length > (type !== undefined && !values.has('type') ? 1 : 0))
    return fail(failed(`Error: argument "${words[0]}" is wrong: Failed to parse rule type\n`, 255))
  const from = readSelector(values.get('from'))
  if (!from.ok) return from
  const to = readSelector(values.get('to'))
  if (!to.ok) return to
  const tableText = values.get('table')
  const table = tableText === undefined ? null : parseTable(tableText)
  if (tableText !== undefined && table === null) return fail(invalidArgument(tableText, 'invalid table ID\n'))
  const priorityText = values.get('priority')
  const priority = priorityText === undefined ? null : parseNumber(priorityText)
  if (priorityText !== undefined && priority === null) return fail(invalidArgument(priorityText, 'preference value is invalid\n'))
  const fwmark = readMark(values.get('fwmark'))
  if (!fwmark.ok) return fwmark
  const action = type !== undefined ? { type } : table !== null ? { table } : null
  return {
    ok: true,
    value: {
      priority,
      from: from.value,
      to: to.value,
      iif: values.get('iif') ?? null,
      oif: values.get('oif') ?? null,
      fwmark: fwmark.value,
      not: values.has('not'),
      action,
    },
  }
}

function readSelector(text: string | undefined): Parsed<Cidr | null> {
  if (text === undefined || text === 'all' || text === 'any' || text === 'default') return { ok: true, value: null }
  const read = readPrefix(text)
  if (!read.ok) return read
  // The host bits are kept, and printed: what counts is the mask.
  const { address, cidr } = read.value
  return { ok: true, value: cidr.prefixLength === 0 ? null : { ...cidr, address } }
}

function readMark(text: string | undefined): Parsed<PolicyRule['fwmark']> {
  if (text === undefined) return { ok: true, value: null }
  const [value = '', mask] = text.split('/')
  const mark = parseNumber(value)
  // fib_nl2rule(): a mark of 0 without a mask asks for nothing.
  const maskNumber = mask === undefined ? (mark === 0 ? 0 : 0xffffffff) : parseNumber(mask)
  if (mark === null || maskNumber === null)
    return {
      ok: false,
      result:
        mark === null
          ? invalidArgument(text.split('/')[0] ?? '', 'fwmark value is invalid\n')
          : invalidArgument(text.split('/')[1] ?? '', 'fwmask value is invalid\n'),
    }
  return { ok: true, value: mark === 0 && maskNumber === 0 ? null : { value: mark, mask: maskNumber } }
}

/** fib_default_rule_pref(): one less than the second rule's. */
function defaultPriority(rules: readonly PolicyRule[]): number {
  const second = rules[1]
  return second && second.priority > 0 ? second.priority - 1 : 0
}

function ruleAdd(argv: readonly string[], ip: IpContext): CommandResult {
  if (argv.length === 0) return failed('"ip rule add" requires arguments.', 1)
  const read = readRule(argv)
  if (!read.ok) return read.result
  const { priority, action, ...selector } = read.value
  const rule: PolicyRule = {
    ...selector,
    priority: priority ?? defaultPriority(ip.ns.rules),
    action: action ?? { table: 254 },
    origin: ip.shell.origin,
  }
  // rule_exists() does not ask whether it is inverted.
  const words = (one: PolicyRule): string => ruleText({ ...one, not: false }, ip.ns)
  if (ip.ns.rules.some((other) => words(other) === words(rule))) return rtnetlink('File exists')
  const at = ip.ns.rules.findIndex((other) => other.priority > rule.priority)
  ip.ns.rules = at < 0 ? [...ip.ns.rules, rule] : ip.ns.rules.toSpliced(at, 0, rule)
  return printed('')
}

const sameCidr = (a: Cidr | null, b: Cidr | null): boolean => a?.address === b?.address && a?.prefixLength === b?.prefixLength

/** Does a rule have everything the text gives? `rule_find()` does not ask whether it is inverted. */
function fits(rule: PolicyRule, text: RuleText): boolean {
  if (text.priority !== null && rule.priority !== text.priority) return false
  if (text.from !== null && !sameCidr(rule.from, text.from)) return false
  if (text.to !== null && !sameCidr(rule.to, text.to)) return false
  if (text.iif !== null && rule.iif !== text.iif) return false
  if (text.oif !== null && rule.oif !== text.oif) return false
  if (text.fwmark !== null && (rule.fwmark?.value !== text.fwmark.value || rule.fwmark.mask !== text.fwmark.mask)) return false
  return text.action === null || actionText(rule.action) === actionText(text.action)
}

function ruleDelete(argv: readonly string[], ip: IpContext): CommandResult {
  if (argv.length === 0) return failed('"ip rule del" requires arguments.', 1)
  const read = readRule(argv)
  if (!read.ok) return read.result
  const rule = ip.ns.rules.find((one) => fits(one, read.value))
  if (rule === undefined) return rtnetlink('No such file or directory')
  ip.ns.rules = ip.ns.rules.filter((one) => one !== rule)
  return printed('')
}

function ruleShow(argv: readonly string[], ip: IpContext): CommandResult {
  const read = readRule(argv)
  if (!read.ok) return read.result
  if (argv.length === 1) return garbage('rule', argv[0] ?? '')
  return printed(
    ip.ns.rules
      .filter((rule) => fits(rule, read.value) && (rule.not || !read.value.not))
      .map((rule) => `${ruleText(rule, ip.ns)}\n`)
      .join(''),
  )
}

function prefixText(cidr: Cidr | null): string {
  if (cidr === null) return 'all'
  return cidr.prefixLength === 32 ? formatAddress(cidr.address) : formatCidr(cidr)
}

function actionText(action: PolicyRule['action']): string {
  return 'table' in action ? `lookup ${tableName(action.table)}` : action.type
}

/** printf("%#x"). */
const hex = (value: number): string => (value === 0 ? '0' : `0x${value.toString(16)}`)

/** One line of `ip rule`: "200:\tfrom all fwmark 0x1/0xff lookup 101". */
export function ruleText(rule: PolicyRule, ns: NetNs): string {
  const detached = (name: string): string => (ns.devices.has(name) ? '' : '[detached] ')
  let text = `${rule.priority}:\t${rule.not ? 'not ' : ''}from ${prefixText(rule.from)} `
  if (rule.to !== null) text += `to ${prefixText(rule.to)} `
  if (rule.fwmark !== null) text += `fwmark ${hex(rule.fwmark.value)}${rule.fwmark.mask === 0xffffffff ? '' : `/${hex(rule.fwmark.mask)}`} `
  if (rule.iif !== null) text += `iif ${rule.iif} ${detached(rule.iif)}`
  if (rule.oif !== null) text += `oif ${rule.oif} ${detached(rule.oif)}`
  return text + actionText(rule.action)
}
