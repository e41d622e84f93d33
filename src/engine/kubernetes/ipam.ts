/** host-local IPAM (containernetworking/plugins plugins/ipam/host-local): round-robin in each node's pod CIDR, from .2. */
import { type Address, formatAddress } from '../net/address.ts'
import { type Cidr, cidrContains, cidrLast, formatCidr } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { Pod } from './cluster.ts'
import type { Report } from './report.ts'
import type { PlacedPod } from './scheduler.ts'

/** The gateway's address on the bridge: network + 1. */
export function gatewayOf(podCIDR: Cidr): Address {
  return ipv4(podCIDR.address + 1)
}

export interface AddressedPod extends PlacedPod {
  readonly podIP: Address
}

/** Gives each pod its address: the node's on the host network, `status.podIP` where written, else the next free one of the node. `running` keep theirs, the last started last. */
export function allocatePodIPs(placed: readonly PlacedPod[], running: readonly Pod[], report: Report): AddressedPod[] {
  const owners = new Map<Address, string>(running.flatMap((pod) => (pod.hostNetwork ? [] : [[pod.podIP, pod.meta.name]])))
  for (const { draft, node } of placed)
    if (draft.podIP !== null && !draft.hostNetwork) claimWritten(draft.podIP, { draft, node }, owners, report)
  const last = new Map<string, number>(running.flatMap((pod) => (pod.hostNetwork ? [] : [[pod.nodeName, pod.podIP]])))
  return placed.flatMap((pod) => {
    const { draft, node } = pod
    if (draft.hostNetwork) return [{ ...pod, podIP: node.address }]
    if (draft.podIP !== null) return [{ ...pod, podIP: draft.podIP }]
    const { podCIDR } = node
    const { name } = node.meta
    const podIP = nextFree(podCIDR, last.get(name) ?? gatewayOf(podCIDR), owners)
    if (podIP === null) {
      report.warning({
        code: 'no-address-left',
        message: `Pod ${draft.meta.namespace}/${draft.meta.name} does not start: no IP addresses available in range set ${formatCidr(podCIDR)} of node ${name}.`,
        at: draft.at,
      })
      return []
    }
    last.set(name, podIP)
    owners.set(podIP, draft.meta.name)
    return [{ ...pod, podIP }]
  })
}

function claimWritten(podIP: Address, { draft, node }: PlacedPod, owners: Map<Address, string>, report: Report): void {
  const other = owners.get(podIP)
  if (other !== undefined)
    report.error({
      code: 'duplicate-address',
      message: `status.podIP ${formatAddress(podIP)} already belongs to pod "${other}".`,
      at: draft.at,
    })
  if (!cidrContains(node.podCIDR, podIP)) {
    report.warning({
      code: 'ip-outside-cidr',
      message: `status.podIP ${formatAddress(podIP)} is not in ${formatCidr(node.podCIDR)}, the pod CIDR of node ${node.meta.name}: other nodes have no route to it.`,
      at: draft.at,
    })
  }
  owners.set(podIP, draft.meta.name)
}

/** The address after the last one given, wrapping around; broadcast, network and gateway are never given. */
function nextFree(podCIDR: Cidr, last: number, owners: ReadonlyMap<Address, string>): Address | null {
  const first = podCIDR.address + 2
  const end = cidrLast(podCIDR) - 1
  for (let tried = first; tried <= end; tried++) {
    const candidate = first + ((last - first + 1 + (tried - first)) % (end - first + 1))
    if (!owners.has(ipv4(candidate))) return ipv4(candidate)
  }
  return null
}
