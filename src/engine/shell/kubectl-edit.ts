/** `kubectl label | annotate | patch`: an object is read, changed and applied. */
import { parse } from 'yaml'
import { type CommandResult, failed, type KubeApi } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import type { KubectlCommand, KubectlOptions } from './kubectl-options.ts'
import type { KubeObject } from './kubectl-tables.ts'
import { type NamedObject, namesOf, objectNamed, readTargets } from './kubectl-targets.ts'

type Json = Readonly<Record<string, unknown>>
interface Edit {
  readonly object: KubeObject
  /** 'labeled', 'patched' … */
  readonly said: string
  /** Lines before that. */
  readonly noted: string
}

/** Why an object is not changed. */
interface Refusal {
  readonly errors: readonly string[]
}

/** `kubectl label RESOURCE NAME KEY=VALUE… KEY-…`. */
export const kubectlLabel: KubectlCommand = (words, options, kube) => editPairs('labels', words, options, kube)

/** `kubectl annotate RESOURCE NAME KEY=VALUE… KEY-…`. */
export const kubectlAnnotate: KubectlCommand = (words, options, kube) => editPairs('annotations', words, options, kube)

function editPairs(field: 'labels' | 'annotations', words: readonly string[], options: KubectlOptions, kube: KubeApi): CommandResult {
  const isPair = (word: string): boolean => word.includes('=') || word.endsWith('-')
  const firstPair = words.findIndex(isPair)
  const [named, pairs] = firstPair < 0 ? [words, []] : [words.slice(0, firstPair), words.slice(firstPair)]
  const one = field === 'labels' ? 'label' : 'annotation'
  const late = pairs.find((word) => !isPair(word))
  if (late !== undefined) return failed(`error: all resources must be specified before ${one} changes: ${late}`)
  if (named.length > 0 && pairs.length === 0) return failed(`error: at least one ${one} update is required`)
  const values = new Map(pairs.filter((pair) => pair.includes('=')).map((pair) => [keyOf(pair), pair.slice(keyOf(pair).length + 1)]))
  const removed = pairs.filter((pair) => !pair.includes('=')).map(keyOf)
  const both = removed.filter((key) => values.has(key))
  if (both.length > 0)
    return failed(
      field === 'labels'
        ? 'error: can not both modify and remove a label in the same command'
        : `error: can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`,
    )
  const overwrite = options.flags.has('overwrite')
  return edit(named, options, {
    kube,
    change: (object) =>
      field === 'labels' ? withLabels(object, { values, removed, overwrite }) : withAnnotations(object, { values, removed, overwrite }),
  })
}

/** Of `KEY=VALUE` and `KEY-`. */
const keyOf = (pair: string): string => (pair.includes('=') ? pair.slice(0, pair.indexOf('=')) : pair.slice(0, -1))

interface Pairs {
  readonly values: ReadonlyMap<string, string>
  readonly removed: readonly string[]
  readonly overwrite: boolean
}

/** "'tier' already has a value (front)", of each that would be overwritten. */
function overwritten(had: Readonly<Record<string, string>>, { values, overwrite }: Pairs): string[] {
  const others = [...values].filter(([key, value]) => Object.hasOwn(had, key) && had[key] !== value)
  return overwrite ? [] : others.map(([key]) => `'${key}' already has a value (${had[key]})`)
}

function withPairs(object: KubeObject, field: 'labels' | 'annotations', { values, removed }: Pairs): KubeObject {
  const metadata = object.metadata as Json
  const pairs = new Map([...Object.entries((metadata[field] ?? {}) as Readonly<Record<string, string>>), ...values])
  for (const key of removed) pairs.delete(key)
  return { ...object, metadata: { ...metadata, [field]: Object.fromEntries(pairs) } }
}

/** label.go: what it says of a change depends on which text is longer. */
function withLabels(object: KubeObject, pairs: Pairs): Edit | Refusal {
  const had = ((object.metadata as Json).labels ?? {}) as Readonly<Record<string, string>>
  const refused = overwritten(had, pairs)
  if (refused.length > 0) return { errors: refused.map((text) => `error: ${text}, and --overwrite is false`) }
  const edited = withPairs(object, 'labels', pairs)
  const [before, after] = [JSON.stringify(object), JSON.stringify(edited)]
  const said = before === after ? 'not labeled' : !pairs.overwrite && after.length < before.length ? 'unlabeled' : 'labeled'
  const absent = pairs.removed.filter((key) => !Object.hasOwn(had, key)).map((key) => `label "${key}" not found.\n`)
  return { object: edited, said, noted: absent.join('') }
}

function withAnnotations(object: KubeObject, pairs: Pairs): Edit | Refusal {
  const had = ((object.metadata as Json).annotations ?? {}) as Readonly<Record<string, string>>
  const refused = overwritten(had, pairs)
  if (refused.length > 0)
    return { errors: [`error: --overwrite is false but found the following declared annotation(s): ${refused.join('; ')}`] }
  return { object: withPairs(object, 'annotations', pairs), said: 'annotated', noted: '' }
}

/** `kubectl patch RESOURCE NAME -p PATCH [--type strategic|merge]`. */
export const kubectlPatch: KubectlCommand = (words, options, kube) => {
  const text = options.values.get('patch')
  const type = options.values.get('type') ?? 'strategic'
  if (text === undefined) return failed('error: must specify --patch or --patch-file containing the contents of the patch')
  if (type === 'json') return notModelled('kubectl', 'patch --type=json')
  if (type !== 'strategic' && type !== 'merge') return failed(`error: --type must be one of [json merge strategic], not "${type}"`)
  let patch: unknown
  try {
    patch = parse(text)
  } catch {
    return failed(`error: unable to parse "${text}": yaml: invalid`)
  }
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
    return failed(`error: unable to parse "${text}": yaml: not a mapping`)
  const change = (object: KubeObject): Edit => {
    const patched = merge(object, patch, type === 'strategic') as KubeObject
    const same = JSON.stringify(patched) === JSON.stringify(object)
    return { object: patched, said: same ? 'patched (no change)' : 'patched', noted: '' }
  }
  return edit(words, options, { kube, change })
}

/** Keys by which a strategic merge finds the items of a list (patchMergeKey in the API's types). */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  ports: ['port', 'containerPort'],
  conditions: ['type'],
}

/** RFC 7386, and the strategic merge of lists that have a merge key. */
function merge(value: unknown, patch: unknown, strategic: boolean, field = ''): unknown {
  if (Array.isArray(patch)) {
    const key =
      strategic && Array.isArray(value) ? MERGE_KEYS[field]?.find((name) => patch.every((item) => isMap(item) && name in item)) : undefined
    return key === undefined ? patch : mergeLists(value as unknown[], patch as Json[], key)
  }
  if (!isMap(patch)) return patch
  const merged = new Map(Object.entries(isMap(value) ? value : {}))
  for (const [key, inner] of Object.entries(patch)) {
    if (inner === null) merged.delete(key)
    else merged.set(key, merge(merged.get(key), inner, strategic, key))
  }
  return Object.fromEntries(merged)
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function mergeLists(items: readonly unknown[], patches: readonly Json[], key: string): unknown[] {
  const same = (item: unknown, patch: Json): boolean => isMap(item) && item[key] === patch[key]
  const kept = items.map((item) =>
    patches.filter((patch) => same(item, patch)).reduce((one: unknown, patch) => merge(one, patch, true), item),
  )
  return [...kept, ...patches.filter((patch) => !items.some((item) => same(item, patch)))]
}

interface Editing {
  readonly kube: KubeApi
  readonly change: (object: KubeObject) => Edit | Refusal
}

/** Reads each object that is named, changes it, applies it. One that cannot be changed does not stop the others. */
function edit(words: readonly string[], options: KubectlOptions, { kube, change }: Editing): CommandResult {
  const targets = readTargets(words, options)
  if ('code' in targets) return targets
  const named = namesOf(targets, options, kube)
  if ('code' in named) return named
  let stdout = ''
  const errors: string[] = []
  for (const one of named) {
    const object = objectNamed(kube, one)
    const edited = object === undefined ? notFound(one) : change(object)
    if ('errors' in edited) {
      errors.push(...edited.errors)
      continue
    }
    const answer = kube.change?.({ verb: 'apply', text: JSON.stringify(edited.object) }, false)
    if (answer?.ok) stdout += `${edited.noted}${one.resource.kindPath}/${one.name} ${edited.said}\n`
    else errors.push(answer?.message ?? 'error: this API server only answers questions')
  }
  // CheckErr(): of several errors none is called one.
  const lines = errors.length > 1 ? errors.map((text) => text.replace(/^error: /, '')) : errors
  return { stdout, stderr: lines.map((line) => `${line}\n`).join(''), code: errors.length > 0 ? 1 : 0, effects: [] }
}

function notFound({ resource, name }: NamedObject): Refusal {
  return { errors: [`Error from server (NotFound): ${resource.full} "${name}" not found`] }
}
