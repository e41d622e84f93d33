import { describe, expect, it } from 'vitest'
import { nodeScripts } from '../cloud/node-scripts.ts'
import type { NodeScript } from '../net/node-script.ts'
import type { Cluster } from './cluster.ts'
import type { DnsServerConfig } from './dns-config.ts'
import { parseScenario } from './manifest.ts'

const pod = (name: string, spec = '', labels = '{app: web}'): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: ${labels}}\nspec: {${spec && `${spec}, `}containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}\n---\n`
const CLUSTER = (spec: string): string => `apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nmetadata: {name: c}\nspec: ${spec}\n---\n`
const SERVICE =
  'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}, {name: d, port: 53, protocol: UDP}]}\n---\n'.replace(
    '{port: 80}',
    '{name: h, port: 80}',
  )

function built(text: string): Cluster {
  const { cluster, diagnostics } = parseScenario(text)
  if (!cluster) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  return cluster
}
function scriptOf(text: string, machine: string): NodeScript {
  const script = nodeScripts(null, built(text)).find((s) => s.machine === machine)
  if (!script) throw new Error(`no ${machine}`)
  return script
}
const runs = (script: NodeScript, component?: string): string[] =>
  script.commands.filter((c) => component === undefined || c.origin.component === component).map((c) => c.run)

describe('scripts of fresh machines', () => {
  it('exist for nodes, hosts, the gateway and the internet', () => {
    const host = 'apiVersion: packetwalk.dev/v1alpha1\nkind: Host\nmetadata: {name: db}\nspec: {listen: [3306/tcp], setup: ip link}\n'
    expect(nodeScripts(null, built(host)).map((s) => s.machine)).toEqual([
      'node/worker-1',
      'node/worker-2',
      'host/db',
      'gateway',
      'internet',
    ])
    expect(runs(scriptOf(host, 'host/db')).slice(-4)).toEqual([
      'ip addr add 172.18.0.101/16 dev eth0',
      'ip link set eth0 up',
      'ip route add default via 172.18.0.1 dev eth0',
      'ip link',
    ])
  })

  it('wire a pod as the bridge plugin does', () => {
    const script = scriptOf(CLUSTER('{dns: none}') + pod('a'), 'node/worker-1')
    const [netns] = [...script.netns].find(([, name]) => name === 'pod/default/a') ?? ['']
    const commands = runs(script, 'cni/bridge').map((run) =>
      run
        .replaceAll(netns, 'NS')
        .replace(/veth[0-9a-f]{8}/, 'VETH')
        .replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, 'MAC'),
    )
    expect(commands).toEqual([
      'ip route add 10.244.2.0/24 via 172.18.0.12 dev eth0',
      'ip link add cni0 address MAC type bridge',
      'ip link set cni0 up',
      'ip addr add 10.244.1.1/24 dev cni0',
      'sysctl -w net.ipv4.ip_forward=1',
      'ip link add VETH address MAC type veth peer name eth0 address MAC netns NS',
      'ip link set VETH master cni0',
      'bridge link set dev VETH hairpin on',
      'ip link set VETH up',
      'ip netns exec NS sysctl -w net.ipv4.conf.eth0.arp_notify=1',
      'ip -n NS link set eth0 up',
      'ip -n NS addr add 10.244.1.2/24 dev eth0',
      'ip -n NS route add default via 10.244.1.1 dev eth0',
    ])
  })

  it('write nothing outside /etc/netns', () => {
    const all = nodeScripts(null, built(pod('a') + SERVICE)).flatMap((s) => runs(s))
    for (const run of all) expect(run).not.toMatch(/(>|cp|mv|tee|rm -rf)\s+\/(?!etc\/netns\/)/)
  })

  it('masquerade what leaves the cluster', () => {
    const agent = runs(scriptOf('', 'node/worker-1'), 'ip-masq-agent')
    expect(agent.flatMap((run) => / -A IP-MASQ-AGENT (?:-d (\S+))?.*-j (\w+)/.exec(run)?.slice(1).join(' ') ?? [])).toEqual([
      '169.254.0.0/16 RETURN',
      '10.244.0.0/16 RETURN',
      '10.96.0.0/16 RETURN',
      '172.18.0.0/16 RETURN',
      ' MASQUERADE',
    ])
  })

  it('leave the pod network alone with cni: none; netfilter has the rules of kube-proxy and the kubelet’s empty chains', () => {
    const script = scriptOf(CLUSTER('{cni: none, dns: none}') + pod('a'), 'node/worker-1')
    expect(runs(script, 'cni/bridge')).toEqual([])
    expect(new Set(script.commands.filter((c) => c.run.startsWith('iptables')).map((c) => c.origin.component))).toEqual(
      new Set(['kube-proxy', 'kubelet']),
    )
    expect(runs(script, 'kubelet').filter((run) => run.startsWith('iptables'))).toEqual([
      'iptables -w -t mangle -N KUBE-IPTABLES-HINT',
      ...['mangle', 'nat', 'filter'].map((table) => `iptables -w -t ${table} -N KUBE-KUBELET-CANARY`),
    ])
  })

  it('take the bridge’s configuration from cniConfig', () => {
    const all = runs(
      scriptOf(CLUSTER('{dns: none, cniConfig: {bridge: br0, mtu: 1400, hairpinMode: false, ipMasq: true}}') + pod('a'), 'node/worker-1'),
    ).join('\n')
    expect(all).toMatch(/ip link add br0 address \S+ mtu 1400 type bridge/)
    expect(all).not.toContain('hairpin')
    expect(all).toMatch(
      /iptables -w -t nat -A POSTROUTING -s 10.244.1.2 -m comment --comment 'name: "bridge" id: "cni-\S+"' -j CNI-[0-9a-f]{24}\n/,
    )
    expect(all).not.toContain('IP-MASQ-AGENT')
  })

  it('lead every command back to its document', () => {
    const script = scriptOf(pod('a') + pod('b'), 'node/worker-2')
    const origins = new Set(
      script.commands.filter((c) => c.origin.object?.startsWith('pod/default')).map((c) => `${c.origin.object} ${c.origin.line}`),
    )
    expect(origins).toEqual(new Set(['pod/default/b 6']))
  })

  it('start the containers’ programs, each port once', () => {
    const twice =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: x, image: i, ports: [{containerPort: 80}]}, {name: y, image: i, ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]}]}\n'
    const programs = scriptOf(CLUSTER('{dns: none}') + twice, 'node/worker-1').programs.map(
      (p) => `${p.owner} ${p.container} ${p.listen.map((l) => `${l.port}/${l.protocol}`).join()}`,
    )
    expect(programs).toEqual(['pod/default/a x 80/tcp', 'pod/default/a y 53/udp', 'node/worker-1 kube-apiserver 6443/tcp'])
    expect(parseScenario(twice).diagnostics.map((d) => d.code)).toEqual(['port-in-use'])
  })

  it('translate node addresses at the gateway and drop the rest', () => {
    const gateway = runs(scriptOf('', 'gateway'))
    expect(gateway).toContain(
      'iptables -w -t nat -A PREROUTING -i eth1 -d 203.0.113.12 -m comment --comment "public address of worker-2" -j DNAT --to-destination 172.18.0.12',
    )
    expect(gateway.filter((run) => run.endsWith('-j DROP'))).toHaveLength(2)
  })
})

describe('resolv.conf', () => {
  const files = (spec: string): (string | null)[] =>
    scriptOf(pod('a', spec), 'node/worker-1')
      .commands.filter((c) => c.run.endsWith('/resolv.conf') && c.origin.object === 'pod/default/a')
      .map((c) => c.stdin)
  it.each([
    ['', 'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n'],
    ['dnsPolicy: Default', 'nameserver 8.8.8.8\n'],
    [
      'dnsPolicy: None, dnsConfig: {nameservers: [192.0.2.1], searches: [a.example], options: [{name: ndots, value: "2"}, {name: edns0}]}',
      'search a.example\nnameserver 192.0.2.1\noptions ndots:2 edns0\n',
    ],
    [
      'dnsConfig: {searches: [a.example], options: [{name: ndots, value: "1"}]}',
      'search default.svc.cluster.local svc.cluster.local cluster.local a.example\nnameserver 10.96.0.10\noptions ndots:1\n',
    ],
  ])('of a pod with "%s"', (spec, text) => {
    expect(files(spec)).toEqual([text])
  })
})

describe('scripts of a change', () => {
  const change = (before: string, after: string): string[] =>
    nodeScripts(built(before), built(after)).flatMap((s) => s.commands.map((c) => `${s.machine} ${c.run}`))

  it('are empty when nothing changed', () => {
    expect(nodeScripts(built(pod('a') + SERVICE), built(`# a comment\n${pod('a')}${SERVICE}`))).toEqual([])
  })

  it('delete a pod, write the rules anew, and forget its UDP flows', () => {
    const base = CLUSTER('{dns: none}') + pod('a', 'nodeName: worker-1')
    const commands = change(base + pod('b', 'nodeName: worker-2') + SERVICE, base + SERVICE)
    expect(commands.filter((c) => c.includes('netns del'))).toHaveLength(1)
    expect(commands.filter((c) => c.includes('iptables-restore'))).toHaveLength(2)
    expect(commands.filter((c) => /conntrack -D --orig-dst \S+ --dst-nat 10.244.2.2 -p udp/.test(c))).toHaveLength(2)
  })

  it('give a new node its public address at the gateway', () => {
    const commands = change(CLUSTER('{nodes: 1}'), CLUSTER('{nodes: 2}')).filter((c) => c.startsWith('gateway'))
    expect(commands[0]).toBe('gateway ip addr add 203.0.113.12/24 dev eth1')
    expect(commands.some((c) => c.includes('--to-destination 172.18.0.12'))).toBe(true)
  })

  it('remove the chains of endpoints that are gone', () => {
    const scripts = nodeScripts(built(pod('a') + pod('b') + SERVICE), built(pod('a') + SERVICE))
    const text = scripts[0]?.commands.find((c) => c.stdin?.includes('*nat'))?.stdin ?? ''
    const deleted = [...text.matchAll(/^-X (\S+)$/gm)].map((m) => m[1] ?? '')
    expect(deleted.length).toBeGreaterThan(0)
    for (const chain of deleted) expect(text).toContain(`:${chain} - [0:0]`)
  })
})

describe('DNS records', () => {
  const records = (text: string): string[] => {
    const program = nodeScripts(null, built(text))
      .flatMap((s) => s.programs)
      .find((p) => p.program === 'coredns')
    const config = program?.config as DnsServerConfig | undefined
    return (config?.records ?? []).map((r) => `${r.name} ${r.type} ${r.data}`)
  }
  const NAMED =
    'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {serviceName: db, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 3306}]}]}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 3306}]}\n'

  it('name Services, endpoints and their addresses', () => {
    expect(records(NAMED)).toEqual(
      expect.arrayContaining([
        'kubernetes.default.svc.cluster.local. A 10.96.0.1',
        'kube-dns.kube-system.svc.cluster.local. A 10.96.0.10',
        '1.0.96.10.in-addr.arpa. PTR kubernetes.default.svc.cluster.local.',
        '_https._tcp.kubernetes.default.svc.cluster.local. SRV 0 100 443 kubernetes.default.svc.cluster.local.',
        'db.default.svc.cluster.local. A 10.244.1.2',
        'db-0.db.default.svc.cluster.local. A 10.244.1.2',
        '_sql._tcp.db.default.svc.cluster.local. SRV 0 100 3306 db-0.db.default.svc.cluster.local.',
        '2.1.244.10.in-addr.arpa. PTR db-0.db.default.svc.cluster.local.',
      ]),
    )
  })

  it('have no name for a headless Service without ready endpoints, and a CNAME for an ExternalName', () => {
    const text =
      'apiVersion: v1\nkind: Service\nmetadata: {name: none}\nspec: {clusterIP: None, selector: {app: x}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: out}\nspec: {type: ExternalName, externalName: db.example.com}\n'
    const own = records(text).filter((r) => /^(none|out)\./.test(r))
    expect(own).toEqual(['out.default.svc.cluster.local. CNAME db.example.com.'])
  })

  it('keep IPv6 addresses', () => {
    const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: six}\nspec: {clusterIPs: ["10.96.0.9", "fd00::9"], ports: [{port: 80}]}\n'
    expect(records(text)).toEqual(
      expect.arrayContaining([
        'six.default.svc.cluster.local. AAAA fd00::9',
        `9.${'0.'.repeat(27)}0.0.d.f.ip6.arpa. PTR six.default.svc.cluster.local.`,
      ]),
    )
  })
})
