/** Behaviours that are not modelled: what is said about them, by number, so that nobody takes a walk for the truth about them. */
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { cluster, pod, prove, service } from './service-behaviours.fixture.ts'

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

describe('NetworkPolicy: each is said to have no effect, and has none', () => {
  it.each<readonly [string, string]>([
    ['75: Ingress selected, default deny', 'podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]'],
    ['76: a union of peers', 'podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: nobody}}}]}]'],
    ['77: every pod, nothing allowed', 'podSelector: {}, ingress: []'],
    [
      '78: namespace and pod selectors',
      'podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: nobody}}}]}]',
    ],
    ['79: ipBlock with except', 'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.244.0.0/16]}}]}]'],
    ['80: ports by number, name and range', 'podSelector: {}, ingress: [{ports: [{port: 1, endPort: 9}, {port: dns, protocol: UDP}]}]'],
    ['81: the port of the Service, not of the pod', 'podSelector: {}, ingress: [{ports: [{port: 80}]}]'],
    ['82: egress of the client', 'podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: []'],
    ['83: replies', 'podSelector: {}, policyTypes: [Ingress, Egress], egress: [{}]'],
    ['84: labels that change', 'podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}, ingress: []'],
    ['85: denied traffic is silence', 'podSelector: {}, policyTypes: [Ingress]'],
    ['86: pods on the node’s network', 'podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]'],
  ])('%s', (title, spec) => {
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
      steps: ['pod/client tcp://10.96.0.80:80: delivered by web<client', 'node/worker-1 tcp://10.96.0.80:80: delivered by web'],
    })
  })
})
