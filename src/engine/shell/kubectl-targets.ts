/** Which resources, which names, which labels a kubectl command means (cli-runtime pkg/resource/builder.go). */
import { type CommandResult, failed, type KubeApi } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import type { KubectlOptions } from './kubectl-options.ts'
import { type KubeObject, metadataOf, RESOURCES, type Resource } from './kubectl-tables.ts'

export interface Target {
  readonly resource: Resource
  readonly names: string[]
}

/** What a verb says to no words at all. */
const NOTHING_NAMED: Readonly<Record<string, string>> = {
  get: `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.

error: Required resource not specified.
Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).
See 'kubectl get -h' for help and examples`,
  describe:
    'error: You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
  label: 'error: one or more resources must be specified as <resource> <name> or <resource>/<name>',
  annotate: 'error: one or more resources must be specified as <resource> <name> or <resource>/<name>',
}
const NOTHING_TO_CHANGE = `error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`

/** `pods`, `po,svc`, `pod/web`, `pods web db`. */
export function readTargets(words: readonly string[], options: KubectlOptions): Target[] | CommandResult {
  const [first] = words
  if (first === undefined) return failed(NOTHING_NAMED[options.verb] ?? NOTHING_TO_CHANGE)
  const all = options.verb === 'delete' && options.flags.has('all')
  if (all && options.selector !== null) return failed("error: setting 'all' parameter but found a non empty selector. ")
  const selecting = all || options.selector !== null
  const slashes = words.filter((word) => word.includes('/')).length
  if (slashes > 0 && slashes < words.length)
    return failed(
      "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    )
  const types = first === 'all' ? ['pods', 'services', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'] : first.split(',')
  if (selecting && (slashes > 0 || (types.length > 1 && words.length > 1)))
    return failed('error: selectors and the all flag cannot be used when passing resource/name arguments')
  if (slashes > 0) return targetsWithSlash(words)
  const targets: Target[] = []
  for (const type of types) {
    const resource = resourceNamed(type)
    if (resource === undefined) return unknown(type)
    targets.push({ resource, names: words.slice(1) })
  }
  return selecting && words.length > 1 ? failed('error: name cannot be provided when a selector is specified') : targets
}

function targetsWithSlash(words: readonly string[]): Target[] | CommandResult {
  const targets: Target[] = []
  for (const word of words) {
    const [type = '', name = '', ...more] = word.split('/')
    if (more.length > 0) return failed('error: arguments in resource/name form may not have more than one slash')
    if (type === '' || name === '' || type.includes(','))
      return failed('error: arguments in resource/name form must have a single resource and name')
    const resource = resourceNamed(type)
    if (resource === undefined) return unknown(type)
    const same = targets.find((target) => target.resource === resource)
    if (same) same.names.push(name)
    else targets.push({ resource, names: [name] })
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
    const exists = /^\s*(!?)\s*([^=!\s]+)\s*$/.exec(term)
    if (set) {
      const values = (set[3] ?? '').split(',').map((value) => value.trim())
      tests.push((labels) => values.includes(labels[set[1] ?? ''] ?? '\0') === (set[2] === 'in'))
    } else if (equal) tests.push((labels) => (labels[equal[1] ?? ''] === equal[3]) === (equal[2] !== '!='))
    else if (exists) tests.push((labels) => Object.hasOwn(labels, exists[2] ?? '') === (exists[1] === ''))
    else return failed(`Error from server (BadRequest): Unable to find {"" "v1" "pods"} that match label selector "${text}"`)
  }
  return (labels) => tests.every((test) => test(labels))
}

export interface NamedObject {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
}

/** The objects that are meant: by name, by label, or all of them. */
export function namesOf(targets: readonly Target[], options: KubectlOptions, kube: KubeApi): NamedObject[] | CommandResult {
  const matches = options.selector === null ? null : readSelector(options.selector)
  if (matches !== null && typeof matches !== 'function') return matches
  const found: NamedObject[] = []
  for (const { resource, names } of targets) {
    for (const name of names) found.push({ resource, namespace: resource.namespaced ? options.namespace : '', name })
    if (names.length > 0) continue
    if (matches === null && !options.flags.has('all')) return failed('error: resource(s) were provided, but no name was specified')
    const all = (kube.list(resource.plural, resource.namespaced ? options.namespace : null) ?? []) as readonly KubeObject[]
    for (const object of all) {
      const { name, namespace = '', labels = {} } = metadataOf(object)
      if (matches === null || matches(labels)) found.push({ resource, namespace, name })
    }
  }
  return found
}

/** The object of that name. */
export function objectNamed(kube: KubeApi, { resource, namespace, name }: NamedObject): KubeObject | undefined {
  const all = (kube.list(resource.plural, resource.namespaced ? namespace : null) ?? []) as readonly KubeObject[]
  return all.find((object) => metadataOf(object).name === name)
}
