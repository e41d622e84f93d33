/**
 * What components of a node do again and again. kube-proxy and kubelet look whether their canary chains are still there (Kubernetes
 * pkg/util/iptables/iptables.go, Monitor()) and write everything anew when somebody flushed the tables; kube-proxy in IPVS mode syncs whether
 * anything has changed or not (pkg/proxy/ipvs/proxier.go, NewBoundedFrequencyRunner() with syncPeriod).
 */
import type { Cluster, ClusterNode } from '../kubernetes/cluster.ts'
import { CANARY_TABLES, KUBELET_CANARY, PROXY_CANARY } from '../kubernetes/ensure-rules.ts'
import { iptablesFullSync, ipvsPeriodicSync } from '../kubernetes/kube-proxy/commands.ts'
import { proxyModeOf } from '../kubernetes/kube-proxy/mode.ts'
import { kubeletFullSync } from '../kubernetes/kubelet-rules.ts'
import type { Machine } from '../linux/machine.ts'
import { holdsText } from '../linux/netfilter/holds-text.ts'
import type { ScriptCommand } from '../net/node-script.ts'
import { runCommandLine } from '../shell/commands.ts'
import { type PeriodicSync, schedule } from './event-queue.ts'
import { runScriptCommand } from './script-command.ts'
import type { World } from './world.ts'

/** pkg/kubelet/kubelet_network_linux.go: kubelet's Monitor(). */
const KUBELET_MS = 60_000
/** iptablesFlushPollTime and iptablesFlushTimeout: how often and how long Monitor() looks whether the flush is over. */
const FLUSH_POLL_MS = 100
const FLUSH_TIMEOUT_MS = 5000

/** Starts the components of nodes that have just booted. */
export function startSyncs(world: World, nodes: readonly ClusterNode[]): void {
  for (const { meta } of nodes) {
    for (const component of ['kubelet', 'kube-proxy'] as const) {
      const sync: PeriodicSync = { node: meta.name, component, flushedMs: null }
      const everyMs = periodOf(world.cluster, sync)
      if (everyMs !== null) schedule(world.queue, world.kernel.nowMs + everyMs, { kind: 'sync', sync })
    }
  }
}

/** Null: the component keeps no rules here. */
function periodOf(cluster: Cluster, { node: name, component }: PeriodicSync): number | null {
  const node = cluster.nodes.find(({ meta }) => meta.name === name)
  if (node === undefined) return null
  if (component === 'kubelet') return KUBELET_MS
  const mode = proxyModeOf(cluster, node)
  return mode === 'iptables' || mode === 'ipvs' ? cluster.kubeProxy.syncPeriodMs[mode] : null
}

/** A partial sync failed, because chains it did not write were gone: a full one follows (syncRunner.RetryAfter()). */
export function retrySync(world: World, node: string): void {
  const sync: PeriodicSync = { node, component: 'kube-proxy', flushedMs: Number.NEGATIVE_INFINITY, once: true }
  schedule(world.queue, world.kernel.nowMs + world.cluster.kubeProxy.syncPeriodMs.iptables, { kind: 'sync', sync })
}

/** One look. */
export function takeSync(world: World, sync: PeriodicSync): void {
  const node = world.cluster.nodes.find(({ meta }) => meta.name === sync.node)
  const machine = world.machines.get(`node/${sync.node}`)
  const everyMs = periodOf(world.cluster, sync)
  if (!node || !machine || everyMs === null || world.pasted.has(machine.name)) return
  const next = look(world, sync, { node, machine })
  if (sync.once === true) return
  const again = { kind: 'sync', sync: { ...sync, flushedMs: next.flushedMs } } as const
  schedule(world.queue, world.kernel.nowMs + (next.flushedMs === null ? everyMs : FLUSH_POLL_MS), again)
}

/** Does what there is to do. `flushedMs`: since when somebody has been flushing the tables and has not finished. */
function look(
  world: World,
  { component, flushedMs }: PeriodicSync,
  { node, machine }: { readonly node: ClusterNode; readonly machine: Machine },
): Pick<PeriodicSync, 'flushedMs'> {
  const done = { flushedMs: null }
  if (component === 'kube-proxy' && proxyModeOf(world.cluster, node) === 'ipvs') {
    runAll(world, machine, ipvsPeriodicSync(world.cluster, node, found(machine)))
    return done
  }
  const canary = component === 'kubelet' ? KUBELET_CANARY : PROXY_CANARY
  const [first, ...others] = CANARY_TABLES
  if (flushedMs === null && hasChain(machine, first, canary)) return done
  const sinceMs = flushedMs ?? world.kernel.nowMs
  const isOver = others.every((table) => !hasChain(machine, table, canary)) || world.kernel.nowMs - sinceMs >= FLUSH_TIMEOUT_MS
  if (!isOver) return { flushedMs: sinceMs }
  runAll(world, machine, component === 'kubelet' ? kubeletFullSync(world.cluster, node) : iptablesFullSync(world.cluster, node))
  return done
}

function hasChain({ root }: Machine, table: (typeof CANARY_TABLES)[number], chain: string): boolean {
  return root.netfilter.ip.tables.get(table)?.chains.has(chain) ?? false
}

function runAll(world: World, machine: Machine, commands: readonly ScriptCommand[]): void {
  for (const command of commands) runScriptCommand(world, machine.name, command)
}

/** What IPVS mode finds on its node. */
function found(machine: Machine): Parameters<typeof ipvsPeriodicSync>[2] {
  const context = { machine, netns: machine.root, stdin: '', origin: null, lineOrigins: null, kube: null, spawn: null }
  const read = (line: string): { readonly stdout: string; readonly code: number } => runCommandLine(line, context)
  const addresses = read('ip -o -4 addr show dev kube-ipvs0')
  return {
    services: read('ipvsadm -Sn').stdout,
    sets: read('ipset save').stdout,
    addresses: addresses.code === 0 ? addresses.stdout : null,
    holds: (text) => holdsText(machine.root.netfilter.ip, text),
  }
}
