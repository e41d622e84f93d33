/** packetwalk.dev Walk, Script and Lesson. Their errors leave the cluster standing. */
import {
  type Fields,
  fieldsAt,
  mapsAt,
  pathOf,
  placeOf,
  reportNotModelled,
  reportUnknownFields,
  stringAt,
  stringsAt,
  valueAt,
} from '../fields.ts'
import type { ObjectSource } from '../object-source.ts'
import type { Span } from '../report.ts'
import type { LessonSpec, ScriptSpec, WalkExpectation, WalkSpec } from '../scenario.ts'
import { plainValue } from '../value.ts'
import { decodePasted, PASTED } from './pasted-state.ts'

/** A walk with the places its problems point to. */
export interface WalkDraft {
  readonly walk: WalkSpec
  readonly at: { readonly from: Span; readonly to: Span }
}

const OUTCOMES = ['delivered', 'refused', 'rejected', 'reset', 'stalled', 'timeout', 'unresolved', 'unsupported']

function need(fields: Fields, key: string, source: ObjectSource): string | null {
  const text = stringAt(fields, key)
  if (text !== null && text.trim() !== '') return text.trim()
  fields.report.error({
    code: 'missing-field',
    message: `${fields.map === null ? `spec.${key}` : pathOf(fields, key)} is missing.`,
    at: fields.map === null ? source.nameAt : placeOf(fields, valueAt(fields, key) === null ? undefined : key),
  })
  return null
}

/** Reads a Walk; null when it does not say from where to where. */
export function decodeWalk(source: ObjectSource): WalkDraft | null {
  const spec = fieldsAt(source.fields, 'spec')
  reportUnknownFields(spec, ['from', 'to', 'expect', 'http'])
  const from = need(spec, 'from', source)
  const to = need(spec, 'to', source)
  const expect = fieldsAt(spec, 'expect')
  const http = fieldsAt(spec, 'http')
  reportUnknownFields(http, ['method', 'host', 'tlsHost'])
  reportNotModelled(http, { tlsHost: 'TLS is not negotiated: https walks carry plain HTTP.' })
  if (from === null || to === null) return null
  const walk: WalkSpec = {
    name: source.meta.name,
    from,
    to,
    expect: expect.map === null ? null : decodeExpectation(expect),
    http: http.map === null ? null : { method: stringAt(http, 'method'), host: stringAt(http, 'host'), tlsHost: stringAt(http, 'tlsHost') },
    range: source.range,
  }
  return { walk, at: { from: placeOf(spec, 'from'), to: placeOf(spec, 'to') } }
}

function decodeExpectation(fields: Fields): WalkExpectation {
  reportUnknownFields(fields, ['outcome', 'by', 'reason', 'seenFrom', 'path'])
  const outcome = stringAt(fields, 'outcome')
  if (outcome !== null && !OUTCOMES.includes(outcome)) {
    fields.report.error({
      code: 'unsupported-value',
      message: `expect.outcome: "${outcome}" is none of ${OUTCOMES.join(', ')}.`,
      at: placeOf(fields, 'outcome'),
    })
  }
  return {
    outcome,
    by: stringAt(fields, 'by'),
    reason: stringAt(fields, 'reason'),
    seenFrom: stringAt(fields, 'seenFrom'),
    path: valueAt(fields, 'path') === null ? null : stringsAt(fields, 'path'),
  }
}

/** A script with the places its problems point to. */
export interface ScriptDraft {
  readonly script: ScriptSpec
  readonly at: { readonly on: Span; readonly walk: Span }
}

/** Reads a Script; null when it does not say what to run where, or in which walk. */
export function decodeScript(source: ObjectSource): ScriptDraft | null {
  const spec = fieldsAt(source.fields, 'spec')
  reportUnknownFields(spec, ['on', 'run', 'at', ...PASTED])
  const on = need(spec, 'on', source)
  const what = whatToRun(spec, source)
  const moment = fieldsAt(spec, 'at')
  reportUnknownFields(moment, ['walk', 'timeMs'])
  const walk = moment.map === null ? null : need(moment, 'walk', source)
  if (on === null || what === null || (moment.map !== null && walk === null)) return null
  const at = walk === null ? null : { walk, timeMs: momentAt(moment) }
  const script = { name: source.meta.name, on, ...what, at, range: source.range }
  return { script, at: { on: placeOf(spec, 'on'), walk: placeOf(moment, 'walk') } }
}

/** Commands, or what a real machine printed: one of them, so that each line of the output has one place in the text. */
function whatToRun(spec: Fields, source: ObjectSource): Pick<ScriptSpec, 'run' | 'runLine'> | null {
  const given = ['run', ...PASTED].filter((key) => valueAt(spec, key) !== null)
  if (given.length > 1)
    spec.report.error({
      code: 'unsupported-value',
      message: `A Script has one of ${given.join(', ')}; write a Script for each.`,
      at: placeOf(spec, given[1]),
    })
  if (given[0] !== undefined && given[0] !== 'run') return decodePasted(spec)
  const run = need(spec, 'run', source)
  return run === null ? null : { run, runLine: runLineOf(spec) }
}

/** `timeMs`: 0 or more, in parts of a millisecond too; 0 when absent or wrong. */
function momentAt(fields: Fields): number {
  const value = valueAt(fields, 'timeMs')
  if (value === null) return 0
  if (value.kind === 'scalar' && typeof value.value === 'number' && Number.isFinite(value.value) && value.value >= 0) return value.value
  fields.report.error({
    code: 'wrong-type',
    message: `${pathOf(fields, 'timeMs')} must be a number of milliseconds, 0 or more.`,
    at: placeOf(fields, 'timeMs'),
  })
  return 0
}

function runLineOf(spec: Fields): ScriptSpec['runLine'] {
  const value = valueAt(spec, 'run')
  if (value?.kind !== 'scalar') return { first: 1, block: false }
  const { line } = spec.report.rangeOf(value)
  const block = spec.report.text.charAt(value.from) === '|'
  const blankLines = /^\s*\n/.exec(String(value.value))?.[0].split('\n').length ?? 1
  return { first: block ? line + blankLines : line, block }
}

/** Reads a Lesson. */
export function decodeLesson(source: ObjectSource): LessonSpec {
  const spec = fieldsAt(source.fields, 'spec')
  reportUnknownFields(spec, ['title', 'steps'])
  const steps = mapsAt(spec, 'steps').map((step) => {
    reportUnknownFields(step, ['text', 'walk', 'focus', 'breakpoint', 'quiz'])
    const focus = valueAt(step, 'focus')
    const quiz = valueAt(step, 'quiz')
    return {
      text: stringAt(step, 'text') ?? '',
      walk: stringAt(step, 'walk'),
      focus: focus?.kind === 'scalar' ? [stringAt(step, 'focus') ?? ''] : stringsAt(step, 'focus'),
      breakpoint: stringAt(step, 'breakpoint'),
      quiz: quiz === null ? null : plainValue(quiz),
    }
  })
  return { name: source.meta.name, title: stringAt(spec, 'title') ?? source.meta.name, steps, range: source.range }
}
