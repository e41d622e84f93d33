/** kubelet pkg/kubelet/network/dns and the container runtime: a pod's namespace, its resolv.conf and hosts file, its programs. */
import { formatAddress } from '../net/address.ts'
import type { ProgramSpec, ScriptCommand } from '../net/node-script.ts'
import type { Cluster, Container, Pod, Service } from './cluster.ts'
import { podOrigin } from './cni/bridge.ts'
import type { DnsServerConfig } from './dns-config.ts'
import { command, OUTSIDE_RESOLVER, plainSysctls } from './machine-script.ts'

const MOST_NAMESERVERS = 3
const MOST_SEARCHES = 32
export const CLUSTER_DOMAIN = 'cluster.local'

/** The Service that answers DNS in the cluster. */
export function dnsService(cluster: Cluster): Service | null {
  return cluster.services.find((service) => service.meta.namespace === 'kube-system' && service.meta.name === 'kube-dns') ?? null
}

/** Text of the resolv.conf that the programs of a pod see. */
export function resolvConfOf(cluster: Cluster, pod: Pod): string {
  const service = dnsService(cluster)
  const clusterFirst = pod.dnsPolicy === 'ClusterFirstWithHostNet' || (pod.dnsPolicy === 'ClusterFirst' && !pod.hostNetwork)
  const inCluster = clusterFirst && service?.clusterIP != null
  const base = inCluster
    ? {
        nameservers: [formatAddress(service.clusterIP)],
        searches: [`${pod.meta.namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN],
        options: [{ name: 'ndots', value: '5' }],
      }
    : { nameservers: pod.dnsPolicy === 'None' ? [] : [OUTSIDE_RESOLVER], searches: [], options: [] }
  const options = new Map<string, string | null>(
    [...base.options, ...(pod.dnsConfig?.options ?? [])].map(({ name, value }) => [name, value]),
  )
  const nameservers = [...new Set([...base.nameservers, ...(pod.dnsConfig?.nameservers ?? [])])].slice(0, MOST_NAMESERVERS)
  const searches = [...new Set([...base.searches, ...(pod.dnsConfig?.searches ?? [])])].slice(0, MOST_SEARCHES)
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...nameservers.map((nameserver) => `nameserver ${nameserver}`),
    ...(options.size > 0
      ? [`options ${[...options].map(([name, value]) => (value === null || value === '' ? name : `${name}:${value}`)).join(' ')}`]
      : []),
  ]
  return `${lines.join('\n')}\n`
}

/** The sandbox: namespace, loopback and the files under /etc that its programs see. */
export function sandbox(cluster: Cluster, pod: Pod): ScriptCommand[] {
  if (pod.netns === null) return []
  const origin = podOrigin('kubelet', pod)
  const { netns } = pod
  return [
    command(`ip netns add ${netns}`, origin),
    ...plainSysctls([]).map((run) => command(`ip netns exec ${netns} ${run}`, origin)),
    command(`ip -n ${netns} link set lo up`, origin),
    command(`mkdir -p /etc/netns/${netns}`, origin),
    command(`cat > /etc/netns/${netns}/resolv.conf`, origin, resolvConfOf(cluster, pod)),
    command(`cat > /etc/netns/${netns}/hosts`, origin, hostsOf(pod)),
  ]
}

/** pkg/kubelet/kubelet_pods.go, managedHostsFileContent and hostsEntriesFromHostAliases; IPv6 lines are left out. */
function hostsOf(pod: Pod): string {
  const own = `127.0.0.1\tlocalhost\n${formatAddress(pod.podIP)}\t${pod.hostname ?? pod.meta.name}\n`
  if (pod.hostAliases.length === 0) return own
  const aliases = pod.hostAliases.map(({ ip, hostnames }) => `${formatAddress(ip)}\t${hostnames.join('\t')}\n`)
  return `${own}\n# Entries added by HostAliases.\n${aliases.join('')}`
}

/** The programs of a pod's containers. `dns` null: CoreDNS does not run, or listens on none of its ports. A port that a container before it took is left out: the second could not listen. */
export function podPrograms(pod: Pod, dns: DnsServerConfig | null, taken: Set<string>): ProgramSpec[] {
  const isDns = pod.meta.namespace === 'kube-system' && pod.meta.labels['k8s-app'] === 'kube-dns'
  return pod.containers.flatMap((container) => {
    const listen = listenOf(container, pod, taken)
    if (listen.length === 0 || (isDns && dns === null)) return []
    const program = isDns ? 'coredns' : 'http-server'
    return [
      {
        netns: pod.netns,
        program,
        listen,
        owner: `pod/${pod.meta.namespace}/${pod.meta.name}`,
        container: container.name,
        config: isDns ? dns : null,
        origin: podOrigin('kubelet', pod),
      },
    ]
  })
}

function listenOf(container: Container, pod: Pod, taken: Set<string>): ProgramSpec['listen'] {
  return container.ports.flatMap((port) => {
    const protocol = port.protocol.toLowerCase() as 'tcp' | 'udp' | 'sctp'
    const key = `${pod.netns ?? ''} ${protocol} ${port.containerPort}`
    if (taken.has(key)) return []
    taken.add(key)
    return [{ protocol, port: port.containerPort, address: null }]
  })
}
