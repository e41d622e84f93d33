import { describe, expect, it } from 'vitest'
import type { ScriptCommand } from '../../net/node-script.ts'
import type { Cluster, ClusterNode } from '../cluster.ts'
import { parseScenario } from '../manifest.ts'
import { kubeProxy, kubeProxyChange } from './commands.ts'
import { ipvsPlan } from './ipvs.ts'
import { ipvsJumps, ipvsRestore } from './ipvs-rules.ts'

interface Case {
  readonly spec?: string
  readonly port?: string
  readonly status?: string
  readonly proxy?: string
  readonly endpoints?: readonly string[]
}

const HERE = '{addresses: [10.244.1.10], nodeName: node}'
const THERE = '{addresses: [10.244.2.20], nodeName: other}'

/** A node 192.168.0.2 and 192.168.1.2 with Service default/web, 10.96.0.10 port http 80 → 8080. */
function place({ spec = '', port = '', status = '{}', proxy = '', endpoints = [HERE, THERE] }: Case): {
  cluster: Cluster
  node: ClusterNode
} {
  const text = `
apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
metadata: {name: c}
spec: {cni: none, dns: none, apiServer: none, nodes: [{name: node, ip: 192.168.0.2, addresses: [192.168.1.2]}], kubeProxy: {mode: ipvs${proxy && `, ${proxy}`}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.10, ports: [{name: http, port: 80${spec.includes('type:') ? ', nodePort: 30080' : ''}, targetPort: 8080${port}}]${spec && `, ${spec}`}}
status: {loadBalancer: ${status}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [${endpoints.join(', ')}]
ports: [{name: http, port: 8080${port}}]
`
  const { cluster, diagnostics } = parseScenario(text)
  const node = cluster?.nodes[0]
  if (!cluster || !node || diagnostics.some((d) => d.severity === 'error')) throw new Error(JSON.stringify(diagnostics))
  return { cluster, node }
}

function servers(of: Case): string[] {
  const { cluster, node } = place(of)
  return [...ipvsPlan(cluster, node).virtualServers.values()].map(
    ({ protocol, address, port, servers: all }) => `${protocol} ${address}:${port} -> ${all.join(' ')}`,
  )
}

/** Sets that are not empty, with their entries. */
function sets(of: Case): Record<string, readonly string[]> {
  const { cluster, node } = place(of)
  const all = Object.entries(ipvsPlan(cluster, node).sets).map(([name, entries]) => [name, [...entries.keys()]] as const)
  return Object.fromEntries(all.filter(([, entries]) => entries.length > 0))
}

function rules(of: Case): string[] {
  const { cluster, node } = place(of)
  return ipvsRestore(cluster, node, ipvsPlan(cluster, node))
    .text.split('\n')
    .filter((line) => line.startsWith('-A'))
}

const run = (commands: readonly ScriptCommand[]): string[] =>
  commands.map(({ run: line, stdin }) => (stdin === null ? line : `${line} << ${stdin}`))

const LOAD_BALANCER: Case = {
  spec: 'type: LoadBalancer, loadBalancerSourceRanges: [203.0.113.0/24, 192.168.0.0/24]',
  status: '{ingress: [{ip: 198.51.100.7}]}',
}

describe('virtual servers', () => {
  it('a ClusterIP has one, a node port one on every address of the node, a load balancer one more', () => {
    expect(servers({})).toEqual(['tcp 10.96.0.10:80 -> 10.244.1.10:8080 10.244.2.20:8080'])
    expect(servers(LOAD_BALANCER).map((line) => line.split(' ')[1])).toEqual([
      '10.96.0.10:80',
      '198.51.100.7:80',
      '192.168.0.2:30080',
      '192.168.1.2:30080',
    ])
  })
  it('nodePortAddresses choose among the addresses', () => {
    expect(servers({ spec: 'type: NodePort', proxy: 'nodePortAddresses: [192.168.1.0/24]' }).map((line) => line.split(' ')[1])).toEqual([
      '10.96.0.10:80',
      '192.168.1.2:30080',
    ])
  })
  it('without endpoints it is there all the same', () => {
    expect(servers({ endpoints: [] })).toEqual(['tcp 10.96.0.10:80 -> '])
  })
  it('policy Local takes local endpoints, and all where none is local', () => {
    const local = { spec: 'type: NodePort, externalTrafficPolicy: Local' }
    expect(servers(local).slice(0, 2)).toEqual([
      'tcp 10.96.0.10:80 -> 10.244.1.10:8080 10.244.2.20:8080',
      'tcp 192.168.0.2:30080 -> 10.244.1.10:8080',
    ])
    expect(servers({ ...local, endpoints: [THERE] })[1]).toBe('tcp 192.168.0.2:30080 -> 10.244.2.20:8080')
  })
  it('an external address that the node has is not put on the dummy device', () => {
    const { cluster, node } = place({ spec: 'externalIPs: [192.0.2.50, 192.168.1.2]' })
    expect([...ipvsPlan(cluster, node).addresses.keys()]).toEqual(['10.96.0.10', '192.0.2.50'])
  })
})

describe('sets', () => {
  it('of a load balancer with source ranges that hold the node', () => {
    expect(sets(LOAD_BALANCER)).toEqual({
      'KUBE-LOOP-BACK': ['10.244.1.10,tcp:8080,10.244.1.10'],
      'KUBE-CLUSTER-IP': ['10.96.0.10,tcp:80'],
      'KUBE-LOAD-BALANCER': ['198.51.100.7,tcp:80'],
      'KUBE-LOAD-BALANCER-FW': ['198.51.100.7,tcp:80'],
      'KUBE-LOAD-BALANCER-SOURCE-IP': ['198.51.100.7,tcp:80,198.51.100.7'],
      'KUBE-LOAD-BALANCER-SOURCE-CIDR': ['198.51.100.7,tcp:80,203.0.113.0/24', '198.51.100.7,tcp:80,192.168.0.0/24'],
      'KUBE-NODE-PORT-TCP': ['30080'],
      'KUBE-IPVS-IPS': ['10.96.0.10', '198.51.100.7'],
    })
  })
  it('SCTP node ports name every address', () => {
    expect(sets({ spec: 'type: NodePort, externalTrafficPolicy: Local', port: ', protocol: SCTP' })).toMatchObject({
      'KUBE-NODE-PORT-SCTP-HASH': ['192.168.0.2,sctp:30080', '192.168.1.2,sctp:30080'],
      'KUBE-NODE-PORT-LOCAL-SCTP-HASH': ['192.168.0.2,sctp:30080', '192.168.1.2,sctp:30080'],
    })
  })
  it('a range of everything stays out of the text: ipset has no place for it', () => {
    const { cluster, node } = place({ ...LOAD_BALANCER, spec: 'type: LoadBalancer, loadBalancerSourceRanges: [0.0.0.0/0]' })
    const text = kubeProxy(cluster, node).find((command) => command.run.startsWith('ipset'))?.stdin
    expect(text).not.toContain('/0')
    expect(text).toContain('add KUBE-LOAD-BALANCER-FW 198.51.100.7,tcp:80')
  })
})

describe('rules', () => {
  it('do not grow with the Services: those of a plain ClusterIP', () => {
    expect(rules({}).filter((rule) => rule.startsWith('-A KUBE-SERVICES'))).toEqual([
      '-A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN',
      '-A KUBE-SERVICES -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" -m set --match-set KUBE-CLUSTER-IP dst,dst ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
      '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT',
      '-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT',
    ])
  })
  it.each([
    ['masqueradeAll: true', 'KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ'],
    ['clusterCIDR: ""', 'KUBE-CLUSTER-IP src,dst -j KUBE-MARK-MASQ'],
    ['detectLocalMode: BridgeInterface, detectLocal: {bridgeInterface: cni0}', 'KUBE-CLUSTER-IP dst,dst ! -i cni0 -j KUBE-MARK-MASQ'],
  ])('%s: %s', (proxy, end) => {
    const config = proxy === 'masqueradeAll: true' ? 'iptables: {masqueradeAll: true}' : proxy
    expect(rules({ proxy: config }).some((rule) => rule.endsWith(end))).toBe(true)
  })
  it('source ranges that leave the node out forbid it the address', () => {
    expect(rules({ ...LOAD_BALANCER, spec: 'type: LoadBalancer, loadBalancerSourceRanges: [203.0.113.0/24]' })).toContain(
      '-A KUBE-IPVS-OUT-FILTER -s 198.51.100.7 -m ipvs --vaddr 198.51.100.7 --vproto tcp --vport 80 -j DROP',
    )
  })
  it('a rule whose set is empty is left out', () => {
    expect(rules({ endpoints: [THERE] }).some((rule) => rule.includes('KUBE-LOOP-BACK'))).toBe(false)
  })
  it('jumps are prepended last to first', () => {
    expect(ipvsJumps(true).at(-1)).toBe(
      'iptables -w -t filter -I OUTPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-OUT-FILTER',
    )
  })
})

describe('commands at the start', () => {
  it('sysctls, chains, the device, services, addresses, sets, rules', () => {
    const { cluster, node } = place({
      proxy: 'ipvs: {scheduler: mh, strictARP: true, tcpTimeout: 15m, udpTimeout: 90s}',
      spec: 'sessionAffinity: ClientIP',
    })
    const lines = run(kubeProxy(cluster, node)).filter((line) => !/^iptables -w/.test(line))
    expect(lines.slice(0, 6)).toEqual([
      'sysctl -w net.ipv4.vs.conntrack=1 net.ipv4.vs.expire_nodest_conn=1 net.ipv4.vs.expire_quiescent_template=1 net.ipv4.ip_forward=1',
      'sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
      'ipvsadm --set 900 0 90',
      'ip link add kube-ipvs0 type dummy',
      'ipvsadm -R << -A -t 10.96.0.10:80 -s mh -p 10800 -b mh-port\n-a -t 10.96.0.10:80 -r 10.244.1.10:8080 -m -w 1\n-a -t 10.96.0.10:80 -r 10.244.2.20:8080 -m -w 1\n',
      'ip -batch - << address add 10.96.0.10/32 dev kube-ipvs0\n',
    ])
    expect(lines[6]).toContain('create KUBE-NODE-PORT-TCP bitmap:port range 0-65535\n')
    expect(lines[6]).toContain('add KUBE-CLUSTER-IP 10.96.0.10,tcp:80\n')
    expect(lines[7]).toMatch(/^iptables-restore -w --noflush --counters << \*nat\n:KUBE-SERVICES/)
  })
  it('names the Service of each line', () => {
    const { cluster, node } = place({})
    const restore = kubeProxy(cluster, node).find((command) => command.run === 'ipvsadm -R')
    expect(restore?.lines?.[1]?.object).toBe('service/default/web')
  })
  it('an unknown scheduler or duration is an error', () => {
    expect(() => place({ proxy: 'ipvs: {scheduler: fastest}' })).toThrow(/scheduler/)
    expect(() => place({ proxy: 'ipvs: {tcpTimeout: soon}' })).toThrow(/no duration/)
  })
})

describe('commands after a change', () => {
  function change(before: Case, after: Case): string[] {
    const then = place(before)
    const now = place(after)
    return run(kubeProxyChange(then.cluster, now.cluster, now.node))
  }
  it('nothing changed: nothing is run', () => {
    expect(change({}, {})).toEqual([])
  })
  it('an endpoint comes: it is added, without a connection that waits', () => {
    expect(change({ endpoints: [HERE] }, {})).toEqual([
      'ipvsadm -d -t 10.96.0.10:80 -r 10.244.2.20:8080 2>/dev/null || true; ipvsadm -a -t 10.96.0.10:80 -r 10.244.2.20:8080 -m -w 1',
    ])
  })
  it('an endpoint goes: weight 0 while it has connections over TCP, at once over UDP', () => {
    expect(change({}, { endpoints: [HERE] })).toEqual([
      "ipvsadm -Ln -t 10.96.0.10:80 | grep -q -e '-> 10.244.2.20:8080 .* 0  *0 *$' && ipvsadm -d -t 10.96.0.10:80 -r 10.244.2.20:8080 || ipvsadm -e -t 10.96.0.10:80 -r 10.244.2.20:8080 -m -w 0",
    ])
    const udp = { port: ', protocol: UDP' }
    expect(change(udp, { ...udp, endpoints: [HERE] })[0]).toBe('ipvsadm -d -u 10.96.0.10:80 -r 10.244.2.20:8080')
  })
  it('a node port goes: its servers, its set entry and its rule', () => {
    const lines = change({ spec: 'type: NodePort' }, {})
    expect(lines[0]).toBe('ipset restore -exist << del KUBE-NODE-PORT-TCP 30080\n')
    expect(lines[1]).toMatch(/^iptables-restore/)
    expect(lines[2]).toBe('ipvsadm -R << -D -t 192.168.0.2:30080\n-D -t 192.168.1.2:30080\n')
  })
  it('client affinity is edited', () => {
    expect(change({}, { spec: 'sessionAffinity: ClientIP' })).toEqual(['ipvsadm -E -t 10.96.0.10:80 -s rr -p 10800'])
  })
})
