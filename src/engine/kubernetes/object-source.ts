/** From YAML documents to objects: apiVersion, kind and metadata checked, lists unpacked, names unique. */
import type { ObjectMeta } from './cluster.ts'
import type { TextRange } from './diagnostic.ts'
import { type Fields, fieldsAt, fieldsOf, listAt, placeOf, stringAt, stringMapAt, valueAt } from './fields.ts'
import { apiVersionOf, KINDS, type KindInfo, splitApiVersion } from './kinds.ts'
import { labelKeyProblem, labelValueProblem, mendedName, nameProblem } from './names.ts'
import { nearest } from './nearest.ts'
import type { Report, Span } from './report.ts'
import { kindOfValue, type Value } from './value.ts'
import { firstLine, type YamlDocument } from './yaml-documents.ts'

/** One object of the text. */
export interface ObjectSource {
  /** Of its document in the text. */
  readonly index: number
  readonly info: KindInfo
  readonly apiVersion: string
  readonly meta: ObjectMeta
  /** 'service/default/web' */
  readonly ref: string
  readonly fields: Fields
  readonly nameAt: Span
  readonly range: TextRange
}

/** Objects in document order; those that cannot be read are reported and left out. */
export function readObjects(documents: readonly YamlDocument[], report: Report): ObjectSource[] {
  const objects = documents.flatMap((document) => unpack(document.value, document.index, document, report))
  const first = new Map<string, ObjectSource>()
  return objects.filter((object) => {
    const key = `${object.info.group}/${object.ref}`
    const other = first.get(key)
    if (other === undefined || object.meta.name === '') {
      first.set(key, object)
      return true
    }
    object.fields.report.error({
      code: 'duplicate-name',
      message: `${object.info.kind} "${object.meta.name}"${object.info.namespaced ? ` in namespace ${object.meta.namespace}` : ''} is already defined on line ${other.range.line}.`,
      at: object.nameAt,
    })
    return false
  })
}

/** Walks, scripts and lessons are no part of the cluster: their errors leave it standing. */
export function isStep(info: KindInfo): boolean {
  return info.role === 'walk' || info.role === 'script' || info.role === 'lesson'
}

/** 'service/default/web', 'node/worker-1'. */
export function refOf(info: KindInfo, meta: { readonly namespace: string; readonly name: string }): string {
  return info.namespaced ? `${info.kind.toLowerCase()}/${meta.namespace}/${meta.name}` : `${info.kind.toLowerCase()}/${meta.name}`
}

function unpack(value: Value, index: number, span: Span, report: Report): ObjectSource[] {
  if (value.kind !== 'map') {
    report.error({
      code: 'not-an-object',
      message: `A document must be a mapping with apiVersion and kind, not ${kindOfValue(value)}.`,
      at: firstLine(value, report.text),
    })
    return []
  }
  const fields = fieldsOf(value, report)
  const kindText = stringAt(fields, 'kind')
  if (kindText !== null && (kindText === 'List' || (kindText.endsWith('List') && value.entries.has('items')))) {
    return listAt(fields, 'items').flatMap((item) => unpack(item, index, item, report))
  }
  const apiVersion = stringAt(fields, 'apiVersion')
  for (const [key, found] of Object.entries({ apiVersion, kind: kindText })) {
    if (!found && !value.entries.get(key))
      report.error({
        code: 'missing-field',
        message: `${key} is missing: ${key === 'kind' ? 'say what this object is, e.g. "kind: Service"' : `say which API it belongs to, e.g. "apiVersion: ${guessApiVersion(kindText)}"`}.`,
        at: firstLine(value, report.text),
      })
    else if (!found) report.error({ code: 'missing-field', message: `${key} is empty.`, at: placeOf(fields, key) })
  }
  if (!apiVersion || !kindText) return []
  const info = kindInfo(apiVersion, kindText, fields)
  if (info === null) return []
  return [readObject({ info, apiVersion, index, fields: isStep(info) ? { map: value, report: stepReport(report) } : fields, span })]
}

/** Errors in walks, scripts and lessons do not keep the cluster from being built. */
function stepReport(report: Report): Report {
  return { ...report, error: report.stepError }
}

function guessApiVersion(kindText: string | null): string {
  const info = KINDS.find((k) => k.kind === kindText)
  return info ? apiVersionOf(info) : 'v1'
}

function kindInfo(apiVersion: string, kindText: string, fields: Fields): KindInfo | null {
  const { report } = fields
  const { group, version } = splitApiVersion(apiVersion)
  const info = KINDS.find((k) => k.group === group && k.kind === kindText)
  if (info?.versions.includes(version)) return info
  const elsewhere = info ?? (isBuiltIn(group) ? KINDS.find((k) => k.kind === kindText && isBuiltIn(k.group)) : undefined)
  if (elsewhere) {
    const right = apiVersionOf(elsewhere)
    const at = placeOf(fields, 'apiVersion')
    const message = `No kind "${kindText}" is served in ${apiVersion}; write ${right}.`
    report.error({
      code: 'wrong-api-version',
      message,
      at,
      fix: { title: `Write ${right}`, changes: [{ from: at.from, to: at.to, insert: right }] },
    })
    return null
  }
  const at = placeOf(fields, 'kind')
  const near = isBuiltIn(group) ? nearest(kindText, new Set(KINDS.filter((k) => k.group === group).map((k) => k.kind))) : null
  if (near === null) {
    report.info({ code: 'unknown-kind', message: `Kind "${kindText}" (${apiVersion}) is not known here and is left out.`, at })
  } else {
    report.error({
      code: 'unknown-kind',
      message: `No kind "${kindText}" is served in ${apiVersion}. Did you mean "${near}"?`,
      at,
      fix: { title: `Write ${near}`, changes: [{ from: at.from, to: at.to, insert: near }] },
    })
  }
  return null
}

/** Groups whose kinds are all known to every API server: nothing can be added to them. */
function isBuiltIn(group: string): boolean {
  return !group.includes('.') || KINDS.some((k) => k.group === group) || group === 'extensions'
}

function readObject(object: { info: KindInfo; apiVersion: string; index: number; fields: Fields; span: Span }): ObjectSource {
  const { info, fields } = object
  const { report } = fields
  const metadata = fieldsAt(fields, 'metadata')
  const name = readName(info, fields, metadata)
  const namespace = info.namespaced ? (stringAt(metadata, 'namespace') ?? 'default') : ''
  const problem = info.namespaced ? nameProblem(namespace, 'label-1123') : null
  if (problem !== null)
    report.error({ code: 'bad-name', message: `metadata.namespace: "${namespace}" ${problem}.`, at: placeOf(metadata, 'namespace') })
  const range = report.rangeOf(object.span)
  const meta: ObjectMeta = {
    name,
    namespace,
    labels: readLabels(metadata, 'labels'),
    annotations: stringMapAt(metadata, 'annotations') ?? {},
    range,
  }
  return { ...object, meta, range, ref: refOf(info, meta), nameAt: placeOf(metadata.map === null ? fields : metadata, 'name') }
}

/** Kinds that exist once and are files of a tool rather than objects of an API need no name. */
const NAMELESS: readonly string[] = ['cluster', 'kind-cluster', 'kube-proxy-configuration']

function readName(info: KindInfo, fields: Fields, metadata: Fields): string {
  const { report } = fields
  if (info.role === 'kind-cluster') return stringAt(fields, 'name') ?? 'kind'
  const name = stringAt(metadata, 'name')
  if (name === null || name === '') {
    const generated = stringAt(metadata, 'generateName')
    if (generated !== null) return `${generated}x`
    if (NAMELESS.includes(info.role)) return info.role
    const at = metadata.map === null ? placeOf(fields) : placeOf(fields, 'metadata')
    const given = valueAt(fields, 'metadata')
    if (given !== null && given.kind !== 'map') return ''
    if (info.role !== 'silent' && metadata.map?.entries.get('name')?.value.kind !== 'map')
      report.error({ code: 'missing-field', message: 'metadata.name is missing.', at })
    return ''
  }
  const problem = info.role === 'silent' || isStep(info) ? null : nameProblem(name, info.nameRule)
  if (problem !== null) {
    const at = placeOf(metadata, 'name')
    const mended = mendedName(name, info.nameRule)
    const fix = mended === null ? {} : { fix: { title: `Rename to ${mended}`, changes: [{ from: at.from, to: at.to, insert: mended }] } }
    report.error({ code: 'bad-name', message: `metadata.name: "${name}" ${problem}.`, at, ...fix })
  }
  return name
}

/** Labels, each checked; used for metadata and selectors. */
export function readLabels(fields: Fields, key: string): Record<string, string> {
  const labels = stringMapAt(fields, key) ?? {}
  const map = fieldsAt(fields, key)
  for (const [name, value] of Object.entries(labels)) {
    const problem = labelKeyProblem(name)
    const valueProblem = labelValueProblem(value)
    const entry = map.map?.entries.get(name)
    if (problem !== null && entry) fields.report.error({ code: 'bad-label', message: `Label key "${name}" ${problem}.`, at: entry.key })
    if (valueProblem !== null && entry)
      fields.report.error({ code: 'bad-label', message: `Label value "${value}" ${valueProblem}.`, at: entry.value })
  }
  return labels
}
