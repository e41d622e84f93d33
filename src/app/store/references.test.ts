import { describe, expect, it } from 'vitest'
import type { Topology } from '../../engine/simulation/topology.ts'
import { nearest, senders, shortRef, targets } from './references.ts'

const pod = (namespace: string, name: string, port: number) => ({
  ...{
    ref: `pod/${namespace}/${name}`,
    namespace,
    name,
    workload: null,
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
      pods: [pod('default', 'web', 8080), pod('shop', 'db', 5432)],
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
  it('are pods, nodes and the internet, but not the gateway', () =>
    expect(senders(TOPOLOGY).map(({ value }) => value)).toEqual(['pod/web', 'pod/shop/db', 'node/worker-1', 'internet']))
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
