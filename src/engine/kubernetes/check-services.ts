/** What the API server accepts and yet will not work: selectors that match nothing, target ports nobody listens on. */
import type { Labels, Pod } from './cluster.ts'
import type { ServiceDraft, ServicePortDraft } from './decode/service.ts'
import { findPort } from './endpoint-slices.ts'
import { nearest } from './nearest.ts'
import type { Report, Span } from './report.ts'
import { LabelIndex } from './selector.ts'

/** Warns about Services of the text whose traffic would arrive nowhere. */
export function checkServices(drafts: readonly ServiceDraft[], pods: readonly Pod[], report: Report): void {
  const index = new LabelIndex(pods)
  for (const draft of drafts) {
    if (draft.selector === null) continue
    const selected = index.select(draft.meta.namespace, draft.selector)
    if (selected.length === 0) reportNoMatch(draft, draft.selector, pods, report)
    else for (const port of draft.ports) checkTargetPort(port, selected, report)
  }
  for (const draft of drafts) {
    if (draft.type !== 'LoadBalancer' || draft.loadBalancerIngress.length > 0 || draft.needsLoadBalancer) continue
    report.info({
      code: 'load-balancer-pending',
      message:
        'Nobody gives this Service an address: its status is written without one, or its loadBalancerClass is not here. EXTERNAL-IP stays <pending>; from outside, use the node port.',
      at: draft.at.name,
    })
  }
}

function reportNoMatch(draft: ServiceDraft, selector: Labels, pods: readonly Pod[], report: Report): void {
  const said = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const hint = closest(selector, draft.meta.namespace, pods)
  report.warning({
    code: 'selector-matches-nothing',
    message: `No pod in namespace ${draft.meta.namespace} has the labels ${said}: this Service has no endpoints.${hint?.text ?? ''}`,
    at: draft.at.selector,
    ...(hint?.change && { fix: labelFix(draft.at.selector, hint.change, report) }),
  })
}

type Hint = { readonly text: string; readonly change: { readonly key: string; readonly from: string; readonly to: string } | null }

/** The pod that misses by the least: one label with another value, or the right labels in another namespace. */
function closest(selector: Labels, namespace: string, pods: readonly Pod[]): Hint | null {
  const elsewhere = pods.find(
    (pod) => pod.meta.namespace !== namespace && Object.entries(selector).every(([key, value]) => pod.meta.labels[key] === value),
  )
  if (elsewhere) return { text: ` Pod ${elsewhere.meta.name} has them, but in namespace ${elsewhere.meta.namespace}.`, change: null }
  for (const pod of pods) {
    if (pod.meta.namespace !== namespace) continue
    const wrong = Object.entries(selector).filter(([key, value]) => pod.meta.labels[key] !== value)
    const [key, value] = wrong[0] ?? []
    const has = key === undefined ? undefined : pod.meta.labels[key]
    if (wrong.length !== 1 || key === undefined || value === undefined || has === undefined) continue
    const near = nearest(
      value,
      pods.filter((p) => p.meta.namespace === namespace).flatMap((p) => p.meta.labels[key] ?? []),
    )
    const to = near ?? has
    return {
      text: ` Did you mean ${key}: ${to}, as pod ${pods.find((p) => p.meta.labels[key] === to)?.meta.name ?? pod.meta.name} has?`,
      change: { key, from: value, to },
    }
  }
  return null
}

/** Replaces the value on the line of the selector that holds it. */
function labelFix(
  selector: Span,
  change: { key: string; from: string; to: string },
  report: Report,
): { title: string; changes: { from: number; to: number; insert: string }[] } {
  const keyAt = report.text.indexOf(change.key, selector.from)
  const from = report.text.indexOf(change.from, keyAt + change.key.length)
  return { title: `Write ${change.key}: ${change.to}`, changes: [{ from, to: from + change.from.length, insert: change.to }] }
}

function checkTargetPort(port: ServicePortDraft, pods: readonly Pod[], report: Report): void {
  const at = port.at.targetPort
  if (typeof port.targetPort === 'string') {
    if (pods.some((pod) => findPort(pod, port) !== null)) return
    const names = [
      ...new Set(
        pods.flatMap((pod) =>
          pod.containers.flatMap((c) => c.ports.flatMap((p) => (p.name === null || p.protocol !== port.protocol ? [] : [p.name]))),
        ),
      ),
    ]
    const near = nearest(port.targetPort, names) ?? (names.length === 1 ? (names[0] ?? null) : null)
    const hint =
      near !== null
        ? ` Did you mean "${near}"?`
        : names.length > 0
          ? ` Their ports: ${names.join(', ')}.`
          : ' None of their ports has a name.'
    const fix = near === null ? {} : { fix: { title: `Write ${near}`, changes: [{ from: at.from, to: at.to, insert: near }] } }
    report.warning({
      code: 'target-port-missing',
      message: `No container of the selected pods has a ${port.protocol} port called "${port.targetPort}": this port has no endpoints.${hint}`,
      at,
      ...fix,
    })
    return
  }
  const listens = (pod: Pod): boolean =>
    pod.containers.some((c) => c.ports.some((p) => p.containerPort === port.targetPort && p.protocol === port.protocol))
  if (pods.some(listens)) return
  const ports = [...new Set(pods.flatMap((pod) => pod.containers.flatMap((c) => c.ports.map((p) => `${p.containerPort}/${p.protocol}`))))]
  report.warning({
    code: 'target-port-missing',
    message: `Nothing in the selected pods listens on ${port.targetPort}/${port.protocol}: connections will be refused. They listen on ${ports.join(', ') || 'nothing'}.`,
    at,
  })
}

/** Two programs cannot listen on one port of one network namespace. */
export function checkPortClashes(pods: readonly Pod[], places: ReadonlyMap<string, Span>, report: Report): void {
  const taken = new Map<string, string>()
  for (const pod of pods) {
    const netns = pod.hostNetwork ? `node ${pod.nodeName}` : `pod ${pod.meta.namespace}/${pod.meta.name}`
    for (const container of pod.containers) {
      for (const port of container.ports) {
        const key = `${netns} ${port.containerPort}/${port.protocol}`
        const other = taken.get(key)
        const who = pod.hostNetwork ? `${pod.meta.name}/${container.name}` : container.name
        if (other !== undefined)
          report.warning({
            code: 'port-in-use',
            message: `Container "${container.name}" cannot listen on ${port.containerPort}/${port.protocol}: "${other}" already does, in the same network namespace.`,
            at: places.get(`${pod.meta.namespace}/${pod.meta.name}`) ?? { from: 0, to: 0 },
          })
        else taken.set(key, who)
      }
    }
  }
}
