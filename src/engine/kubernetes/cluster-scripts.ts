/** Cluster → the commands that nodes and hosts would be given. */
import type { NodeScript, ProgramSpec, ScriptCommand, ScriptOrigin } from '../net/node-script.ts'
import type { Cluster, ClusterNode, Host, Pod } from './cluster.ts'
import { addPod, deletePod } from './cni/bridge.ts'
import { type CniPlugin, cniPlugin, type PeerCommands } from './cni/plugin.ts'
import { addPortMappings, deletePortMappings, hasPortMappings } from './cni/portmap.ts'
import type { DnsServerConfig } from './dns-config.ts'
import { clusterDns } from './dns-records.ts'
import { kubeProxy, kubeProxyChange } from './kube-proxy/commands.ts'
import { healthServers } from './kube-proxy/health-check.ts'
import { podPrograms, sandbox } from './kubelet.ts'
import { kubeletRules } from './kubelet-rules.ts'
import { announcedAddresses } from './load-balancer.ts'
import { bootCommands, command, MACHINE_RESOLV_CONF, nicsOf } from './machine-script.ts'
import { apiServerNode } from './system.ts'

/** With `before` null: scripts of fresh machines. Otherwise only what changes; a machine to which nothing happens has no script. */
export function clusterScripts(before: Cluster | null, after: Cluster): NodeScript[] {
  const dns = serverOf(after)
  const dnsBefore = before === null ? dns : serverOf(before)
  const pods = podsByNode(after)
  const podsBefore = before === null ? new Map<string, Pod[]>() : podsByNode(before)
  const scripts = after.nodes.flatMap((node) => {
    const old = before?.nodes.find((other) => other.meta.name === node.meta.name)
    const own = pods.get(node.meta.name) ?? []
    if (before === null || old === undefined) return [freshNode({ cluster: after, node, pods: own, dns })]
    const changed = changedNode(
      { cluster: after, node, pods: own, dns },
      { cluster: before, node: old, pods: podsBefore.get(node.meta.name) ?? [], dns: dnsBefore },
    )
    return changed.commands.length + changed.programs.length + (changed.reconfigured?.length ?? 0) > 0 ? [changed] : []
  })
  const hosts = after.hosts.filter((host) => !before?.hosts.some((other) => other.meta.name === host.meta.name))
  return [...scripts, ...hosts.map((host) => hostScript(after, host))]
}

/** What CoreDNS answers; null where it does not start, or has no server on the port of its Service. */
function serverOf(cluster: Cluster): DnsServerConfig | null {
  const corefile = cluster.dns?.corefile
  return corefile && (corefile.stopped !== null || !corefile.serving) ? null : clusterDns(cluster)
}

function podsByNode(cluster: Cluster): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>()
  for (const pod of cluster.pods) {
    const list = byNode.get(pod.nodeName)
    if (list) list.push(pod)
    else byNode.set(pod.nodeName, [pod])
  }
  return byNode
}

interface NodeState {
  readonly cluster: Cluster
  readonly node: ClusterNode
  /** Those on this node. */
  readonly pods: readonly Pod[]
}

type NewNodeState = NodeState & { readonly dns: DnsServerConfig | null }

const nodeOrigin = (component: string, node: ClusterNode): ScriptOrigin => ({
  component,
  object: `node/${node.meta.name}`,
  line: node.meta.range?.line ?? null,
})
const onBridge = (pods: readonly Pod[]): Pod[] => pods.filter((pod) => pod.netns !== null)
const netnsOf = (pods: readonly Pod[]): Map<string, string> =>
  new Map(onBridge(pods).map((pod) => [pod.netns ?? '', `pod/${pod.meta.namespace}/${pod.meta.name}`]))

function freshNode(state: NewNodeState): NodeScript {
  const { cluster, node, pods } = state
  const machine = `node/${node.meta.name}`
  const boot = nodeOrigin('boot', node)
  const sysctls = ['sysctl -w net.ipv4.ip_forward=1', 'sysctl -w net.bridge.bridge-nf-call-iptables=1']
  return {
    machine,
    hostname: node.meta.name,
    nics: nicsOf(machine, node.interfaces),
    netns: netnsOf(pods),
    resolvConf: MACHINE_RESOLV_CONF,
    commands: [
      ...bootCommands(node.interfaces, cluster.networks, boot),
      ...sysctls.map((run) => command(run, nodeOrigin('kubelet', node))),
      ...kubeletRules(cluster, node),
      ...podNetwork(state),
      ...[...announcements(cluster, node).values()].map(({ bind }) => bind),
      ...kubeProxy(cluster, node),
    ],
    programs: programsOf(state),
  }
}

function podNetwork({ cluster, node, pods }: NodeState): ScriptCommand[] {
  const own = onBridge(pods)
  const plugin = cniPlugin(cluster)
  if (plugin === null) return own.flatMap((pod) => sandbox(cluster, pod))
  return [
    ...plugin.setup(cluster, node),
    ...[...plugin.peers(cluster, node).values()].flatMap((peer) => peer.add),
    ...(own.length > 0 ? plugin.firstPod(cluster, node) : []),
    ...own.flatMap((pod, i) => connectPod(cluster, node, { pod, first: !hasPortMappings(own.slice(0, i)) })),
  ]
}

/** The sandbox, and the plugins of the network's list on it: bridge, then portmap. `first`: no pod of the node has had a hostPort yet. */
function connectPod(cluster: Cluster, node: ClusterNode, { pod, first }: { readonly pod: Pod; readonly first: boolean }): ScriptCommand[] {
  return [...sandbox(cluster, pod), ...addPod(cluster, node, pod), ...addPortMappings(cluster, node, { pod, first })]
}

/** kube-vip in ARP mode: the leader of a Service binds its address, so that the kernel answers who asks for it. */
function announcements(cluster: Cluster, node: ClusterNode): Map<string, Announcement> {
  const nic = node.interfaces.find(({ network }) => network === 'lan')?.name
  return new Map(
    announcedAddresses(cluster, node).map(({ service, address }) => {
      const { namespace, name, range } = service.meta
      const origin: ScriptOrigin = { component: 'kube-vip', object: `service/${namespace}/${name}`, line: range?.line ?? null }
      const bind = command(`ip addr add ${address}/32 dev ${nic}`, origin)
      const unbind = command(`ip addr del ${address}/32 dev ${nic}`, origin)
      return [address, { bind, unbind, tell: command(`arping -q -U -c 1 -I ${nic} ${address}`, origin) }]
    }),
  )
}

/** What a leader does with an address. `tell`: who has asked for it before learns that another node has it now. */
interface Announcement {
  readonly bind: ScriptCommand
  readonly unbind: ScriptCommand
  readonly tell: ScriptCommand
}

/** Programs of the node: its pods', and the API server's where it runs. */
function programsOf({ cluster, node, pods, dns }: NewNodeState): ProgramSpec[] {
  const taken = new Set<string>()
  const agents = cniPlugin(cluster)?.programs(cluster, node) ?? []
  const programs = [...agents, ...pods.flatMap((pod) => podPrograms(pod, dns, taken)), ...healthServers(cluster, node)]
  const { apiServer } = cluster
  if (apiServer === null || apiServerNode(cluster.nodes)?.meta.name !== node.meta.name || taken.has(` tcp ${apiServer.port}`))
    return programs
  return [
    ...programs,
    {
      netns: null,
      program: 'http-server',
      listen: [{ protocol: 'tcp', port: apiServer.port, address: null }],
      owner: `node/${node.meta.name}`,
      container: 'kube-apiserver',
      config: null,
      origin: nodeOrigin('kubelet', node),
    },
  ]
}

/** A pod that has another address or another veth is another pod to the CNI plugin. */
const sameSandbox = (a: Pod, b: Pod): boolean => a.netns === b.netns && a.podIP === b.podIP && a.veth === b.veth

/** CNI DEL and ADD, routes, and kube-proxy's next sync; `programs` are those that start. */
function changedNode(after: NewNodeState, before: NewNodeState): NodeScript {
  const { cluster, node } = after
  const gone = onBridge(before.pods).filter((pod) => !after.pods.some((other) => sameSandbox(pod, other)))
  const added = onBridge(after.pods).filter((pod) => !before.pods.some((other) => sameSandbox(pod, other)))
  const plugin = cniPlugin(cluster)
  const firstPod = onBridge(before.pods).length === 0 && added.length > 0
  const mapped = hasPortMappings(before.pods)
  const programs = changedPrograms(programsOf(after), programsOf(before), added)
  return {
    machine: `node/${node.meta.name}`,
    hostname: node.meta.name,
    nics: nicsOf(`node/${node.meta.name}`, node.interfaces),
    netns: netnsOf(after.pods),
    resolvConf: MACHINE_RESOLV_CONF,
    commands: [
      ...(plugin ? changedPeers(plugin, after, before) : []),
      ...gone.flatMap((pod) => [...(plugin ? deletePortMappings(cluster, pod) : []), ...deletePod(pod)]),
      ...(firstPod ? (plugin?.firstPod(cluster, node) ?? []) : []),
      ...added.flatMap((pod, i) =>
        plugin ? connectPod(cluster, node, { pod, first: !mapped && !hasPortMappings(added.slice(0, i)) }) : sandbox(cluster, pod),
      ),
      ...changedAnnouncements(after, before),
      ...kubeProxyChange(before.cluster, cluster, node),
    ],
    ...programs,
  }
}

/** What identifies a program of a machine while its configuration changes. */
const programKey = ({ netns, owner, container }: ProgramSpec): string => `${netns} ${owner} ${container}`

/** Programs that start, and those that go on with another configuration. */
function changedPrograms(
  after: readonly ProgramSpec[],
  before: readonly ProgramSpec[],
  added: readonly Pod[],
): Pick<NodeScript, 'programs' | 'reconfigured'> {
  const then = new Map(before.map((program) => [programKey(program), program]))
  const isNew = (program: ProgramSpec): boolean =>
    !then.has(programKey(program)) || (program.netns !== null && added.some((pod) => pod.netns === program.netns))
  const sameConfig = (program: ProgramSpec): boolean =>
    JSON.stringify(then.get(programKey(program))?.config) === JSON.stringify(program.config)
  const configured = after.filter((program) => program.config !== null && !isNew(program) && !sameConfig(program))
  return { programs: after.filter(isNew), reconfigured: configured }
}

function changedAnnouncements(after: NodeState, before: NodeState): ScriptCommand[] {
  const now = announcements(after.cluster, after.node)
  const then = announcements(before.cluster, before.node)
  const gone = [...then].filter(([address]) => !now.has(address))
  return [
    ...gone.map(([, { unbind }]) => unbind),
    ...[...now].flatMap(([address, { bind, tell }]) => (then.has(address) ? [] : [bind, tell])),
  ]
}

function changedPeers(plugin: CniPlugin, after: NodeState, before: NodeState): ScriptCommand[] {
  const now = plugin.peers(after.cluster, after.node)
  const then = plugin.peers(before.cluster, before.node)
  const textOf = (peer: PeerCommands | undefined): string => peer?.add.map(({ run }) => run).join('\n') ?? ''
  const same = (subnet: string): boolean => textOf(now.get(subnet)) === textOf(then.get(subnet))
  const gone = [...then].flatMap(([subnet, peer]) => (same(subnet) ? [] : peer.remove))
  const added = [...now].flatMap(([subnet, peer]) => (same(subnet) ? [] : peer.add))
  return [...gone, ...added]
}

function hostScript(cluster: Cluster, host: Host): NodeScript {
  const machine = `host/${host.meta.name}`
  const origin: ScriptOrigin = { component: 'boot', object: machine, line: host.meta.range?.line ?? null }
  const setup = host.setup === null || host.setup.trim() === '' ? [] : [command(host.setup.trim(), { ...origin, component: 'setup' })]
  const listen = host.listen.map(({ protocol, port }) => ({ protocol, port, address: null }))
  return {
    machine,
    hostname: host.meta.name,
    nics: nicsOf(machine, host.interfaces),
    netns: new Map(),
    resolvConf: MACHINE_RESOLV_CONF,
    commands: [...bootCommands(host.interfaces, cluster.networks, origin), ...setup],
    programs:
      listen.length === 0 ? [] : [{ netns: null, program: 'http-server', listen, owner: machine, container: null, config: null, origin }],
  }
}
