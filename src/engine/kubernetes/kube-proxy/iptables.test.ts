import { describe, expect, it } from 'vitest'
import { parseScenario } from '../manifest.ts'
import { iptablesJumps, iptablesRestore } from './iptables.ts'

interface Case {
  readonly spec?: string
  readonly status?: string
  readonly proxy?: string
  readonly endpoints?: readonly string[]
}

const HERE = '{addresses: [10.244.1.10], nodeName: node}'
const THERE = '{addresses: [10.244.2.20], nodeName: other}'

/** What kube-proxy writes on a node 192.168.0.2 for Service default/web, 10.96.0.10 port http 80 → 8080. */
function restoreOf({ spec = '', status = '{}', proxy = '', endpoints = [HERE, THERE] }: Case): string {
  const text = `
apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
metadata: {name: c}
spec: {cni: none, dns: none, apiServer: none, nodes: [{name: node, ip: 192.168.0.2, addresses: [192.168.1.2]}], kubeProxy: {${proxy}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.10, ports: [{name: http, port: 80${spec.includes('type:') ? ', nodePort: 30080' : ''}, targetPort: 8080}]${spec && `, ${spec}`}}
status: {loadBalancer: ${status}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [${endpoints.join(', ')}]
ports: [{name: http, port: 8080}]
`
  const { cluster, diagnostics } = parseScenario(text)
  const node = cluster?.nodes[0]
  if (!cluster || !node) throw new Error(JSON.stringify(diagnostics))
  return iptablesRestore(cluster, node).text
}

const rules = (of: Case): string[] =>
  restoreOf(of)
    .split('\n')
    .filter((line) => line.startsWith('-A'))
/** Rules that the case adds to, and takes from, those of a plain ClusterIP. */
function difference(of: Case): { added: string[]; removed: string[] } {
  const plain = rules({})
  const now = rules(of)
  return { added: now.filter((rule) => !plain.includes(rule)), removed: plain.filter((rule) => !now.includes(rule)) }
}

describe('iptables-restore input', () => {
  it('is what kube-proxy writes for a ClusterIP with two endpoints', () => {
    expect(restoreOf({})).toBe(`*filter
:KUBE-SERVICES - [0:0]
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
:KUBE-FIREWALL - [0:0]
-A KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x00004000/0x00004000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
*nat
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-SVC-CDGGSHYLG3RE2FKL - [0:0]
:KUBE-SEP-GWQABTP5GBYXHJY5 - [0:0]
:KUBE-SEP-JSM7SY6H3R2Z3REK - [0:0]
-A KUBE-POSTROUTING -m mark ! --mark 0x00004000/0x00004000 -j RETURN
-A KUBE-POSTROUTING -j MARK --xor-mark 0x00004000
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A KUBE-MARK-MASQ -j MARK --or-mark 0x00004000
-A KUBE-SERVICES -m comment --comment "default/web:http cluster IP" -m tcp -p tcp -d 10.96.0.10 --dport 80 -j KUBE-SVC-CDGGSHYLG3RE2FKL
-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http cluster IP" -m tcp -p tcp -d 10.96.0.10 --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ
-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.244.1.10:8080" -m statistic --mode random --probability 0.5000000000 -j KUBE-SEP-GWQABTP5GBYXHJY5
-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.244.2.20:8080" -j KUBE-SEP-JSM7SY6H3R2Z3REK
-A KUBE-SEP-GWQABTP5GBYXHJY5 -m comment --comment default/web:http -s 10.244.1.10 -j KUBE-MARK-MASQ
-A KUBE-SEP-GWQABTP5GBYXHJY5 -m comment --comment default/web:http -m tcp -p tcp -j DNAT --to-destination 10.244.1.10:8080
-A KUBE-SEP-JSM7SY6H3R2Z3REK -m comment --comment default/web:http -s 10.244.2.20 -j KUBE-MARK-MASQ
-A KUBE-SEP-JSM7SY6H3R2Z3REK -m comment --comment default/web:http -m tcp -p tcp -j DNAT --to-destination 10.244.2.20:8080
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
COMMIT
`)
  })

  it.each<[name: string, of: Case, added: string[], removed: number]>([
    [
      'a node port with policy Cluster masquerades everything from outside',
      { spec: 'type: NodePort' },
      [
        '-A KUBE-NODEPORTS -m comment --comment default/web:http -m tcp -p tcp --dport 30080 -j KUBE-EXT-CDGGSHYLG3RE2FKL',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "masquerade traffic for default/web:http external destinations" -j KUBE-MARK-MASQ',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -j KUBE-SVC-CDGGSHYLG3RE2FKL',
      ],
      0,
    ],
    [
      'a node port with policy Local short-cuts pods and the node itself',
      { spec: 'type: NodePort, externalTrafficPolicy: Local' },
      [
        '-A KUBE-NODEPORTS -m comment --comment default/web:http -m tcp -p tcp --dport 30080 -j KUBE-EXT-CDGGSHYLG3RE2FKL',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "pod traffic for default/web:http external destinations" -s 10.244.0.0/16 -j KUBE-SVC-CDGGSHYLG3RE2FKL',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "masquerade LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "route LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -j KUBE-SVL-CDGGSHYLG3RE2FKL',
        '-A KUBE-SVL-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.244.1.10:8080" -j KUBE-SEP-GWQABTP5GBYXHJY5',
      ],
      0,
    ],
    [
      'a node port with policy Local and no local endpoint drops what comes from outside',
      { spec: 'type: NodePort, externalTrafficPolicy: Local', endpoints: [THERE] },
      [
        '-A KUBE-EXTERNAL-SERVICES -m comment --comment "default/web:http has no local endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j DROP',
        '-A KUBE-NODEPORTS -m comment --comment default/web:http -m tcp -p tcp --dport 30080 -j KUBE-EXT-CDGGSHYLG3RE2FKL',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "pod traffic for default/web:http external destinations" -s 10.244.0.0/16 -j KUBE-SVC-CDGGSHYLG3RE2FKL',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "masquerade LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "route LOCAL traffic for default/web:http external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-CDGGSHYLG3RE2FKL',
      ],
      3,
    ],
    [
      'a load balancer with source ranges that hold the node',
      { spec: 'type: LoadBalancer, loadBalancerSourceRanges: [203.0.113.0/24, 192.168.0.5/24]', status: '{ingress: [{ip: 198.51.100.7}]}' },
      [
        '-A KUBE-PROXY-FIREWALL -m comment --comment "default/web:http traffic not accepted by KUBE-FW-CDGGSHYLG3RE2FKL" -m tcp -p tcp -d 198.51.100.7 --dport 80 -j DROP',
        '-A KUBE-SERVICES -m comment --comment "default/web:http loadbalancer IP" -m tcp -p tcp -d 198.51.100.7 --dport 80 -j KUBE-FW-CDGGSHYLG3RE2FKL',
        '-A KUBE-NODEPORTS -m comment --comment default/web:http -m tcp -p tcp --dport 30080 -j KUBE-EXT-CDGGSHYLG3RE2FKL',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "masquerade traffic for default/web:http external destinations" -j KUBE-MARK-MASQ',
        '-A KUBE-EXT-CDGGSHYLG3RE2FKL -j KUBE-SVC-CDGGSHYLG3RE2FKL',
        '-A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -s 203.0.113.0/24 -j KUBE-EXT-CDGGSHYLG3RE2FKL',
        '-A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -s 192.168.0.0/24 -j KUBE-EXT-CDGGSHYLG3RE2FKL',
        '-A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http loadbalancer IP" -s 198.51.100.7 -j KUBE-EXT-CDGGSHYLG3RE2FKL',
        '-A KUBE-FW-CDGGSHYLG3RE2FKL -m comment --comment "other traffic to default/web:http will be dropped by KUBE-PROXY-FIREWALL"',
      ],
      0,
    ],
    [
      'client affinity',
      { spec: 'sessionAffinity: ClientIP', endpoints: [HERE] },
      [
        '-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.244.1.10:8080" -m recent --name KUBE-SEP-GWQABTP5GBYXHJY5 --rcheck --seconds 10800 --reap -j KUBE-SEP-GWQABTP5GBYXHJY5',
        '-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.244.1.10:8080" -j KUBE-SEP-GWQABTP5GBYXHJY5',
        '-A KUBE-SEP-GWQABTP5GBYXHJY5 -m comment --comment default/web:http -m recent --name KUBE-SEP-GWQABTP5GBYXHJY5 --set -m tcp -p tcp -j DNAT --to-destination 10.244.1.10:8080',
      ],
      5,
    ],
    [
      'no endpoints at all: everything is refused, source ranges or not',
      {
        spec: 'type: LoadBalancer, externalIPs: [192.0.2.50], loadBalancerSourceRanges: [203.0.113.0/24]',
        status: '{ingress: [{ip: 198.51.100.7}]}',
        endpoints: [],
      },
      [
        '-A KUBE-SERVICES -m comment --comment "default/web:http has no endpoints" -m tcp -p tcp -d 10.96.0.10 --dport 80 -j REJECT',
        '-A KUBE-EXTERNAL-SERVICES -m comment --comment "default/web:http has no endpoints" -m tcp -p tcp -d 192.0.2.50 --dport 80 -j REJECT',
        '-A KUBE-EXTERNAL-SERVICES -m comment --comment "default/web:http has no endpoints" -m tcp -p tcp -d 198.51.100.7 --dport 80 -j REJECT',
        '-A KUBE-EXTERNAL-SERVICES -m comment --comment "default/web:http has no endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j REJECT',
      ],
      8,
    ],
    [
      'internal policy Local without a local endpoint: silence',
      { spec: 'internalTrafficPolicy: Local', endpoints: [THERE] },
      ['-A KUBE-SERVICES -m comment --comment "default/web:http has no local endpoints" -m tcp -p tcp -d 10.96.0.10 --dport 80 -j DROP'],
      8,
    ],
    [
      'a health check port',
      { spec: 'type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 32000', endpoints: [] },
      [
        '-A KUBE-SERVICES -m comment --comment "default/web:http has no endpoints" -m tcp -p tcp -d 10.96.0.10 --dport 80 -j REJECT',
        '-A KUBE-EXTERNAL-SERVICES -m comment --comment "default/web:http has no endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j REJECT',
        '-A KUBE-NODEPORTS -m comment --comment "default/web:http health check node port" -m tcp -p tcp --dport 32000 -j ACCEPT',
      ],
      8,
    ],
    [
      'a load balancer that does its own work (ipMode Proxy)',
      { spec: 'externalIPs: []', status: '{ingress: [{ip: 198.51.100.7, ipMode: Proxy}]}' },
      [],
      0,
    ],
    [
      'masqueradeAll',
      { proxy: 'iptables: {masqueradeAll: true}' },
      [
        '-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http cluster IP" -m tcp -p tcp -d 10.96.0.10 --dport 80 -j KUBE-MARK-MASQ',
      ],
      1,
    ],
    ['an empty clusterCIDR: nothing is local, nothing is masqueraded', { proxy: 'clusterCIDR: ""' }, [], 1],
    [
      'node ports on some addresses only',
      { proxy: 'nodePortAddresses: [192.168.1.0/24]' },
      [
        '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -d 192.168.1.2 -j KUBE-NODEPORTS',
      ],
      2,
    ],
    [
      'no node ports on localhost',
      { proxy: 'iptables: {localhostNodePorts: false}' },
      [
        '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL ! -d 127.0.0.0/8 -j KUBE-NODEPORTS',
      ],
      2,
    ],
    ['a liberal conntrack', { proxy: 'conntrack: {tcpBeLiberal: true}' }, [], 1],
  ])('%s', (_, of, added, removed) => {
    const got = difference(of)
    expect(got.added).toEqual(added)
    expect(got.removed).toHaveLength(removed)
  })

  it('gives three endpoints a third each', () => {
    const odds = rules({ endpoints: [HERE, THERE, '{addresses: [10.244.2.3], nodeName: other}'] }).flatMap(
      (rule) => /-> (\S+)".*probability (\S+)/.exec(rule)?.slice(1) ?? [],
    )
    expect(odds).toEqual(['10.244.1.10:8080', '0.3333333333', '10.244.2.20:8080', '0.5000000000'])
  })

  it('remembers the Service of each line', () => {
    const { cluster } = parseScenario('apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n')
    const node = cluster?.nodes[0]
    if (!cluster || !node) throw new Error('no cluster')
    const { text, lines } = iptablesRestore(cluster, node)
    const line = text.split('\n').findIndex((l) => l.includes('default/web has no endpoints'))
    expect(lines[line]).toEqual({ component: 'kube-proxy', object: 'service/default/web', line: 1 })
    expect(lines[0]).toBeNull()
    expect(lines).toHaveLength(text.trimEnd().split('\n').length)
  })
})

describe('jumps', () => {
  it('stand in the order of a fresh node once each was prepended', () => {
    const chains: Record<string, string[]> = {}
    for (const command of iptablesJumps(true)) {
      const jump = /-t (\w+) -I (\w+) .*-j (\S+)/.exec(command)
      if (jump) chains[`${jump[1]} ${jump[2]}`] = [jump[3] ?? '', ...(chains[`${jump[1]} ${jump[2]}`] ?? [])]
    }
    expect(chains).toEqual({
      'filter INPUT': ['KUBE-FIREWALL', 'KUBE-PROXY-FIREWALL', 'KUBE-NODEPORTS', 'KUBE-EXTERNAL-SERVICES'],
      'filter FORWARD': ['KUBE-PROXY-FIREWALL', 'KUBE-FORWARD', 'KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES'],
      'filter OUTPUT': ['KUBE-FIREWALL', 'KUBE-PROXY-FIREWALL', 'KUBE-SERVICES'],
      'nat PREROUTING': ['KUBE-SERVICES'],
      'nat OUTPUT': ['KUBE-SERVICES'],
      'nat POSTROUTING': ['KUBE-POSTROUTING'],
    })
  })
})
