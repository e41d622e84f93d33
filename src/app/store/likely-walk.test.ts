import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../../engine/kubernetes/manifest.ts'
import { builtWorld } from '../../engine/simulation/checkpoints.ts'
import type { Topology } from '../../engine/simulation/topology.ts'
import { topologyOf } from '../../engine/simulation/topology-of.ts'
import { walk } from '../../engine/simulation/walk.ts'
import { likelyWalk } from './likely-walk.ts'
import { senderProblem } from './references.ts'

const workload = (name: string, kind = 'Deployment', replicas = 2) => `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}}
---
`
const service = (name: string, type = 'ClusterIP') => `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {type: ${type}, selector: {app: ${name}}, ports: [{port: 80}]}
---
`
const headless = (name: string) => service(name).replace('type: ClusterIP', 'clusterIP: None')
const pod = (name: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec: {containers: [{name: c, image: i}]}
---
`

function built(text: string) {
  const scenario = parseScenario(text)
  const world = builtWorld(scenario)
  if (world === null) throw new Error('cannot be built')
  const topology: Topology = topologyOf(world, world.cluster)
  return { scenario, topology }
}

describe('a likely walk', () => {
  it.each([
    ['a client and a Service', pod('client') + workload('web') + service('web'), 'pod/client', 'http://web'],
    ['two tiers', workload('db') + service('db') + workload('web') + service('web', 'NodePort'), 'deploy/web', 'http://db'],
    [
      'a client and two tiers',
      workload('db') + service('db') + workload('web') + service('web', 'NodePort') + pod('me'),
      'pod/me',
      'http://web',
    ],
    ['a front door alone', workload('web') + service('web', 'NodePort'), 'internet', /^http:\/\/node\/worker-[12]:3\d{4}$/],
    ['a Service alone', workload('web', 'Deployment', 1) + service('web'), /^node\/worker-/, /^http:\/\/10\.96\./],
    ['peers behind a headless Service', workload('db', 'StatefulSet') + headless('db'), 'pod/db-0', /^http:\/\/10\.244\./],
    ['one pod behind a headless Service', workload('db', 'StatefulSet', 1) + headless('db'), 'node/worker-', /^http:\/\/10\.244\./],
    [
      'a Service without endpoints beside another',
      pod('me') + service('nothing') + workload('web') + service('web'),
      'pod/me',
      'http://web',
    ],
  ])('of %s is delivered', (_, text, from, to) => {
    const { scenario, topology } = built(text)
    const ends = likelyWalk(topology)
    expect(ends).toEqual({ from: expect.stringMatching(from), to: expect.stringMatching(to) })
    const trace = walk(scenario, ends ?? { from: '', to: '' })
    expect('problem' in trace ? trace.problem : trace.outcome.outcome).toBe('delivered')
    expect(senderProblem(ends?.from ?? '', topology)).toBeNull()
  })

  it.each([
    ['pods without a Service', pod('a') + pod('b')],
    ['a Service without endpoints', pod('a') + service('nothing')],
  ])('of %s there is none', (_, text) => expect(likelyWalk(built(text).topology)).toBeNull())

  it('of the first scenario without its Walks leads from the web pods to the database', () => {
    const text = readFileSync('src/scenarios/web-and-mysql.yaml', 'utf8').replace(
      /---\s*apiVersion: packetwalk[\s\S]*?kind: Walk[\s\S]*?(?=\n---|$)/g,
      '',
    )
    expect(likelyWalk(built(text).topology)).toEqual({ from: 'deploy/webapp', to: 'tcp://webapp-sql1:3306' })
  })
})
