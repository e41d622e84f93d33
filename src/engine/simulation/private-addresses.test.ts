/** Addresses of the cluster from outside: nobody's on the internet. The same walks ended so on Linux, by `packetwalk lab`. */
import { expect, test } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { walk } from './walk.ts'

const TEXT = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, clusterIP: 10.96.0.50, ports: [{port: 80}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: far}
spec: {network: internet}
`

test.each([
  ['internet', 'http://svc/web', 'unreachable 10.96.0.0/16'],
  ['internet', 'ping 10.96.0.50', 'unreachable 10.96.0.0/16'],
  ['internet', 'udp://10.244.1.2:53', 'unreachable 10.244.0.0/16'],
  ['internet', 'tcp://192.168.7.7:80', 'unreachable 192.168.0.0/16'],
  ['host/far', 'http://10.96.0.50', 'unreachable 10.96.0.0/16'],
  ['host/far', 'ping 172.18.0.11', 'unreachable 172.18.0.0/16'],
])('%s → %s', (from, to, rule) => {
  const trace = walk(parseScenario(TEXT), { from, to })
  if ('problem' in trace) throw new Error(trace.problem)
  expect(trace.outcome).toMatchObject({ outcome: 'rejected', reason: 'EHOSTUNREACH', by: { where: 'internet', rule } })
})

test.each([
  ['pod/web', 'http://198.51.100.80', '203.0.113.11'],
  ['host/far', 'http://198.51.100.80', '198.51.100.21'],
])('%s still reaches public addresses', (from, to, seenFrom) => {
  const trace = walk(parseScenario(TEXT), { from, to })
  if ('problem' in trace) throw new Error(trace.problem)
  expect(trace.outcome).toMatchObject({ outcome: 'delivered', server: 'internet:80', seenFrom })
})
