/** packetwalk.dev Walk, Script and Lesson. Their errors leave the cluster standing. */
import { type Fields, fieldsAt, integerAt, mapsAt, placeOf, reportUnknownFields, stringAt, stringsAt, valueAt } from '../fields.ts'
import type { ObjectSource } from '../object-source.ts'
import type { Span } from '../report.ts'
import type { LessonSpec, ScriptSpec, WalkExpectation, WalkSpec } from '../scenario.ts'
import { plainValue } from '../value.ts'

/** A walk with the places its problems point to. */
export interface WalkDraft {
  readonly walk: WalkSpec
  readonly at: { readonly from: Span; readonly to: Span; readonly by: Span }
}

const OUTCOMES = ['delivered', 'refused', 'rejected', 'reset', 'stalled', 'timeout', 'unresolved', 'unsupported']

function need(fields: Fields, key: string, source: ObjectSource): string | null {
  const text = stringAt(fields, key)
  if (text !== null && text.trim() !== '') return text.trim()
  fields.report.error({
    code: 'missing-field',
    message: `spec.${key} is missing.`,
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
  if (from === null || to === null) return null
  const walk: WalkSpec = {
    name: source.meta.name,
    from,
    to,
    expect: expect.map === null ? null : decodeExpectation(expect),
    http: http.map === null ? null : { method: stringAt(http, 'method'), host: stringAt(http, 'host'), tlsHost: stringAt(http, 'tlsHost') },
    range: source.range,
  }
  return { walk, at: { from: placeOf(spec, 'from'), to: placeOf(spec, 'to'), by: placeOf(expect, 'by') } }
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

/** Reads a Script; null when it does not say what to run where. */
export function decodeScript(source: ObjectSource): { readonly script: ScriptSpec; readonly at: Span } | null {
  const spec = fieldsAt(source.fields, 'spec')
  reportUnknownFields(spec, ['on', 'run', 'at'])
  const on = need(spec, 'on', source)
  const run = need(spec, 'run', source)
  const moment = fieldsAt(spec, 'at')
  if (on === null || run === null) return null
  const at = moment.map === null ? null : { walk: stringAt(moment, 'walk') ?? '', timeMs: integerAt(moment, 'timeMs') ?? 0 }
  return { script: { name: source.meta.name, on, run, at, range: source.range }, at: placeOf(spec, 'on') }
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
