import { describe, expect, it } from 'vitest'
import type { Topology } from '../../../engine/simulation/topology.ts'
import { canLink, type Dragged, gestureOf, linkTargets, nameToType, targetOf } from './links.ts'

const pod = (name: string, workload: string | null = null) => ({
  ...{ ref: `pod/default/${name}`, namespace: 'default', name, workload, address: '10.244.1.2', containers: [] },
  ...{ ready: true, hostNetwork: false, veth: null, line: 1 },
})
const machine = (ref: string, kind: 'node' | 'host' | 'internet', pods: readonly ReturnType<typeof pod>[] = []) => ({
  ...{ ref, kind, name: ref.split('/').at(-1) ?? '', address: '172.18.0.11', devices: [], pods, line: null },
})
const service: Topology['services'][number] = {
  ...{ ref: 'service/default/web', namespace: 'default', name: 'web', type: 'ClusterIP' as const, headless: false, clusterIP: '10.96.0.9' },
  ...{ externalName: null, externalAddresses: [], ports: [], endpoints: [], line: 1 },
}
const PICTURE: Topology = {
  machines: [
    machine('node/worker-1', 'node', [pod('client')]),
    machine('node/worker-2', 'node', [pod('web-abc', 'deployment/default/web')]),
    machine('host/db', 'host'),
    machine('internet', 'internet'),
  ],
  services: [service],
  networks: [{ ref: 'network/lan', name: 'lan', cidr: '172.18.0.0/16', mtu: 1500 }],
}

describe('a line', () => {
  it.each([
    ['pod/default/client', 'service/default/web', true],
    ['pod/default/client', 'pod/default/web-abc', true],
    ['internet', 'node/worker-1', true],
    ['host/db', 'pod/default/client', true],
    ['host/db', 'network/lan', true],
    ['network/lan', 'host/db', true],
    ['service/default/web', 'pod/default/client', true],
    ['service/default/web', 'node/worker-1', false],
    ['network/lan', 'pod/default/client', false],
    ['pod/default/client', 'network/lan', false],
    ['pod/default/client', 'pod/default/client', false],
    ['pod/default/client', 'bridge/worker-1/cni0', false],
  ])('from %s to %s: %s', (from, to, allowed) => {
    expect(canLink(from, to)).toBe(allowed)
  })

  it('has its possible ends listed, Services first, never the shape itself', () => {
    expect(linkTargets('pod/default/client', PICTURE).map(({ ref }) => ref)).toEqual([
      ...['service/default/web', 'pod/default/web-abc', 'node/worker-1', 'node/worker-2', 'host/db', 'internet'],
    ])
    expect(linkTargets('service/default/web', PICTURE).map(({ ref }) => ref)).toEqual(['pod/default/client', 'pod/default/web-abc'])
  })
})

describe('what is dropped', () => {
  const tool = (what: 'pod' | 'service' | 'node'): Dragged => ({ kind: 'tool', what, name: what })
  it.each<[string, Dragged, readonly string[], string | null]>([
    ['a pod lands on the rack under the pod it was dropped on', tool('pod'), ['pod/default/client', 'node/worker-1'], 'node/worker-1'],
    ['a Service lands on the pod', tool('service'), ['pod/default/client', 'node/worker-1'], 'pod/default/client'],
    ['a node lands nowhere', tool('node'), ['node/worker-1'], null],
    [
      'a line lands on what can be reached',
      { kind: 'link', from: 'pod/default/client' },
      ['bridge/worker-2/cni0', 'node/worker-2'],
      'node/worker-2',
    ],
    [
      'a pod that is moved lands on a rack',
      { kind: 'pod', ref: 'pod/default/client' },
      ['pod/default/web-abc', 'node/worker-2'],
      'node/worker-2',
    ],
  ])('%s', (_words, dragged, under, target) => {
    expect(targetOf(dragged, under)).toBe(target)
  })

  it('becomes a gesture; a pod that stays at home becomes none', () => {
    expect(gestureOf(tool('pod'), null, PICTURE)).toEqual({ kind: 'add', what: 'pod', on: null })
    const moved: Dragged = { kind: 'pod', ref: 'pod/default/client' }
    expect(gestureOf(moved, 'node/worker-2', PICTURE)).toEqual({ kind: 'place', pod: 'pod/default/client', node: 'node/worker-2' })
    expect(gestureOf(moved, 'node/worker-1', PICTURE)).toBeNull()
    expect(gestureOf({ kind: 'link', from: 'internet' }, null, PICTURE)).toBeNull()
  })
})

it('a pod of a Deployment is renamed by the name of the Deployment', () => {
  expect(nameToType('pod/default/web-abc', PICTURE)).toBe('web')
  expect(nameToType('pod/default/client', PICTURE)).toBe('client')
})
