/** "Why does this Service not work?": each cause is named with its line, and its fix, applied, leaves nothing to say. */
import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../diagnostic.ts'
import { parseScenario } from '../manifest.ts'

const pod = (name: string, labels: string, more = 'ports: [{containerPort: 8080, name: http}]', rest = ''): string => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {${labels}}}
spec: {containers: [{name: main, image: example, ${more}}]}
${rest}`
const service = (spec: string, name = 'web'): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  ${spec.split('; ').join('\n  ')}
`
const slice = (of: string, ports: string): string => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${of}-x, labels: {kubernetes.io/service-name: ${of}}}
addressType: IPv4
ports: [${ports}]
endpoints: [{addresses: [10.244.1.2]}]
`
const PORTS = 'ports: [{port: 80, targetPort: 8080}]'
const WEB = pod('web-1', 'app: web')
const UNREADY = 'status: {conditions: [{type: Ready, status: "False"}]}\n'

/** Text, code, severity, where it points, a part of the message, and what the fix writes (null: none; '!': it stays after the fix). */
type Row = readonly [name: string, text: string, code: string, place: string, message: string, fixed: string | null]

const ROWS: readonly Row[] = [
  [
    'a label with another value',
    pod('web-1', 'app: webb') + service(`selector: {app: web}; ${PORTS}`),
    'selector-matches-nothing',
    'selector',
    'Did you mean app: webb, as pod web-1 has?',
    'selector: {app: webb}',
  ],
  [
    'a label key that is the beginning of another',
    pod('web-1', 'app.kubernetes.io/name: web, app: webb') + service(`selector: {app.kubernetes.io/name: web, app: web}; ${PORTS}`),
    'selector-matches-nothing',
    'selector',
    'Did you mean app: webb',
    'selector: {app.kubernetes.io/name: web, app: webb}',
  ],
  [
    'pods in another namespace',
    WEB.replace('name: web-1', 'name: web-1, namespace: shop') + service(`selector: {app: web}; ${PORTS}`),
    'selector-matches-nothing',
    'selector',
    'Pod web-1 has them, but in namespace shop.',
    'metadata: {namespace: shop, name: web}',
  ],
  [
    'nothing near: the labels that there are',
    pod('web-1', 'tier: front') + service(`selector: {app: web}; ${PORTS}`),
    'selector-matches-nothing',
    'selector',
    'Its pods have: tier=front.',
    null,
  ],
  [
    'a Deployment scaled to nothing',
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: example, ports: [{containerPort: 8080}]}]}}
${service(`selector: {app: web}; ${PORTS}`)}`,
    'selector-matches-nothing',
    'selector',
    'Deployment web would match, but it has replicas: 0.',
    'replicas: 1',
  ],
  [
    'a target port that nobody listens on',
    WEB + service('selector: {app: web}; ports: [{port: 80, targetPort: 80}]'),
    'target-port-missing',
    '80',
    'Nothing in the selected pods listens on 80/TCP: connections will be refused. They listen on 8080/TCP.',
    'targetPort: 8080',
  ],
  [
    'a port without a targetPort is its own',
    WEB + service('selector: {app: web}; ports:; - port: 80'),
    'target-port-missing',
    '80',
    'listens on 80/TCP',
    '  - targetPort: 8080\n    port: 80',
  ],
  [
    'the right port of the wrong protocol',
    pod('dns', 'app: web', 'ports: [{containerPort: 53, protocol: UDP}]') + service('selector: {app: web}; ports: [{port: 53}]'),
    'target-port-missing',
    '53',
    'listens on 53/TCP',
    'ports: [{protocol: UDP, port: 53}]',
  ],
  [
    'a port name with a slip',
    WEB + service('selector: {app: web}; ports: [{port: 80, targetPort: htp}]'),
    'target-port-missing',
    'htp',
    'Did you mean "http"?',
    'targetPort: http',
  ],
  [
    'a port name where ports have none',
    pod('web-1', 'app: web', 'ports: [{containerPort: 8080}]') + service('selector: {app: web}; ports: [{port: 80, targetPort: http}]'),
    'target-port-missing',
    'http',
    'None of their ports has a name. They listen on 8080.',
    'targetPort: 8080',
  ],
  [
    'a port that one of two pods has',
    WEB + pod('web-2', 'app: web', 'ports: [{containerPort: 9090}]') + service(`selector: {app: web}; ${PORTS}`),
    'target-port-missing',
    '8080',
    'Nothing in web-2 listens on 8080/TCP',
    null,
  ],
  [
    'a name that one of two pods has',
    WEB +
      pod('web-2', 'app: web', 'ports: [{containerPort: 9090}]') +
      service('selector: {app: web}; ports: [{port: 80, targetPort: http}]'),
    'target-port-missing',
    'http',
    'No container of web-2 has a TCP port called "http"',
    null,
  ],
  [
    'pods that are not ready',
    pod('web-1', 'app: web', 'ports: [{containerPort: 8080}], readinessProbe: {httpGet: {port: 8080, path: /healthz}}', UNREADY) +
      service(`selector: {app: web}; ${PORTS}`),
    'endpoints-not-ready',
    'selector',
    'No endpoint of this Service is ready (web-1), so it has nobody to send to. Ready means that their readinessProbe (httpGet :8080/healthz) succeeds.',
    'status: "True"',
  ],
  [
    'a headless Service whose pods are not ready has no name',
    pod('web-1', 'app: web', undefined, UNREADY) + service(`clusterIP: None; selector: {app: web}; ${PORTS}`),
    'endpoints-not-ready',
    'selector',
    'and its name does not resolve',
    'status: "True"',
  ],
  [
    'no selector and no EndpointSlice',
    WEB + service(PORTS),
    'no-endpoints-written',
    'web',
    'Pod web-1 has the label app=web.',
    'selector: {app: web}\n  ports:',
  ],
  [
    'an EndpointSlice whose ports have other names',
    service('ports: [{name: admn, port: 80}]') + slice('web', '{name: admin, port: 8080}, {name: http, port: 80}'),
    'slice-port-missing',
    'admn',
    'no port called "admn": this port has no endpoints. Their ports: admin, http.',
    'name: admin',
  ],
  [
    'a port without a name and a slice with one',
    service('ports: [{port: 80}]') + slice('web', '{name: http, port: 8080}'),
    'slice-port-missing',
    '80',
    'no port without a name',
    null,
  ],
  [
    'externalTrafficPolicy Local and a node without endpoints',
    WEB + service(`type: NodePort; externalTrafficPolicy: Local; selector: {app: web}; ${PORTS}`),
    'local-policy-without-endpoints',
    'Local',
    'externalTrafficPolicy is Local and worker-2 has no ready endpoint of this Service: what comes from outside is dropped there.',
    'externalTrafficPolicy: Cluster',
  ],
  [
    'internalTrafficPolicy Local and clients elsewhere',
    WEB + pod('client', 'app: client') + service(`internalTrafficPolicy: Local; selector: {app: web}; ${PORTS}`),
    'local-policy-without-endpoints',
    'Local',
    'internalTrafficPolicy is Local and worker-2 has no ready endpoint of this Service: pods there wait in vain.',
    'internalTrafficPolicy: Cluster',
  ],
  [
    'two Services with one external address and port',
    WEB +
      service(`externalIPs: [192.0.2.7]; selector: {app: web}; ${PORTS}`) +
      service(`externalIPs: [192.0.2.7]; selector: {app: web}; ${PORTS}`, 'shop'),
    'external-address-taken',
    'externalIPs',
    '192.0.2.7 port 80/TCP belongs to Service default/web as well',
    'externalIPs: [192.0.2.8]',
  ],
  [
    'two Services with one node port',
    WEB +
      service('type: NodePort; selector: {app: web}; ports: [{port: 80, targetPort: 8080, nodePort: 30080}]') +
      service('type: NodePort; selector: {app: web}; ports: [{port: 80, targetPort: 8080, nodePort: 30080}]', 'shop'),
    'duplicate-node-port',
    '30080',
    'nodePort 30080/TCP is already allocated to Service default/web.',
    'nodePort: 30081',
  ],
  [
    'a ClusterIP outside the range',
    WEB + service(`clusterIP: 10.97.0.20; selector: {app: web}; ${PORTS}`),
    'ip-outside-cidr',
    '10.97.0.20',
    'not in the Service CIDR 10.96.0.0/16',
    'clusterIP: 10.96.0.20',
  ],
  [
    'two Services with one ClusterIP',
    WEB +
      service(`clusterIP: 10.96.0.20; selector: {app: web}; ${PORTS}`) +
      service(`clusterIP: 10.96.0.20; selector: {app: web}; ${PORTS}`, 'shop'),
    'duplicate-address',
    '10.96.0.20',
    'already allocated to Service default/web',
    'clusterIP: 10.96.0.21',
  ],
  [
    'source ranges without a load balancer',
    WEB + service(`loadBalancerSourceRanges: [10.0.0.0/8]; selector: {app: web}; ${PORTS}`),
    'source-ranges-ignored',
    'loadBalancerSourceRanges',
    'this Service is of type ClusterIP',
    'type: LoadBalancer\n  loadBalancerSourceRanges',
  ],
  [
    'an ExternalName that is an address',
    service('type: ExternalName; externalName: 192.0.2.9'),
    'external-name-nowhere',
    '192.0.2.9',
    'looks like an address',
    `  type: ClusterIP
  clusterIP: None
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.9]}]
ports: []
`,
  ],
  [
    'an ExternalName of a Service that is in another namespace',
    WEB + service(`selector: {app: web}; ${PORTS}`) + service('type: ExternalName; externalName: web.shop.svc.cluster.local', 'alias'),
    'external-name-nowhere',
    'web.shop.svc.cluster.local',
    'There is no Service web in namespace shop: the name leads nowhere. Did you mean web.default?',
    'externalName: web.default.svc.cluster.local',
  ],
  [
    'an ExternalName with a short name',
    WEB + service(`selector: {app: web}; ${PORTS}`) + service('type: ExternalName; externalName: web', 'alias'),
    'external-name-nowhere',
    'web',
    'no search list is tried',
    'externalName: web.default.svc.cluster.local',
  ],
  [
    'an ExternalName without a dot',
    WEB + service('type: ExternalName; externalName: database', 'alias'),
    'external-name-nowhere',
    'database',
    'externalName "database" has no dot',
    WEB,
  ],
  [
    'an ExternalName under no top-level domain',
    WEB + service('type: ExternalName; externalName: db.corp.internal', 'alias'),
    'external-name-nowhere',
    'db.corp.internal',
    'The internet here has no .internal',
    WEB,
  ],
  [
    'a NetworkPolicy where nothing enforces it',
    `${WEB}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n`,
    'policy-not-enforced',
    'deny',
    'The CNI plugin bridge does not enforce NetworkPolicies',
    WEB,
  ],
  [
    '… before everything else in the text',
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n${WEB}`,
    'policy-not-enforced',
    'deny',
    'this one has no effect',
    'kind: Pod',
  ],
  [
    '… in a List, whose document it shares',
    `${WEB}---\napiVersion: v1\nkind: List\nitems:\n  - apiVersion: networking.k8s.io/v1\n    kind: NetworkPolicy\n    metadata: {name: deny}\n    spec: {podSelector: {}}\n`,
    'policy-not-enforced',
    'deny',
    'this one has no effect',
    null,
  ],
  [
    'two containers of a pod on one port',
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - {name: x, image: i, ports: [{containerPort: 80}, {containerPort: 81}]}\n    - name: y\n      image: i\n      ports:\n        - containerPort: 80 # taken\n`,
    'port-in-use',
    '80',
    'Container "y" cannot listen on 80/TCP: "x" already does',
    '- containerPort: 82 # taken',
  ],
  [
    'two pods on the network of one node',
    pod('a', 'app: a', 'ports: [{containerPort: 8080}]').replace('spec: {', 'spec: {nodeName: worker-1, hostNetwork: true, ') +
      pod('b', 'app: b', 'ports: [{containerPort: 8080}]').replace('spec: {', 'spec: {nodeName: worker-1, hostNetwork: true, '),
    'port-in-use',
    '8080',
    '"a/main" already does',
    'ports: [{containerPort: 8081}]',
  ],
  [
    'replicas of one template on the network of one node: another number would move them all',
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {nodeName: worker-1, hostNetwork: true, containers: [{name: main, image: i, ports: [{containerPort: 8080}]}]}
`,
    'port-in-use',
    '8080',
    'already does',
    null,
  ],
]

function fixedText(text: string, { fix }: Diagnostic): string {
  const changes = [...(fix?.changes ?? [])].sort((a, b) => b.from - a.from)
  return changes.reduce((all, { from, to, insert }) => all.slice(0, from) + insert + all.slice(to), text)
}

describe('a Service that does not work', () => {
  it.each(ROWS)('%s', (_, text, code, place, message, fixed) => {
    const { diagnostics } = parseScenario(text)
    expect(diagnostics.map((one) => one.code)).toEqual([code])
    const [found] = diagnostics
    if (found === undefined) return
    expect(text.slice(found.range.from, found.range.to)).toBe(place)
    expect(found.message).toContain(message)
    if (fixed === null) {
      expect(found.fix).toBeUndefined()
      return
    }
    const mended = fixedText(text, found)
    expect(mended).toContain(fixed)
    expect(parseScenario(mended).diagnostics).toEqual([])
  })

  it('says nothing about Services that work', () => {
    const text =
      WEB +
      pod('web-2', 'app: web') +
      service(`type: NodePort; externalTrafficPolicy: Local; selector: {app: web}; ${PORTS}`) +
      service('ports: [{name: http, port: 80}]', 'by-hand') +
      slice('by-hand', '{name: http, port: 8080}') +
      service('type: ExternalName; externalName: www.example.com', 'outside') +
      service('type: ExternalName; externalName: web.default.svc.cluster.local', 'inside')
    expect(parseScenario(text).diagnostics).toEqual([])
  })

  it.each([
    [
      'a zone of its own',
      'corp.internal:53 {\n  forward . 172.18.0.53\n}\n.:53 {\n  kubernetes cluster.local\n  forward . /etc/resolv.conf\n}',
      0,
    ],
    ['another resolver', '.:53 {\n  kubernetes cluster.local\n  forward . 172.18.0.53\n}', 0],
    [
      'the zone of another name',
      'xcorp.internal:53 {\n  forward . 172.18.0.53\n}\n.:53 {\n  kubernetes cluster.local\n  forward . /etc/resolv.conf\n}',
      1,
    ],
  ])('an ExternalName that somebody else may know: the Corefile has %s', (_, corefile, count) => {
    const map = `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: coredns, namespace: kube-system}\ndata: {Corefile: ${JSON.stringify(corefile)}}\n`
    const { diagnostics } = parseScenario(service('type: ExternalName; externalName: db.corp.internal', 'alias') + map)
    expect(diagnostics.filter(({ code }) => code === 'external-name-nowhere')).toHaveLength(count)
  })

  it('is found in little time in a text full of them', () => {
    const text = (count: number): string =>
      Array.from({ length: count }, (_, i) => pod(`p${i}`, `app: a${i}`) + service(`selector: {app: b${i}x}; ${PORTS}`, `s${i}`)).join('')
    const start = performance.now()
    expect(parseScenario(text(100)).diagnostics).toHaveLength(100)
    const small = performance.now() - start
    parseScenario(text(1000))
    expect(performance.now() - start - small).toBeLessThan(30 * small)
  })
})
