/** What a CNI plugin and its agent do to the nodes of a cluster: one file a plugin, all told in the same steps. */
import type { ProgramSpec, ScriptCommand } from '../../net/node-script.ts'
import type { Cluster, ClusterNode, Pod } from '../cluster.ts'
import { bridgePlugin } from './bridge.ts'
import { flannelPlugin } from './flannel.ts'

/** Commands for one peer of a node: those that make it reachable, and those that forget it. */
export interface PeerCommands {
  readonly add: readonly ScriptCommand[]
  readonly remove: readonly ScriptCommand[]
}

export interface CniPlugin {
  /** The agent starts on a node: devices, rules, settings. */
  setup(cluster: Cluster, node: ClusterNode): ScriptCommand[]
  /** By pod network of the peer ("10.244.2.0/24"). */
  peers(cluster: Cluster, node: ClusterNode): Map<string, PeerCommands>
  /** Programs of the agent that the packets pass through. */
  programs(cluster: Cluster, node: ClusterNode): ProgramSpec[]
  /** What the first CNI ADD on a node makes. */
  firstPod(cluster: Cluster, node: ClusterNode): ScriptCommand[]
  /** CNI ADD: the sandbox exists. */
  addPod(cluster: Cluster, node: ClusterNode, pod: Pod): ScriptCommand[]
  /** CNI DEL. */
  deletePod(pod: Pod): ScriptCommand[]
}

/** The plugin of a cluster; null where it has none. */
export function cniPlugin(cluster: Cluster): CniPlugin | null {
  switch (cluster.cni.plugin) {
    case 'bridge':
      return bridgePlugin
    case 'flannel':
      return flannelPlugin
    case 'none':
      return null
  }
}
