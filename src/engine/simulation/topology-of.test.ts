import { expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { builtWorld } from './checkpoints.ts'
import { topologyOf } from './topology-of.ts'

it.each<[text: string, simulates: unknown]>([
  ['kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n', { cni: 'kindnet', as: 'bridge' }],
  ['kind: Cluster\napiVersion: packetwalk.dev/v1alpha1\nspec: {cni: bridge}\n', undefined],
])('a plugin that another one stands in for is named: %j', (text, simulates) => {
  const world = builtWorld(parseScenario(text))
  expect(world && topologyOf(world, world.cluster).simulates).toEqual(simulates)
})

it.each<[mode: string, proxy: unknown]>([
  ['ipvs', 'ipvs'],
  ['iptables', undefined],
])('kube-proxy in mode %s', (mode, proxy) => {
  const world = builtWorld(parseScenario(`kind: Cluster\napiVersion: packetwalk.dev/v1alpha1\nspec: {kubeProxy: {mode: ${mode}}}\n`))
  expect(world && topologyOf(world, world.cluster).proxy).toBe(proxy)
})
