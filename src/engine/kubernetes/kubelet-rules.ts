/** kubelet pkg/kubelet/kubelet_network_linux.go (v1.30.3), initNetworkUtil() and syncIPTablesRules(): the netfilter rules of the kubelet itself. */
import type { ScriptCommand, ScriptOrigin } from '../net/node-script.ts'
import type { Cluster, ClusterNode } from './cluster.ts'
import { ensureCanaries, ensureChain, ensureJumps, type Jump, KUBELET_CANARY, makeCanaries, makeJumps } from './ensure-rules.ts'
import { proxyModeOf } from './kube-proxy/mode.ts'
import { command } from './machine-script.ts'

/** By this chain others see whether iptables-nft or iptables-legacy is in use. */
const HINT = 'KUBE-IPTABLES-HINT'
const FIREWALL: readonly Jump[] = ['OUTPUT', 'INPUT'].map((chain) => ({ table: 'filter', chain, target: 'KUBE-FIREWALL', match: '' }))
const MARTIANS =
  'KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP'

const originOf = (node: ClusterNode): ScriptOrigin => ({
  component: 'kubelet',
  object: `node/${node.meta.name}`,
  line: node.meta.range?.line ?? null,
})

/** In iptables mode kube-proxy writes the same chain and rule. */
const ownsFirewall = (cluster: Cluster, node: ClusterNode): boolean => proxyModeOf(cluster, node) !== 'iptables'

/** First start on a fresh node. */
export function kubeletRules(cluster: Cluster, node: ClusterNode): ScriptCommand[] {
  const firewall = ownsFirewall(cluster, node) ? [...makeJumps(FIREWALL), `iptables -w -t filter -A ${MARTIANS}`] : []
  return [`iptables -w -t mangle -N ${HINT}`, ...firewall, ...makeCanaries(KUBELET_CANARY)].map((run) => command(run, originOf(node)))
}

/** After somebody flushed the tables. */
export function kubeletFullSync(cluster: Cluster, node: ClusterNode): ScriptCommand[] {
  const martians = `iptables -w -t filter -C ${MARTIANS} 2>/dev/null || iptables -w -t filter -A ${MARTIANS}`
  const firewall = ownsFirewall(cluster, node) ? [...ensureJumps(FIREWALL), martians] : []
  return [ensureChain('mangle', HINT), ...firewall, ...ensureCanaries(KUBELET_CANARY)].map((run) => command(run, originOf(node)))
}
