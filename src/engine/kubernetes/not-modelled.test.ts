/** What is written and has no effect here is said, at its line. */
import { describe, expect, it } from 'vitest'
import { clusterScripts } from './cluster-scripts.ts'
import { parseScenario } from './manifest.ts'

const pod = (spec: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec:\n  containers: [{name: c, image: i, ports: [{containerPort: 80}]}]\n${spec}${more}`
const service = (spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n${spec}---\n${pod('')}`
const node = (spec: string): string => `apiVersion: v1\nkind: Node\nmetadata: {name: a}\n${spec}`
const cluster = (spec: string): string => `apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nmetadata: {name: c}\nspec:\n${spec}`
const kind = (rest: string): string => `apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n${rest}`
const proxy = (rest: string): string => `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n${rest}`

const said = (text: string): string[] =>
  parseScenario(text).diagnostics.map(({ severity, range, code, message }) => `${severity} ${range.line} ${code}: ${message}`)

describe('IPv6', () => {
  it.each<[name: string, text: string, diagnostic: string]>([
    [
      'a Service with an IPv6 address only',
      service('  clusterIP: "fd00::1"\n'),
      'warning 7 ipv6-not-modelled: spec.clusterIP: fd00::1: IPv6 is not modelled. This Service has no address and no rules here.',
    ],
    [
      'a Service with both',
      service('  clusterIPs: [10.96.0.9, "fd00::1"]\n'),
      'info 7 ipv6-not-modelled: spec.clusterIPs: fd00::1: IPv6 is not modelled. Only 10.96.0.9 is simulated.',
    ],
    [
      'a Service of family IPv6',
      service('  ipFamilies: [IPv6]\n'),
      'warning 7 ipv6-not-modelled: spec.ipFamilies: IPv6: IPv6 is not modelled. This Service has no address and no rules here.',
    ],
    [
      'a Service of both families',
      service('  ipFamilies: [IPv4, IPv6]\n'),
      'info 7 ipv6-not-modelled: spec.ipFamilies: IPv4, IPv6: IPv6 is not modelled. Only its IPv4 address is simulated.',
    ],
    [
      'RequireDualStack',
      service('  ipFamilyPolicy: RequireDualStack\n'),
      'info 7 ipv6-not-modelled: spec.ipFamilyPolicy: RequireDualStack: IPv6 is not modelled. Only the IPv4 address is simulated.',
    ],
    [
      'a family that is none',
      service('  ipFamilies: [IPv5]\n'),
      'error 7 unsupported-value: spec.ipFamilies: "IPv5" is none of IPv4, IPv6.',
    ],
    [
      'an external address',
      service('  externalIPs: ["2001:db8::1"]\n'),
      'warning 7 ipv6-not-modelled: spec.externalIPs[0]: 2001:db8::1: IPv6 is not modelled. This address is left out.',
    ],
    [
      'the pod network of a node',
      node('spec: {podCIDR: "fd00:1::/64"}\n'),
      'warning 4 ipv6-not-modelled: podCIDR: fd00:1::/64: IPv6 is not modelled. The node gets a part of the IPv4 pod network instead.',
    ],
    [
      'the pod networks of a node',
      node('spec:\n  podCIDR: "fd00:1::/64"\n  podCIDRs: ["fd00:1::/64", 10.244.7.0/24]\n'),
      'info 5 ipv6-not-modelled: podCIDR: fd00:1::/64: IPv6 is not modelled. Only 10.244.7.0/24 is simulated.',
    ],
    [
      'the address of a node',
      node('status:\n  addresses:\n  - {type: InternalIP, address: "2001:db8::5"}\n'),
      'warning 6 ipv6-not-modelled: InternalIP 2001:db8::5: IPv6 is not modelled. The node gets an IPv4 address of the LAN instead.',
    ],
    [
      'the address of a pod',
      pod('', 'status: {podIP: "fd00:1::5"}\n'),
      "warning 6 ipv6-not-modelled: status.podIP: fd00:1::5: IPv6 is not modelled. The pod gets an IPv4 address of its node's network instead.",
    ],
    [
      "a cluster's pod network",
      cluster('  podCIDR: "fd00::/56"\n'),
      'error 5 ipv6-not-modelled: spec.podCIDR: "fd00::/56": IPv6 is not modelled; write an IPv4 network.',
    ],
    [
      "a cluster's pod networks",
      cluster('  podCIDR: "10.244.0.0/16,fd00::/56"\n'),
      'info 5 ipv6-not-modelled: spec.podCIDR: "10.244.0.0/16,fd00::/56": IPv6 is not modelled. Only 10.244.0.0/16 is simulated.',
    ],
    [
      "kind's ipFamily",
      kind('networking: {ipFamily: ipv6}\n'),
      'error 3 ipv6-not-modelled: networking.ipFamily: IPv6 is not modelled; write "ipFamily: ipv4".',
    ],
    [
      'both families of kind',
      kind('networking: {ipFamily: dual}\n'),
      'info 3 ipv6-not-modelled: networking.ipFamily: IPv6 is not modelled. Of both families only IPv4 is simulated.',
    ],
    [
      'clusterCIDR of kube-proxy',
      proxy('clusterCIDR: 10.244.0.0/16,fd00::/56\n'),
      'info 3 ipv6-not-modelled: clusterCIDR: fd00::/56: IPv6 is not modelled. Only 10.244.0.0/16 is simulated.',
    ],
  ])('%s', (_name, text, diagnostic) => {
    expect(said(text)).toContain(diagnostic)
  })

  it.each([
    ['http://[fd00::1]:80/', '"fd00::1": IPv6 is not modelled.'],
    ['ping fd00::1', '"fd00::1": IPv6 is not modelled.'],
    ['tcp://svc/web:80', 'svc/web has no IPv4 address: IPv6 is not modelled.'],
  ])('a walk to %s', (to, message) => {
    const walk = `---\napiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: w}\nspec: {from: pod/web, to: '${to}'}\n`
    const text = `${service('  ipFamilies: [IPv6]\n')}${walk}`
    expect(said(text)).toContain(`error ${text.split('\n').length - 1} bad-reference: to: ${message}`)
  })

  it('a Service of family IPv6 has no IPv4 address by accident', () => {
    const { cluster: built } = parseScenario(service('  ipFamilies: [IPv6]\n'))
    expect(built?.services.find(({ meta }) => meta.name === 'web')).toMatchObject({ clusterIP: null, headless: false })
  })

  it('the IPv4 network of a dual-stack node is taken from wherever it stands', () => {
    const { cluster: built } = parseScenario(node('spec:\n  podCIDR: "fd00:1::/64"\n  podCIDRs: ["fd00:1::/64", 10.244.7.0/24]\n'))
    expect(built?.nodes[0]?.podCIDR).toMatchObject({ prefixLength: 24 })
  })
})

describe('fields that are not read', () => {
  it.each<[name: string, text: string, diagnostic: string]>([
    [
      'port mappings of kind',
      kind('nodes:\n- role: control-plane\n  extraPortMappings: [{containerPort: 80, hostPort: 80}]\n'),
      "info 5 not-modelled: Not modelled: nodes[0].extraPortMappings. Reach the node port at the node's public address instead.",
    ],
    [
      'a slip in a kind configuration',
      kind('networking: {podSubet: 10.1.0.0/16}\n'),
      'warning 3 unknown-field: Unknown field "networking.podSubet". Did you mean "podSubnet"?',
    ],
    [
      "kind's own CNI plugin",
      kind(''),
      'info 1 simulated-as: The CNI plugin kindnet is not modelled: simulated as bridge. Routes between nodes are the same; pods hang on a bridge.',
    ],
    ['a slip in a KubeProxyConfiguration', proxy('masqueradeAll: true\n'), 'warning 3 unknown-field: Unknown field "masqueradeAll".'],
    [
      'timeouts of kube-proxy',
      proxy('conntrack: {tcpEstablishedTimeout: 1h}\n'),
      'info 3 not-modelled: Not modelled: conntrack.tcpEstablishedTimeout. It is 24 hours.',
    ],
    [
      'a slip in kubeProxy',
      cluster('  kubeProxy: {mod: ipvs}\n'),
      'warning 5 unknown-field: Unknown field "spec.kubeProxy.mod". Did you mean "mode"?',
    ],
    [
      'cniConfig.ipam',
      cluster('  cniConfig: {ipam: {type: dhcp}}\n'),
      "info 5 not-modelled: Not modelled: spec.cniConfig.ipam. Addresses come from each node's pod CIDR, as host-local gives them.",
    ],
    [
      'tlsHost',
      `${pod('')}---\napiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: w}\nspec: {from: pod/web, to: "http://10.0.0.1", http: {tlsHost: a.example}}\n`,
      'info 10 not-modelled: Not modelled: spec.http.tlsHost. TLS is not negotiated: https walks carry plain HTTP.',
    ],
    [
      'topologySpreadConstraints',
      pod('  topologySpreadConstraints: [{maxSkew: 1}]\n'),
      'info 6 not-modelled: Not modelled: spec.topologySpreadConstraints. Pods go to the node with the fewest pods; use nodeName or nodeSelector.',
    ],
    [
      'sysctls of a pod',
      pod('  securityContext: {sysctls: [{name: net.ipv4.ip_forward, value: "1"}]}\n'),
      'info 6 not-modelled: Not modelled: sysctl net.ipv4.ip_forward of a pod.',
    ],
  ])('%s', (_name, text, diagnostic) => {
    expect(said(text)).toContain(diagnostic)
  })

  it('kind may ask for IPVS', () => {
    expect(parseScenario(kind('networking: {kubeProxyMode: ipvs}\n')).cluster?.kubeProxy.mode).toBe('ipvs')
  })
})

describe('what is modelled', () => {
  it('hostAliases stand in the hosts file of the pod', () => {
    const { cluster: built } = parseScenario(pod('  hostAliases: [{ip: 10.1.2.3, hostnames: [db, db.local]}]\n'))
    if (built === null) throw new Error('no cluster')
    const hosts = clusterScripts(null, built)
      .flatMap(({ commands }) => commands)
      .find(({ run, origin }) => run.endsWith('/hosts') && origin.object === 'pod/default/web')
    expect(hosts?.stdin).toBe('127.0.0.1\tlocalhost\n10.244.1.2\tweb\n\n# Entries added by HostAliases.\n10.1.2.3\tdb\tdb.local\n')
  })

  it('sidecars listen; other init containers have ended', () => {
    const sidecar = '{name: proxy, image: i, restartPolicy: Always, ports: [{containerPort: 15001}]}'
    const { cluster: built } = parseScenario(pod(`  initContainers: [{name: once, image: i, ports: [{containerPort: 1}]}, ${sidecar}]\n`))
    expect(built?.pods[0]?.containers.map(({ name }) => name)).toEqual(['c', 'proxy'])
  })
})

describe('networks', () => {
  it.each<[name: string, text: string, diagnostics: string[]]>([
    [
      'pods and Services',
      cluster('  podCIDR: 10.96.0.0/12\n'),
      [
        'warning 5 overlapping-networks: The Service network (10.96.0.0/16) and the pod network (10.96.0.0/12) overlap: packets to addresses of one may go to the other. Choose another network for one of them.',
      ],
    ],
    [
      'pods and the LAN',
      cluster('  podCIDR: 172.18.0.0/16\n'),
      [
        'warning 5 overlapping-networks: The pod network (172.18.0.0/16) and the LAN (172.18.0.0/16) overlap: packets to addresses of one may go to the other. Choose another network for one of them.',
      ],
    ],
    [
      'Services and a Network',
      'apiVersion: packetwalk.dev/v1alpha1\nkind: Network\nmetadata: {name: office}\nspec:\n  cidr: 10.96.8.0/24\n',
      [
        'warning 5 overlapping-networks: The Service network (10.96.0.0/16) and network office (10.96.8.0/24) overlap: packets to addresses of one may go to the other. Choose another network for one of them.',
      ],
    ],
    [
      'a further address outside the LAN',
      cluster('  nodes: [{name: a, addresses: [10.9.9.9]}]\n'),
      ['warning 5 ip-outside-cidr: 10.9.9.9 is not in 172.18.0.0/16, the addresses of network lan: the others cannot reach it.'],
    ],
  ])('%s', (_name, text, diagnostics) => {
    expect(said(text)).toEqual(diagnostics)
  })
})

describe('messages', () => {
  it('stand on one line, whatever they quote', () => {
    for (const { message } of parseScenario(service('  type: "Node\\nPort"\n')).diagnostics) expect(message).not.toMatch(/[\r\n]/)
    expect(said(service('  type: "Node\\nPort"\n')).join()).toContain('"Node Port" is not supported')
  })

  it('offer no empty word', () => {
    expect(said(proxy('mode: iptable\n'))).toEqual([
      'error 3 unsupported-value: mode: "iptable" is not supported; write iptables, ipvs, nftables or none.',
    ])
  })

  it('are said once', () => {
    const all = said(service('  clusterIP: 10.96.0.300\n'))
    expect(new Set(all).size).toBe(all.length)
  })
})
