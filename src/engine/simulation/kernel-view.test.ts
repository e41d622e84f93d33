import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { type KernelView, kernelView } from './kernel-view.ts'
import { stateAt } from './replay.ts'
import type { TraceRecord } from './trace.ts'
import { walk } from './walk.ts'

const scenario = parseScenario(readFileSync(new URL('../../scenarios/web-and-mysql.yaml', import.meta.url), 'utf8'))
const request = { name: 'web-to-database' }
const trace = walk(scenario, request)
if ('problem' in trace) throw new Error(trace.problem)
const { records } = trace

function find(test: (record: TraceRecord) => boolean): TraceRecord {
  const record = records.find(test)
  if (!record) throw new Error('no such record')
  return record
}

function viewAt({ n, where }: TraceRecord, open: KernelView['open'] = null): KernelView {
  const world = stateAt(scenario, request, n)
  if ('problem' in world) throw new Error(world.problem)
  const view = kernelView(world, { where, n, open }, records)
  if (!view) throw new Error('no such namespace')
  return view
}

const dnat = find(({ event }) => event.at === 'ipt_rule' && event.packet.transport?.kind === 'tcp' && event.verdict === 'DNAT')

describe('the moment a rule translates the packet', () => {
  const view = viewAt(dnat)

  test('opens the chains that led there, each entered from the one before', () => {
    expect(view.open).toEqual({ table: 'nat', hook: 'PREROUTING' })
    expect(view.chains.map(({ name, from }) => `${from ?? '-'} ${name.replace(/-[A-Z0-9]{16}$/, '-…')}`)).toEqual([
      '- PREROUTING',
      '0 KUBE-SERVICES',
      '1 KUBE-SVC-…',
      '2 KUBE-SEP-…',
    ])
    expect(view.chains.at(-1)?.rules.at(-1)).toMatchObject({ state: 'matched', verdict: 'DNAT' })
  })

  test('says of each rule before why it did not match', () => {
    const services = view.chains[1]?.rules ?? []
    const failed = services.filter(({ state }) => state === 'failed')
    expect(failed.length).toBeGreaterThan(0)
    for (const rule of failed) expect(rule.whyNot).not.toBeNull()
    expect(failed[0]?.whyNot?.actual).toMatch(/^the (destination is 10\.96\.|ports are)/)
    expect(services.filter(({ state }) => state === 'ahead').length).toBe(services.length - failed.length - 1)
  })

  test('shows where the packet is: conntrack passed, the forward hook still to come', () => {
    const station = (hook: string, run: string) => view.stations.find((one) => one.hook === hook && one.run === run)
    expect(station('PREROUTING', 'nat')).toMatchObject({ current: true, passed: false })
    expect(station('PREROUTING', 'conntrack')).toMatchObject({ passed: true })
    expect(station('FORWARD', 'filter')).toMatchObject({ passed: false, current: false })
    expect(view.conntrack).toBe('NEW')
    expect(view.route).toBeNull()
  })

  test('has counters of that moment', () => {
    const before = viewAt(
      find((record) => record.where === dnat.where),
      { table: 'nat', hook: 'PREROUTING' },
    )
    const count = (of: KernelView) => of.chains[0]?.rules[0]?.packets ?? -1
    expect(count(before)).toBeLessThan(count(view))
  })
})

test('a table that the packet is not in can be looked into', () => {
  const view = viewAt(dnat, { table: 'filter', hook: 'FORWARD' })
  expect(view.chains.map(({ name }) => name)).toEqual(['FORWARD'])
  expect(view.chains[0]?.rules.every(({ state }) => state === 'ahead')).toBe(true)
})

/** The views of another scenario's walk. */
function viewsOf(file: string, name: string) {
  const other = parseScenario(readFileSync(new URL(`../../scenarios/${file}.yaml`, import.meta.url), 'utf8'))
  const walked = walk(other, { name })
  if ('problem' in walked) throw new Error(walked.problem)
  return (test: (record: TraceRecord) => boolean): KernelView => {
    const record = walked.records.find(test)
    const world = record && stateAt(other, { name }, record.n)
    if (!record || !world || 'problem' in world) throw new Error('no such record')
    const view = kernelView(world, { where: record.where, n: record.n }, walked.records)
    if (!view) throw new Error('no such namespace')
    return view
  }
}

describe('between the hooks', () => {
  test.each([
    ['netif_receive_skb', 'in'],
    ['fib_lookup', 'route'],
    ['dev_queue_xmit', 'out'],
    ['socket', 'sockets'],
    ['ipt_rule', null],
  ] as const)('%s: the packet is at %s', (at, spot) => {
    expect(viewAt(find(({ event }) => event.at === at)).at).toBe(spot)
  })

  test('a rewrite happens in the nat table of its hook, with nothing of that hook behind it passed yet', () => {
    const view = viewAt(find(({ event, where }) => event.at === 'nat_manip' && event.manip === 'destination' && where.startsWith('node/')))
    expect(view.stations.filter(({ current }) => current).map(({ hook, run }) => `${hook} ${run}`)).toEqual(['PREROUTING nat'])
  })
})

describe('IPVS', () => {
  const view = viewsOf('service-ipvs', 'cluster-ip')(({ event }) => event.at === 'ip_vs_schedule')

  test('is a station of INPUT, and shows which server was chosen among which', () => {
    expect(view.stations.filter(({ current }) => current).map(({ hook, run }) => `${hook} ${run}`)).toEqual(['INPUT ip_vs_in'])
    expect(view.stations.find(({ hook, run }) => hook === 'INPUT' && run === 'nat')?.passed).toBe(false)
    expect(view.balancing).toMatchObject({ service: 'TCP 10.96.0.80:80', scheduler: 'rr', how: 'scheduled' })
    expect(view.balancing?.servers.map(({ chosen }) => chosen).toSorted()).toEqual([false, true])
  })

  test('is no station where it has no services', () => {
    expect(viewAt(dnat).stations.some(({ run }) => run.startsWith('ip_vs'))).toBe(false)
  })
})

test('a wrapped packet starts anew, as if the machine had made it', () => {
  const view = viewsOf(
    'flannel-vxlan',
    'pod1-to-pod4',
  )(({ event }) => event.at === 'dev_queue_xmit' && event.device === 'eth0' && Boolean(event.packet.payload.inner))
  expect(view).toMatchObject({ in: null, out: 'eth0' })
})
