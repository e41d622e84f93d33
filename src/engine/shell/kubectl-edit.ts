/** `kubectl label | annotate | patch`: an object is read, changed and applied. */
import { parse } from 'yaml'
import { type CommandResult, failed, type KubeApi } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import { namesOf } from './kubectl-change.ts'
import { type KubectlCommand, type KubectlOptions, readTargets } from './kubectl-options.ts'
import { type KubeObject, metadataOf, type Resource } from './kubectl-tables.ts'

type Json = Readonly<Record<string, unknown>>
interface Edit {
  readonly object: KubeObject
  /** 'labeled', 'patched' … */
  readonly said: string
}

/** `kubectl label RESOURCE NAME KEY=VALUE… KEY-…`. */
export const kubectlLabel: KubectlCommand = (words, options, kube) => editPairs('labels', words, options, kube)

/** `kubectl annotate RESOURCE NAME KEY=VALUE… KEY-…`. */
export const kubectlAnnotate: KubectlCommand = (words, options, kube) => editPairs('annotations', words, options, kube)

function editPairs(field: 'labels' | 'annotations', words: readonly string[], options: KubectlOptions, kube: KubeApi): CommandResult {
  const isPair = (word: string): boolean => /^[^=/]*[./\w-]+=|^[\w./-]+-$/.test(word)
  const firstPair = words.findIndex((word, i) => i > 0 && isPair(word))
  if (firstPair < 0) return failed(`error: at least one ${field === 'labels' ? 'label' : 'annotation'} update is required`)
  const pairs = words.slice(firstPair)
  return edit(words.slice(0, firstPair), options, {
    kube,
    change: (object) => withPairs(object, { field, pairs, overwrite: options.flags.has('overwrite') }),
  })
}

function withPairs(
  object: KubeObject,
  { field, pairs, overwrite }: { readonly field: 'labels' | 'annotations'; readonly pairs: readonly string[]; readonly overwrite: boolean },
): Edit | CommandResult {
  const metadata = object.metadata as Json
  const values = new Map(Object.entries((metadata[field] ?? {}) as Readonly<Record<string, string>>))
  let only = true
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    if (equals < 0) {
      values.delete(pair.slice(0, -1))
      continue
    }
    only = false
    const [key, value] = [pair.slice(0, equals), pair.slice(equals + 1)]
    const had = values.get(key)
    if (had !== undefined && had !== value && !overwrite)
      return failed(`error: '${key}' already has a value (${had}), and --overwrite is false`)
    values.set(key, value)
  }
  const said = field === 'annotations' ? 'annotated' : only ? 'unlabeled' : 'labeled'
  return { object: { ...object, metadata: { ...metadata, [field]: Object.fromEntries(values) } }, said }
}

/** `kubectl patch RESOURCE NAME -p PATCH [--type strategic|merge]`. */
export const kubectlPatch: KubectlCommand = (words, options, kube) => {
  const text = options.values.get('patch')
  const type = options.values.get('type') ?? 'strategic'
  if (text === undefined) return failed('error: must specify --patch or --patch-file containing the contents of the patch')
  if (type !== 'strategic' && type !== 'merge') return notModelled('kubectl', `patch --type=${type}`)
  let patch: unknown
  try {
    patch = parse(text)
  } catch {
    return failed(`error: unable to parse "${text}": yaml: invalid`)
  }
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
    return failed(`error: unable to parse "${text}": yaml: not a mapping`)
  const change = (object: KubeObject): Edit => ({ object: merge(object, patch, type === 'strategic') as KubeObject, said: 'patched' })
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
  readonly change: (object: KubeObject) => Edit | CommandResult
}

/** Reads each object that is named, changes it, applies it. */
function edit(words: readonly string[], options: KubectlOptions, { kube, change }: Editing): CommandResult {
  const targets = readTargets(words)
  if ('code' in targets) return targets
  const named = namesOf(targets, options, kube)
  if ('code' in named) return named
  let stdout = ''
  for (const { resource, namespace, name } of named) {
    const object = find(kube, resource, { namespace, name })
    if (object === null) return { ...failed(`Error from server (NotFound): ${resource.full} "${name}" not found`), stdout }
    const edited = change(object)
    if ('code' in edited) return { ...edited, stdout }
    const answer = kube.change?.({ verb: 'apply', text: JSON.stringify(edited.object) }, false)
    if (!answer?.ok) return { ...failed(answer?.message ?? 'error: this API server only answers questions'), stdout }
    stdout += `${resource.kindPath}/${name} ${edited.said}\n`
  }
  return { stdout, stderr: '', code: 0, effects: [] }
}

function find(
  kube: KubeApi,
  resource: Resource,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): KubeObject | null {
  const all = (kube.list(resource.plural, resource.namespaced ? namespace : null) ?? []) as readonly KubeObject[]
  return all.find((object) => metadataOf(object).name === name) ?? null
}
