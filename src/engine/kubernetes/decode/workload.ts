/** apps/v1 and batch/v1 controllers: how many pods of which template. */
import type { Workload, WorkloadTemplate } from '../cluster.ts'
import type { TextRange } from '../diagnostic.ts'
import {
  booleanAt,
  type Fields,
  fieldsAt,
  integerAt,
  listAt,
  mapsAt,
  placeOf,
  reportMissing,
  reportUnknownFields,
  stringAt,
  stringMapAt,
  stringsAt,
  valueAt,
} from '../fields.ts'
import { type ObjectSource, readLabels } from '../object-source.ts'
import { WORKLOAD_SPEC_FIELDS } from './known-fields.ts'
import { countAt, decodePodSpec } from './pod-spec.ts'

export interface WorkloadDraft extends WorkloadTemplate {
  readonly source: Pick<ObjectSource, 'meta' | 'ref' | 'nameAt'> & { readonly range: TextRange | null }
  readonly kind: Workload['kind']
  /** Ignored for a DaemonSet. */
  readonly replicas: number
  /** matchLabels of its selector. */
  readonly selector: Readonly<Record<string, string>>
}

/** Reads a controller; null when it has no usable template. */
export function decodeWorkload(source: ObjectSource): WorkloadDraft | null {
  const kind = source.info.kind as Workload['kind']
  const spec = fieldsAt(source.fields, 'spec')
  if (spec.map === null) {
    reportMissing(source.fields, 'spec')
    return null
  }
  if (kind === 'CronJob') return null
  reportUnknownFields(spec, WORKLOAD_SPEC_FIELDS[kind] ?? [])
  const template = fieldsAt(spec, 'template')
  if (template.map === null) {
    if (valueAt(spec, 'template') === null) reportMissing(spec, 'template')
    return null
  }
  const podSpec = fieldsAt(template, 'spec')
  if (podSpec.map === null && valueAt(template, 'spec') === null) reportMissing(template, 'spec')
  const metadata = fieldsAt(template, 'metadata')
  const labels = readLabels(metadata, 'labels')
  return {
    selector: readSelector(kind, spec, labels),
    source,
    kind,
    replicas: replicasOf(kind, spec),
    labels,
    annotations: stringMapAt(metadata, 'annotations') ?? {},
    spec: decodePodSpec(podSpec),
    serviceName: stringAt(spec, 'serviceName'),
    firstOrdinal: integerAt(fieldsAt(spec, 'ordinals'), 'start') ?? 0,
  }
}

function replicasOf(kind: Workload['kind'], spec: Fields): number {
  if (kind !== 'Job') return countAt(spec, 'replicas', 1)
  if (booleanAt(spec, 'suspend') === true) return 0
  return Math.min(countAt(spec, 'parallelism', 1), countAt(spec, 'completions', 5000))
}

/** A controller whose selector does not match its own template is refused; a Job's and a ReplicationController's selector is defaulted. */
function readSelector(kind: Workload['kind'], spec: Fields, labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (kind === 'Job' || kind === 'ReplicationController') return labels
  const selector = fieldsAt(spec, 'selector')
  if (selector.map === null) {
    if (valueAt(spec, 'selector') === null) reportMissing(spec, 'selector')
    return labels
  }
  const matchLabels = readLabels(selector, 'matchLabels')
  if (Object.keys(matchLabels).length === 0 && listAt(selector, 'matchExpressions').length === 0) {
    spec.report.error({ code: 'missing-field', message: 'spec.selector must name at least one label.', at: placeOf(spec, 'selector') })
  }
  for (const [key, value] of Object.entries(matchLabels)) {
    if (labels[key] === value) continue
    const at = placeOf(fieldsAt(selector, 'matchLabels'), key)
    const found = labels[key] === undefined ? 'does not have that label' : `says "${labels[key]}"`
    spec.report.error({
      code: 'selector-not-in-template',
      message: `The selector asks for ${key}: ${value}, but the pod template ${found}: the API server refuses this ${kind}.`,
      at,
    })
  }
  for (const expression of mapsAt(selector, 'matchExpressions')) checkExpression(expression, labels, kind)
  return matchLabels
}

function checkExpression(expression: Fields, labels: Readonly<Record<string, string>>, kind: string): void {
  const key = stringAt(expression, 'key') ?? ''
  const operator = stringAt(expression, 'operator') ?? ''
  const values = stringsAt(expression, 'values')
  const value = labels[key]
  const matches =
    operator === 'In'
      ? value !== undefined && values.includes(value)
      : operator === 'NotIn'
        ? value === undefined || !values.includes(value)
        : operator === 'Exists'
          ? value !== undefined
          : operator === 'DoesNotExist'
            ? value === undefined
            : null
  if (matches === null)
    expression.report.error({
      code: 'unsupported-value',
      message: `"${operator}" is no operator of a selector; write In, NotIn, Exists or DoesNotExist.`,
      at: placeOf(expression, 'operator'),
    })
  else if (!matches)
    expression.report.error({
      code: 'selector-not-in-template',
      message: `The selector (${[key, operator, values.join(', ')].join(' ').trim()}) does not match the pod template: the API server refuses this ${kind}.`,
      at: placeOf(expression),
    })
}
