/** Sums and matches over the parts of an object, as kubectl 1.30 prints them. */
import { expect, test } from 'vitest'
import type { KubeApi } from './command.ts'
import { testTerminal } from './test-machine.ts'

const container = (name: string, ready: boolean, restartCount: number) => ({ name, ready, restartCount })
const POD = {
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default' } },
  spec: {
    nodeName: 'worker-1',
    containers: [
      { name: 'a', image: 'a' },
      { name: 'b', image: 'b' },
      { name: 'c', image: 'c' },
    ],
  },
  status: {
    phase: 'Running',
    podIP: '10.0.0.1',
    containerStatuses: [container('a', true, 2), container('b', false, 3), container('c', true, 0)],
  },
}
const kube: KubeApi = { list: (resource) => (resource === 'pods' ? [POD] : []) }

test('containers that are ready, and their restarts, are counted', () => {
  const { see } = testTerminal(kube)
  expect(see('kubectl get pods --no-headers').trim().split(/\s+/).slice(0, 4)).toEqual(['web', '2/3', 'Running', '5'])
})
