/** What iptables commands do to the tables. Userspace: iptables/nft.c; kernel: net/netfilter/nf_tables_api.c. */

import { forgetIndex } from './chain-index.ts'
import { missingSet } from './ipset/sets.ts'
import { type IptablesCommand, isTable } from './iptables-command.ts'
import { type IptablesError, kernelError, parameterError, plainError } from './iptables-error.ts'
import { printRuleSpec } from './iptables-text.ts'
import { MATCHES } from './matches/list.ts'
import type { KernelRefusal } from './matches/match.ts'
import { BUILTIN_CHAINS, type Chain, createIptTable, type IptTable, type Netfilter } from './netfilter.ts'
import type { Hook, Rule, Table } from './rule.ts'
import { TARGETS } from './targets/list.ts'
import { isJump } from './targets/standard.ts'

const NO_CHAIN = plainError('No chain/target/match by that name')
const BAD_RULE = plainError('Bad rule (does a matching rule exist in that chain?)')

/** The table of that name, made if the namespace has none yet. */
export function tableOf(netfilter: Netfilter, name: Table): IptTable {
  let table = netfilter.tables.get(name)
  if (!table) {
    table = createIptTable(name)
    netfilter.tables.set(name, table)
  }
  return table
}

/** How many rules of the table jump to the chain. */
export function references(table: IptTable, name: string): number {
  let count = 0
  for (const chain of table.chains.values()) {
    for (const rule of chain.rules) if (rule.target && isJump(rule.target) && rule.target.chain === name) count++
  }
  return count
}

function isBuiltin(table: IptTable, name: string): name is Hook {
  return (BUILTIN_CHAINS[table.name] as readonly string[]).includes(name)
}

/** Does the rule have the protocol that an extension demands? */
function lacksProtocol(rule: Rule, protocol: number | undefined): boolean {
  return protocol !== undefined && (rule.protocol !== protocol || rule.protocolNot)
}

/** Why the kernel refuses one of the rule's matches (xt_check_match()). */
function checkMatches(table: IptTable, hook: Hook | null, rule: Rule): KernelRefusal | null {
  for (const match of rule.matches) {
    const extension = MATCHES.get(match.name)
    if (!extension) continue
    if (extension.tables && !extension.tables.includes(table.name)) return 'Invalid argument'
    if (extension.hooks && hook && !extension.hooks.includes(hook)) return 'Invalid argument'
    if (lacksProtocol(rule, extension.protocol)) return 'Invalid argument'
    const refusal = extension.check?.(match, hook)
    if (refusal) return refusal
  }
  return null
}

/** Why the kernel refuses the rule's target (xt_check_target()). */
function checkTarget(table: IptTable, hook: Hook | null, rule: Rule): KernelRefusal | null {
  const { target } = rule
  if (target === null) return null
  if (isJump(target)) return isBuiltin(table, target.chain) ? 'Operation not supported' : null
  const extension = TARGETS.get(target.name)
  if (!extension) return null
  if (extension.hooks && hook && !extension.hooks.includes(hook)) return 'Invalid argument'
  if (extension.tables && !extension.tables.includes(table.name)) return 'Invalid argument'
  const protocol = 'with' in target && target.with === 'tcp-reset' ? 6 : extension.protocol
  return lacksProtocol(rule, protocol) ? 'Invalid argument' : (extension.check?.(target, { table: table.name, hook }) ?? null)
}

/** Would the kernel take this rule in this chain? */
function checkRule(table: IptTable, chain: Chain, rule: Rule, action: string): IptablesError | null {
  const hook = isBuiltin(table, chain.name) ? chain.name : null
  // What is compared with no bits cannot differ: nft_cmp_init() takes no empty value.
  const nothing = (rule.sourceNot && rule.sourceMask === 0) || (rule.destinationNot && rule.destinationMask === 0)
  const refusal = (nothing ? 'Invalid argument' : null) ?? checkMatches(table, hook, rule) ?? checkTarget(table, hook, rule)
  return refusal && kernelError(`${action} failed (${refusal}): rule in chain ${chain.name}`)
}

/** Can the chain be reached from itself, from a built-in chain? The kernel refuses loops (nft_chain_validate). */
function hasLoop(table: IptTable, chain: Chain, seen: Map<Chain, 'on the way' | 'done'>): boolean {
  const state = seen.get(chain)
  if (state !== undefined) return state === 'on the way'
  seen.set(chain, 'on the way')
  for (const rule of chain.rules) {
    const next = rule.target && isJump(rule.target) ? table.chains.get(rule.target.chain) : undefined
    if (next && hasLoop(table, next, seen)) return true
  }
  seen.set(chain, 'done')
  return false
}

/** Is there a loop of jumps that a packet could run into? */
export function tableHasLoop(table: IptTable): boolean {
  const seen = new Map<Chain, 'on the way' | 'done'>()
  return BUILTIN_CHAINS[table.name].some((name) => {
    const chain = table.chains.get(name)
    return chain !== undefined && hasLoop(table, chain, seen)
  })
}

function append(table: IptTable, chain: Chain, rules: readonly Rule[]): IptablesError | null {
  for (const rule of rules) {
    const error = checkRule(table, chain, rule, 'RULE_APPEND')
    if (error) return error
    chain.rules.push(rule)
  }
  return null
}

function insert(table: IptTable, chain: Chain, rules: readonly Rule[], number: number): IptablesError | null {
  if (number > chain.rules.length + 1) return plainError('Index of insertion too big')
  for (const rule of rules) {
    const error = checkRule(table, chain, rule, 'RULE_INSERT')
    if (error) return error
  }
  chain.rules.splice(number - 1, 0, ...rules)
  return null
}

function replace(table: IptTable, chain: Chain, rules: readonly Rule[], number: number): IptablesError | null {
  const [rule, second] = rules
  if (!rule || second) return parameterError('Replacement rule does not specify a unique address')
  if (number > chain.rules.length) return plainError('Index of replacement too big')
  const error = checkRule(table, chain, rule, 'RULE_REPLACE')
  if (error) return error
  chain.rules[number - 1] = rule
  return null
}

/** 0-based place of an equal rule, −1 for none. */
function findRule(chain: Chain, rule: Rule): number {
  const text = printRuleSpec(rule)
  return chain.rules.findIndex((other) => printRuleSpec(other) === text)
}

function remove(chain: Chain, command: IptablesCommand): IptablesError | null {
  if (command.number !== null) {
    if (command.number > chain.rules.length) return NO_CHAIN
    chain.rules.splice(command.number - 1, 1)
    return null
  }
  for (const rule of command.rules) {
    const at = findRule(chain, rule)
    if (at < 0) return BAD_RULE
    chain.rules.splice(at, 1)
  }
  return null
}

function newChain(table: IptTable, name: string): IptablesError | null {
  if (table.chains.has(name)) return plainError('Chain already exists')
  table.chains.set(name, { name, policy: null, rules: [], packets: 0, bytes: 0 })
  return null
}

function deleteChain(table: IptTable, name: string): IptablesError | null {
  const chain = table.chains.get(name)
  if (!chain) return NO_CHAIN
  if (isBuiltin(table, name)) return plainError('Directory not empty')
  if (chain.rules.length > 0 || references(table, name) > 0) return kernelError(`CHAIN_DEL failed (Device or resource busy): chain ${name}`)
  table.chains.delete(name)
  return null
}

function deleteAllChains(table: IptTable): IptablesError | null {
  const user = [...table.chains.values()].filter((chain) => chain.policy === null)
  for (const chain of user) {
    const used = chain.rules.length > 0 || references(table, chain.name) > 0
    if (used) return kernelError(`CHAIN_DEL failed (Device or resource busy): chain ${chain.name}`)
  }
  for (const chain of user) table.chains.delete(chain.name)
  // nft_may_delete_chain(): built-in ones too, where nothing is in them.
  if ([...table.chains.values()].every(({ rules, policy }) => rules.length === 0 && policy === 'ACCEPT')) table.hooked = false
  return null
}

function rename(table: IptTable, from: string, to: string): IptablesError | null {
  const chain = table.chains.get(from)
  if (!chain || chain.policy !== null) return NO_CHAIN
  if (table.chains.has(to)) return plainError('File exists')
  const chains = [...table.chains.values()].map((each) => (each === chain ? { ...chain, name: to } : each))
  table.chains.clear()
  for (const each of chains) {
    table.chains.set(each.name, each)
    each.rules = each.rules.map((rule) => {
      const jump = rule.target && isJump(rule.target) && rule.target.chain === from ? { ...rule.target, chain: to } : null
      return jump ? { ...rule, target: jump } : rule
    })
  }
  return null
}

function setPolicy(table: IptTable, name: string, policy: string): IptablesError | null {
  const chain = table.chains.get(name)
  if (!chain || chain.policy === null) return plainError('Bad built-in chain name')
  if (policy !== 'ACCEPT' && policy !== 'DROP') return plainError('Bad policy name')
  chain.policy = policy
  return null
}

/** The chains a command is about: the one named, or all. */
function chainsOf(table: IptTable, name: string | null): readonly Chain[] | null {
  if (name === null) return [...table.chains.values()]
  const chain = table.chains.get(name)
  return chain ? [chain] : null
}

function zero(table: IptTable, command: IptablesCommand): IptablesError | null {
  const chains = chainsOf(table, command.chain)
  if (!chains) return NO_CHAIN
  for (const chain of chains) {
    const rules = command.number === null ? chain.rules : chain.rules.slice(command.number - 1, command.number)
    for (const rule of rules) rule.packets = rule.bytes = 0
    if (command.number === null) chain.packets = chain.bytes = 0
  }
  return null
}

function flush(table: IptTable, name: string | null): IptablesError | null {
  const chains = chainsOf(table, name)
  if (!chains) return NO_CHAIN
  for (const chain of chains) chain.rules = []
  return null
}

/** A command about the rules of one chain. */
function changeRules(table: IptTable, chain: Chain, command: IptablesCommand): IptablesError | null {
  forgetIndex(chain.rules)
  switch (command.letter) {
    case 'A':
      return append(table, chain, command.rules)
    case 'I':
      return insert(table, chain, command.rules, command.number ?? 1)
    case 'R':
      return chain.rules.length === 0 ? NO_CHAIN : replace(table, chain, command.rules, command.number ?? 1)
    case 'C':
      return command.rules.every((rule) => findRule(chain, rule) >= 0) ? null : BAD_RULE
    default:
      return remove(chain, command)
  }
}

/** A rule that jumps to a chain which is not there, whatever is to be done with it. */
function unknownJump(table: IptTable, command: IptablesCommand): IptablesError | null {
  for (const { target } of command.rules) {
    if (target && isJump(target) && !table.chains.has(target.chain)) return parameterError(`Chain '${target.chain}' does not exist`)
  }
  return null
}

/** Does a built-in chain that the command names get registered by it? */
function registers(table: IptTable, { letter, chain }: IptablesCommand): boolean {
  return 'AIPF'.includes(letter) && isBuiltin(table, chain ?? '')
}

/** Applies a command to one table. Null: done. Listing commands change nothing. */
export function applyToTable(table: IptTable, command: IptablesCommand): IptablesError | null {
  const error = change(table, command)
  if (error === null && registers(table, command)) table.hooked = true
  return error
}

function change(table: IptTable, command: IptablesCommand): IptablesError | null {
  const name = command.chain ?? ''
  switch (command.letter) {
    case 'N':
      return newChain(table, name)
    case 'X':
      return command.chain === null ? deleteAllChains(table) : deleteChain(table, name)
    case 'E':
      return rename(table, name, command.argument ?? '')
    case 'P':
      return setPolicy(table, name, command.argument ?? '')
    case 'Z':
      return zero(table, command)
    case 'F':
      return flush(table, command.chain)
    case 'L':
    case 'S':
    case 'V':
    case 'h':
      return null
    default: {
      const unknown = unknownJump(table, command)
      if (unknown) return unknown
      const chain = table.chains.get(name)
      if (chain) return changeRules(table, chain, command)
      return command.letter === 'C' || (command.letter === 'D' && command.number === null) ? BAD_RULE : NO_CHAIN
    }
  }
}

/** The error of iptables about a set that rules name and that is not there; null when all are. */
export function checkSets(netfilter: Netfilter, command: IptablesCommand): IptablesError | null {
  const missing = missingSet(netfilter.sets, command.rules)
  return missing === null ? null : parameterError(`Set ${missing} doesn't exist.\n`)
}

/** Applies a command to a namespace's tables: all of it or nothing. */
export function applyCommand(netfilter: Netfilter, command: IptablesCommand): IptablesError | null {
  if (!isTable(command.table)) return { failure: 'table', message: `table '${command.table}' does not exist` }
  const missing = checkSets(netfilter, command)
  if (missing) return missing
  const existing = netfilter.tables.get(command.table)
  const table = existing ?? createIptTable(command.table)
  const error = applyToTable(table, command)
  if (error) return error
  const jumps = 'AIR'.includes(command.letter) && command.rules.some((rule) => rule.target !== null && isJump(rule.target))
  if (jumps && tableHasLoop(table)) {
    const chain = table.chains.get(command.chain ?? '')
    if (chain) chain.rules = chain.rules.filter((rule) => !command.rules.includes(rule))
    return kernelError(`RULE_${command.letter === 'I' ? 'INSERT' : 'APPEND'} failed (Too many links): rule in chain ${command.chain}`)
  }
  // Looking, emptying and deleting make no table.
  if (!existing && (command.letter === 'N' || registers(table, command))) netfilter.tables.set(command.table, table)
  netfilter.conntrackNeeded = netfilter.traced = netfilter.nftTrace.enabled = null
  return null
}
