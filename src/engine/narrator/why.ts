/** How a failed walk opens: its cause in one sentence, the place, the line of YAML to look at and, where there is one, the edit that mends it. */

import { diagnoseWalk, serviceOfWalk } from '../kubernetes/diagnose/walk.ts'
import type { Diagnostic, TextChange } from '../kubernetes/diagnostic.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import type { Origin } from '../linux/origin.ts'
import type { Trace, WalkOutcome } from '../simulation/trace.ts'
import { blameOf } from './blame.ts'
import type { NarratorContext } from './context.ts'
import { commandsAbove, type ScriptCommand, withoutCommand } from './script-commands.ts'
import { summarize } from './summary.ts'

export interface Why {
  /** The cause. */
  readonly sentence: string
  /** Where the walk ended; null when nobody in particular decided. */
  readonly where: string | null
  /** 1-based line of the text that is to blame; null when none can be named. */
  readonly line: number | null
  /** Code of the diagnosis; null when the trace alone says why. */
  readonly code: string | null
  readonly fix: { readonly title: string; readonly changes: readonly TextChange[] } | null
}

/** Why a walk failed; null when it was delivered. */
export function whyFailed(scenario: Scenario, trace: Trace, context: NarratorContext): Why | null {
  const { outcome } = trace
  if (outcome.outcome === 'delivered' || outcome.outcome === 'unsupported') return null
  const where = outcome.by?.where ?? null
  return (
    whyOfWalk(scenario, outcome, where) ??
    whyOfScript(scenario, trace, { context, where }) ??
    whyOfService(scenario, outcome, where) ??
    whyOfTrace(scenario, trace, { context, where })
  )
}

/** The walk itself goes astray. */
function whyOfWalk(scenario: Scenario, outcome: WalkOutcome, where: string | null): Why | null {
  const found = scenario.cluster && diagnoseWalk(scenario.cluster, outcome)
  if (!found || !explains(found.code, outcome)) return null
  const range =
    scenario.steps.flatMap((step) => (step.kind === 'walk' && step.walk.name === outcome.walk ? [step.walk.range] : []))[0] ?? null
  const at = range === null ? -1 : scenario.text.indexOf(outcome.to, range.from)
  const line = at < 0 || range === null ? null : range.line + scenario.text.slice(range.from, at).split('\n').length - 1
  const changes = found.instead === null || at < 0 ? null : [{ from: at, to: at + outcome.to.length, insert: found.instead }]
  const fix = changes && { title: `Write ${found.instead}`, changes }
  return { sentence: found.message, where, line, code: found.code, fix }
}

/** What is known to be wrong with the Service that it means. */
function whyOfService(scenario: Scenario, outcome: WalkOutcome, where: string | null): Why | null {
  const range = (scenario.cluster && serviceOfWalk(scenario.cluster, outcome)?.meta.range) ?? null
  if (range === null) return null
  const own = scenario.diagnostics.filter((one) => one.range.from >= range.from && one.range.to <= range.to)
  const found = own.find((one) => explains(one.code, outcome))
  return found === undefined ? null : ofDiagnostic(found, where)
}

function ofDiagnostic({ message, range, code, fix }: Diagnostic, where: string | null): Why {
  return { sentence: message, where, line: range.line, code, fix: fix ?? null }
}

/** Can this be why a walk ended so? A Service may have a problem that this walk never met. */
function explains(code: string, { outcome, reason, by, to }: WalkOutcome): boolean {
  const rule = by?.rule ?? ''
  switch (code) {
    case 'selector-matches-nothing':
    case 'endpoints-not-ready':
    case 'no-endpoints-written':
    case 'slice-port-missing':
      return rule.includes('has no endpoints') || outcome === 'unresolved' || (outcome === 'rejected' && reason === 'ECONNREFUSED')
    case 'target-port-missing':
      return rule.startsWith('nothing listens on') || rule.includes('has no endpoints')
    case 'local-policy-without-endpoints':
      return rule.includes('no local endpoints')
    case 'external-name-nowhere':
    case 'name-of-other-namespace':
    case 'no-such-service':
    case 'no-cluster-dns':
      return outcome === 'unresolved'
    case 'wrong-protocol':
    case 'port-not-in-service':
      return outcome !== 'unresolved' && outcome !== 'reset' && outcome !== 'stalled'
    case 'ping-to-service':
      return to.startsWith('ping')
    case 'external-address-taken':
    case 'ip-outside-cidr':
      return outcome === 'timeout' || outcome === 'rejected'
    default:
      return false
  }
}

interface Scene {
  readonly context: NarratorContext
  readonly where: string | null
}

/** A Script took away what the packet needed. */
function whyOfScript(scenario: Scenario, trace: Trace, { context, where }: Scene): Why | null {
  const blame = blameOf(scenario, trace, context)
  if (blame === null) return null
  const { sentence, command } = blame
  return { sentence, where, line: command.line, code: null, fix: withoutCommand(scenario, command) }
}

/** What the trace says: the rule that decided, and the line that its component was given. */
function whyOfTrace(scenario: Scenario, trace: Trace, { context, where }: Scene): Why {
  const { sentence } = summarize(trace.outcome, context)
  const rule = trace.outcome.by?.rule ?? null
  const origin = rule === null ? null : originOf(trace, rule)
  const policy = rule === null || origin !== null ? null : commandOfPolicy(scenario, trace.outcome, rule)
  const line = policy?.line ?? origin?.line ?? null
  const command = policy ?? commandOf(origin)
  return { sentence, where, line, code: null, fix: command && withoutCommand(scenario, command) }
}

/** Where the rule comes from that ended the walk: the last one of that text there that a packet met. */
function originOf({ outcome, records }: Trace, text: string): Origin | null {
  const rules = records.flatMap(({ where, event }) => {
    if (where !== outcome.by?.where) return []
    const rule = event.at === 'kfree_skb' ? event.by?.rule : event.at === 'ipt_rule' ? event.rule : null
    return rule?.text === text && rule.origin ? [rule.origin] : []
  })
  return rules.at(-1) ?? null
}

/** The command of a Script that made a rule. */
function commandOf(origin: Origin | null): Omit<ScriptCommand, 'where'> | null {
  if (origin?.component !== 'script' || origin.object === null || origin.line === null || origin.command === null) return null
  return { script: origin.object.replace(/^script\//, ''), text: origin.command, line: origin.line }
}

/** A policy is no rule and keeps no origin: the last command that set it there. */
function commandOfPolicy(scenario: Scenario, { walk, by }: WalkOutcome, rule: string): ScriptCommand | null {
  if (!rule.startsWith('-P ')) return null
  const set = (text: string): boolean => /\biptables\b/.test(text) && ` ${text} `.replaceAll(/\s+/g, ' ').includes(` ${rule} `)
  return commandsAbove(scenario, walk).findLast(({ where, text }) => where === by?.where && set(text)) ?? null
}

/** The opening as text: "CAUSE (line N). Fix: TITLE." */
export function whyText(why: Why): string {
  const place = why.line === null ? '' : ` [line ${why.line}]`
  return `${why.sentence}${place}${why.fix === null ? '' : ` Fix: ${why.fix.title}.`}`
}
