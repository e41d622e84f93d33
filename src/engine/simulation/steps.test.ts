/** Scripts between and inside walks, the terminal, and what the picture is told. */
import { describe, expect, it } from 'vitest'
import { CLIENT_AND_WEB, clientWalk } from '../kubernetes/client-and-web.fixture.ts'
import { parseScenario } from '../kubernetes/manifest.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { builtWorld } from './checkpoints.ts'
import { exec } from './exec.ts'
import { namespaceState } from './namespace-state.ts'
import { stateAt } from './replay.ts'
import { topologyOf } from './topology-of.ts'
import type { Trace } from './trace.ts'
import { walk, walkAll } from './walk.ts'

const walkDocument = (name: string, to = 'tcp://pod/web:80'): string => clientWalk(name, to)

const scriptDocument = (name: string, run: string, at = ''): string => `---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: ${name}}
spec: {on: node/worker-2, run: "${run}"${at}}
`

function traceOf(result: ReturnType<typeof walk>): Trace {
  if ('problem' in result) throw new Error(result.problem)
  return result
}

const outcomes = (scenario: Scenario): string[] => walkAll(scenario).map((result) => traceOf(result).outcome.outcome)

describe('Scripts', () => {
  const drop = 'iptables -I FORWARD -p tcp --dport 80 -j DROP'
  const between = parseScenario(
    CLIENT_AND_WEB +
      walkDocument('before') +
      scriptDocument('fault', drop) +
      walkDocument('during') +
      scriptDocument('mend', drop.replace('-I', '-D')) +
      walkDocument('after'),
  )

  it('change the world for the walks below them only', () => {
    expect(outcomes(between)).toEqual(['delivered', 'timeout', 'delivered'])
  })

  it('have run when one walk alone is asked for, and before walks of the user', () => {
    expect(traceOf(walk(between, { name: 'during' })).outcome).toMatchObject({ outcome: 'timeout', reason: 'NETFILTER_DROP' })
    expect(traceOf(walk(between, { from: 'pod/client', to: 'tcp://pod/web:80' })).outcome.outcome).toBe('delivered')
  })

  it('asking for one walk gives the trace that it has among all', () => {
    const all = walkAll(between).map(traceOf)
    expect(traceOf(walk(between, { name: 'after' })).records).toEqual(all[2]?.records)
  })

  it('inside a walk run at their moment', () => {
    // The first SYN is dropped; the rule is gone before the first retransmission, a second later.
    const inside = parseScenario(
      CLIENT_AND_WEB +
        scriptDocument('fault', drop) +
        scriptDocument('mend', drop.replace('-I', '-D'), ', at: {walk: slow, timeMs: 500}') +
        walkDocument('slow'),
    )
    const trace = traceOf(walk(inside, { name: 'slow' }))
    expect(trace.outcome.outcome).toBe('delivered')
    expect(trace.durationMs).toBeGreaterThan(1000)
    expect(trace.durationMs).toBeLessThan(1500)
    expect(trace.records.filter((record) => record.event.at === 'kfree_skb').map((record) => [record.where, record.timeMs < 500])).toEqual([
      ['node/worker-2', true],
    ])
  })

  it('later than the end of their walk run at its end and do not prolong it', () => {
    const late = parseScenario(
      CLIENT_AND_WEB +
        scriptDocument('fault', drop, ', at: {walk: first, timeMs: 60000.5}') +
        walkDocument('first') +
        walkDocument('second'),
    )
    const alone = traceOf(walk(parseScenario(CLIENT_AND_WEB + walkDocument('first')), { name: 'first' }))
    const [first, second] = walkAll(late).map(traceOf)
    expect(first?.outcome.outcome).toBe('delivered')
    expect(first?.durationMs).toBe(alone.durationMs)
    expect(second?.outcome).toMatchObject({ outcome: 'timeout', reason: 'NETFILTER_DROP' })
  })

  it.each([
    ['{walk: nobody, timeMs: 1}', 'at: no Walk is called "nobody".'],
    ['{timeMs: 1}', 'spec.at.walk is missing.'],
    ['{walk: first, timeMs: -1}', 'spec.at.timeMs must be a number of milliseconds, 0 or more.'],
    ['{walk: first, timeMs: 0.3}', null],
  ])('at %s', (at, message) => {
    const { diagnostics } = parseScenario(CLIENT_AND_WEB + scriptDocument('fault', 'true', `, at: ${at}`) + walkDocument('first'))
    expect(diagnostics.filter(({ severity }) => severity === 'error').map((one) => one.message)).toEqual(message === null ? [] : [message])
  })

  it('that fail are told, not swallowed', () => {
    const broken = parseScenario(CLIENT_AND_WEB + scriptDocument('fault', 'ip link set eth7 down') + walkDocument('one'))
    const world = stateAt(broken, { name: 'one' }, -1)
    if ('problem' in world) throw new Error(world.problem)
    expect(world.failed).toMatchObject([
      {
        machine: 'node/worker-2',
        code: 1,
        stderr: expect.stringContaining('eth7'),
        origin: { component: 'script', object: 'script/fault' },
      },
    ])
  })
})

describe('bounds and problems', () => {
  const scenario = parseScenario(CLIENT_AND_WEB)

  it('a walk that needs more events than allowed is stopped and says so', () => {
    const trace = traceOf(walk(scenario, { from: 'pod/client', to: 'http://web/' }, { maxEvents: 20 }))
    expect(trace.outcome).toMatchObject({ outcome: 'unsupported', reason: 'the walk did not end within its step bound' })
  })

  it('a broadcast that circles between two bridges for ever is stopped and says so', () => {
    const setup = [
      'ip link add br0 type bridge; ip link add br1 type bridge; ip addr add 10.9.0.1/24 dev br0',
      'ip link add a type veth peer name b; ip link add c type veth peer name d',
      ...['a br0', 'c br0', 'b br1', 'd br1'].map((pair) => `ip link set ${pair.replace(' ', ' master ')}`),
      ...['br0', 'br1', 'a', 'b', 'c', 'd'].map((device) => `ip link set ${device} up`),
    ].join('; ')
    const storm = `${CLIENT_AND_WEB}---\napiVersion: packetwalk.dev/v1alpha1\nkind: Host\nmetadata: {name: storm}\nspec: {setup: "${setup}"}\n`
    const trace = traceOf(walk(parseScenario(storm), { from: 'host/storm', to: 'tcp://10.9.0.2:80' }))
    expect(trace.outcome).toMatchObject({
      outcome: 'unsupported',
      reason: expect.stringMatching(/^the walk did not end within \d+ records$/),
    })
    expect(trace.records.length).toBeLessThan(30_000)
  })

  it.each([
    [{ name: 'nobody' }, 'nobody'],
    [{ from: 'pod/ghost', to: 'tcp://pod/web:80' }, 'ghost'],
    [{ from: 'svc/web', to: 'tcp://pod/web:80' }, 'cannot send'],
    [{ from: 'pod/client', to: 'gopher://web' }, 'gopher'],
  ])('%o cannot begin', (request, message) => {
    const result = walk(scenario, request)
    expect('problem' in result && result.problem).toContain(message)
  })
})

describe('the terminal', () => {
  const scenario = parseScenario(CLIENT_AND_WEB + walkDocument('one', 'http://web/'))

  it('runs programs that take virtual time', () => {
    const result = exec(scenario, 'pod/client', 'curl -s http://web/ && ping -c 1 10.244.2.2')
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect('stdout' in result && result.stdout).toContain('server: pod/default/web:80')
    expect('stdout' in result && result.stdout).toContain('1 received, 0% packet loss')
  })

  it('sees what a walk left behind only after it', () => {
    const neighbours = (after: string | null): string => {
      const result = exec(scenario, 'node/worker-1', 'ip neigh', { after })
      return 'problem' in result ? result.problem : result.stdout
    }
    expect(neighbours(null)).toBe('')
    expect(neighbours('one')).toContain('172.18.0.12 dev eth0 lladdr')
  })

  it('says when a target has none', () => {
    expect(exec(scenario, 'svc/web', 'ip addr')).toEqual({ problem: expect.stringContaining('no terminal') })
    expect(exec(scenario, 'node/worker-1', 'ip neigh', { after: 'two' })).toEqual({ problem: 'no Walk is called "two"' })
  })
})

describe('the picture', () => {
  const scenario = parseScenario(CLIENT_AND_WEB)
  const world = builtWorld(scenario)
  if (!world || !scenario.cluster) throw new Error('no world')
  const topology = topologyOf(world, scenario.cluster)

  it('has every machine, pod and Service', () => {
    expect(topology.machines.map((machine) => machine.ref)).toEqual(['node/worker-1', 'node/worker-2', 'gateway', 'internet'])
    const worker2 = topology.machines[1]
    expect(worker2).toMatchObject({ kind: 'node', name: 'worker-2', address: '172.18.0.12' })
    expect(worker2?.pods.find((pod) => pod.name === 'web')).toMatchObject({
      ref: 'pod/default/web',
      address: '10.244.2.2',
      containers: [{ name: 'web', ports: [{ port: 80, protocol: 'TCP' }] }],
    })
    const veth = worker2?.pods.find((pod) => pod.name === 'web')?.veth
    expect(worker2?.devices.find((device) => device.name === veth)).toMatchObject({ kind: 'veth', master: 'cni0', up: true })
    expect(topology.services.find((service) => service.name === 'web')).toMatchObject({
      type: 'ClusterIP',
      endpoints: [{ address: '10.244.2.2', pod: 'pod/default/web', ready: true }],
    })
    expect(topology.networks.map((network) => [network.ref, network.cidr])).toEqual([
      ['network/lan', '172.18.0.0/16'],
      ['network/internet', '203.0.113.0/24'],
    ])
  })

  it('survives being posted to another thread', () => {
    expect(structuredClone(topology)).toEqual(topology)
  })

  it('shows the tables of a namespace as the tools print them', () => {
    const sections = namespaceState(world, 'pod/default/web')
    const lines = (command: string): readonly string[] => sections?.find((section) => section.command === command)?.lines ?? []
    expect(lines('ip route')).toEqual([
      'default via 10.244.2.1 dev eth0 ',
      '10.244.2.0/24 dev eth0 proto kernel scope link src 10.244.2.2 ',
    ])
    expect(lines('ss -tuna').some((line) => line.includes('0.0.0.0:80'))).toBe(true)
    expect(lines('cat /etc/resolv.conf')).toContain('nameserver 10.96.0.10')
    expect(namespaceState(world, 'pod/default/ghost')).toBeNull()
  })
})
