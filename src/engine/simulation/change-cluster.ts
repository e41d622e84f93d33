/** A cluster that changes while its world runs: components run the commands of the change, programs start and end, controllers follow. */
import { nodeScripts } from '../cloud/node-scripts.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import {
  afterPodsLeft,
  type KubeAnswer,
  type KubeRequest,
  kubeRequest,
  readyPods,
  removePods,
  stopPods,
} from '../kubernetes/kube-request.ts'
import type { ClusterChange } from '../kubernetes/reconcile.ts'
import type { Machine } from '../linux/machine.ts'
import type { NodeScript, ProgramSpec, ScriptCommand } from '../net/node-script.ts'
import { boot, plugIn } from './boot.ts'
import { type ClusterStep, schedule } from './event-queue.ts'
import { retrySync, startSyncs } from './periodic-sync.ts'
import type { Process } from './process.ts'
import { programNamed } from './programs.ts'
import { runScriptCommand } from './script-command.ts'
import { startProgram } from './start-process.ts'
import { endProcess, makeCalls } from './system-calls.ts'
import type { World } from './world.ts'

/** From the deletion of a pod until its containers have ended, ms: what they take to finish on SIGTERM. */
const STOP_MS = 1000
/** Until its sandbox is torn down, ms. */
const TEARDOWN_MS = 100
/** From the creation of a pod until it is ready, ms. */
const READY_MS = 1000

/** Carries out a request of kubectl; what takes time is put into the queue. `force`: nothing is waited for. */
export function requestChange(world: World, request: KubeRequest, force = false): KubeAnswer {
  const answer = kubeRequest(world.cluster, request)
  if (answer.ok) follow(world, answer.change, force)
  return answer
}

function follow(world: World, { cluster, started, leaving }: ClusterChange, force = false): void {
  changeCluster(world, cluster)
  const later = (afterMs: number, step: ClusterStep): void => {
    if (step.pods.length > 0) schedule(world.queue, world.kernel.nowMs + afterMs, { kind: 'cluster', step })
  }
  const stopMs = force ? 0 : STOP_MS
  later(READY_MS, { what: 'ready', pods: started })
  later(stopMs, { what: 'stopped', pods: leaving })
  later(stopMs + TEARDOWN_MS, { what: 'gone', pods: leaving })
}

/** What happens to pods some time after the request. */
export function takeClusterStep(world: World, step: ClusterStep): void {
  switch (step.what) {
    case 'ready':
      changeCluster(world, readyPods(world.cluster, step.pods))
      return
    case 'stopped':
      for (const process of world.processes.values())
        if (step.pods.some((key) => process.owner === `pod/${key}` && process.container !== null)) endProcess(world, process)
      changeCluster(world, stopPods(world.cluster, step.pods))
      return
    case 'gone':
      changeCluster(world, removePods(world.cluster, step.pods))
      follow(world, afterPodsLeft(world.cluster))
  }
}

/** Every component does on its machine what the change means for it. */
export function changeCluster(world: World, after: Cluster): void {
  const scripts = nodeScripts(world.cluster, after)
  world.cluster = after
  world.onChange?.(scripts)
  const had = new Set(world.machines.keys())
  for (const script of scripts) {
    const machine = world.machines.get(script.machine)
    if (machine) for (const [netns, name] of script.netns) machine.netnsNames.set(netns, name)
    else {
      plugIn(world, script)
      boot(world, script)
    }
  }
  for (const script of scripts) for (const command of script.commands) runChange(world, script, command)
  for (const script of scripts) startAndConfigure(world, script)
  startSyncs(
    world,
    after.nodes.filter(({ meta }) => !had.has(`node/${meta.name}`)),
  )
}

function runChange(world: World, { machine }: NodeScript, command: ScriptCommand): void {
  const { component } = command.origin
  const done = runScriptCommand(world, machine, command)
  if (!done && component === 'kube-proxy' && command.run.startsWith('iptables-restore')) retrySync(world, machine.replace('node/', ''))
}

function startAndConfigure(world: World, script: NodeScript): void {
  const machine = world.machines.get(script.machine)
  if (!machine) return
  forgetLost(world, machine)
  for (const program of script.programs) startProgram(world, script.machine, program)
  for (const program of script.reconfigured ?? []) configure(world, machine, program)
}

/** Processes of a namespace that is gone are gone with it. */
function forgetLost(world: World, machine: Machine): void {
  const alive = new Set([machine.root.name, ...[...machine.netns.values()].map((netns) => netns.name)])
  for (const process of world.processes.values())
    if (process.netns.startsWith('pod/') && !alive.has(process.netns) && !world.kernel.namespaces?.has(process.netns)) process.code ??= 137
}

function configure(world: World, machine: Machine, spec: ProgramSpec): void {
  const netns = spec.netns === null ? machine.root.name : machine.netns.get(spec.netns)?.name
  const isIt = (process: Process): boolean =>
    process.netns === netns && process.owner === spec.owner && process.container === spec.container && process.code === null
  const process = [...world.processes.values()].find(isIt)
  const step = process && programNamed(process.program).configure?.(process.state, spec)
  if (!process || !step) return
  process.state = step.state
  makeCalls(world, process, step.calls)
}
