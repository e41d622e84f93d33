/** `kubectl logs` (kubectl pkg/cmd/logs, polymorphichelpers/logsforobject.go). */
import { type CommandResult, failed, type KubeApi, printed } from './command.ts'
import type { KubectlCommand, KubectlOptions } from './kubectl-options.ts'
import { type KubeObject, metadataOf } from './kubectl-tables.ts'
import { objectNamed, resourceNamed } from './kubectl-targets.ts'

const USAGE =
  "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples"

/** `kubectl logs POD|TYPE/NAME [-c CONTAINER] [-f] [--tail=N]`. Nothing more comes while nothing else happens: -f ends like the rest. */
export const kubectlLogs: KubectlCommand = (words, options, kube) => {
  const [word, given, ...more] = words
  if (word === undefined || more.length > 0) return failed(USAGE)
  if (given !== undefined && options.values.has('container')) return failed('error: only one of -c or an inline [CONTAINER] arg is allowed')
  const chosen = podOf(word, options, kube)
  if ('code' in chosen) return chosen
  const { name, containers } = chosen
  const wanted = given ?? options.values.get('container')
  if (wanted !== undefined && !containers.includes(wanted)) return failed(`error: container ${wanted} is not valid for pod ${name}`)
  const container = wanted ?? containers[0] ?? ''
  if (options.flags.has('previous'))
    return failed(`Error from server (BadRequest): previous terminated container "${container}" in pod "${name}" not found`)
  const defaulted =
    wanted === undefined && containers.length > 1 ? `Defaulted container "${container}" out of: ${containers.join(', ')}\n` : ''
  const text = kube.logs?.(options.namespace, name, container) ?? ''
  return { ...printed(lastLines(text, Number(options.values.get('tail') ?? '-1'))), stderr: chosen.said + defaulted }
}

function lastLines(text: string, count: number): string {
  const lines = text.split('\n').slice(0, -1)
  return count < 0
    ? text
    : lines
        .slice(Math.max(0, lines.length - count))
        .map((line) => `${line}\n`)
        .join('')
}

/** A pod that a word means. */
export interface ChosenPod {
  readonly name: string
  readonly containers: readonly string[]
  /** What kubectl says about the choice. */
  readonly said: string
}

const record = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? { ...value } : {})

/** The pod of that name, or the first that a workload's or a Service's selector finds. */
export function podOf(
  word: string,
  { namespace }: KubectlOptions,
  kube: KubeApi,
  verb: 'logs' | 'exec' = 'logs',
): ChosenPod | CommandResult {
  const [before = '', behind] = word.split('/')
  const [type, name] = behind === undefined ? ['pods', before] : [before, behind]
  const resource = resourceNamed(type)
  if (resource === undefined) return failed(`error: the server doesn't have a resource type "${type}"`)
  const object = objectNamed(kube, { resource, namespace, name })
  if (object === undefined)
    return failed(
      verb === 'exec'
        ? `Error from server (NotFound): ${resource.full} "${name}" not found`
        : `error: error from server (NotFound): ${resource.full} "${name}" not found in namespace "${namespace}"`,
    )
  if (resource.plural === 'pods') return { ...containersOf(object), said: '' }
  const { selector } = record(object.spec)
  if (selector === undefined) {
    const kind = `*v1.${String(object.kind)}`
    const why =
      resource.plural === 'services'
        ? `invalid service '${name}': Service is defined without a selector`
        : `selector for ${kind} not implemented`
    return failed(`error: cannot ${verb === 'exec' ? 'attach to' : 'get the logs from'} ${kind}: ${why}`)
  }
  const wanted = Object.entries(record(record(selector).matchLabels ?? selector))
  const pods = ((kube.list('pods', namespace) ?? []) as readonly KubeObject[]).filter((one) =>
    wanted.every(([key, value]) => metadataOf(one).labels?.[key] === value),
  )
  const [first] = pods
  if (first === undefined) return failed('error: timed out waiting for the condition')
  const said = pods.length > 1 && verb === 'logs' ? `Found ${pods.length} pods, using pod/${metadataOf(first).name}\n` : ''
  return { ...containersOf(first), said }
}

function containersOf(pod: KubeObject): Pick<ChosenPod, 'name' | 'containers'> {
  const { containers } = record(pod.spec)
  const names = Array.isArray(containers) ? containers.map((one) => String(record(one).name)) : []
  return { name: metadataOf(pod).name, containers: names }
}
