/** Hints that the EndpointSlice controller gives (endpointslice pkg/topologycache and pkg/trafficdist): for which zone or node an endpoint is meant. */
import type { ClusterNode, Endpoint, Service } from './cluster.ts'

type Hints = Pick<Endpoint, 'hintsForZones' | 'hintsForNodes'>
const NONE: Hints = { hintsForZones: null, hintsForNodes: null }
/** A zone may get this much more than its share before its endpoints are given to others. */
const OVERLOAD_THRESHOLD = 0.2
const ZONE = 'topology.kubernetes.io/zone'

/** The endpoints of a Service, all slices together, with their hints. */
export function withHints(endpoints: readonly Endpoint[], service: Service, nodes: readonly ClusterNode[]): Endpoint[] {
  if (service.trafficDistribution !== null)
    return endpoints.map((endpoint) => ({ ...endpoint, ...preferred(endpoint, service.trafficDistribution) }))
  if (!wantsAuto(service)) return [...endpoints]
  const zones = allocate(endpoints, nodes)
  return endpoints.map((endpoint, i) => ({ ...endpoint, ...NONE, hintsForZones: zones?.get(i) ?? null }))
}

const wantsAuto = ({ meta: { annotations } }: Service): boolean => {
  const mode = annotations['service.kubernetes.io/topology-aware-hints'] ?? annotations['service.kubernetes.io/topology-mode']
  return mode === 'Auto' || mode === 'auto'
}

const isReady = (endpoint: Endpoint): boolean => endpoint.ready ?? true

/** trafficdist: every ready endpoint is meant for its own zone; with PreferSameNode for its own node first. */
function preferred(endpoint: Endpoint, distribution: Service['trafficDistribution']): Hints {
  if (!isReady(endpoint)) return NONE
  return {
    hintsForZones: endpoint.zone === null ? null : [endpoint.zone],
    hintsForNodes: distribution === 'PreferSameNode' && endpoint.nodeName !== null ? [endpoint.nodeName] : null,
  }
}

/**
 * topologycache AddHints: each zone gets a share of the endpoints by its share of the CPUs (here: of the nodes). Null where that cannot be
 * done fairly: one zone, fewer endpoints than zones, a node or an endpoint without a zone.
 */
function allocate(endpoints: readonly Endpoint[], nodes: readonly ClusterNode[]): Map<number, string[]> | null {
  const ready = [...endpoints.entries()].filter(([, endpoint]) => isReady(endpoint))
  const zoneOf = (node: ClusterNode): string | undefined => node.meta.labels[ZONE]
  const counted = nodes.filter((node) => !('node-role.kubernetes.io/control-plane' in node.meta.labels))
  const zones = [...new Set(counted.flatMap((node) => zoneOf(node) ?? []))].sort()
  if (counted.some((node) => zoneOf(node) === undefined) || ready.some(([, endpoint]) => endpoint.zone === null)) return null
  if (zones.length < 2 || zones.length > ready.length) return null
  const shares = new Map(
    zones.map((zone) => {
      const desired = (counted.filter((node) => zoneOf(node) === zone).length / counted.length) * ready.length
      return [zone, { desired, minimum: Math.ceil(desired / (1 + OVERLOAD_THRESHOLD)) }]
    }),
  )
  if ([...shares.values()].reduce((sum, { minimum }) => sum + minimum, 0) > ready.length) return null
  const hints = new Map(ready.map(([index, endpoint]) => [index, endpoint.zone ?? '']))
  redistribute(hints, shares)
  return new Map([...hints].map(([index, zone]) => [index, [zone]]))
}

/** Zones with too many endpoints give to those with fewer than their minimum. */
function redistribute(
  hints: Map<number, string>,
  shares: ReadonlyMap<string, { readonly desired: number; readonly minimum: number }>,
): void {
  const count = (zone: string): number => [...hints.values()].filter((one) => one === zone).length
  for (const [zone, { minimum }] of shares) {
    while (count(zone) < minimum) {
      const giver = [...shares]
        .map(([other, { desired }]) => ({ other, surplus: count(other) - desired }))
        .sort((a, b) => b.surplus - a.surplus)[0]
      const given = giver && giver.surplus > 0 ? [...hints].find(([, other]) => other === giver.other) : undefined
      if (given === undefined) return
      hints.set(given[0], zone)
    }
  }
}
