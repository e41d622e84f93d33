/** kubernetes-sigs/ip-masq-agent: masquerade what leaves the cluster, with the pod, Service and node networks as nonMasqueradeCIDRs. */
import { formatCidr } from '../../net/cidr.ts'
import type { ScriptCommand } from '../../net/node-script.ts'
import type { Cluster, ClusterNode } from '../cluster.ts'
import { command } from '../machine-script.ts'

const CHAIN = 'IP-MASQ-AGENT'
const JUMP = 'ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom IP-MASQ-AGENT chain'
const LOCAL = 'ip-masq-agent: local traffic is not subject to MASQUERADE'
const OUTBOUND = 'ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)'

/** The agent's rules on one node. */
export function ipMasqAgent(cluster: Cluster, node: ClusterNode): ScriptCommand[] {
  const segments = node.interfaces.flatMap(
    (nic) => cluster.networks.find((network) => network.meta.name === nic.network && nic.network !== 'internet')?.cidr ?? [],
  )
  const spared = new Set(['169.254.0.0/16', ...[cluster.podCIDR, cluster.serviceCIDR, ...segments].map(formatCidr)])
  const origin = { component: 'ip-masq-agent', object: `node/${node.meta.name}`, line: node.meta.range?.line ?? null }
  return [
    `iptables -w -t nat -N ${CHAIN}`,
    `iptables -w -t nat -A POSTROUTING -m comment --comment "${JUMP}" -m addrtype ! --dst-type LOCAL -j ${CHAIN}`,
    ...[...spared].map((cidr) => `iptables -w -t nat -A ${CHAIN} -d ${cidr} -m comment --comment "${LOCAL}" -j RETURN`),
    `iptables -w -t nat -A ${CHAIN} -m comment --comment "${OUTBOUND}" -j MASQUERADE --random-fully`,
  ].map((run) => command(run, origin))
}
