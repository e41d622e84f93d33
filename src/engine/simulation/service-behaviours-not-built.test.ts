/** Behaviours that are not modelled: what is said about them, by number, so that nobody takes a walk for the truth about them. */
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { cluster, pod, prove, service } from './service-behaviours.fixture.ts'
import { walk } from './walk.ts'

const TWO_NODES = cluster('nodes: 2')
const PODS = pod('client', 'app: client', 'worker-1') + pod('web', 'app: web', 'worker-2')
const PORTS = 'ports: [{port: 80, targetPort: 8080}]'
const policy = (spec: string): string => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: policy}
spec: {${spec}}
`
const said = (yaml: string): string[] =>
  parseScenario(yaml).diagnostics.map(({ severity, code, message, range }) => `${severity} ${code} line ${range.line}: ${message}`)

describe('IPv6', () => {
  it('67: a Service of both families says that its IPv6 half is left out, and works in IPv4', () => {
    const yaml =
      TWO_NODES +
      PODS +
      service('web', `clusterIP: 10.96.0.80, ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6], selector: {app: web}, ${PORTS}`)
    expect(said(yaml).join('\n')).toMatch(/IPv6.*not modelled/)
    prove({ number: 67, title: '', yaml, steps: ['pod/client tcp://10.96.0.80:80: delivered by web<client heard 10.96.0.80'] })
  })

  it('69: an IPv6 address of a Service is not taken silently', () => {
    const yaml = TWO_NODES + PODS + service('web', `clusterIP: "fd00:10:96::80", selector: {app: web}, ${PORTS}`)
    expect(said(yaml).join('\n')).toMatch(/IPv6|fd00/)
  })
})

describe('IPv6 in a terminal and in a walk', () => {
  const yaml = TWO_NODES + PODS
  it.each([
    ['curl http://[fd00::1]:8080/', 'curl: [fd00::1]: IPv6 is not modelled'],
    ['nc -vz fd00:10:96::80 80', 'nc: fd00:10:96::80: IPv6 is not modelled'],
    ['ping -c 1 ::1', 'ping: ::1: IPv6 is not modelled'],
    ['traceroute fe80::1%eth0', 'traceroute: fe80::1%eth0: IPv6 is not modelled'],
    ['mtr -r 2001:db8::1', 'mtr: 2001:db8::1: IPv6 is not modelled'],
    ['dig @fd00::a web', 'dig: fd00::a: IPv6 is not modelled'],
  ])('67, 69: %s says so', (line, said) => prove({ number: 69, title: '', yaml, steps: [`$ pod/client ${line} => ${said}`] }))

  it('67, 69: a walk to an IPv6 address is refused in words, with the address', () => {
    expect(() => prove({ number: 69, title: '', yaml, steps: ['pod/client tcp://[fd00::5]:80: delivered'] })).toThrow(
      '"fd00::5": IPv6 is not modelled.',
    )
  })
})

describe('NetworkPolicy: each is said to have no effect, by the text and by every walk that it selects', () => {
  // What the pod's and the node's walk to the Service say: which pods are selected, for which direction.
  it.each<readonly [string, string, string, string]>([
    ['75: Ingress selected, default deny', 'podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]', 'web:ingress', 'web:ingress'],
    ['75: nobody selected', 'podSelector: {matchLabels: {app: nobody}}, policyTypes: [Ingress, Egress]', 'none', 'none'],
    [
      '75: Ingress of the client alone, Egress of the server alone',
      'podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}, policyTypes: [Ingress]',
      ...(['none', 'none'] as const),
    ],
    [
      '76: a union of peers',
      'podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: nobody}}}]}]',
      'web:ingress',
      'web:ingress',
    ],
    ['77: every pod, nothing allowed', 'podSelector: {}, ingress: []', 'web:ingress', 'web:ingress'],
    [
      '78: namespace and pod selectors',
      'podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: nobody}}}]}]',
      ...(['web:ingress', 'web:ingress'] as const),
    ],
    [
      '79: ipBlock with except',
      'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.244.0.0/16]}}]}]',
      ...(['web:ingress', 'web:ingress'] as const),
    ],
    [
      '80: ports by number, name and range',
      'podSelector: {}, ingress: [{ports: [{port: 1, endPort: 9}, {port: dns, protocol: UDP}]}]',
      ...(['web:ingress', 'web:ingress'] as const),
    ],
    ['81: the port of the Service, not of the pod', 'podSelector: {}, ingress: [{ports: [{port: 80}]}]', 'web:ingress', 'web:ingress'],
    ['82: egress of the client', 'podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: []', 'client:egress', 'none'],
    [
      '82: egress of the client, without policyTypes',
      'podSelector: {}, egress: [{ports: [{port: 53}]}]',
      'web:ingress,client:egress',
      'web:ingress',
    ],
    [
      '83: replies: egress of the server does not count',
      'podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: []',
      'none',
      'none',
    ],
    [
      '84: labels that change',
      'podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}, ingress: []',
      'web:ingress',
      'web:ingress',
    ],
    ['85: denied traffic is silence', 'podSelector: {}, policyTypes: [Ingress]', 'web:ingress', 'web:ingress'],
    [
      '86: pods on the node’s network',
      'podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]',
      'web:ingress',
      'web:ingress',
    ],
  ])('%s', (title, spec, byPod, byNode) => {
    const text = TWO_NODES + PODS + service('web', `clusterIP: 10.96.0.80, selector: {app: web}, ${PORTS}`)
    const yaml = text + policy(spec)
    const line = text.split('\n').length + 3
    expect(said(yaml)).toContain(
      `warning policy-not-enforced line ${line}: The CNI plugin bridge does not enforce NetworkPolicies: this one has no effect. Plugins that do, like Calico and Cilium, are not modelled.`,
    )
    prove({
      number: Number.parseInt(title, 10),
      title,
      yaml,
      steps: [
        `pod/client tcp://10.96.0.80:80: delivered by web<client unenforced ${byPod}`,
        `node/worker-1 tcp://10.96.0.80:80: delivered by web unenforced ${byNode}`,
      ],
    })
  })

  const denied = policy('podSelector: {}, policyTypes: [Ingress, Egress]')
  it('85: a pod and itself, a node and its own pod: no policy has a say', () => {
    prove({
      number: 85,
      title: '',
      yaml: TWO_NODES + PODS + denied,
      steps: [
        'pod/web tcp://pod/web:8080: delivered by web unenforced none',
        'node/worker-2 tcp://pod/web:8080: delivered by web unenforced none',
        'node/worker-1 tcp://pod/web:8080: delivered by web unenforced web:ingress',
      ],
    })
  })

  it('86: a pod on the host network is selected by none, at neither end', () => {
    const onHost = pod('agent', 'app: agent', 'worker-2', '9100').replace('spec: {', 'spec: {hostNetwork: true, ')
    prove({
      number: 86,
      title: '',
      yaml: TWO_NODES + PODS + onHost + denied,
      steps: [
        'pod/agent tcp://pod/client:1: refused',
        'pod/client tcp://node/worker-2:9100: delivered by agent unenforced client:egress',
        'node/worker-1 tcp://node/worker-2:9100: delivered by agent unenforced none',
        'node/worker-1 tcp://pod/web:8080: delivered by web unenforced web:ingress',
      ],
    })
  })

  it('of another namespace, it selects nobody here; the remark names the policy and its line', () => {
    const text = TWO_NODES + PODS
    const elsewhere = denied.replace('name: policy', 'name: policy, namespace: other')
    prove({ number: 75, title: '', yaml: text + elsewhere, steps: ['pod/client tcp://pod/web:8080: delivered unenforced none'] })
    const trace = walk(parseScenario(text + denied), { from: 'pod/client', to: 'tcp://pod/web:8080' })
    if ('problem' in trace) throw new Error(trace.problem)
    expect(trace.outcome.remarks?.[0]).toEqual({
      code: 'policy-not-enforced',
      sentence:
        'The CNI plugin bridge does not enforce NetworkPolicies: NetworkPolicy default/policy selects web for ingress, and whether it would stop this walk is not modelled.',
      object: 'networkpolicy/default/policy',
      line: text.split('\n').length + 1,
    })
  })
})
