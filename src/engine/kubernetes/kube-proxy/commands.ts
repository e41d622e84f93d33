/** What kube-proxy runs on a node: at its start, and at a sync after something changed. */
import type { ScriptCommand, ScriptOrigin } from '../../net/node-script.ts'
import type { Cluster, ClusterNode } from '../cluster.ts'
import { ensureCanaries, makeCanaries, PROXY_CANARY } from '../ensure-rules.ts'
import { command } from '../machine-script.ts'
import { acceptsLocalhostNodePorts, iptablesJumps, iptablesRestore } from './iptables.ts'
import { ipvsChange, ipvsStart } from './ipvs-commands.ts'
import { type IpvsFound, ipvsSync } from './ipvs-sync.ts'
import { proxyModeOf } from './mode.ts'
import { restoreCommand } from './restore-text.ts'
import { type ProxyServicePort, proxyServicePorts } from './service-ports.ts'

/** Defaults of KubeProxyConfiguration.conntrack: tcpEstablishedTimeout 24 h, tcpCloseWaitTimeout 1 h. */
const CONNTRACK_TIMEOUTS = 'net.netfilter.nf_conntrack_tcp_timeout_established=86400 net.netfilter.nf_conntrack_tcp_timeout_close_wait=3600'

const originOf = (node: ClusterNode): ScriptOrigin => ({
  component: 'kube-proxy',
  object: `node/${node.meta.name}`,
  line: node.meta.range?.line ?? null,
})

/** First start on a fresh node. */
export function kubeProxy(cluster: Cluster, node: ClusterNode): ScriptCommand[] {
  const { tcpBeLiberal } = cluster.kubeProxy
  const mode = proxyModeOf(cluster, node)
  if (mode !== 'iptables' && mode !== 'ipvs') return []
  const origin = originOf(node)
  const timeouts = command(`sysctl -w ${CONNTRACK_TIMEOUTS}`, origin)
  const liberal = tcpBeLiberal ? [command('sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1', origin)] : []
  if (mode === 'ipvs') return [...liberal, ...ipvsStart(cluster, node, origin), timeouts]
  return [
    ...(acceptsLocalhostNodePorts(cluster.kubeProxy) ? [command('sysctl -w net.ipv4.conf.all.route_localnet=1', origin)] : []),
    ...liberal,
    ...makeCanaries(PROXY_CANARY).map((run) => command(run, origin)),
    ...iptablesJumps(true).map((run) => command(run, origin)),
    restoreCommand(iptablesRestore(cluster, node), origin),
    timeouts,
  ]
}

/** forceSyncProxyRules() of iptables mode, when the canary is gone; then Monitor() makes it anew. */
export function iptablesFullSync(cluster: Cluster, node: ClusterNode): ScriptCommand[] {
  const origin = originOf(node)
  return [
    ...iptablesJumps(false).map((run) => command(run, origin)),
    restoreCommand(iptablesRestore(cluster, node), origin),
    ...ensureCanaries(PROXY_CANARY).map((run) => command(run, origin)),
  ]
}

/** The sync of IPVS mode that comes every syncPeriod, whether anything has changed or not. */
export function ipvsPeriodicSync(cluster: Cluster, node: ClusterNode, found: IpvsFound): ScriptCommand[] {
  return ipvsSync(cluster, node, { found, origin: originOf(node) })
}

/** The sync after a change: the new text, then stale UDP entries of conntrack. */
export function kubeProxyChange(before: Cluster, after: Cluster, node: ClusterNode): ScriptCommand[] {
  const mode = proxyModeOf(after, node)
  if (mode !== 'iptables' && mode !== 'ipvs') return []
  const old = before.nodes.find((other) => other.meta.name === node.meta.name)
  if (old === undefined || proxyModeOf(before, old) !== mode) return kubeProxy(after, node)
  const stale = staleConntrack(before, after, node).map((run) => command(run, originOf(node)))
  if (mode === 'ipvs') return [...ipvsChange(before, after, node, originOf(node)), ...stale]
  if (iptablesRestore(after, node).text === iptablesRestore(before, old).text) return []
  return [restoreCommand(iptablesRestore(after, node, { cluster: before, node: old }), originOf(node)), ...stale]
}

/**
 * pkg/proxy/conntrack/cleanup.go: UDP flows to endpoints that are gone, to Services that had no endpoint until now, and to Services that are
 * gone. TCP flows are never cut.
 */
function staleConntrack(before: Cluster, after: Cluster, node: ClusterNode): string[] {
  const udp = (cluster: Cluster): Map<string, ProxyServicePort> =>
    new Map(
      proxyServicePorts(cluster, node.meta.name)
        .filter((port) => port.protocol === 'udp')
        .map((port) => [port.name, port]),
    )
  const now = udp(after)
  const lines = [...udp(before)].flatMap(([name, then]) => staleFlows(then, now.get(name) ?? null))
  // conntrack fails where there is nothing to delete; kube-proxy takes that for success.
  return [...new Set(lines)].map((line) => `${line} || true`)
}

function staleFlows(then: ProxyServicePort, port: ProxyServicePort | null): string[] {
  const ips = [then.clusterIP, ...then.externalIPs, ...then.vips]
  const ofService = ips.map((ip) => `conntrack -D --orig-dst ${ip} -p udp`)
  if (port === null) return ofService
  const ready = ({ endpoints }: ProxyServicePort): Set<string> => new Set(endpoints.filter((e) => e.ready).map((e) => e.ip))
  const left = ready(port)
  const had = ready(then)
  const nodePort = then.nodePort === 0 ? [] : [`conntrack -D -p udp --dport ${then.nodePort}`]
  if (left.size > 0 && had.size === 0) return [...ofService, ...nodePort]
  return [...had]
    .filter((ip) => !left.has(ip))
    .flatMap((ip) => [
      ...ips.map((dst) => `conntrack -D --orig-dst ${dst} --dst-nat ${ip} -p udp`),
      ...nodePort.map((line) => `${line} --dst-nat ${ip}`),
    ])
}
