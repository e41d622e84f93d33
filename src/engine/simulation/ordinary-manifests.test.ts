/** Deployments and Services as the Kubernetes documentation has them: each opens without an edit, and a client reaches every Service by its name. */
import { expect, test } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { walk } from './walk.ts'

const CLIENT = `---
apiVersion: v1
kind: Pod
metadata:
  name: curl
spec:
  containers:
  - name: curl
    image: curlimages/curl
    command: ["sleep", "infinity"]
`

/** A Deployment whose containers are given as YAML. */
const deployment = (name: string, containers: string, replicas = 2): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
${containers.replaceAll(/^/gm, '      ')}
`
const service = (name: string, spec: string): string => `---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
${spec.replaceAll(/^/gm, '  ')}
`
const NGINX = `- name: nginx
  image: nginx:1.14.2
  ports:
  - containerPort: 80`

test.each<[name: string, text: string, walks: string[]]>([
  [
    'run-my-nginx',
    deployment('nginx', NGINX) + service('nginx', 'selector:\n  app: nginx\nports:\n- port: 80\n  protocol: TCP'),
    ['http://nginx'],
  ],
  [
    'a Service with another port',
    deployment(
      'hello',
      '- name: hello\n  image: gcr.io/google-samples/hello-go-gke:1.0\n  ports:\n  - name: http\n    containerPort: 8080',
    ) + service('hello', 'selector:\n  app: hello\nports:\n- protocol: TCP\n  port: 80\n  targetPort: http'),
    ['http://hello'],
  ],
  [
    'NodePort',
    deployment('web', NGINX) +
      service('web', 'type: NodePort\nselector:\n  app: web\nports:\n- port: 80\n  targetPort: 80\n  nodePort: 30007'),
    ['http://web', 'http://node/worker-1:30007', 'http://node/worker-2:30007'],
  ],
  [
    'LoadBalancer',
    deployment('front', NGINX) +
      service('front', 'type: LoadBalancer\nselector:\n  app: front\nports:\n- protocol: TCP\n  port: 80\n  targetPort: 80'),
    ['http://front'],
  ],
  [
    'several ports',
    deployment('multi', '- name: m\n  image: m\n  ports:\n  - containerPort: 9376\n  - containerPort: 9377') +
      service(
        'multi',
        'selector:\n  app: multi\nports:\n- name: http\n  port: 80\n  targetPort: 9376\n- name: https\n  port: 443\n  targetPort: 9377',
      ),
    ['http://multi', 'tcp://multi:443'],
  ],
  [
    'UDP',
    deployment('dns', '- name: d\n  image: d\n  ports:\n  - containerPort: 5353\n    protocol: UDP') +
      service('dns', 'selector:\n  app: dns\nports:\n- port: 53\n  targetPort: 5353\n  protocol: UDP'),
    ['udp://dns:53'],
  ],
  [
    'no containerPort',
    deployment('bare', '- name: b\n  image: b') + service('bare', 'selector:\n  app: bare\nports:\n- port: 80\n  targetPort: 3000'),
    ['http://bare'],
  ],
  [
    'sessionAffinity',
    deployment('sticky', NGINX, 3) +
      service(
        'sticky',
        'selector:\n  app: sticky\nsessionAffinity: ClientIP\nsessionAffinityConfig:\n  clientIP:\n    timeoutSeconds: 600\nports:\n- port: 80',
      ),
    ['http://sticky'],
  ],
  [
    'headless',
    deployment('peers', NGINX) + service('peers', 'clusterIP: None\nselector:\n  app: peers\nports:\n- port: 80'),
    ['http://peers'],
  ],
  [
    'a sidecar',
    deployment('pair', `${NGINX}\n- name: metrics\n  image: m\n  ports:\n  - name: metrics\n    containerPort: 9113`) +
      service('pair', 'selector:\n  app: pair\nports:\n- name: web\n  port: 80\n- name: metrics\n  port: 9113\n  targetPort: metrics'),
    ['http://pair', 'tcp://pair:9113'],
  ],
  [
    'wordpress and mysql',
    `${deployment('wordpress', '- image: wordpress:6.2.1-apache\n  name: wordpress\n  ports:\n  - containerPort: 80\n    name: wordpress', 1)}---\n${deployment('mysql', '- image: mysql:8.0\n  name: mysql\n  ports:\n  - containerPort: 3306\n    name: mysql', 1)}${service('wordpress', 'ports:\n  - port: 80\nselector:\n  app: wordpress\ntype: LoadBalancer')}${service('wordpress-mysql', 'ports:\n  - port: 3306\nselector:\n  app: mysql\nclusterIP: None')}`,
    ['http://wordpress', 'tcp://wordpress-mysql:3306'],
  ],
  [
    'a Service without selector',
    `${service('outside', 'ports:\n- protocol: TCP\n  port: 80\n  targetPort: 9376').slice(4)}---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: outside-1\n  labels:\n    kubernetes.io/service-name: outside\naddressType: IPv4\nports:\n- name: ''\n  appProtocol: http\n  protocol: TCP\n  port: 9376\nendpoints:\n- addresses:\n  - 198.51.100.21\n---\napiVersion: packetwalk.dev/v1alpha1\nkind: Host\nmetadata:\n  name: db\nspec:\n  network: internet\n  ip: 198.51.100.21\n  listen: [9376/tcp]\n`,
    ['http://outside'],
  ],
])('%s', (_name, text, walks) => {
  const scenario = parseScenario(text + CLIENT)
  expect(scenario.diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([])
  for (const to of walks) {
    const trace = walk(scenario, { from: 'pod/curl', to })
    expect('problem' in trace ? trace : [to, trace.outcome.outcome]).toEqual([to, 'delivered'])
  }
})
