/** Cluster → the commands that nodes and hosts would be given. */
import type { NodeScript, ProgramSpec, ScriptCommand, ScriptOrigin } from '../net/node-script.ts'
import type { Cluster, ClusterNode, Host, Pod } from './cluster.ts'
import { addPod, bridgeConfig, bridgeSetup, deletePod, peerRoutes } from './cni/bridge.ts'
import { ipMasqAgent } from './cni/ip-masq-agent.ts'
import type { DnsServerConfig } from './dns-config.ts'
import { clusterDns } from './dns-records.ts'
import { kubeProxy, kubeProxyChange } from './kube-proxy/commands.ts'
import { podPrograms, sandbox } from './kubelet.ts'
import { bootCommands, command, MACHINE_RESOLV_CONF, nicsOf } from './machine-script.ts'
import { apiServerNode } from './system.ts'

/** With `before` null: scripts of fresh machines. Otherwise only what changes; a machine to which nothing happens has no script. */
export function clusterScripts(before: Cluster | null, after: Cluster): NodeScript[] {
  const dns = clusterDns(after)
  const pods = podsByNode(after)
  const podsBefore = before === null ? new Map<string, Pod[]>() : podsByNode(before)
  const scripts = after.nodes.flatMap((node) => {
    const old = before?.nodes.find((other) => other.meta.name === node.meta.name)
    const own = pods.get(node.meta.name) ?? []
    if (before === null || old === undefined) return [freshNode({ cluster: after, node, pods: own, dns })]
    const changed = changedNode(
      { cluster: after, node, pods: own, dns },
      { cluster: before, node: old, pods: podsBefore.get(node.meta.name) ?? [] },
    )
    return changed.commands.length > 0 || changed.programs.length > 0 ? [changed] : []
  })
  const hosts = after.hosts.filter((host) => !before?.hosts.some((other) => other.meta.name === host.meta.name))
  return [...scripts, ...hosts.map((host) => hostScript(after, host))]
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

type NewNodeState = NodeState & { readonly dns: DnsServerConfig }

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
      ...(cluster.cni.plugin === 'bridge' ? podNetwork(state) : onBridge(pods).flatMap((pod) => sandbox(cluster, pod))),
      ...kubeProxy(cluster, node),
    ],
    programs: programsOf(state),
  }
}

function podNetwork({ cluster, node, pods }: NodeState): ScriptCommand[] {
  const own = onBridge(pods)
  return [
    ...peerRoutes(cluster, node).values(),
    ...(bridgeConfig(cluster).ipMasq ? [] : ipMasqAgent(cluster, node)),
    ...(own.length > 0 ? bridgeSetup(cluster, node) : []),
    ...own.flatMap((pod) => [...sandbox(cluster, pod), ...addPod(cluster, node, pod)]),
  ]
}

/** Programs of the node: its pods', and the API server's where it runs. */
function programsOf({ cluster, node, pods, dns }: NewNodeState): ProgramSpec[] {
  const taken = new Set<string>()
  const programs = pods.flatMap((pod) => podPrograms(pod, dns, taken))
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
function changedNode(after: NewNodeState, before: NodeState): NodeScript {
  const { cluster, node } = after
  const gone = onBridge(before.pods).filter((pod) => !after.pods.some((other) => sameSandbox(pod, other)))
  const added = onBridge(after.pods).filter((pod) => !before.pods.some((other) => sameSandbox(pod, other)))
  const bridged = cluster.cni.plugin === 'bridge'
  const firstPod = bridged && onBridge(before.pods).length === 0 && added.length > 0
  return {
    machine: `node/${node.meta.name}`,
    hostname: node.meta.name,
    nics: nicsOf(`node/${node.meta.name}`, node.interfaces),
    netns: netnsOf(after.pods),
    resolvConf: MACHINE_RESOLV_CONF,
    commands: [
      ...(bridged ? changedRoutes(after, before) : []),
      ...gone.flatMap(deletePod),
      ...(firstPod ? bridgeSetup(cluster, node) : []),
      ...added.flatMap((pod) => [...sandbox(cluster, pod), ...(bridged ? addPod(cluster, node, pod) : [])]),
      ...kubeProxyChange(before.cluster, cluster, node),
    ],
    programs: programsOf(after).filter((program) => added.some((pod) => pod.netns === program.netns)),
  }
}

function changedRoutes(after: NodeState, before: NodeState): ScriptCommand[] {
  const now = peerRoutes(after.cluster, after.node)
  const then = peerRoutes(before.cluster, before.node)
  const gone = [...then]
    .filter(([cidr, route]) => now.get(cidr)?.run !== route.run)
    .map(([cidr, { origin }]) => command(`ip route del ${cidr}`, origin))
  const added = [...now].filter(([cidr, route]) => then.get(cidr)?.run !== route.run).map(([, route]) => route)
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
