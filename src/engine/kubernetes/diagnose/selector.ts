/** A selector that matches no pod: by which label, or which namespace, it misses. */
import type { Cluster, Labels, Pod } from '../cluster.ts'
import { fieldsAt, placeOf } from '../fields.ts'
import { nearest } from '../nearest.ts'
import type { ObjectSource } from '../object-source.ts'
import { matchesLabels } from '../selector.ts'
import { type Fix, writeField } from './edit.ts'
import { specOf, type WrittenService } from './service-source.ts'

/** What was probably meant, as the end of the message, and the edit that writes it. */
interface Hint {
  readonly text: string
  readonly fix: Fix | null
}

const NO_HINT: Hint = { text: '', fix: null }

/** Reports a Service whose selector matches nothing. `hints`: whether to look for what was meant, which takes a look at every pod. */
export function diagnoseSelector(
  written: WrittenService,
  { cluster, sources, hints }: { readonly cluster: Cluster; readonly sources: ReadonlyMap<string, ObjectSource>; readonly hints: boolean },
): void {
  const { service, pods, report } = written
  const { selector } = service
  if (selector === null || pods.length > 0) return
  const { namespace } = service.meta
  const hint = hints ? (idleWorkload(selector, namespace, { cluster, sources }) ?? otherPods(written, selector, cluster.pods)) : NO_HINT
  report.warning({
    code: 'selector-matches-nothing',
    message: `No pod in namespace ${namespace} has the labels ${labelText(selector)}: this Service has no endpoints.${hint.text}`,
    at: placeOf(specOf(written), 'selector'),
    ...(hint.fix && { fix: hint.fix }),
  })
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')

/** A workload whose pods would match, if it had any. */
function idleWorkload(
  selector: Labels,
  namespace: string,
  { cluster, sources }: { readonly cluster: Cluster; readonly sources: ReadonlyMap<string, ObjectSource> },
): Hint | null {
  const idle = cluster.workloads.find(
    ({ meta, replicas, template }) => replicas === 0 && meta.namespace === namespace && matchesLabels(selector, template.labels),
  )
  if (idle === undefined) return null
  const source = sources.get(`${idle.kind.toLowerCase()}/${namespace}/${idle.meta.name}`)
  return {
    text: ` ${idle.kind} ${idle.meta.name} would match, but it has replicas: 0.`,
    fix: source === undefined ? null : writeField(fieldsAt(source.fields, 'spec'), 'replicas', '1'),
  }
}

function otherPods(written: WrittenService, selector: Labels, pods: readonly Pod[]): Hint {
  const { namespace } = written.service.meta
  const elsewhere = pods.find((pod) => pod.meta.namespace !== namespace && matchesLabels(selector, pod.meta.labels))
  if (elsewhere)
    return {
      text: ` Pod ${elsewhere.meta.name} has them, but in namespace ${elsewhere.meta.namespace}.`,
      fix: writeField(fieldsAt(written.source.fields, 'metadata'), 'namespace', elsewhere.meta.namespace),
    }
  const own = pods.filter((pod) => pod.meta.namespace === namespace)
  return nearMiss(written, selector, own) ?? whatThereIs(own)
}

/** The pod that misses by the least: one label has another value. */
function nearMiss(written: WrittenService, selector: Labels, pods: readonly Pod[]): Hint | null {
  for (const pod of pods) {
    const wrong = Object.entries(selector).filter(([key, value]) => pod.meta.labels[key] !== value)
    const [key, value] = wrong[0] ?? []
    const has = key === undefined ? undefined : pod.meta.labels[key]
    if (wrong.length !== 1 || key === undefined || value === undefined || has === undefined) continue
    const to =
      nearest(
        value,
        pods.flatMap((other) => other.meta.labels[key] ?? []),
      ) ?? has
    const like = pods.find((other) => other.meta.labels[key] === to) ?? pod
    return {
      text: ` Did you mean ${key}: ${to}, as pod ${like.meta.name} has?`,
      fix: writeField(fieldsAt(specOf(written), 'selector'), key, to),
    }
  }
  return null
}

/** The labels that pods of the namespace do have. */
function whatThereIs(pods: readonly Pod[]): Hint {
  const sets = [...new Set(pods.map((pod) => labelText(pod.meta.labels)).filter((text) => text !== ''))]
  if (sets.length === 0) return NO_HINT
  return { text: ` Its pods have: ${sets.slice(0, 3).join('; ')}${sets.length > 3 ? ' …' : ''}.`, fix: null }
}
