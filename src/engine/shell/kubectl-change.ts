/** `kubectl delete | scale | apply`. */
import { parseAllDocuments } from 'yaml'
import { type CommandResult, failed, type KubeApi, type KubeChange, printed } from './command.ts'
import { readFile } from './files.ts'
import { notModelled } from './ip-arguments.ts'
import type { KubectlCommand, KubectlOptions } from './kubectl-options.ts'
import { type KubeObject, RESOURCES } from './kubectl-tables.ts'
import { type NamedObject, namesOf, objectNamed, readTargets } from './kubectl-targets.ts'

const READ_ONLY = 'this API server only answers questions'

/** Asks for a change; the text of the answer. */
function request(kube: KubeApi, change: KubeChange, force = false): { readonly done: string } | { readonly error: string } {
  if (!kube.change) return { error: `error: ${READ_ONLY}` }
  const answer = kube.change(change, force)
  return answer.ok ? { done: answer.done } : { error: answer.message }
}

/** Results of several requests as one. */
function joined(lines: readonly ({ readonly out: string } | { readonly error: string })[]): CommandResult {
  const stdout = lines.map((line) => ('out' in line ? `${line.out}\n` : '')).join('')
  const stderr = lines.map((line) => ('error' in line ? `${line.error}\n` : '')).join('')
  return { stdout, stderr, code: stderr === '' ? 0 : 1, effects: [] }
}

/** `kubectl delete RESOURCE NAME… | RESOURCE/NAME… | RESOURCE --all | RESOURCE -l SELECTOR | -f -`. */
export const kubectlDelete: KubectlCommand = (words, options, kube, context) => {
  // Without --force a grace period of 0 is taken for 1.
  const force = options.flags.has('force')
  const grace = options.values.get('grace-period')
  if (force && Number(grace ?? 0) > 0) return failed('error: --force and --grace-period greater than 0 cannot be specified together')
  if (options.flags.has('now') && grace !== undefined) return failed('error: --now and --grace-period cannot be specified together')
  const file = options.values.get('filename')
  if (file !== undefined) {
    const objects = readManifest(file, options, context)
    if ('code' in objects) return objects
    return joined(objects.map((object) => deleteOne(kube, targetOf(object), force)))
  }
  const targets = readTargets(words, options)
  if ('code' in targets) return targets
  const named = namesOf(targets, options, kube)
  if ('code' in named) return named
  const ignored = (one: { readonly out: string } | { readonly error: string }): boolean =>
    options.flags.has('ignore-not-found') && 'error' in one && one.error.startsWith('Error from server (NotFound)')
  const said = joined(named.map((one) => deleteOne(kube, one, force)).filter((one) => !ignored(one)))
  if (named.length === 0) return { ...printed(''), stdout: 'No resources found\n' }
  const warning =
    'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n'
  return force ? { ...said, stderr: warning + said.stderr } : said
}

function deleteOne(
  kube: KubeApi,
  { resource, namespace, name }: NamedObject,
  force: boolean,
): { readonly out: string } | { readonly error: string } {
  const answer = request(kube, { verb: 'delete', resource: resource.plural, namespace, name }, force)
  return 'error' in answer ? answer : { out: `${resource.kindPath} "${name}" ${force ? 'force ' : ''}deleted` }
}

/** `kubectl scale RESOURCE NAME --replicas=N`. */
export const kubectlScale: KubectlCommand = (words, options, kube) => {
  const text = options.values.get('replicas')
  if (text === undefined) return failed('error: required flag(s) "replicas" not set')
  if (!/^-?\d+$/.test(text))
    return failed(
      `error: invalid argument "${text}" for "--replicas" flag: strconv.ParseInt: parsing "${text}": invalid syntax\nSee 'kubectl scale --help' for usage.`,
    )
  if (Number(text) < 0) return failed('error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0')
  const targets = readTargets(words, options)
  if ('code' in targets) return targets
  const named = namesOf(targets, options, kube)
  if ('code' in named) return named
  const none = named
    .filter((one) => objectNamed(kube, one) === undefined)
    .map(({ resource, name }) => `${resource.full} "${name}" not found`)
  if (none.length === named.length) {
    const what = none.length > 1 ? ` [${none.join(', ')}]` : none.map((one) => ` ${one}`).join('')
    return failed(`error: no objects passed to scale${what}`)
  }
  return joined(
    named.map(({ resource, namespace, name }) => {
      const answer = request(kube, { verb: 'scale', resource: resource.plural, namespace, name, replicas: Number(text) })
      return 'error' in answer ? answer : { out: `${resource.kindPath}/${name} scaled` }
    }),
  )
}

/** `kubectl apply -f FILE`, `-` being the standard input. */
export const kubectlApply: KubectlCommand = (words, options, kube, context) => {
  if (words.length > 0) return failed(`error: Unexpected args: [${words.join(' ')}]\nSee 'kubectl apply -h' for help and examples`)
  const file = options.values.get('filename')
  if (file === undefined) return failed('error: must specify one of -f and -k')
  const objects = readManifest(file, options, context)
  if ('code' in objects) return objects
  return joined(
    objects.map((object) => {
      const answer = request(kube, { verb: 'apply', text: JSON.stringify(object) })
      const { resource, name } = targetOf(object)
      return 'error' in answer ? answer : { out: `${resource.kindPath}/${name} ${answer.done}` }
    }),
  )
}

/** The objects of a manifest, each with a namespace; lists are unpacked. */
function readManifest(file: string, options: KubectlOptions, context: Parameters<KubectlCommand>[3]): KubeObject[] | CommandResult {
  if (file.includes('://')) return notModelled('kubectl', '-f URL')
  const text = file === '-' ? context.stdin : readFile(context, file)
  if (text === null) return failed(`error: the path "${file}" does not exist`)
  const objects: KubeObject[] = []
  for (const document of parseAllDocuments(text, { prettyErrors: true, logLevel: 'silent' })) {
    const [problem] = document.errors
    if (problem) return failed(`error: error parsing ${file === '-' ? 'STDIN' : file}: ${problem.message.split('\n')[0]}`)
    objects.push(...unpacked(document.toJS() as unknown))
  }
  for (const object of objects) {
    const unset = ['apiVersion', 'kind'].filter((key) => object[key] === undefined || object[key] === null).map((key) => `${key} not set`)
    const what = unset.length > 1 ? `[${unset.join(', ')}]` : unset[0]
    const hint = 'if you choose to ignore these errors, turn validation off with --validate=false'
    if (what !== undefined)
      return failed(`error: error validating "${file === '-' ? 'STDIN' : file}": error validating data: ${what}; ${hint}`)
  }
  if (objects.length === 0) return failed(`error: no objects passed to ${options.verb}`)
  return objects.map((object) => withNamespace(object, options.namespace))
}

function unpacked(value: unknown): KubeObject[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const object = value as KubeObject
  return object.kind === 'List' && Array.isArray(object.items) ? object.items.flatMap(unpacked) : [object]
}

function withNamespace(object: KubeObject, namespace: string): KubeObject {
  const metadata = (object.metadata ?? {}) as Readonly<Record<string, unknown>>
  const { resource } = targetOf(object)
  return resource.namespaced && metadata.namespace === undefined ? { ...object, metadata: { ...metadata, namespace } } : object
}

/** What an object of a manifest is called. A kind without a table of its own is called by its lower-case name. */
function targetOf(object: KubeObject): NamedObject {
  const kind = String(object.kind ?? '').toLowerCase()
  const metadata = (object.metadata ?? {}) as { readonly name?: unknown; readonly namespace?: unknown }
  const known = RESOURCES.find(({ kindPath }) => kindPath.split('.')[0] === kind)
  const resource = known ?? { plural: `${kind}s`, names: [kind], namespaced: true, full: `${kind}s`, kindPath: kind, columns: [] }
  return { resource, namespace: String(metadata.namespace ?? 'default'), name: String(metadata.name ?? '') }
}
