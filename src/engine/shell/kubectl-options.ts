/** Words and options of kubectl: which resources, which names, which labels. */
import { type CommandResult, failed, type KubeApi, type ShellContext } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import { RESOURCES, type Resource } from './kubectl-tables.ts'

export interface KubectlOptions {
  readonly verb: string
  readonly namespace: string
  readonly allNamespaces: boolean
  readonly output: string
  readonly selector: string | null
  readonly headers: boolean
  readonly showLabels: boolean
  /** Options without a value that were given, without dashes. */
  readonly flags: ReadonlySet<string>
  /** Options with a value, by their long names. */
  readonly values: ReadonlyMap<string, string>
  readonly words: readonly string[]
  /** How many words stand before `--`; null: there is none. */
  readonly commandAt: number | null
}

/** One verb: the words after it, the options, the API server, and where it is typed. */
export type KubectlCommand = (words: readonly string[], options: KubectlOptions, kube: KubeApi, context: ShellContext) => CommandResult

/** Short names of options that take a value. */
const SHORT: Readonly<Record<string, string>> = { n: 'namespace', o: 'output', l: 'selector', f: 'filename', p: 'patch', c: 'container' }
const WITH_VALUE = [
  ...Object.values(SHORT),
  'type',
  'replicas',
  'current-replicas',
  'grace-period',
  'subresource',
  'cascade',
  'timeout',
  'tail',
  'since',
]
const FLAGS = ['all-namespaces', 'no-headers', 'show-labels', 'force', 'now', 'wait', 'all', 'overwrite', 'ignore-not-found', 'server-side']
const SHORT_FLAGS: Readonly<Record<string, string>> = { A: 'all-namespaces' }
/** Those of `logs`, where the letters mean no values. */
const LOG_FLAGS: Readonly<Record<string, string>> = { ...SHORT_FLAGS, f: 'follow', p: 'previous' }
const EXEC_FLAGS: Readonly<Record<string, string>> = { i: 'stdin', t: 'tty', q: 'quiet' }

/**
 * Where the verb stands among the words after `kubectl` (cobra, stripFlags()): before it, an option without `=` takes the next word with it,
 * whatever it is. −1: nowhere.
 */
export function verbAt(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (!/^-./.test(word)) return i
    if (/^(?:--[^=]+|-[^-])$/.test(word)) i++
  }
  return -1
}

/** The words after `kubectl`, as far as they are read. */
interface Reading {
  readonly verb: string
  readonly values: Map<string, string>
  readonly flags: Set<string>
  readonly words: string[]
  /** Those that follow. */
  readonly left: string[]
}

/** Reads the words after `kubectl` without the verb. */
export function readOptions(argv: readonly string[], verb: string): KubectlOptions | CommandResult {
  const reading: Reading = { verb, values: new Map(), flags: new Set(), words: [], left: [...argv] }
  const { values, flags, words, left } = reading
  let commandAt: number | null = null
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') {
      commandAt = words.length
      words.push(...left.splice(0))
    } else if (!word.startsWith('-') || word === '-') words.push(word)
    else {
      const problem = word.startsWith('--') ? readLong(reading, word) : readShort(reading, word.slice(1))
      if (problem !== null) return failed(`error: ${problem}\nSee 'kubectl ${verb} --help' for usage.`)
    }
  }
  return {
    verb,
    namespace: values.get('namespace') ?? 'default',
    allNamespaces: flags.has('all-namespaces'),
    output: values.get('output') ?? '',
    selector: values.get('selector') ?? null,
    headers: !flags.has('no-headers'),
    showLabels: flags.has('show-labels'),
    flags,
    values,
    words,
    commandAt,
  }
}

const shortFlagsOf = ({ verb }: Reading): Readonly<Record<string, string>> =>
  verb === 'logs' ? LOG_FLAGS : verb === 'exec' ? EXEC_FLAGS : SHORT_FLAGS

/** `--name`, `--name=value`, `--name value`; gives what is wrong with it. */
function readLong(reading: Reading, word: string): string | null {
  const equals = word.indexOf('=')
  const name = word.slice(2, equals < 0 ? undefined : equals)
  const given = equals < 0 ? undefined : word.slice(equals + 1)
  if (FLAGS.includes(name) || Object.values(shortFlagsOf(reading)).includes(name)) return setFlag(reading, name, given ?? 'true')
  if (!WITH_VALUE.includes(name)) return `unknown flag: --${name}`
  const value = given ?? reading.left.shift()
  if (value === undefined) return `flag needs an argument: ${word}`
  reading.values.set(name, value)
  return null
}

/** Letters behind one dash: flags, and at last one with a value. */
function readShort(reading: Reading, letters: string): string | null {
  const letter = letters.charAt(0)
  const behind = letters.slice(1)
  const flag = shortFlagsOf(reading)[letter]
  if (flag !== undefined) {
    if (behind.startsWith('=')) return setFlag(reading, flag, behind.slice(1))
    return setFlag(reading, flag, 'true') ?? (behind === '' ? null : readShort(reading, behind))
  }
  const name = SHORT[letter]
  if (name === undefined) return `unknown shorthand flag: '${letter}' in -${letters}`
  const value = behind === '' ? reading.left.shift() : behind.replace(/^=/, '')
  if (value === undefined) return `flag needs an argument: '${letter}' in -${letters}`
  reading.values.set(name, value)
  return null
}

/** Go: strconv.ParseBool(). */
function setFlag(reading: Reading, name: string, value: string): string | null {
  const { flags, values } = reading
  if (/^(?:1|t|T|TRUE|true|True)$/.test(value)) flags.add(name)
  else if (/^(?:0|f|F|FALSE|false|False)$/.test(value)) {
    flags.delete(name)
    values.set(name, 'false')
  } else {
    const short = Object.entries(shortFlagsOf(reading)).find(([, long]) => long === name)?.[0]
    const named = short === undefined ? `--${name}` : `-${short}, --${name}`
    return `invalid argument "${value}" for "${named}" flag: strconv.ParseBool: parsing "${value}": invalid syntax`
  }
  return null
}

export interface Target {
  readonly resource: Resource
  readonly names: string[]
}

/** `pods`, `po,svc`, `pod/web`, `pods web db`. */
export function readTargets(words: readonly string[]): Target[] | CommandResult {
  const first = words[0]
  if (first === undefined)
    return failed(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.',
    )
  const targets: Target[] = []
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
  const types = first === 'all' ? ['pods', 'services', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'] : first.split(',')
  for (const type of types) {
    const resource = resourceNamed(type)
    if (resource === undefined) return unknown(type)
    targets.push({ resource, names: words.slice(1) })
  }
  return targets
}

/** Resources of Kubernetes' own API groups that `get` has no table for: names and short names, singular. */
const NOT_MODELLED = new Set(
  'apiservice certificatesigningrequest clusterrole clusterrolebinding cm componentstatus configmap controllerrevision crd cronjob cj csr customresourcedefinition event ev horizontalpodautoscaler hpa ing ingress ingressclass job lease limit limitrange mutatingwebhookconfiguration netpol networkpolicy pc pdb persistentvolume persistentvolumeclaim poddisruptionbudget podtemplate priorityclass pv pvc quota rc replicationcontroller resourcequota role rolebinding runtimeclass sa sc secret serviceaccount storageclass validatingwebhookconfiguration volumeattachment'.split(
    ' ',
  ),
)

function unknown(type: string): CommandResult {
  const name = type.toLowerCase().split('.')[0] ?? ''
  const singular = [name, name.replace(/s$/, ''), name.replace(/es$/, ''), name.replace(/ies$/, 'y')]
  return singular.some((one) => NOT_MODELLED.has(one))
    ? notModelled('kubectl', `the resource "${type}"`)
    : failed(`error: the server doesn't have a resource type "${type}"`)
}

/** A resource by its plural, its singular or its short name. */
export function resourceNamed(text: string): Resource | undefined {
  const name = text.toLowerCase().split('.')[0] ?? ''
  return RESOURCES.find((resource) => resource.plural === name || resource.names.includes(name))
}

/** Equality-based and `in`/`notin`/exists terms, joined by commas. */
export function readSelector(text: string): ((labels: Readonly<Record<string, string>>) => boolean) | CommandResult {
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
