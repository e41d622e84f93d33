/** Which kube-proxy runs on a node: the cluster's, or, where there are two DaemonSets of it, the one that the node's annotation names. */
import type { Cluster, ClusterNode, KubeProxyConfig } from '../cluster.ts'

/** `packetwalk.dev/kube-proxy-mode: ipvs` at a node. */
export const PROXY_MODE_ANNOTATION = 'packetwalk.dev/kube-proxy-mode'

/** What it may say. */
export const NODE_PROXY_MODES = ['iptables', 'ipvs', 'none'] as const

/** The mode in which a node's Services are written. */
export function proxyModeOf(cluster: Cluster, node: ClusterNode): KubeProxyConfig['mode'] {
  const said = node.meta.annotations[PROXY_MODE_ANNOTATION]
  return NODE_PROXY_MODES.find((mode) => mode === said) ?? cluster.kubeProxy.mode
}
