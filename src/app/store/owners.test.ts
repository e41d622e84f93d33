import { describe, expect, it } from 'vitest'
import type { Topology, TopologyDevice } from '../../engine/simulation/topology.ts'
import { currentOwners, piecesOf } from './owners.ts'

const device = (name: string, mac: string, addresses: readonly string[]): TopologyDevice => ({
  ...{ name, kind: 'veth', mac, mtu: 1500, up: true, addresses, master: null, network: null },
})

const TOPOLOGY: Topology = {
  machines: [
    {
      ...{ ref: 'node/worker-1', kind: 'node', name: 'worker-1', address: '172.18.0.11', line: 1 },
      devices: [device('eth0', '02:00:00:00:00:01', ['172.18.0.11/16']), device('veth1', '02:00:00:00:00:02', [])],
      pods: [
        {
          ...{ ref: 'pod/default/web', namespace: 'default', name: 'web', workload: null, address: '10.244.1.2', containers: [] },
          ...{ ready: true, hostNetwork: false, veth: 'veth1', line: 9 },
        },
      ],
    },
  ],
  services: [
    {
      ...{ ref: 'service/default/web', namespace: 'default', name: 'web', type: 'ClusterIP', headless: false, clusterIP: '10.96.0.7' },
      ...{ externalName: null, externalAddresses: [], ports: [], endpoints: [], line: 20 },
    },
  ],
  networks: [],
}

/** The line with "[text=whose line]" for what belongs to something. */
function marked(line: string, where = 'node/worker-1'): string {
  return piecesOf(line, where, currentOwners(TOPOLOGY))
    .map(({ text, owner }) => (owner === null ? text : `[${text}=${owner.ref} ${owner.line}]`))
    .join('')
}

describe('whose the addresses in a table are', () => {
  it.each([
    ['10.96.0.7,tcp:80', '[10.96.0.7=service/default/web 20],tcp:80'],
    ['10.244.1.2 dev cni0 lladdr aa:bb:cc:dd:ee:ff STALE', '[10.244.1.2=pod/default/web 9] dev cni0 lladdr aa:bb:cc:dd:ee:ff STALE'],
    ['aa:bb:cc:dd:ee:ff dev veth1 master cni0', 'aa:bb:cc:dd:ee:ff dev [veth1=pod/default/web 9] master cni0'],
    ['02:00:00:00:00:02 dev veth1', '[02:00:00:00:00:02=pod/default/web 9] dev [veth1=pod/default/web 9]'],
    ['172.18.0.11 lladdr 02:00:00:00:00:01', '[172.18.0.11=node/worker-1 1] lladdr [02:00:00:00:00:01=node/worker-1 1]'],
    ['default via 172.18.0.1', 'default via 172.18.0.1'],
    ['10.244.1.20 dev cni0', '10.244.1.20 dev cni0'],
    ['7.2.244.10.in-addr.arpa 10.244.1.2.80', '7.2.244.10.in-addr.arpa 10.244.1.2.80'],
    ['10.244.1.27. 110.244.1.2 10.244.1.2/32', '10.244.1.27. 110.244.1.2 [10.244.1.2=pod/default/web 9]/32'],
    ['', ''],
  ])('%s', (line, expected) => expect(marked(line)).toBe(expected))

  it('a veth of another machine is another', () => expect(marked('dev veth1', 'node/worker-2')).toBe('dev veth1'))
  it('without a picture nothing has an owner', () =>
    expect(piecesOf('10.96.0.7', '', currentOwners(null))).toEqual([{ text: '10.96.0.7', owner: null }]))
})
