/** NetworkPolicies: whom they select. No CNI plugin that is modelled enforces them, so what they allow is not worked out; it is said where it matters. */
import type { Cluster, NetworkPolicy, Pod } from './cluster.ts'
import { fieldsAt, stringsAt, valueAt } from './fields.ts'
import type { ObjectSource } from './object-source.ts'
import { plainSelector, selectorHolds } from './selected-by.ts'

/** What is said about a walk beside its outcome. */
export interface Remark {
  readonly code: 'policy-not-enforced'
  readonly sentence: string
  /** What it is about: 'networkpolicy/default/deny', and its 1-based line of the text; null where it has none. */
  readonly object: string
  readonly line: number | null
}

/** Reads whom a policy selects, and for which direction: without policyTypes for ingress, and for egress where it has rules for that. */
export function decodeNetworkPolicy({ fields, meta }: ObjectSource): NetworkPolicy {
  const spec = fieldsAt(fields, 'spec')
  const types = stringsAt(spec, 'policyTypes')
  const egress = valueAt(spec, 'egress')
  return {
    meta,
    podSelector: plainSelector(fieldsAt(spec, 'podSelector').map),
    ingress: types.length === 0 || types.includes('Ingress'),
    egress: types.length === 0 ? egress?.kind === 'list' && egress.items.length > 0 : types.includes('Egress'),
  }
}

/** Why nothing comes of a policy here: the beginning of a sentence. */
export function whoDoesNotEnforce({ plugin, simulates }: Cluster['cni']): string {
  if (simulates !== undefined) return `The CNI plugin ${simulates} is simulated as ${plugin}, which does not enforce NetworkPolicies`
  return plugin === 'none' ? 'No CNI plugin enforces NetworkPolicies here' : `The CNI plugin ${plugin} does not enforce NetworkPolicies`
}

/** Where a walk that was delivered went: names of places, 'pod/default/web', and of the socket that took it, 'pod/default/web:80'. */
interface WalkEnds {
  readonly client: string
  readonly server: string | null
}

/** The policies that select an end of the walk for its direction. Pods on the host network are selected by none; a pod reaches itself, and its node it, whatever they say. */
export function remarksOn(cluster: Cluster, { client, server }: WalkEnds): readonly Remark[] {
  if (cluster.networkPolicies.length === 0) return []
  const from = podAt(cluster, client)
  const to = podAt(cluster, server?.replace(/:\d+$/, '') ?? null)
  if (from !== null && from === to) return []
  const fromNode = to !== null && client === `node/${to.nodeName}`
  return cluster.networkPolicies.flatMap((policy) => [
    ...(policy.ingress && to !== null && !fromNode && isSelected(policy, to)
      ? [remark(cluster, policy, `${to.meta.name} for ingress`)]
      : []),
    ...(policy.egress && from !== null && isSelected(policy, from) ? [remark(cluster, policy, `${from.meta.name} for egress`)] : []),
  ])
}

function podAt({ pods }: Cluster, place: string | null): Pod | null {
  return pods.find(({ meta, hostNetwork }) => !hostNetwork && place === `pod/${meta.namespace}/${meta.name}`) ?? null
}

function isSelected({ meta, podSelector }: NetworkPolicy, pod: Pod): boolean {
  return pod.meta.namespace === meta.namespace && selectorHolds(podSelector, pod.meta.labels)
}

function remark({ cni }: Cluster, { meta }: NetworkPolicy, whom: string): Remark {
  return {
    code: 'policy-not-enforced',
    sentence: `${whoDoesNotEnforce(cni)}: NetworkPolicy ${meta.namespace}/${meta.name} selects ${whom}, and whether it would stop this walk is not modelled.`,
    object: `networkpolicy/${meta.namespace}/${meta.name}`,
    line: meta.range?.line ?? null,
  }
}
