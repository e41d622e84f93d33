/** containernetworking/plugins plugins/meta/portmap (iptables backend): a container's hostPort, forwarded to the pod. */
import { sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { formatAddress } from '../../net/address.ts'
import type { ScriptCommand } from '../../net/node-script.ts'
import type { Cluster, ClusterNode, ContainerPort, Pod } from '../cluster.ts'
import { command } from '../machine-script.ts'
import { bridgeConfig, podOrigin } from './bridge.ts'

const DNAT = 'CNI-HOSTPORT-DNAT'
const SETMARK = 'CNI-HOSTPORT-SETMARK'
const MASQ = 'CNI-HOSTPORT-MASQ'
/** Ports in one rule of multiport at most. */
const MOST_PORTS = 15

const mapped = (pod: Pod): ContainerPort[] =>
  pod.netns === null ? [] : pod.containers.flatMap((container) => container.ports.filter((port) => port.hostPort !== null))

/** Does any of the pods have a hostPort? */
export function hasPortMappings(pods: readonly Pod[]): boolean {
  return pods.some((pod) => mapped(pod).length > 0)
}

/** The chains that all mappings of a node share: made by the first. */
function sharedChains(): string[] {
  const jump = '-m addrtype --dst-type LOCAL'
  return [
    `iptables -w -t nat -N ${DNAT}`,
    `iptables -w -t nat -A PREROUTING ${jump} -j ${DNAT}`,
    `iptables -w -t nat -A OUTPUT ${jump} -j ${DNAT}`,
    `iptables -w -t nat -N ${SETMARK}`,
    `iptables -w -t nat -A ${SETMARK} -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000`,
    `iptables -w -t nat -N ${MASQ}`,
    `iptables -w -t nat -A ${MASQ} -m mark --mark 0x2000/0x2000 -j MASQUERADE`,
    `iptables -w -t nat -I POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j ${MASQ}`,
  ]
}

/** 'CNI-DN-' and as many hex digits of sha512(network name + container id) as 28 characters hold. */
function chainOf(cluster: Cluster, pod: Pod): string {
  return `CNI-DN-${bytesToHex(sha512(utf8ToBytes(`${bridgeConfig(cluster).name}${pod.netns}`)))}`.slice(0, 28)
}

const entryComment = (cluster: Cluster, pod: Pod): string =>
  `-m comment --comment 'dnat name: "${bridgeConfig(cluster).name}" id: "${pod.netns}"'`

/** CNI ADD: one dispatch rule for each protocol and host address, and for each port three rules in the pod's own chain. */
export function addPortMappings(
  cluster: Cluster,
  node: ClusterNode,
  { pod, first }: { readonly pod: Pod; readonly first: boolean },
): ScriptCommand[] {
  const ports = mapped(pod)
  if (ports.length === 0) return []
  const chain = chainOf(cluster, pod)
  const subnet = `${formatAddress(pod.podIP)}/${node.podCIDR.prefixLength}`
  const rules = ports.flatMap((port) => {
    const protocol = port.protocol.toLowerCase()
    const match = `-p ${protocol} ${hostAddress(port)}--dport ${port.hostPort}`
    return [
      `${match} -s ${subnet} -j ${SETMARK}`,
      `${match} -s 127.0.0.1 -j ${SETMARK}`,
      `${match} -j DNAT --to-destination ${formatAddress(pod.podIP)}:${port.containerPort}`,
    ]
  })
  return [
    ...(first ? sharedChains() : []),
    `iptables -w -t nat -N ${chain}`,
    ...rules.map((rule) => `iptables -w -t nat -A ${chain} ${rule}`),
    ...dispatch(cluster, pod).map((rule) => `iptables -w -t nat -A ${DNAT} ${rule}`),
    // 127.0.0.1:hostPort leaves by the interface that leads to the pod.
    `sysctl -w net.ipv4.conf.${bridgeConfig(cluster).bridge}.route_localnet=1`,
    ...forgetUdp(ports),
  ].map((run) => command(run, podOrigin('cni/portmap', pod)))
}

const hostAddress = ({ hostIP }: ContainerPort): string => (hostIP === null || hostIP === 0 ? '' : `-d ${formatAddress(hostIP)} `)

/** Entry rules: ports of one protocol and host address together, at most fifteen in a rule. */
function dispatch(cluster: Cluster, pod: Pod): string[] {
  const groups = new Map<string, number[]>()
  for (const port of mapped(pod)) {
    const key = `-p ${port.protocol.toLowerCase()} ${hostAddress(port)}`
    const numbers = groups.get(key) ?? []
    groups.set(key, numbers)
    if (port.hostPort !== null) numbers.push(port.hostPort)
  }
  return [...groups].flatMap(([match, numbers]) =>
    Array.from({ length: Math.ceil(numbers.length / MOST_PORTS) }, (_, i) => {
      const list = numbers.slice(i * MOST_PORTS, (i + 1) * MOST_PORTS).join(',')
      return `${match}${entryComment(cluster, pod)} -m multiport --destination-ports ${list} -j ${chainOf(cluster, pod)}`
    }),
  )
}

/** Flows that were tracked before the mapping was there would pass it by. */
function forgetUdp(ports: readonly ContainerPort[]): string[] {
  return ports.filter((port) => port.protocol === 'UDP').map((port) => `conntrack -D -p udp --dport ${port.hostPort} || true`)
}

/** CNI DEL: the pod's rules go, and its chain. */
export function deletePortMappings(cluster: Cluster, pod: Pod): ScriptCommand[] {
  if (mapped(pod).length === 0) return []
  const chain = chainOf(cluster, pod)
  return [
    ...dispatch(cluster, pod).map((rule) => `iptables -w -t nat -D ${DNAT} ${rule}`),
    `iptables -w -t nat -F ${chain}`,
    `iptables -w -t nat -X ${chain}`,
  ].map((run) => command(run, podOrigin('cni/portmap', pod)))
}
