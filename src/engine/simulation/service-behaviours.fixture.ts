/** The language of the service-behaviours tables: a scenario as YAML and steps as lines, all run in one world. */
import { expect } from 'vitest'
import { gatewayOf } from '../kubernetes/ipam.ts'
import { parseScenario } from '../kubernetes/manifest.ts'
import { resolveTarget } from '../kubernetes/reference.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { formatAddress } from '../net/address.ts'
import { checkTrace } from './check-trace.ts'
import { worldAt } from './checkpoints.ts'
import { nextBranch, probabilityOf } from './chooser.ts'
import { cloneWorld } from './clone.ts'
import { evaluatePacket } from './rules.ts'
import { DEFAULT_MAX_EVENTS, runUntil } from './run.ts'
import { typeLine } from './run-commands.ts'
import { walkInScenario } from './steps.ts'
import type { Trace } from './trace.ts'
import { netnsOf } from './walk-client.ts'
import { findNetNs, type World } from './world.ts'

/**
 * One numbered behaviour. Steps:
 * - `FROM TO: OUTCOME [REASON] [by POD[<SEEN],…] [seen NAME] [heard ADDRESS] [status CODE] [unenforced none|POD:DIRECTION,…] [rule TEXT…]` — a walk along each way its random choices can go; every one must
 *   end so, and `by` names all pods that are reached (with the address each saw). The world goes on with the first.
 * - `walk NAME: …` — a Walk document, once, with the Scripts inside it.
 * - `times N FROM TO: …` — N walks one after another, drawn by the seed; all must end so.
 * - `$ TARGET COMMAND [=> TEXT]` — a command line; its output must hold TEXT.
 * - `packet NODE SOURCE DESTINATION:PORT/PROTOCOL: OUTCOME [DESTINATION,…]` — what a node's rules make of a packet from its bridge: for
 *   protocols that the simulated sockets do not speak.
 * - `wait SECONDS`
 */
export interface Behaviour {
  readonly number: number
  readonly title: string
  readonly yaml: string
  readonly steps: readonly string[]
  /** Commands of components that fail on the way. */
  readonly fails?: readonly string[]
}

/** Pods of one container: `pod('web', 'app: web', 'worker-1', '8080')`. */
export function pod(name: string, labels: string, node: string, ports = '8080', more = ''): string {
  const listed = ports
    .split(' ')
    .filter(Boolean)
    .map((port) => {
      const [number, protocol = 'TCP', portName] = port.split('/')
      return `{containerPort: ${number}, protocol: ${protocol}${portName ? `, name: ${portName}` : ''}}`
    })
  const container = `{name: main, image: example, ports: [${listed.join(', ')}]}`
  return `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {${labels}}${more.includes('deletionTimestamp') ? ', deletionTimestamp: "2026-01-01T00:00:00Z"' : ''}}
spec: {nodeName: ${node}, containers: [${container}]}
${more.includes('unready') ? 'status: {conditions: [{type: Ready, status: "False"}]}\n' : ''}`
}

/** A Service: its spec in one line. */
export const service = (name: string, spec: string, metadata = ''): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}${metadata}}
spec: {${spec}}
`

/** A Cluster document without system pods, so that only what the behaviour is about is there. */
export const cluster = (spec: string): string => `---
apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
metadata: {name: test}
spec: {dns: none, apiServer: none, ${spec}}
`

/** An EndpointSlice of a Service; endpoints as 'IP NODE [unready] [terminating] [zone=Z]'. */
export function slice(of: string, port: string, ...endpoints: readonly string[]): string {
  const items = endpoints.map((text) => {
    const [ip, nodeName, ...words] = text.split(' ')
    const has = (word: string): boolean => words.includes(word)
    const zone = words.find((word) => word.startsWith('zone='))?.slice(5)
    const conditions = `{ready: ${!has('unready') && !has('terminating')}, serving: ${!has('unready')}, terminating: ${has('terminating')}}`
    return `{addresses: [${ip}], nodeName: ${nodeName}, conditions: ${conditions}${zone ? `, hints: {forZones: [{name: ${zone}}]}` : ''}}`
  })
  return `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${of}-${endpoints.length}-${port.replace(/\W+/g, '').toLowerCase()}, labels: {kubernetes.io/service-name: ${of}}}
addressType: IPv4
ports: [{${port}}]
endpoints: [${items.join(', ')}]
`
}

/** A Walk called `meanwhile`, and a command typed on worker-1 so many ms after its beginning. */
export const meanwhile = (from: string, to: string, timeMs: number, run: string): string => `---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: meanwhile}
spec: {from: ${from}, to: "${to}"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: command}
spec: {on: node/worker-1, run: ${JSON.stringify(run)}, at: {walk: meanwhile, timeMs: ${timeMs}}}
`

export const PORTS = 'ports: [{port: 80, targetPort: 8080}]'
/** Pods of most behaviours: a client and an endpoint on worker-1 (10.244.1.3, after the client), another one on worker-2 (10.244.2.2). */
export const CLIENT = pod('client', 'app: client', 'worker-1', '')
export const WEB_1 = pod('web-1', 'app: web', 'worker-1')
export const WEB_2 = pod('web-2', 'app: web', 'worker-2')
export const PODS = CLIENT + WEB_1 + WEB_2
/** Its Service, at an address that is drawn. */
export const WEB = service('web', `selector: {app: web}, ${PORTS}`)
/** Where the Service is a NodePort. */
export const NODE_PORT = 'selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]'

/** Status of a Service whose load balancer has an address. */
export const ingress = (ip: string): string => `status: {loadBalancer: {ingress: [{ip: ${ip}}]}}\n`

/** A machine of the LAN that sends what is for these networks to a node: 172.18.0.11 is worker-1. */
export const outsider = (node: string, ...networks: readonly string[]): string => `---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: outsider}
spec: {ip: 172.18.0.50, setup: "${networks.map((network) => `ip route add ${network} via ${node}`).join('; ')}"}
`

/** Runs a behaviour's steps; throws at the first that goes another way. */
export function prove(behaviour: Behaviour): void {
  const scenario = parseScenario(behaviour.yaml)
  expect(scenario.diagnostics.filter((one) => one.severity === 'error')).toEqual([])
  const world = worldAt(scenario, 'built', behaviour.number)
  if (!world) throw new Error('no cluster')
  expect(world.failed).toEqual([])
  for (const step of behaviour.steps) takeStep(world, scenario, step)
  expect(world.failed.map(({ run }) => run)).toEqual(behaviour.fails ?? [])
}

function takeStep(world: World, scenario: Scenario, step: string): void {
  const command = /^\$ (\S+) (.+?)(?: => (.*))?$/s.exec(step)
  if (command) {
    runCommand(world, { target: command[1] ?? '', line: command[2] ?? '', wanted: command[3] ?? null })
    return
  }
  const wait = /^wait (\d+)$/.exec(step)
  if (wait) {
    runUntil(world, world.kernel.nowMs + Number(wait[1]) * 1000, { maxEvents: DEFAULT_MAX_EVENTS, script: () => {} })
    return
  }
  const packet = /^packet (\S+) (\S+) (\S+):(\d+)\/(tcp|udp|sctp): (\w+)(?: (\S+))?$/.exec(step)
  if (packet) {
    const [, on = '', source = '', destination = '', port, protocol, outcome, to = ''] = packet
    const ns = findNetNs(world, on)?.netns
    if (!ns) throw new Error(`no place ${on}`)
    const spec = { in: 'cni0', source, destination, protocol: protocol as 'sctp', sourcePort: 34567, destinationPort: Number(port) }
    const result = evaluatePacket(ns, spec, { allBranches: true })
    if ('error' in result) throw new Error(result.error)
    const ends = [...new Set(result.branches.map((branch) => `${branch.outcome} ${branch.destination}`))].sort()
    expect(ends).toEqual(
      to
        .split(',')
        .map((one) => `${outcome} ${one}`)
        .sort(),
    )
    return
  }
  const named = /^walk (\S+): (.*)$/s.exec(step)
  if (named) {
    const document = scenario.steps.find((one) => one.kind === 'walk' && one.walk.name === named[1])
    if (document?.kind !== 'walk') throw new Error(`no Walk ${named[1]}`)
    const before = cloneWorld(world)
    const trace = walkInScenario(world, scenario, { spec: document.walk, maxEvents: null, onRecord: null })
    if ('problem' in trace) throw new Error(trace.problem)
    // A cable may have been there at the beginning only.
    const then = checkTrace(trace, before)
    expect(checkTrace(trace, world).filter((problem) => then.includes(problem))).toEqual([])
    compare(world, step, named[2] ?? '', [trace])
    return
  }
  const walk = /^(?:times (\d+) )?(\S+) (.+?): (\w+.*)$/s.exec(step)
  if (!walk) throw new Error(`no step: ${step}`)
  const [, times, from = '', to = '', wanted = ''] = walk
  const traces = times
    ? Array.from({ length: Number(times) }, () => oneWalk(world, scenario, from, to))
    : allWalks(world, scenario, from, to)
  for (const trace of traces) expect(checkTrace(trace, world)).toEqual([])
  compare(world, step, wanted, traces)
}

function runCommand(world: World, { target, line, wanted }: { target: string; line: string; wanted: string | null }): void {
  const resolved = resolveTarget(world.cluster, target)
  const name = resolved.kind === 'error' ? null : netnsOf(resolved)
  const place = name === null ? null : findNetNs(world, name)
  if (!place) throw new Error(`no place ${target}`)
  const result = typeLine(world, line, { ...place, origin: null, lineOrigins: null, stdin: '', timePasses: true })
  if (wanted === null) expect([line, result.stderr]).toEqual([line, ''])
  else if (wanted.startsWith('not ')) expect(result.stdout + result.stderr).not.toContain(wanted.slice(4))
  else expect(result.stdout + result.stderr).toContain(wanted)
}

function oneWalk(world: World, scenario: Scenario, from: string, to: string): Trace {
  const spec = { name: `${from} ${to}`, from, to, expect: null, http: null, range: null }
  const trace = walkInScenario(world, scenario, { spec, maxEvents: null, onRecord: null })
  if ('problem' in trace) throw new Error(trace.problem)
  return trace
}

/** Each way the walk can go, in a copy of the world; then the first of them in the world itself. */
function allWalks(world: World, scenario: Scenario, from: string, to: string): Trace[] {
  const traces: Trace[] = []
  let total = 0
  for (let forced: number[] | null = []; forced !== null; ) {
    const copy = cloneWorld(world)
    Object.assign(copy.chooser, { forced: [...forced], rest: 'first', made: [] })
    traces.push(oneWalk(copy, scenario, from, to))
    total += probabilityOf(copy.chooser.made)
    forced = nextBranch(copy.chooser.made)
  }
  expect(total).toBeCloseTo(1, 6)
  oneWalk(world, scenario, from, to)
  return traces
}

function compare(world: World, step: string, wanted: string, traces: readonly Trace[]): void {
  const [head = '', rule] = wanted.split(/ rule /)
  const words = head.split(' ')
  const [outcome] = words
  const value = (key: string): string | undefined => (words.includes(key) ? words[words.indexOf(key) + 1] : undefined)
  const reason = words[1] !== undefined && /^[A-Z_]+$/.test(words[1]) ? words[1] : undefined
  expect([step, [...new Set(traces.map((trace) => trace.outcome.outcome))]]).toEqual([step, [outcome]])
  if (reason !== undefined) expect([step, [...new Set(traces.map((trace) => trace.outcome.reason))]]).toEqual([step, [reason]])
  const by = value('by')
  if (by !== undefined) {
    const seenBy = by.includes('<')
    const reached = [
      ...new Set(traces.map(({ outcome: { server, seenFrom } }) => `${serverName(server)}${seenBy ? `<${seenFrom}` : ''}`)),
    ].sort()
    if (by === 'one') expect([step, reached.length]).toEqual([step, 1])
    else
      expect([step, reached]).toEqual([
        step,
        by
          .split(',')
          .map((one) => one.replace(/<(.*)/, (_all, name: string) => `<${addressesOf(world, name)[0]}`))
          .sort(),
      ])
  }
  const seen = value('seen')
  if (seen !== undefined)
    for (const trace of traces) expect([step, addressesOf(world, seen)]).toEqual([step, expect.arrayContaining([trace.outcome.seenFrom])])
  const heard = value('heard')
  if (heard !== undefined) expect([step, [...new Set(traces.map((trace) => trace.outcome.answeredFrom))]]).toEqual([step, [heard]])
  const status = value('status')
  if (status !== undefined) expect([step, [...new Set(traces.map((trace) => trace.outcome.status))]]).toEqual([step, [Number(status)]])
  const unenforced = value('unenforced')
  if (unenforced !== undefined)
    for (const { outcome } of traces) {
      const said = (outcome.remarks ?? []).map(({ sentence }) => /selects (\S+) for (\w+)/.exec(sentence)?.slice(1).join(':'))
      expect([step, said.join() || 'none']).toEqual([step, unenforced])
    }
  const at = value('at')
  if (at !== undefined) expect([step, [...new Set(traces.map((trace) => trace.outcome.by?.where))]]).toEqual([step, [at]])
  if (rule !== undefined) for (const trace of traces) expect([step, trace.outcome.by?.rule]).toEqual([step, expect.stringContaining(rule)])
}

/** 'pod/default/web:80' → 'web' */
const serverName = (server: string | null): string => server?.replace(/:\d+$/, '').split('/').at(-1) ?? 'nobody'

/** A pod's address; every address of a node. */
function addressesOf(world: World, name: string): string[] {
  if (/^[\d.]+$/.test(name)) return [name]
  if (name === 'internet') return ['198.51.100.10']
  const target = resolveTarget(world.cluster, name.includes('/') ? name : `pod/${name}`)
  if (target.kind === 'pod') return [formatAddress(target.pod.podIP)]
  if (target.kind === 'host') return target.host.interfaces.flatMap((nic) => nic.addresses.map(({ address }) => formatAddress(address)))
  if (target.kind !== 'node') throw new Error(`${name} has no addresses`)
  const own = target.node.interfaces.flatMap((nic) => nic.addresses.map(({ address }) => address))
  return [...own, gatewayOf(target.node.podCIDR)].map(formatAddress)
}
