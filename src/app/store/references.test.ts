import { describe, expect, it } from 'vitest'
import type { Topology } from '../../engine/simulation/topology.ts'
import { nearest, nearTarget, senderProblem, senders, shortRef, targetProblem, targets } from './references.ts'

const pod = (namespace: string, name: string, port: number, workload: string | null = null) => ({
  ...{
    ref: `pod/${namespace}/${name}`,
    namespace,
    name,
    workload,
    address: '10.244.1.2',
    ready: true,
    hostNetwork: false,
    veth: null,
    line: 1,
  },
  containers: [{ name: 'main', ports: [{ port, protocol: 'TCP' }] }],
})

const TOPOLOGY: Topology = {
  machines: [
    {
      ref: 'node/worker-1',
      kind: 'node',
      name: 'worker-1',
      address: '172.18.0.11',
      devices: [],
      pods: [
        pod('default', 'web', 8080),
        pod('shop', 'db', 5432),
        pod('default', 'db-1', 5432, 'deployment/default/db'),
        pod('default', 'db-2', 5432, 'deployment/default/db'),
        pod('shop', 'api-1', 80, 'deployment/shop/api'),
      ],
      line: 1,
    },
    { ref: 'gateway', kind: 'gateway', name: 'gateway', address: '172.18.0.1', devices: [], pods: [], line: null },
    { ref: 'internet', kind: 'internet', name: 'internet', address: '198.51.100.10', devices: [], pods: [], line: null },
  ],
  services: [
    {
      ...{
        ref: 'service/shop/db',
        namespace: 'shop',
        name: 'db',
        type: 'NodePort',
        headless: false,
        clusterIP: '10.96.0.9',
        externalName: null,
      },
      ...{
        externalAddresses: [],
        endpoints: [],
        line: 1,
        ports: [{ name: null, port: 5432, protocol: 'TCP', nodePort: 30_432, targetPort: '5432' }],
      },
    },
  ],
  networks: [],
}
const values = (from: string): readonly string[] => targets(TOPOLOGY, from).map(({ value }) => value)

describe('senders', () => {
  it('are controllers, pods, nodes and the internet, but not the gateway', () =>
    expect(senders(TOPOLOGY).map(({ value }) => value)).toEqual([
      'deploy/db',
      'deploy/shop/api',
      'pod/web',
      'pod/shop/db',
      'pod/db-1',
      'pod/db-2',
      'pod/shop/api-1',
      'node/worker-1',
      'internet',
    ]))
})

describe('targets', () => {
  it.each([
    ['pod/web', 'tcp://db.shop:5432'],
    ['pod/shop/db', 'tcp://db:5432'],
    ['node/worker-1', 'tcp://10.96.0.9:5432'],
    ['internet', 'tcp://node/worker-1:30432'],
    ['pod/web', 'http://pod/web:8080'],
    ['pod/web', 'ping 10.244.1.2'],
  ])('of %s hold %s', (from, target) => expect(values(from)).toContain(target))

  it('of the outside name no cluster DNS name', () => expect(values('internet')).not.toContain('tcp://db.shop:5432'))
})

describe('a sender', () => {
  it.each([
    ['pod/web', null],
    ['po/default/web', null],
    ['deploy/db', null],
    ['deployment/shop/api', null],
    ['node/worker-1', null],
    ['internet', null],
    ['rs/web-1', null],
    ['', 'Say who sends'],
    ['web', 'Did you mean pod/web?'],
    ['pod/wab', 'Did you mean pod/web?'],
    ['deploy/bd', 'Did you mean deploy/db?'],
    ['pod/shop/web', 'No pod, node or host has this name.'],
  ])('%s: %s', (text, problem) => {
    const told = senderProblem(text, TOPOLOGY)
    if (problem === null) expect(told).toBeNull()
    else expect(told).toContain(problem)
  })
})

describe('a target', () => {
  const known = targets(TOPOLOGY, 'pod/shop/db')
  it.each([
    ['tcp://db:5432', null],
    ['db:5432', 'tcp://db:5432'],
    ['tcp://bd:5432', 'tcp://db:5432'],
    ['http://pod/wbe:8080', 'http://pod/web:8080'],
    ['http://quite-another-name', null],
  ])('%s: probably %s', (text, near) => expect(nearTarget(text, known)).toBe(near))

  it('must be named', () => expect([targetProblem(''), targetProblem('x')]).toEqual([expect.stringContaining('Say what to call'), null]))
})

describe('nearest', () => {
  const known = senders(TOPOLOGY)
  it.each([
    ['pod/wab', 'pod/web'],
    ['node/worker-2', 'node/worker-1'],
    ['xyz', null],
  ])('%s → %s', (text, near) => expect(nearest(text, known)).toBe(near))
})

describe('shortRef', () => {
  it('leaves the default namespace out', () =>
    expect([shortRef('pod/default/a'), shortRef('pod/shop/a'), shortRef('internet')]).toEqual(['pod/a', 'pod/shop/a', 'internet']))
})
