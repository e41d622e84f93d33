/** Every machine of a cluster: its nodes and hosts, and the edge. */

import type { Cluster } from '../kubernetes/cluster.ts'
import { clusterScripts } from '../kubernetes/cluster-scripts.ts'
import type { NodeScript } from '../net/node-script.ts'
import { edgeScripts } from './internet-gateway.ts'
import { loadBalancerScripts } from './load-balancer.ts'

/** With `before` null: scripts of fresh machines (nodes, hosts, gateway, load balancer, internet). Otherwise only what changes. */
export function nodeScripts(before: Cluster | null, after: Cluster): NodeScript[] {
  return [...clusterScripts(before, after), ...loadBalancerScripts(before, after), ...edgeScripts(before, after)]
}
