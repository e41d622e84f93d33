/** A small topology and a walk over it, written as text, for tests of what the page makes of records. */

import type { RuleRef } from '../../engine/linux/netfilter/rule.ts'
import type { TraceEvent } from '../../engine/linux/trace-event.ts'
import { parseAddress } from '../../engine/net/address.ts'
import type { Mac } from '../../engine/net/mac.ts'
import type { Packet } from '../../engine/net/packet.ts'
import type { Topology, TopologyDevice, TopologyMachine, TopologyPod, TopologyService } from '../../engine/simulation/topology.ts'
import type { TraceRecord } from '../../engine/simulation/trace.ts'

const device = (name: string, kind: string, rest: Partial<TopologyDevice> = {}): TopologyDevice => ({
  name,
  kind,
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  up: true,
  addresses: [],
  master: null,
  network: null,
  ...rest,
})

/** "web-1 10.244.1.2 php:8080": a pod of a node whose veth is named after it. */
export function podOf(text: string): TopologyPod {
  const [name = '', address = '', ...containers] = text.split(' ')
  return {
    ref: `pod/default/${name}`,
    namespace: 'default',
    name,
    workload: `deployment/default/${name.split('-')[0] ?? ''}`,
    address,
    containers: containers.map((container) => ({
      name: container.split(':')[0] ?? '',
      ports: [{ port: Number(container.split(':')[1]), protocol: 'TCP' }],
    })),
    ready: true,
    hostNetwork: false,
    veth: `veth${name}`,
    line: null,
  }
}

/** A node with a bridge and one NIC, and its pods. */
export function nodeOf(name: string, address: string, bridge: string, pods: readonly TopologyPod[]): TopologyMachine {
  return {
    ref: `node/${name}`,
    kind: 'node',
    name,
    address,
    devices: [
      device('lo', 'loopback', { addresses: ['127.0.0.1/8'] }),
      device('eth0', 'physical', { network: 'lan', addresses: [`${address}/16`] }),
      device('cni0', 'bridge', { addresses: [`${bridge}/24`] }),
      ...pods.map((pod) => device(pod.veth ?? '', 'veth', { master: 'cni0' })),
    ],
    pods,
    line: null,
  }
}

const edge = (kind: 'gateway' | 'internet', address: string, networks: readonly string[]): TopologyMachine => ({
  ...{ ref: kind, kind, name: kind, address, pods: [], line: null },
  devices: networks.map((network, index) => device(`eth${index}`, 'physical', { network, addresses: [`${address}/16`] })),
})

/** "webapp-sql1 10.96.40.7:3306 mysql-2": a Service and its endpoints, taken from the pods. */
export function serviceOf(text: string, pods: readonly TopologyPod[], rest: Partial<TopologyService> = {}): TopologyService {
  const [name = '', at = '', ...endpoints] = text.split(' ')
  const [clusterIP = '', port = '0'] = at.split(':')
  return {
    ...{
      ref: `service/default/${name}`,
      namespace: 'default',
      name,
      type: 'ClusterIP',
      headless: false,
      clusterIP,
      externalName: null,
      externalAddresses: [],
      line: null,
    },
    ports: [{ name: null, port: Number(port), protocol: 'TCP', nodePort: null, targetPort: port }],
    endpoints: endpoints.flatMap((endpoint) =>
      pods.filter((pod) => pod.name === endpoint).map((pod) => ({ address: pod.address, pod: pod.ref, ready: true })),
    ),
    ...rest,
  }
}

/** Two nodes, five pods, three Services, gateway and internet. */
export function smallTopology(): Topology {
  const one = [
    podOf('webapp-k2xvp 10.244.1.2 php:8080'),
    podOf('coredns-t7w4n 10.244.1.3 coredns:53'),
    podOf('mysql-0 10.244.1.4 mysqld:3306'),
  ]
  const two = [podOf('webapp-q9mzl 10.244.2.2 php:8080'), podOf('mysql-1 10.244.2.3 mysqld:3306')]
  const pods = [...one, ...two]
  const nodePort = [{ name: null, port: 80, protocol: 'TCP', nodePort: 30080, targetPort: '8080' }]
  return {
    machines: [
      nodeOf('worker-1', '172.18.0.11', '10.244.1.1', one),
      nodeOf('worker-2', '172.18.0.12', '10.244.2.1', two),
      edge('gateway', '172.18.0.1', ['lan', 'internet']),
      edge('internet', '198.51.100.10', ['internet']),
    ],
    services: [
      serviceOf('webapp-sql1 10.96.40.7:3306 mysql-0 mysql-1', pods),
      serviceOf('webapp 10.96.88.3:80 webapp-k2xvp webapp-q9mzl', pods, { type: 'NodePort', ports: nodePort }),
      serviceOf('kube-dns 10.96.0.10:53 coredns-t7w4n', pods),
    ],
    networks: [
      { ref: 'network/lan', name: 'lan', cidr: '172.18.0.0/16', mtu: 1500 },
      { ref: 'network/internet', name: 'internet', cidr: '', mtu: 1500 },
    ],
  }
}

const MACS: Readonly<Record<string, string>> = { broadcast: 'ff:ff:ff:ff:ff:ff', unicast: '02:00:00:00:00:02' }

/** "7 tcp 10.244.1.2:41122 10.96.40.7:3306 SYN" or "8 arp request 10.244.1.2 10.244.1.1". */
export function packetOf(text: string): Packet {
  const [id = '0', kind = '', a = '', b = '', c = '', parent] = text.split(' ')
  const address = (value: string) => parseAddress(value.split(':')[0] ?? '') ?? (0 as never)
  const port = (value: string) => Number(value.split(':')[1] ?? 0)
  const common = {
    id: Number(id),
    parent: parent === undefined ? null : Number(parent),
    mark: 0,
    iif: null,
    physIn: null,
    physOut: null,
    ct: null,
    ipvs: false,
    hash: null,
    fragMaxSize: null,
    socket: null,
  }
  const mac = (name: string) => (MACS[name] ?? '') as Mac
  if (kind === 'arp') {
    const operation = a === 'request' ? 'request' : 'reply'
    const eth = { source: mac('unicast'), destination: mac(a === 'request' ? 'broadcast' : 'unicast'), etherType: 0x0806 }
    const network = {
      kind: 'arp',
      operation,
      senderMac: mac('unicast'),
      senderAddress: address(b),
      targetMac: mac('unicast'),
      targetAddress: address(c),
    } as const
    return { ...common, eth, network, transport: null, payload: { length: 0, data: null, inner: null } }
  }
  const eth = { source: mac('unicast'), destination: mac('unicast'), etherType: 0x0800 }
  const network = {
    kind: 'ip',
    family: 'ip',
    source: address(a),
    destination: address(b),
    protocol: 6,
    ttl: 64,
    tos: 0,
    id: 1,
    df: true,
    mf: false,
    fragmentOffset: 0,
  } as const
  const ports = { sourcePort: port(a), destinationPort: port(b) }
  const flags = { syn: c.includes('SYN'), ack: c.includes('ACK'), fin: c.includes('FIN'), rst: c === 'RST', psh: c.includes('PSH') }
  const transport =
    kind === 'udp'
      ? ({ kind: 'udp', ...ports } as const)
      : ({ kind: 'tcp', ...ports, seq: 1, ack: 0, flags, mss: null, window: 64240 } as const)
  return { ...common, eth, network, transport, payload: { length: c === 'PSH' ? 120 : 0, data: null, inner: null } }
}

const RULE: RuleRef = {
  ...{
    table: 'nat',
    chain: 'KUBE-SEP-NNWS2GSVMWCAYGSZ',
    index: 2,
    text: '-A KUBE-SEP-NNWS2GSVMWCAYGSZ -p tcp -j DNAT --to-destination 10.244.2.3:3306',
  },
  origin: { component: 'kube-proxy', object: 'service/default/webapp-sql1', line: 24, command: null },
}

/** One line a record: "node/worker-1 br_fdb cni0 local". The packet is what stood in the last "packet …" line. */
export function recordsOf(text: string): TraceRecord[] {
  const records: TraceRecord[] = []
  let packet = packetOf('0 tcp 0.0.0.0:0 0.0.0.0:0 SYN')
  for (const line of text.trim().split('\n')) {
    const words = line.trim().split(' ')
    if (words[0] === 'packet') {
      packet = packetOf(words.slice(1).join(' '))
      continue
    }
    const [where = '', at = '', ...rest] = words
    const event = eventOf(at, rest, packet)
    packet = event.packet
    records.push({ n: records.length, timeMs: records.length * 0.004, where, event })
  }
  return records
}

function eventOf(at: string, [a = '', b = '', c = '']: readonly string[], packet: Packet): TraceEvent {
  switch (at) {
    case 'send':
    case 'receive':
    case 'accept':
      return { at: 'socket', packet, action: at, socket: 1, detail: '' }
    case 'receive_skb':
      return { at: 'netif_receive_skb', packet, device: a }
    case 'xmit':
      return { at: 'dev_queue_xmit', packet, device: a }
    case 'br_fdb':
      return { at, packet, bridge: a, decision: b as 'local', port: c || null, ports: [], learned: true }
    case 'nf_hook':
      return { at, packet, hook: a as 'FORWARD', table: b as 'nat', in: null, out: null, bridged: c === 'bridged' }
    case 'ipt_rule':
      return { at, packet, hook: a as 'FORWARD', table: 'nat', chain: b, rule: RULE, tried: 3, verdict: 'jump' }
    case 'ct_lookup':
      return { at, packet, state: a as 'NEW', direction: 'original', entry: null }
    case 'dnat':
    case 'undnat': {
      const side = at === 'dnat' ? 'destination' : 'source'
      const changed = { ...packet, network: { ...packet.network, [side]: parseAddress(a) } as Packet['network'] }
      return { at: 'nat_manip', packet: changed, before: packet, manip: side, rule: at === 'dnat' ? RULE : null, reply: at === 'undnat' }
    }
    case 'fib_lookup':
      return { at, packet, result: null, error: a || null }
    case 'neigh':
      return {
        at: 'neigh_resolve',
        packet,
        device: a,
        address: parseAddress(b) ?? (0 as never),
        state: 'REACHABLE',
        lladdr: null,
        action: c as 'known',
      }
    case 'ip_forward':
      return { at, packet, before: packet }
    case 'drop':
      return { at: 'kfree_skb', packet, reason: 'NETFILTER_DROP', by: null, detail: null }
    default:
      return { at: 'unsupported', packet, what: at }
  }
}

/** webapp asks webapp-sql1: ARP, SYN with DNAT to mysql-1 on the other node, SYN-ACK back. */
export const WALK = `
packet 1 tcp 10.244.1.2:41122 10.96.40.7:3306 SYN
pod/default/webapp-k2xvp send
pod/default/webapp-k2xvp fib_lookup
pod/default/webapp-k2xvp neigh eth0 10.244.1.1 request
packet 2 arp request 10.244.1.2 10.244.1.1
pod/default/webapp-k2xvp xmit eth0
node/worker-1 receive_skb vethwebapp-k2xvp
node/worker-1 br_fdb cni0 flood
packet 3 arp request 10.244.1.2 10.244.1.1 2
node/worker-1 xmit vethcoredns-t7w4n
packet 4 arp request 10.244.1.2 10.244.1.1 2
node/worker-1 xmit vethmysql-0
packet 2 arp request 10.244.1.2 10.244.1.1
node/worker-1 receive_skb cni0
node/worker-1 neigh cni0 10.244.1.2 learn
packet 5 arp reply 10.244.1.1 10.244.1.2
node/worker-1 xmit cni0
node/worker-1 br_fdb cni0 forward vethwebapp-k2xvp
node/worker-1 xmit vethwebapp-k2xvp
packet 3 arp request 10.244.1.2 10.244.1.1 2
pod/default/coredns-t7w4n receive_skb eth0
packet 4 arp request 10.244.1.2 10.244.1.1 2
pod/default/mysql-0 receive_skb eth0
packet 5 arp reply 10.244.1.1 10.244.1.2
pod/default/webapp-k2xvp receive_skb eth0
pod/default/webapp-k2xvp neigh eth0 10.244.1.1 answer
packet 1 tcp 10.244.1.2:41122 10.96.40.7:3306 SYN
pod/default/webapp-k2xvp xmit eth0
node/worker-1 receive_skb vethwebapp-k2xvp
node/worker-1 br_fdb cni0 local
node/worker-1 receive_skb cni0
node/worker-1 ct_lookup NEW
node/worker-1 nf_hook PREROUTING nat
node/worker-1 ipt_rule PREROUTING PREROUTING
node/worker-1 ipt_rule PREROUTING KUBE-SERVICES
node/worker-1 ipt_rule PREROUTING KUBE-SVC-X
node/worker-1 dnat 10.244.2.3
node/worker-1 fib_lookup
node/worker-1 ip_forward
node/worker-1 nf_hook FORWARD filter
node/worker-1 ipt_rule FORWARD KUBE-FORWARD
node/worker-1 nf_hook POSTROUTING nat
node/worker-1 ipt_rule POSTROUTING KUBE-POSTROUTING
node/worker-1 neigh eth0 172.18.0.12 known
node/worker-1 xmit eth0
node/worker-2 receive_skb eth0
node/worker-2 ct_lookup NEW
node/worker-2 fib_lookup
node/worker-2 ip_forward
node/worker-2 neigh cni0 10.244.2.3 known
node/worker-2 xmit cni0
node/worker-2 br_fdb cni0 forward vethmysql-1
node/worker-2 xmit vethmysql-1
pod/default/mysql-1 receive_skb eth0
pod/default/mysql-1 fib_lookup
pod/default/mysql-1 accept
packet 6 tcp 10.244.2.3:3306 10.244.1.2:41122 SYN-ACK
pod/default/mysql-1 send
pod/default/mysql-1 fib_lookup
pod/default/mysql-1 xmit eth0
node/worker-2 receive_skb vethmysql-1
node/worker-2 br_fdb cni0 local
node/worker-2 receive_skb cni0
node/worker-2 ct_lookup ESTABLISHED
node/worker-2 fib_lookup
node/worker-2 ip_forward
node/worker-2 xmit eth0
node/worker-1 receive_skb eth0
node/worker-1 ct_lookup ESTABLISHED
node/worker-1 undnat 10.96.40.7
node/worker-1 fib_lookup
node/worker-1 ip_forward
node/worker-1 xmit cni0
node/worker-1 br_fdb cni0 forward vethwebapp-k2xvp
node/worker-1 xmit vethwebapp-k2xvp
pod/default/webapp-k2xvp receive_skb eth0
pod/default/webapp-k2xvp receive
`
