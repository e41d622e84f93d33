import { describe, expect, it } from 'vitest'
import { formatAddress } from '../net/address.ts'
import { kubeApi } from './kube-api.ts'
import { parseScenario } from './manifest.ts'
import { addressOf, resolveDestination, resolveTarget } from './reference.ts'

const { cluster } = parseScenario(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec: {replicas: 2, selector: {matchLabels: {app: api}}, template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {clusterIP: 10.96.0.77, selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: None}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: client}
spec: {network: internet}
`)
if (!cluster) throw new Error('no cluster')

describe('references', () => {
  it.each([
    ['pod/web', 'pod/default/web'],
    ['pod/shop/cart', 'pod/shop/cart'],
    ['po/default/web', 'pod/default/web'],
    ['svc/api', 'service/default/api'],
    ['service/shop/cart', 'service/shop/cart'],
    ['node/worker-2', 'node/worker-2'],
    ['host/client', 'host/client'],
    ['internet', 'internet'],
    ['gateway', 'gateway'],
  ])('%s is %s', (text, ref) => {
    expect(resolveTarget(cluster, text)).toMatchObject({ ref })
  })

  it('take the first pod of a controller', () => {
    const first = cluster.pods.find((p) => p.owner === 'deployment/default/api')
    expect(resolveTarget(cluster, 'deploy/api')).toMatchObject({ kind: 'pod', pod: first })
  })

  it.each([
    ['web', /Did you mean "pod\/web"/],
    ['pod/wep', /Did you mean "web"/],
    ['pod/cart', /in namespace shop: write pod\/shop\/cart/],
    ['pod/api', /Write deployment\/api/],
    ['svc/app', /Did you mean "api"/],
    ['node/worker-3', /Did you mean "worker-1"/],
    ['node/a/b', /has no namespace/],
    ['pod/', /is no reference/],
    ['toString/x', /is no reference/],
    ['', /is no reference/],
  ])('"%s" is explained', (text, message) => {
    const target = resolveTarget(cluster, text)
    expect(target.kind === 'error' && target.message).toMatch(message)
  })
})

describe('destinations', () => {
  it.each<[text: string, protocol: string, host: object, port: number | null, path: string | null]>([
    ['http://api:8080/x?y=1', 'http', { kind: 'name', name: 'api' }, 8080, '/x?y=1'],
    ['http://api', 'http', { kind: 'name', name: 'api' }, 80, '/'],
    ['https://api.default.svc.cluster.local./', 'https', { kind: 'name', name: 'api.default.svc.cluster.local.' }, 443, '/'],
    ['tcp://10.0.0.9:80', 'tcp', { kind: 'address', address: 0x0a000009 }, 80, null],
    ['udp://dns:53', 'udp', { kind: 'name', name: 'dns' }, 53, null],
    ['ping 10.0.0.9', 'ping', { kind: 'address', address: 0x0a000009 }, null, null],
    ['dns api', 'dns', { kind: 'name', name: 'api' }, 53, null],
    ['tcp://pod/web:80', 'tcp', { kind: 'target', target: { ref: 'pod/default/web' } }, 80, null],
    ['http://svc/shop/cart:80/path', 'http', { kind: 'target', target: { ref: 'service/shop/cart' } }, 80, '/path'],
    ['http://svc/api/path', 'http', { kind: 'target', target: { ref: 'service/default/api' } }, 80, '/path'],
    ['http://svc/shop/cart', 'http', { kind: 'target', target: { ref: 'service/shop/cart' } }, 80, '/'],
    ['ping node/worker-1', 'ping', { kind: 'target', target: { ref: 'node/worker-1' } }, null, null],
    ['http://internet/', 'http', { kind: 'target', target: { ref: 'internet' } }, 80, '/'],
  ])('%s', (text, protocol, host, port, path) => {
    expect(resolveDestination(cluster, text)).toMatchObject({ kind: 'destination', protocol, host, port, path })
  })

  it.each([
    '',
    'api',
    'ftp://api/',
    'tcp://api',
    'tcp://api:0',
    'tcp://api:99999',
    'tcp://api:x',
    'tcp://10.0.0.300:80',
    'http://',
    'ping',
    'http://pod/nope/',
    'tcp://a b:80',
  ])('"%s" is refused', (text) => {
    expect(resolveDestination(cluster, text).kind).toBe('error')
  })

  it('know a node by its public address from outside', () => {
    const node = resolveTarget(cluster, 'node/worker-2')
    const seen = (from: string): string | null => {
      const target = resolveTarget(cluster, from)
      if (node.kind === 'error' || target.kind === 'error') throw new Error(from)
      const address = addressOf(cluster, node, target)
      return address === null ? null : formatAddress(address)
    }
    expect([seen('pod/web'), seen('internet'), seen('host/client')]).toEqual(['172.18.0.12', '203.0.113.12', '203.0.113.12'])
  })
})

describe('the API', () => {
  const api = kubeApi(cluster)
  const names = (resource: string, namespace: string | null): string[] | undefined =>
    api.list(resource, namespace)?.map((o) => (o.metadata as { name: string }).name.replace(/-[a-z0-9]{10}-[a-z0-9]{5}$/, '-…'))

  it('lists by namespace, sorted', () => {
    expect(names('pods', 'default')).toEqual(['api-…', 'api-…', 'web'])
    expect(names('services', null)).toEqual(['api', 'kubernetes', 'kube-dns', 'cart'])
    expect(names('nodes', 'default')).toEqual(['worker-1', 'worker-2'])
    expect(api.list('unicorns', null)).toBeNull()
    expect(api.list('constructor', null)).toBeNull()
  })

  it('says who owns what', () => {
    const [pod] = api.list('pods', 'default') ?? []
    expect(pod?.metadata).toMatchObject({ ownerReferences: [{ kind: 'ReplicaSet', name: names('replicasets', 'default')?.[0] }] })
    expect(api.list('deployments', 'default')?.[0]).toMatchObject({ spec: { replicas: 2 }, status: { readyReplicas: 2 } })
  })
})
