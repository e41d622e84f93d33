/** How a failed walk opens: its cause in one sentence, the place, the line of YAML to look at and, where there is one, the edit that mends it. */

import { diagnoseWalk, serviceOfWalk } from '../kubernetes/diagnose/walk.ts'
import type { Diagnostic, TextChange } from '../kubernetes/diagnostic.ts'
import type { Scenario, ScriptSpec } from '../kubernetes/scenario.ts'
import type { Trace, WalkOutcome } from '../simulation/trace.ts'
import { blameOf } from './blame.ts'
import type { NarratorContext } from './context.ts'
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
  const script = scenario.steps.flatMap((step) => (step.kind === 'script' && step.script.name === blame.script ? [step.script] : []))[0]
  const index = script?.runLine.block ? blame.line - script.runLine.first : 0
  return { sentence: blame.sentence, where, line: blame.line, code: null, fix: script ? withoutLine(scenario, script, index) : null }
}

/** What the trace says: the rule that decided, and the line that its component was given. */
function whyOfTrace(scenario: Scenario, trace: Trace, { context, where }: Scene): Why {
  const { sentence } = summarize(trace.outcome, context)
  const rule = trace.outcome.by?.rule ?? null
  const script = rule === null ? null : commandOfScript(scenario, rule, originOf(trace, rule)?.object ?? null)
  if (script !== null) return { sentence, where, code: null, ...script }
  return { sentence, where, line: rule === null ? null : (originOf(trace, rule)?.line ?? null), code: null, fix: null }
}

function originOf(trace: Trace, rule: string): { readonly object: string | null; readonly line: number | null } | null {
  for (const { event } of trace.records) {
    if (event.at === 'kfree_skb' && event.by?.rule?.text === rule && event.by.rule.origin) return event.by.rule.origin
    if (event.at === 'ipt_rule' && event.rule?.text === rule && event.rule.origin) return event.rule.origin
  }
  return null
}

/** The line of a Script that made a rule, and the edit that takes it out. */
function commandOfScript(scenario: Scenario, rule: string, object: string | null): Pick<Why, 'line' | 'fix'> | null {
  const words = wordsOf(rule)
  if (words === null) return null
  const scripts = scenario.steps.flatMap((step) => (step.kind === 'script' ? [step.script] : []))
  for (const script of scripts) {
    if (object?.startsWith('script/') && object !== `script/${script.name}`) continue
    const lines = script.run.split('\n')
    const index = lines.findIndex((line) => words.every((word) => line.includes(word)))
    if (index >= 0) return { line: script.runLine.first + (script.runLine.block ? index : 0), fix: withoutLine(scenario, script, index) }
  }
  return null
}

/** What a command that made a rule must have said: its chain and target. */
function wordsOf(rule: string): readonly string[] | null {
  const added = /^-A (\S+) .*-[jg] (\S+)/.exec(rule)
  if (added) return ['iptables', ` ${added[1]} `, added[2] ?? '']
  const policy = /^-P (\S+) (\S+)$/.exec(rule)
  return policy ? ['iptables', `-P ${policy[1]} ${policy[2]}`] : null
}

function withoutLine({ text }: Scenario, script: ScriptSpec, index: number): Why['fix'] {
  if (!script.runLine.block || script.run.split('\n').filter((line) => line.trim() !== '').length < 2) return null
  const command = script.run.split('\n')[index]?.trim() ?? ''
  const at = text.indexOf(command, script.range.from)
  const end = text.indexOf('\n', at)
  if (at < 0 || end < 0 || at > script.range.to) return null
  return { title: `Take out ${command}`, changes: [{ from: text.lastIndexOf('\n', at) + 1, to: end + 1, insert: '' }] }
}

/** The opening as text: "CAUSE (line N). Fix: TITLE." */
export function whyText(why: Why): string {
  const place = why.line === null ? '' : ` [line ${why.line}]`
  return `${why.sentence}${place}${why.fix === null ? '' : ` Fix: ${why.fix.title}.`}`
}
