/** kubectl 1.30: `kubectl get`. Tables as pkg/printers/internalversion/printers.go makes them (see kubectl-tables.ts). */
import { stringify } from 'yaml'
import { type Command, type CommandResult, failed, type KubeApi, printed } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import { type KubeObject, metadataOf, RESOURCES, type Resource, tableOf } from './kubectl-tables.ts'

interface Options {
  readonly namespace: string
  readonly allNamespaces: boolean
  readonly output: string
  readonly selector: string | null
  readonly headers: boolean
  readonly showLabels: boolean
  readonly words: readonly string[]
}

/** `kubectl get RESOURCE[,RESOURCE] [NAME…] [-n NS | -A] [-o wide|yaml|json|name] [-l SELECTOR] [--no-headers]`. */
export const kubectl: Command = (argv, context) => {
  const options = readOptions(argv.slice(1))
  if ('code' in options) return options
  const [verb, ...words] = options.words
  if (verb === undefined)
    return failed('kubectl controls the Kubernetes cluster manager.\n\nUsage:\n  kubectl get RESOURCE [NAME] [options]')
  if (verb !== 'get') return VERBS.has(verb) ? notModelled('kubectl', verb) : failed(`error: unknown command "${verb}" for "kubectl"`)
  if (context.kube === null)
    return failed('The connection to the server localhost:8080 was refused - did you specify the right host or port?')
  return get(words, options, context.kube)
}

const VERBS = new Set([
  'apply',
  'create',
  'delete',
  'describe',
  'edit',
  'exec',
  'logs',
  'scale',
  'patch',
  'label',
  'run',
  'expose',
  'rollout',
  'config',
  'explain',
  'api-resources',
  'port-forward',
  'annotate',
  'cordon',
  'drain',
  'version',
])

function readOptions(argv: readonly string[]): Options | CommandResult {
  const values = new Map<string, string>()
  const words: string[] = []
  const aliases: Readonly<Record<string, string>> = {
    '-n': 'namespace',
    '--namespace': 'namespace',
    '-o': 'output',
    '--output': 'output',
    '-l': 'selector',
    '--selector': 'selector',
  }
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    const equals = /^(--[a-z-]+)=(.*)$/.exec(word)
    const attached = /^(-[nol])=?(.+)$/.exec(word)
    const split = equals ?? (word.startsWith('--') ? null : attached)
    const name = aliases[split?.[1] ?? word]
    if (word === '-A' || word === '--all-namespaces') values.set('all', '')
    else if (word === '--no-headers' || word === '--show-labels') values.set(word.slice(2), '')
    else if (name !== undefined) {
      const value = split ? split[2] : argv[++i]
      if (value === undefined)
        return failed(
          word.startsWith('--') ? `error: flag needs an argument: ${word}` : `error: flag needs an argument: '${word.slice(1)}' in ${word}`,
        )
      values.set(name, value)
    } else if (word.startsWith('--')) return failed(`error: unknown flag: ${word.split('=')[0]}\nSee 'kubectl get --help' for usage.`)
    else if (word.startsWith('-'))
      return failed(`error: unknown shorthand flag: '${word.charAt(1)}' in ${word}\nSee 'kubectl get --help' for usage.`)
    else words.push(word)
  }
  return {
    namespace: values.get('namespace') ?? 'default',
    allNamespaces: values.has('all'),
    output: values.get('output') ?? '',
    selector: values.get('selector') ?? null,
    headers: !values.has('no-headers'),
    showLabels: values.has('show-labels'),
    words,
  }
}

/** Objects of one resource that were asked for. */
interface Selection {
  readonly resource: Resource
  readonly objects: readonly KubeObject[]
}

function get(words: readonly string[], options: Options, kube: KubeApi): CommandResult {
  const asked = readTargets(words)
  if ('code' in asked) return asked
  const format = options.output.split('=')[0] ?? ''
  if (!['', 'wide', 'yaml', 'json', 'name'].includes(format)) {
    if (/^(jsonpath|custom-columns|go-template)/.test(format)) return notModelled('kubectl', `-o ${format}`)
    return failed(
      `error: unable to match a printer suitable for the output format "${options.output}", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml`,
    )
  }
  const matches = options.selector === null ? () => true : readSelector(options.selector)
  if (typeof matches !== 'function') return matches
  const selections: Selection[] = []
  let stderr = ''
  for (const { resource, names } of asked) {
    const namespace = resource.namespaced && !options.allNamespaces ? options.namespace : null
    const listed = kube.list(resource.plural, namespace)
    if (listed === null) return failed(`error: the server doesn't have a resource type "${resource.plural}"`)
    const all = listed as readonly KubeObject[]
    for (const name of names)
      if (!all.some((object) => metadataOf(object).name === name))
        stderr += `Error from server (NotFound): ${resource.full} "${name}" not found\n`
    selections.push({
      resource,
      objects: all.filter(
        (object) => (names.length === 0 || names.includes(metadataOf(object).name)) && matches(metadataOf(object).labels ?? {}),
      ),
    })
  }
  const single = asked.length === 1 && asked[0]?.names.length === 1
  const stdout = print(selections, options, single, stderr === '')
  if (stdout === '' && stderr === '' && format !== 'name') {
    const scoped = asked.some(({ resource }) => resource.namespaced) && !options.allNamespaces
    return { ...printed(''), stderr: scoped ? `No resources found in ${options.namespace} namespace.\n` : 'No resources found\n' }
  }
  return { stdout, stderr, code: stderr === '' ? 0 : 1, effects: [] }
}

/** `pods`, `po,svc`, `pod/web`, `pods web db`. */
function readTargets(words: readonly string[]): { readonly resource: Resource; readonly names: string[] }[] | CommandResult {
  const first = words[0]
  if (first === undefined)
    return failed(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.',
    )
  const targets: { resource: Resource; names: string[] }[] = []
  const unknown = (type: string): CommandResult => failed(`error: the server doesn't have a resource type "${type}"`)
  if (first.includes('/')) {
    for (const word of words) {
      const [type = '', name] = word.split('/')
      const resource = resourceNamed(type)
      if (resource === undefined) return unknown(type)
      if (name === undefined)
        return failed(
          "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
        )
      const same = targets.find((target) => target.resource === resource)
      if (same) same.names.push(name)
      else targets.push({ resource, names: [name] })
    }
    return targets
  }
  const types = first === 'all' ? ['pods', 'services', 'deployments', 'replicasets'] : first.split(',')
  for (const type of types) {
    const resource = resourceNamed(type)
    if (resource === undefined) return unknown(type)
    targets.push({ resource, names: words.slice(1) })
  }
  return targets
}

function resourceNamed(text: string): Resource | undefined {
  const name = text.toLowerCase().split('.')[0] ?? ''
  return RESOURCES.find((resource) => resource.plural === name || resource.names.includes(name))
}

/** Equality-based and `in`/`notin`/exists terms, joined by commas. */
function readSelector(text: string): ((labels: Readonly<Record<string, string>>) => boolean) | CommandResult {
  const tests: ((labels: Readonly<Record<string, string>>) => boolean)[] = []
  for (const term of text.match(/(?:[^,(]|\([^)]*\))+/g) ?? []) {
    const set = /^\s*(\S+)\s+(in|notin)\s*\(([^)]*)\)\s*$/.exec(term)
    const equal = /^\s*([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)\s*$/.exec(term)
    const exists = /^\s*(!?)([^=!\s]+)\s*$/.exec(term)
    if (set) {
      const values = (set[3] ?? '').split(',').map((value) => value.trim())
      tests.push((labels) => values.includes(labels[set[1] ?? ''] ?? '\0') === (set[2] === 'in'))
    } else if (equal) tests.push((labels) => (labels[equal[1] ?? ''] === equal[3]) === (equal[2] !== '!='))
    else if (exists) tests.push((labels) => Object.hasOwn(labels, exists[2] ?? '') === (exists[1] === ''))
    else return failed(`Error from server (BadRequest): Unable to find {"" "v1" "pods"} that match label selector "${text}"`)
  }
  return (labels) => tests.every((test) => test(labels))
}

function print(selections: readonly Selection[], options: Options, single: boolean, complete: boolean): string {
  if (options.output === 'name')
    return selections
      .flatMap(({ resource, objects }) => objects.map((object) => `${resource.kindPath}/${metadataOf(object).name}\n`))
      .join('')
  if (options.output === 'yaml' || options.output === 'json') {
    const objects = selections.flatMap((selection) => selection.objects)
    if (single && !complete) return ''
    const value = single ? objects[0] : { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }
    return options.output === 'json'
      ? `${JSON.stringify(value, null, 4)}\n`
      : stringify(sortKeys(value), { lineWidth: 0, indentSeq: false, aliasDuplicateObjects: false })
  }
  const shown = selections.filter(({ objects }) => objects.length > 0)
  const prefix = selections.length > 1
  const wide = options.output === 'wide'
  const tables = shown.map(({ resource, objects }) =>
    formatTable(
      tableOf(resource, objects, { wide, namespace: options.allNamespaces && resource.namespaced, prefix, labels: options.showLabels }),
      options.headers,
    ),
  )
  return tables.join('\n')
}

/** Keys in alphabetical order, as the YAML printer of kubectl gives them. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  )
}

/** cli-runtime's tabwriter: three spaces after the longest cell, six columns at least; the last one is not padded. */
function formatTable(rows: readonly (readonly string[])[], headers: boolean): string {
  const shown = headers ? rows : rows.slice(1)
  const widths = (rows[0] ?? []).map((_head, column) => Math.max(0, ...shown.map((row) => row[column]?.length ?? 0)))
  return shown
    .map(
      (row) =>
        `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(Math.max((widths[column] ?? 0) + 3, 6)))).join('')}\n`,
    )
    .join('')
}
