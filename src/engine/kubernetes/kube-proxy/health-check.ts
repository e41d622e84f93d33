/** kube-proxy pkg/proxy/healthcheck: the ports on which it says whether a node should get a Service's traffic. */
import type { ProgramSpec } from '../../net/node-script.ts'
import type { Cluster, ClusterNode } from '../cluster.ts'
import { localReadyEndpoints } from '../load-balancer.ts'
import { proxyModeOf } from './mode.ts'

/** One health check port; `service` null: /healthz, by which load balancers ask for Services of policy Cluster. */
export interface HealthPort {
  readonly port: number
  readonly service: { readonly namespace: string; readonly name: string } | null
  /** Ready endpoints of the Service on this node. */
  readonly localEndpoints: number
}

const HEALTHZ: HealthPort = { port: 10256, service: null, localEndpoints: 0 }

/** The servers of one node. None where no load balancer asks. */
export function healthServers(cluster: Cluster, node: ClusterNode): ProgramSpec[] {
  const asked = cluster.services.filter((service) => service.type === 'LoadBalancer')
  if (proxyModeOf(cluster, node) === 'none' || asked.length === 0) return []
  const ports = asked.flatMap((service): HealthPort[] => {
    if (service.healthCheckNodePort === null || service.externalTrafficPolicy !== 'Local') return []
    const { namespace, name } = service.meta
    const localEndpoints = localReadyEndpoints(cluster.endpointSlices, service, node.meta.name)
    return [{ port: service.healthCheckNodePort, service: { namespace, name }, localEndpoints }]
  })
  const owner = `node/${node.meta.name}`
  const all = [HEALTHZ, ...ports]
  return [
    {
      netns: null,
      program: 'service-health',
      listen: all.map(({ port }) => ({ protocol: 'tcp', port, address: null })),
      owner,
      container: 'kube-proxy',
      config: all,
      origin: { component: 'kube-proxy', object: owner, line: node.meta.range?.line ?? null },
    },
  ]
}
