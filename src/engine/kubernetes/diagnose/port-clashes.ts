/** Containers that cannot listen, for another one does. */
import type { ContainerPort, Pod } from '../cluster.ts'
import { fieldsAt, integerAt, mapsAt, stringAt, valueAt } from '../fields.ts'
import type { ObjectSource } from '../object-source.ts'
import type { Report, Span } from '../report.ts'
import type { Value } from '../value.ts'
import { type Fix, writeInstead } from './edit.ts'

/** What pods were made of: their places in the text, and the objects that stand there. */
interface Written {
  readonly places: ReadonlyMap<string, Span>
  readonly objects: readonly ObjectSource[]
}

interface Listener {
  readonly pod: Pod
  readonly container: string
}

const HIGHEST_PORT = 65535

/** Two programs cannot listen on one port of one network namespace. */
export function checkPortClashes(pods: readonly Pod[], { places, objects }: Written, report: Report): void {
  const taken = new Map<string, Listener>()
  const sources = new Map(objects.map((object) => [object.ref, object]))
  for (const pod of pods) {
    const netns = pod.hostNetwork ? `node ${pod.nodeName}` : `pod ${pod.meta.namespace}/${pod.meta.name}`
    for (const container of pod.containers) {
      for (const port of container.ports) {
        const key = (number: number): string => `${netns} ${number}/${port.protocol}`
        const other = taken.get(key(port.containerPort))
        if (other === undefined) {
          taken.set(key(port.containerPort), { pod, container: container.name })
          continue
        }
        const written = writtenPort(sources.get(pod.owner ?? `pod/${pod.meta.namespace}/${pod.meta.name}`), container.name, port)
        const fix = anotherPort({ port, written, key }, taken, isSameText(pod, other.pod))
        report.warning({
          code: 'port-in-use',
          message: `Container "${container.name}" cannot listen on ${port.containerPort}/${port.protocol}: "${nameOf(other)}" already does, in the same network namespace.`,
          at: written ?? places.get(`${pod.meta.namespace}/${pod.meta.name}`) ?? { from: 0, to: 0 },
          ...(fix && { fix }),
        })
      }
    }
  }
}

const nameOf = ({ pod, container }: Listener): string => (pod.hostNetwork ? `${pod.meta.name}/${container}` : container)

/** Replicas of one template: another number would move both. */
const isSameText = (pod: Pod, other: Pod): boolean => pod !== other && pod.owner !== null && pod.owner === other.owner

/** The value of `containerPort` as written; null where the port stands nowhere. */
function writtenPort(source: ObjectSource | undefined, name: string, { containerPort, protocol }: ContainerPort): Value | null {
  if (source === undefined) return null
  const spec = fieldsAt(source.fields, 'spec')
  const podSpec = source.info.kind === 'Pod' ? spec : fieldsAt(fieldsAt(spec, 'template'), 'spec')
  const container = mapsAt(podSpec, 'containers').find((one) => stringAt(one, 'name') === name)
  if (container === undefined) return null
  const ports = mapsAt(container, 'ports')
  // The last one: within a container the first of two is the one that listens.
  const port = ports.findLast(
    (one) => integerAt(one, 'containerPort') === containerPort && (stringAt(one, 'protocol') ?? 'TCP') === protocol,
  )
  return port === undefined ? null : valueAt(port, 'containerPort')
}

interface Clash {
  readonly port: ContainerPort
  readonly written: Value | null
  readonly key: (number: number) => string
}

/** The next number that nobody listens on; null where a number cannot mend it. */
function anotherPort({ port, written, key }: Clash, taken: ReadonlyMap<string, Listener>, same: boolean): Fix | null {
  if (same || written?.kind !== 'scalar') return null
  for (let free = port.containerPort + 1; free <= HIGHEST_PORT; free++)
    if (!taken.has(key(free))) return writeInstead(written, String(free), `Listen on ${free}`)
  return null
}
