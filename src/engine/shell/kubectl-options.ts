/** Words and options of kubectl: which resources, which names, which labels. */
import { type CommandResult, failed, type KubeApi, type ShellContext } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import { RESOURCES, type Resource } from './kubectl-tables.ts'

export interface KubectlOptions {
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
/** What the letters of `logs` stand for: no values. */
const LOG_FLAGS: Readonly<Record<string, string>> = { '-f': 'follow', '--follow': 'follow', '-p': 'previous', '--previous': 'previous' }

/** Reads the words after `kubectl`. */
export function readOptions(argv: readonly string[]): KubectlOptions | CommandResult {
  const values = new Map<string, string>()
  const flags = new Set<string>()
  const words: string[] = []
  const logs = argv.find((word) => !word.startsWith('-')) === 'logs'
  const usage = (problem: string): CommandResult => failed(`error: ${problem}\nSee 'kubectl ${words[0] ?? argv[0]} --help' for usage.`)
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    const logFlag = logs ? LOG_FLAGS[word] : undefined
    if (logFlag !== undefined) {
      flags.add(logFlag)
      continue
    }
    if (!/^-./.test(word)) {
      words.push(word)
      continue
    }
    if (word === '-A') {
      flags.add('all-namespaces')
      continue
    }
    const long = /^--([a-z-]+)(?:=(.*))?$/s.exec(word)
    const short = long ? null : /^-([a-z])=?(.+)?$/s.exec(word)
    const name = long ? (long[1] ?? '') : (SHORT[short?.[1] ?? ''] ?? '')
    if (FLAGS.includes(name)) {
      if (long?.[2] !== 'false') flags.add(name)
      else flags.delete(name)
      if (long?.[2] === 'false') values.set(name, 'false')
      continue
    }
    if (!WITH_VALUE.includes(name)) {
      return usage(long ? `unknown flag: --${name}` : `unknown shorthand flag: '${word.charAt(1)}' in ${word}`)
    }
    const value = (long ?? short)?.[2] ?? argv[++i]
    if (value === undefined) return usage(`flag needs an argument: ${long ? word : `'${word.slice(1)}' in ${word}`}`)
    values.set(name, value)
  }
  return {
    namespace: values.get('namespace') ?? 'default',
    allNamespaces: flags.has('all-namespaces'),
    output: values.get('output') ?? '',
    selector: values.get('selector') ?? null,
    headers: !flags.has('no-headers'),
    showLabels: flags.has('show-labels'),
    flags,
    values,
    words,
  }
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
