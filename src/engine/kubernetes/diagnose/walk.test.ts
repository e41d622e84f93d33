/** Walks that miss the Service they mean: said before they are walked, with what was meant. */
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../manifest.ts'

const CLUSTER = `apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
metadata: {name: c}
spec: {nodes: 2}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: main, image: example}]}
---
apiVersion: v1
kind: Pod
metadata: {name: on-node}
spec: {hostNetwork: true, containers: [{name: main, image: example}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: shop, labels: {app: db}}
spec: {containers: [{name: main, image: example, ports: [{containerPort: 3306}, {containerPort: 53, protocol: UDP}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {type: NodePort, selector: {app: db}, ports: [{name: sql, port: 33, targetPort: 3306, nodePort: 30306}, {name: dns, port: 53, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: peers, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 33, targetPort: 3306}]}
`
const walk = (from: string, to: string, expected = ''): string => `---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: w}
spec:
  from: ${from}
  to: ${to}
${expected}`

describe('a walk that misses its Service', () => {
  it.each([
    ['pod/client', 'tcp://db:33', 'name-of-other-namespace', 'write db.shop', 'tcp://db.shop:33'],
    ['pod/client', '"tcp://db:33"', 'name-of-other-namespace', 'Service db is in shop', '"tcp://db.shop:33"'],
    ['pod/client', 'dns db', 'name-of-other-namespace', 'write db.shop', 'dns db.shop'],
    ['pod/client', 'tcp://db.default:33', 'name-of-other-namespace', 'in namespace default, but in shop', 'tcp://db.shop:33'],
    ['pod/client', 'tcp://db.default.svc.cluster.local:33', 'name-of-other-namespace', 'write db.shop', 'tcp://db.shop:33'],
    ['pod/client', 'tcp://dbb.shop:33', 'no-such-service', 'Did you mean db?', 'tcp://db.shop:33'],
    ['node/worker-1', 'tcp://db.shop:33', 'no-cluster-dns', 'it asks the resolver of its own network', null],
    ['pod/on-node', 'tcp://db.shop:33', 'no-cluster-dns', 'ClusterFirstWithHostNet', null],
    ['pod/client', 'udp://db.shop:33', 'wrong-protocol', 'Service db has port 33 for TCP, and the walk sends UDP', 'tcp://db.shop:33'],
    ['pod/client', 'http://svc/shop/db:53', 'wrong-protocol', 'port 53 for UDP', 'udp://svc/shop/db:53'],
    ['pod/client', 'udp://node/worker-1:30306', 'wrong-protocol', 'port 30306 for TCP', 'tcp://node/worker-1:30306'],
    ['pod/client', 'tcp://svc/shop/db:3306', 'port-not-in-service', '3306 is the targetPort, that of the pods', 'tcp://svc/shop/db:33'],
    ['pod/client', 'http://db.shop/', 'port-not-in-service', 'has no port 80/TCP; it has 33/TCP, 53/UDP', 'http://db.shop:33/'],
    ['pod/client', 'tcp://peers.shop:33', 'port-not-in-service', 'headless', 'tcp://peers.shop:3306'],
    ['pod/client', 'ping svc/shop/db', 'ping-to-service', 'translates its ports only', null],
  ])('%s to %s: %s', (from, to, code, message, instead) => {
    const text = CLUSTER + walk(from, to)
    const { diagnostics } = parseScenario(text)
    const found = diagnostics.filter((one) => one.severity === 'warning')
    expect(found.map((one) => one.code)).toEqual([code])
    expect(found[0]?.message).toContain(message)
    const [change] = found[0]?.fix?.changes ?? []
    expect(change?.insert ?? null).toBe(instead)
    if (change === undefined) return
    const mended = text.slice(0, change.from) + change.insert + text.slice(change.to)
    expect(parseScenario(mended).diagnostics.filter((one) => one.severity === 'warning')).toEqual([])
  })

  it.each([
    ['pod/client', 'tcp://db.shop:33', ''],
    ['pod/client', 'udp://svc/shop/db:53', ''],
    ['pod/client', 'tcp://node/worker-1:30306', ''],
    ['pod/client', 'tcp://peers.shop:3306', ''],
    ['pod/client', 'http://www.example.com/', ''],
    ['node/worker-1', 'http://www.example.com/', ''],
    ['pod/client', 'tcp://db:33', '  expect: {outcome: unresolved}\n'],
  ])('%s to %s%s: nothing to say', (from, to, expected) => {
    const { diagnostics } = parseScenario(CLUSTER + walk(from, to, expected))
    expect(diagnostics.filter((one) => one.severity !== 'info')).toEqual([])
  })
})
