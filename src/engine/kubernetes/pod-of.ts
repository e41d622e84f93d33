/** A placed pod with its address → the pod as it runs. */
import type { Pod } from './cluster.ts'
import { hexHash, uuidHash } from './hash.ts'
import type { AddressedPod } from './ipam.ts'

/** The names of its veth and of its namespace are made of its own. */
export function podOf({ draft, node, podIP }: AddressedPod): Pod {
  const identity = `${draft.meta.namespace}/${draft.meta.name}`
  return {
    meta: draft.meta,
    nodeName: node.meta.name,
    hostNetwork: draft.hostNetwork,
    podIP,
    containers: draft.containers,
    ready: draft.ready,
    terminating: draft.terminating,
    hostAliases: draft.hostAliases,
    hostname: draft.hostname,
    subdomain: draft.subdomain,
    dnsPolicy: draft.dnsPolicy,
    dnsConfig: draft.dnsConfig,
    owner: draft.owner,
    veth: draft.hostNetwork ? null : `veth${hexHash(`veth ${identity}`, 8)}`,
    netns: draft.hostNetwork ? null : `cni-${uuidHash(`netns ${identity}`)}`,
  }
}
