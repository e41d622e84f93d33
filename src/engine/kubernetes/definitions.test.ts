import { describe, expect, test } from 'vitest'
import { definitionsAt } from './definitions.ts'
import { parseScenario } from './manifest.ts'

const TEXT = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web
          env:
            - name: DB_HOST
              value: db.shop
            - {name: API, value: "http://db.shop:3306/x"}
          args: ["--upstream=http://web/x"]
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {nodeName: worker-1, containers: [{name: db, image: db, ports: [{containerPort: 3306}]}]}
---
apiVersion: v1
kind: Service
metadata:
  name: db
  namespace: shop
spec:
  selector:
    app: db
  clusterIP: 10.96.1.1
  ports: [{port: 3306}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: outside}
spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: outside-1
  labels: {kubernetes.io/service-name: outside}
addressType: IPv4
endpoints:
  - addresses: [172.18.0.50]
ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: in}
spec:
  rules:
    - http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {team: a}}
          podSelector: {matchExpressions: [{key: app, operator: Exists}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: office}
spec: {network: lan, ip: 172.18.0.50, listen: [80/tcp]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
spec: {nodes: 2}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: one}
spec: {from: deploy/web, to: "http://db.shop:3306/"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: two}
spec: {from: host/office, to: "tcp://10.96.1.1:3306"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: fault}
spec:
  on: node/worker-2
  at: {walk: one, timeMs: 1}
  run: ip route
`
const scenario = parseScenario(TEXT)

/** What is underlined and meant at the first place after `before` where `marked` stands; the cursor is at its second character. */
function definitions(before: string, marked: string): readonly [string, ...string[]] | null {
  const at = TEXT.indexOf(marked, TEXT.indexOf(before)) + 1
  const found = definitionsAt(scenario, at)
  return found && [TEXT.slice(found.of.from, found.of.to).trim(), ...found.documents.map(({ ref }) => ref)]
}

test('the scenario is sound', () => {
  expect(scenario.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
})

describe('what is meant', () => {
  test.each([
    ['a selector, by its value', 'selector:\n    app: db', 'db', ['app: db', 'pod/shop/db']],
    ['a selector, by its key', 'kind: Service\nmetadata:\n  name: db', 'selector:', ['app: db', 'pod/shop/db']],
    ['a selector, from its bracket', 'selector: {app: web}, ports', '}, ports', ['{app: web}', 'deployment/default/web']],
    ['a selector of a Deployment’s pods', 'selector: {app: web}', 'web}', ['{app: web}', 'deployment/default/web']],
    ['a Service by its name: what it leads to', 'kind: Service\nmetadata: {name: web}', 'web}', ['web', 'deployment/default/web']],
    [
      'a Service with a slice of its own',
      'kind: Service\nmetadata: {name: outside}',
      'outside}',
      ['outside', 'endpointslice/default/outside-1', 'host/office'],
    ],
    ['an Ingress’s backend', 'kind: Ingress', 'web, port', ['web', 'service/default/web']],
    ['an EndpointSlice’s Service', 'kind: EndpointSlice', 'outside}', ['outside', 'service/default/outside']],
    ['an EndpointSlice’s address', 'kind: EndpointSlice', '172.18', ['172.18.0.50', 'host/office']],
    ['the pods of a policy', 'kind: NetworkPolicy', 'db}', ['{matchLabels: {app: db}}', 'pod/shop/db']],
    ['namespaces of a peer', 'namespaceSelector', 'team', ['{matchLabels: {team: a}}', 'namespace/shop']],
    ['pods of a peer', 'namespaceSelector', 'Exists', ['{matchExpressions: [{key: app, operator: Exists}]}', 'pod/shop/db']],
    ['a namespace', 'metadata: {name: db, namespace: shop', 'shop', ['shop', 'namespace/shop']],
    ['a node that the Cluster makes', 'nodeName', 'worker-1', ['worker-1', 'cluster/cluster']],
    ['a name in an environment', 'DB_HOST', 'db.shop', ['db.shop', 'service/shop/db']],
    ['a URL in an environment', 'name: API', 'http:', ['db.shop', 'service/shop/db']],
    ['a URL in arguments', 'args', 'web/x', ['web', 'service/default/web']],
    ['from', 'name: one', 'deploy/web', ['deploy/web', 'deployment/default/web']],
    ['to', 'name: one', 'db.shop', ['"http://db.shop:3306/"', 'service/shop/db']],
    ['a Host', 'name: two', 'host/office', ['host/office', 'host/office']],
    ['an address of a Service', 'name: two', '10.96.1.1', ['"tcp://10.96.1.1:3306"', 'service/shop/db']],
    ['where a Script runs', 'kind: Script', 'node/worker-2', ['node/worker-2', 'cluster/cluster']],
    ['the Walk that a Script is in', 'at: {walk', 'one', ['one', 'walk/one']],
  ] as const)('%s', (_, before, marked, expected) => {
    expect(definitions(before, marked)).toEqual(expected)
  })
})

test.each([
  ['a label is no name', 'template:', 'web}'],
  ['a kind', 'kind: Deployment', 'Deployment'],
  ['the rules of a port', 'clusterIP', '3306'],
  ['nothing of the same document', 'kind: Namespace', 'shop'],
])('%s: nothing', (_, before, marked) => {
  expect(definitions(before, marked)).toBeNull()
})

test('items of a list', () => {
  const item = (text: string): string => `- ${text.replaceAll('\n', '\n  ')}`
  const list = `apiVersion: v1\nkind: List\nitems:\n${item('apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    app: a\nspec:\n  containers:\n  - name: c\n    image: i')}\n${item('apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  ports:\n  - port: 80\n  selector:\n    app: a')}\n`
  const found = definitionsAt(parseScenario(list), list.lastIndexOf('app: a') + 5)
  expect(found?.documents.map(({ ref, range }) => [ref, range.line])).toEqual([['pod/default/a', 4]])
})

test('a text without a cluster means nothing', () => {
  const broken = `${TEXT}---\napiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 0}]}\n`
  expect(definitionsAt(parseScenario(broken), broken.indexOf('worker-1'))).toBeNull()
})
