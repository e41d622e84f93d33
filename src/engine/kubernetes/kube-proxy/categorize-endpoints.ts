/** kube-proxy pkg/proxy/topology.go (v1.30): which endpoints of a service port a node uses, for which policy. */
import type { Labels } from '../cluster.ts'
import type { ProxyEndpoint, ProxyServicePort } from './service-ports.ts'

/** What of a service port decides. */
export type EndpointPolicy = Pick<
  ProxyServicePort,
  'endpoints' | 'internalPolicyLocal' | 'externalPolicyLocal' | 'externallyAccessible' | 'usesTopologyHints' | 'prefersSameNode'
>

export interface CategorizedEndpoints {
  /** For traffic policy Cluster; empty when nothing uses it. */
  readonly cluster: readonly ProxyEndpoint[]
  /** For traffic policy Local; empty when nothing uses it. */
  readonly local: readonly ProxyEndpoint[]
  /** Their union, sorted: those that need a chain. */
  readonly all: readonly ProxyEndpoint[]
  readonly hasEndpoints: boolean
  readonly hasInternal: boolean
  readonly hasExternal: boolean
}

/**
 * Contract: ready endpoints before serving and terminating ones, decided for each policy on its own; zone hints only for policy
 * Cluster and only when every ready endpoint has some and one fits this node's zone.
 */
export function categorizeEndpoints(port: EndpointPolicy, nodeLabels: Labels): CategorizedEndpoints {
  const { endpoints } = port
  const ready = endpoints.filter((e) => e.ready)
  const leaving = endpoints.filter((e) => e.serving && e.terminating)
  const usesCluster = !port.internalPolicyLocal || port.externallyAccessible
  const usesLocal = port.internalPolicyLocal || (port.externalPolicyLocal && port.externallyAccessible)
  const near = usesCluster ? filterByTopology(ready, port, nodeLabels) : []
  const cluster = !usesCluster ? [] : near.length > 0 ? near : leaving
  const readyHere = ready.filter((e) => e.isLocal)
  const local = !usesLocal ? [] : readyHere.length > 0 ? readyHere : leaving.filter((e) => e.isLocal)
  const hasEndpoints = cluster.length > 0 || (usesLocal && (ready.length > 0 || leaving.length > 0))
  const used = new Set([...cluster, ...local])
  return {
    cluster,
    local,
    all: endpoints.filter((e) => used.has(e)),
    hasEndpoints,
    hasInternal: hasEndpoints && !(port.internalPolicyLocal && local.length === 0),
    hasExternal: hasEndpoints && !(port.externalPolicyLocal && local.length === 0),
  }
}

/** Hints count only where every ready endpoint has some and one fits: those for this node first, where they are preferred, then those for its zone. */
function filterByTopology(ready: readonly ProxyEndpoint[], port: EndpointPolicy, nodeLabels: Labels): readonly ProxyEndpoint[] {
  if (!port.usesTopologyHints) return ready
  const node = nodeLabels['kubernetes.io/hostname']
  const onNode =
    port.prefersSameNode && ready.every((e) => e.nodeHints.length > 0) ? ready.filter((e) => e.nodeHints.includes(node ?? '')) : []
  if (onNode.length > 0) return onNode
  const zone = nodeLabels['topology.kubernetes.io/zone']
  if (!zone || ready.some((e) => e.zoneHints.length === 0)) return ready
  const here = ready.filter((e) => e.zoneHints.includes(zone))
  return here.length > 0 ? here : ready
}
