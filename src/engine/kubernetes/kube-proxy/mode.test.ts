import { describe, expect, test } from 'vitest'
import { parseScenario } from '../manifest.ts'
import { kubeProxy } from './commands.ts'

const scenario = (annotations: string): string => `apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
metadata: {name: mixed}
spec:
  nodes: [{name: a}, {name: b, annotations: {${annotations}}}]
  kubeProxy: {mode: iptables}
`

describe('the mode of one node', () => {
  test.each([
    ['', 'iptables-restore'],
    ['packetwalk.dev/kube-proxy-mode: ipvs', 'ipvsadm -A -t 10.96.0.1:443 -s rr'],
    ['packetwalk.dev/kube-proxy-mode: none', null],
  ])('annotation "%s": %s', (annotations, expected) => {
    const { cluster } = parseScenario(scenario(annotations))
    const node = cluster?.nodes.find(({ meta }) => meta.name === 'b')
    if (!cluster || !node) throw new Error('no cluster')
    const lines = kubeProxy(cluster, node).flatMap(({ run, stdin }) => `${run}\n${stdin ?? ''}`.split('\n'))
    if (expected === null) expect(lines).toEqual([])
    else expect(lines.filter((line) => line.includes(expected.split(' ')[0] ?? ''))).not.toEqual([])
    expect(lines.some((line) => /ipvs0/.test(line))).toBe(annotations.endsWith('ipvs'))
  })

  test('another word is an error', () => {
    const { diagnostics } = parseScenario(scenario('packetwalk.dev/kube-proxy-mode: ebpf'))
    expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([
      'packetwalk.dev/kube-proxy-mode: "ebpf" is none of iptables, ipvs, none.',
    ])
  })
})
