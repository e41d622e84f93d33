import { describe, expect, it } from 'vitest'
import type { RuleRef } from '../linux/netfilter/rule.ts'
import type { Route, RouteResult } from '../linux/route.ts'
import type { TraceEvent } from '../linux/trace-event.ts'
import { type Address, parseAddress } from '../net/address.ts'
import { parseCidr } from '../net/cidr.ts'
import { MAC_BROADCAST, type Mac, parseMac } from '../net/mac.ts'
import type { Packet, TcpFlags, TransportHeader } from '../net/packet.ts'
import type { Topology } from '../simulation/topology.ts'
import { narratorContext } from './context.ts'
import { MAX_SENTENCE } from './en.ts'
import { narrate } from './narrate.ts'

const address = (text: string): Address => {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(text)
  return parsed
}
const mac = (text: string): Mac => {
  const parsed = parseMac(text)
  if (parsed === null) throw new Error(text)
  return parsed
}

const pod = (name: string, ip: string, veth: string) => ({
  ref: `pod/default/${name}`,
  namespace: 'default',
  name,
  workload: null,
  address: ip,
  containers: [],
  ready: true,
  hostNetwork: false,
  veth,
  line: 1,
})
const device = (name: string, kind: string, more: { mac: string; addresses: string[]; network?: string }) => ({
  name,
  kind,
  mac: more.mac,
  mtu: 1500,
  up: true,
  addresses: more.addresses,
  master: null,
  network: more.network ?? null,
})
const topology: Topology = {
  machines: [
    {
      ref: 'node/worker-1',
      kind: 'node',
      name: 'worker-1',
      address: '172.18.0.11',
      devices: [
        device('eth0', 'physical', { mac: '02:42:ac:12:00:0b', addresses: ['172.18.0.11/16'], network: 'lan' }),
        device('cni0', 'bridge', { mac: '3a:6e:51:0c:9d:01', addresses: ['10.244.1.1/24'] }),
      ],
      pods: [pod('webapp-6f7b9c5d4-x2lqp', '10.244.1.2', 'vethd1c0a47e')],
      line: null,
    },
    {
      ref: 'node/worker-2',
      kind: 'node',
      name: 'worker-2',
      address: '172.18.0.12',
      devices: [device('eth0', 'physical', { mac: '02:42:ac:12:00:0c', addresses: ['172.18.0.12/16'], network: 'lan' })],
      pods: [pod('mysql-1', '10.244.2.3', 'veth58d07e1c')],
      line: null,
    },
    {
      ref: 'gateway',
      kind: 'gateway',
      name: 'gateway',
      address: '172.18.0.1',
      devices: [device('eth0', 'physical', { mac: '02:42:ac:12:00:01', addresses: ['172.18.0.1/16'], network: 'lan' })],
      pods: [],
      line: null,
    },
  ],
  services: [
    {
      ref: 'service/default/webapp-sql1',
      namespace: 'default',
      name: 'webapp-sql1',
      type: 'ClusterIP',
      headless: false,
      clusterIP: '10.96.40.7',
      externalName: null,
      externalAddresses: [],
      ports: [],
      endpoints: [],
      line: 9,
    },
  ],
  networks: [{ ref: 'network/lan', name: 'lan', cidr: '172.18.0.0/16', mtu: 1500 }],
}
const context = narratorContext(topology)

/** "10.244.1.2:30000 > 10.96.40.7:3306 S": source, destination, then flags S A F R, for tcp. */
function tcp(text: string, more: { length?: number; data?: unknown; iif?: string; to?: Mac; ttl?: number } = {}): Packet {
  const [from = '', , to = '', letters = ''] = text.split(' ')
  const has = (letter: string) => letters.includes(letter)
  const flags: TcpFlags = { syn: has('S'), ack: has('A'), fin: has('F'), rst: has('R'), psh: has('P') }
  return packet(from, to, {
    ...more,
    transport: (sourcePort, destinationPort) => ({
      kind: 'tcp',
      sourcePort,
      destinationPort,
      seq: 1,
      ack: 0,
      flags,
      mss: null,
      window: 64240,
    }),
  })
}

function udp(text: string, more: { length?: number; data?: unknown } = {}): Packet {
  const [from = '', , to = ''] = text.split(' ')
  return packet(from, to, { ...more, transport: (sourcePort, destinationPort) => ({ kind: 'udp', sourcePort, destinationPort }) })
}

function icmp(text: string, type: number, code = 0): Packet {
  const [from = '', , to = ''] = text.split(' ')
  return packet(from, to, { transport: () => ({ kind: 'icmp', type, code, id: 1, seq: 1, mtu: null, quoted: null, gateway: null }) })
}

interface More {
  readonly transport: (sourcePort: number, destinationPort: number) => TransportHeader
  readonly length?: number
  readonly data?: unknown
  readonly iif?: string
  readonly to?: Mac
  readonly ttl?: number
}

function packet(from: string, to: string, more: More): Packet {
  const [source = '', sourcePort = '0'] = from.split(':')
  const [destination = '', destinationPort = '0'] = to.split(':')
  return {
    id: 1,
    parent: null,
    eth: { source: mac('02:42:ac:12:00:0b'), destination: more.to ?? mac('02:42:ac:12:00:0c'), etherType: 0x0800 },
    network: {
      kind: 'ip',
      family: 'ip',
      source: address(source),
      destination: address(destination),
      protocol: 6,
      ttl: more.ttl ?? 64,
      tos: 0,
      id: 0,
      df: true,
      mf: false,
      fragmentOffset: 0,
    },
    transport: more.transport(Number(sourcePort), Number(destinationPort)),
    payload: { length: more.length ?? 0, data: more.data ?? null, inner: null },
    mark: 0,
    iif: more.iif ?? null,
    physIn: null,
    physOut: null,
    ct: null,
    socket: null,
  }
}

function arp(operation: 'request' | 'reply', sender: string, target: string): Packet {
  const base = udp('0.0.0.0:0 > 0.0.0.0:0')
  const senderMac = mac('02:42:ac:12:00:0b')
  return {
    ...base,
    eth: { source: senderMac, destination: operation === 'request' ? MAC_BROADCAST : mac('02:42:ac:12:00:0c'), etherType: 0x0806 },
    transport: null,
    network: {
      kind: 'arp',
      operation,
      senderMac,
      senderAddress: address(sender),
      targetMac: mac('00:00:00:00:00:00'),
      targetAddress: address(target),
    },
  }
}

const syn = tcp('10.244.1.2:30000 > 10.96.40.7:3306 S')
const synToPod = tcp('10.244.1.2:30000 > 10.244.2.3:3306 S')
const answer = tcp('10.96.40.7:3306 > 10.244.1.2:30000 SA')
const rule = (text: string, index = 1): RuleRef => ({ table: 'nat', chain: text.split(' ')[1] ?? '', index, text, origin: null })

function routed(destination: string, more: { gateway?: string; device: string; type?: Route['type'] }): RouteResult {
  const cidr = parseCidr(destination)
  if (cidr === null) throw new Error(destination)
  const gateway = more.gateway === undefined ? null : address(more.gateway)
  const nexthop = { device: more.device, gateway, onlink: false, weight: 1 }
  const route: Route = {
    destination: cidr,
    type: more.type ?? 'unicast',
    scope: 'global',
    table: 254,
    protocol: 'static',
    prefsrc: null,
    metric: 0,
    nexthops: [nexthop],
    mtu: null,
    origin: null,
  }
  return {
    route,
    nexthop,
    device: more.device,
    nextHop: gateway ?? cidr.address,
    source: address('10.244.1.2'),
    rule: { priority: 32766, from: null, to: null, iif: null, oif: null, fwmark: null, not: false, action: { table: 254 }, origin: null },
  }
}

const WEB = 'pod/default/webapp-6f7b9c5d4-x2lqp'
const DB = 'pod/default/mysql-1'
const NODE = 'node/worker-1'
const dns = (more: object) => ({
  kind: 'dns',
  id: 1,
  response: false,
  question: { name: 'webapp-sql1.default.svc.cluster.local.', type: 'A' },
  rcode: 'NOERROR',
  authoritative: true,
  recursionAvailable: true,
  answers: [],
  authority: [],
  ...more,
})
const record = { name: 'webapp-sql1.default.svc.cluster.local.', type: 'A', ttl: 30, data: '10.96.40.7' }
const say = (data: unknown, action: 'send' | 'receive'): TraceEvent => ({
  at: 'socket',
  packet: udp('10.244.1.9:53 > 10.96.0.10:53', { data }),
  action,
  socket: 1,
  detail: '',
})
const http = { headers: [], body: '', server: '', client: '' }
type Row = readonly [where: string, event: TraceEvent, sentence: string]

const socket: readonly Row[] = [
  [
    WEB,
    { at: 'socket', packet: syn, action: 'send', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp sends a SYN to 10.96.40.7:3306, Service webapp-sql1. No device owns that address.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('10.244.2.3:3000 > 10.244.1.2:80 S'), action: 'send', socket: 1, detail: '' },
    'mysql-1 sends a SYN to 10.244.1.2:80, pod webapp-6f7b9c5d4-x2lqp.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('10.244.2.3:3000 > 1.1.1.1:80 S'), action: 'send', socket: 1, detail: '' },
    'mysql-1 sends a SYN to 1.1.1.1:80.',
  ],
  [
    WEB,
    { at: 'socket', packet: tcp('10.244.1.2:30000 > 10.96.40.7:3306 AP', { length: 80 }), action: 'send', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp sends 80 bytes of data to 10.96.40.7:3306.',
  ],
  [
    WEB,
    { at: 'socket', packet: icmp('10.244.1.2 > 10.244.2.3', 8), action: 'send', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp sends a ping to 10.244.2.3.',
  ],
  [
    WEB,
    { at: 'socket', packet: answer, action: 'receive', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp receives a SYN-ACK from 10.96.40.7:3306.',
  ],
  [
    DB,
    { at: 'socket', packet: synToPod, action: 'accept', socket: 1, detail: '' },
    'mysql-1 accepts on port 3306. It sees 10.244.1.2 as the client: no NAT of the source.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('172.18.0.11:3000 > 10.244.2.3:3306 S'), action: 'accept', socket: 1, detail: '' },
    'mysql-1 accepts on port 3306. It sees 172.18.0.11 as the client, an address of worker-1.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('198.51.100.10:3000 > 10.244.2.3:3306 S'), action: 'accept', socket: 1, detail: '' },
    'mysql-1 accepts on port 3306. It sees 198.51.100.10 as the client.',
  ],
  [
    WEB,
    { at: 'socket', packet: answer, action: 'connected', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp is connected to 10.96.40.7:3306: the handshake is done.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('10.244.1.2:3000 > 10.244.2.3:81 S'), action: 'refused', socket: null, detail: '' },
    'Nothing listens on port 81 of mysql-1. It answers with a RST.',
  ],
  [
    DB,
    { at: 'socket', packet: udp('10.244.1.2:3000 > 10.244.2.3:81'), action: 'refused', socket: null, detail: '' },
    'Nothing listens on UDP port 81 of mysql-1. It answers port unreachable.',
  ],
  [
    WEB,
    { at: 'socket', packet: tcp('10.96.40.7:3306 > 10.244.1.2:30000 RA'), action: 'refused', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp learns that 10.96.40.7:3306 refuses the connection.',
  ],
  [
    WEB,
    { at: 'socket', packet: syn, action: 'retransmit', socket: 1, detail: '' },
    'No answer yet. webapp-6f7b9c5d4-x2lqp sends a SYN to 10.96.40.7:3306 again.',
  ],
  [
    WEB,
    { at: 'socket', packet: syn, action: 'timeout', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp gives up: 10.96.40.7:3306 never answered.',
  ],
  [
    WEB,
    { at: 'socket', packet: syn, action: 'error', socket: 1, detail: 'EHOSTUNREACH' },
    'webapp-6f7b9c5d4-x2lqp gets the error EHOSTUNREACH.',
  ],
  [
    WEB,
    { at: 'socket', packet: syn, action: 'close', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp closes its connection to 10.96.40.7:3306.',
  ],
]

const messages: readonly Row[] = [
  [DB, say(dns({}), 'send'), 'DNS first: mysql-1 asks 10.96.0.10 for webapp-sql1.default.svc.cluster.local.'],
  [DB, say(dns({ question: { name: 'db.', type: 'AAAA' } }), 'send'), 'DNS first: mysql-1 asks 10.96.0.10 for db (AAAA).'],
  [DB, say(dns({}), 'receive'), 'mysql-1 is asked by 10.244.1.9:53 for webapp-sql1.default.svc.cluster.local.'],
  [DB, say(dns({ response: true, answers: [record] }), 'send'), 'mysql-1 answers: webapp-sql1.default.svc.cluster.local is 10.96.40.7.'],
  [
    DB,
    say(dns({ response: true, answers: [record] }), 'receive'),
    'mysql-1 learns that webapp-sql1.default.svc.cluster.local is 10.96.40.7.',
  ],
  [
    DB,
    say(dns({ response: true, rcode: 'NXDOMAIN' }), 'send'),
    'mysql-1 answers: there is no webapp-sql1.default.svc.cluster.local (NXDOMAIN).',
  ],
  [
    DB,
    say(dns({ response: true, rcode: 'NXDOMAIN' }), 'receive'),
    'mysql-1 learns that there is no webapp-sql1.default.svc.cluster.local.',
  ],
  [DB, say(dns({ response: true }), 'send'), 'mysql-1 answers: webapp-sql1.default.svc.cluster.local exists, but has no such record.'],
  [DB, say({ ...http, kind: 'http-request', method: 'GET', target: '/a' }, 'send'), 'mysql-1 sends to 10.96.0.10:53: GET /a HTTP/1.1.'],
  [
    DB,
    say({ ...http, kind: 'http-response', status: 200, reason: 'OK' }, 'receive'),
    'mysql-1 receives from 10.244.1.9:53: HTTP/1.1 200 OK.',
  ],
  [DB, say({ kind: 'text', text: 'hello\nworld' }, 'receive'), 'mysql-1 receives from 10.244.1.9:53: hello.'],
]

const routes: readonly Row[] = [
  [
    WEB,
    { at: 'fib_lookup', packet: syn, result: routed('0.0.0.0/0', { gateway: '10.244.1.1', device: 'eth0' }), error: null },
    'No route names 10.96.40.7, so the default route applies: next hop 10.244.1.1.',
  ],
  [
    NODE,
    { at: 'fib_lookup', packet: synToPod, result: routed('10.244.2.0/24', { gateway: '172.18.0.12', device: 'eth0' }), error: null },
    '10.244.2.0/24 is behind worker-2: via 172.18.0.12 on eth0.',
  ],
  [
    NODE,
    { at: 'fib_lookup', packet: synToPod, result: routed('10.244.2.0/24', { gateway: '172.18.0.99', device: 'eth0' }), error: null },
    'The route to 10.244.2.0/24 applies: via 172.18.0.99 on eth0.',
  ],
  [
    WEB,
    { at: 'fib_lookup', packet: tcp('10.244.1.2:1 > 10.244.1.4:80 S'), result: routed('10.244.1.0/24', { device: 'eth0' }), error: null },
    "10.244.1.4 is on webapp-6f7b9c5d4-x2lqp's own subnet. It needs no gateway.",
  ],
  [
    NODE,
    { at: 'fib_lookup', packet: tcp('1.2.3.4:1 > 10.244.1.4:80 S'), result: routed('10.244.1.0/24', { device: 'cni0' }), error: null },
    "10.244.1.4 is on cni0's own subnet. It needs no gateway.",
  ],
  [
    NODE,
    {
      at: 'fib_lookup',
      packet: tcp('1.2.3.4:1 > 172.18.0.11:80 S'),
      result: routed('172.18.0.11/32', { device: 'lo', type: 'local' }),
      error: null,
    },
    '172.18.0.11 is an address of worker-1 itself, so the packet goes up to its sockets.',
  ],
  [NODE, { at: 'fib_lookup', packet: synToPod, result: null, error: 'ENETUNREACH' }, 'worker-1 has no route to 10.244.2.3: ENETUNREACH.'],
  [NODE, { at: 'fib_lookup', packet: synToPod, result: null, error: 'EACCES' }, 'A route of worker-1 refuses 10.244.2.3: EACCES.'],
]

const links: readonly Row[] = [
  [
    NODE,
    { at: 'netif_receive_skb', packet: syn, device: 'vethd1c0a47e' },
    "vethd1c0a47e receives what webapp-6f7b9c5d4-x2lqp's eth0 sent: two ends of one cable.",
  ],
  [
    WEB,
    { at: 'netif_receive_skb', packet: answer, device: 'eth0' },
    "webapp-6f7b9c5d4-x2lqp's eth0 receives a SYN-ACK from the other end of its cable, on the node.",
  ],
  [NODE, { at: 'netif_receive_skb', packet: syn, device: 'eth0' }, "worker-1's eth0 receives a SYN from network lan."],
  [NODE, { at: 'netif_receive_skb', packet: syn, device: 'lo' }, 'lo brings a SYN back in: worker-1 talks to itself.'],
  [
    NODE,
    { at: 'netif_receive_skb', packet: arp('request', '10.0.0.1', '10.0.0.2'), device: 'cni0' },
    'cni0 of worker-1 receives an ARP request.',
  ],
  ['gateway', { at: 'netif_receive_skb', packet: syn, device: 'eth0' }, "The gateway's eth0 receives a SYN from network lan."],
  [NODE, { at: 'dev_queue_xmit', packet: synToPod, device: 'eth0' }, "worker-1's eth0 sends a SYN onto network lan, to eth0 of worker-2."],
  [
    NODE,
    { at: 'dev_queue_xmit', packet: arp('request', '10.0.0.1', '10.0.0.2'), device: 'eth0' },
    "worker-1's eth0 sends an ARP request onto network lan, to everyone.",
  ],
  [
    NODE,
    { at: 'dev_queue_xmit', packet: answer, device: 'vethd1c0a47e' },
    "vethd1c0a47e passes the frame through its cable to webapp-6f7b9c5d4-x2lqp's eth0.",
  ],
  [WEB, { at: 'dev_queue_xmit', packet: syn, device: 'eth0' }, "webapp-6f7b9c5d4-x2lqp's eth0 passes a SYN through its cable to the node."],
  [WEB, { at: 'dev_queue_xmit', packet: syn, device: 'lo' }, 'lo takes a SYN and hands it straight back.'],
  [
    NODE,
    { at: 'br_fdb', packet: syn, bridge: 'cni0', port: 'cni0', decision: 'local', ports: [], learned: true },
    'The frame is addressed to cni0 itself, so it goes up to IP.',
  ],
  [
    NODE,
    { at: 'br_fdb', packet: syn, bridge: 'cni0', port: 'veth58d07e1c', decision: 'forward', ports: ['veth58d07e1c'], learned: false },
    'cni0 knows this MAC on veth58d07e1c and sends the frame to that port only.',
  ],
  [
    NODE,
    { at: 'br_fdb', packet: syn, bridge: 'cni0', port: null, decision: 'flood', ports: ['a', 'b'], learned: false },
    'cni0 has not learned this MAC yet. It floods the frame to every other port.',
  ],
  [
    NODE,
    {
      at: 'br_fdb',
      packet: arp('request', '10.0.0.1', '10.0.0.2'),
      bridge: 'cni0',
      port: null,
      decision: 'flood',
      ports: ['a', 'b'],
      learned: false,
    },
    'cni0 sends the broadcast to every other port: a, b.',
  ],
  [
    NODE,
    { at: 'br_fdb', packet: syn, bridge: 'cni0', port: null, decision: 'flood', ports: [], learned: false },
    'cni0 has no other port to flood the frame to.',
  ],
  [
    NODE,
    { at: 'br_fdb', packet: syn, bridge: 'cni0', port: 'vethd1c0a47e', decision: 'drop', ports: [], learned: false },
    'cni0 keeps the frame: it would leave by vethd1c0a47e, where it came in, and hairpin mode is off.',
  ],
  [
    WEB,
    {
      at: 'neigh_resolve',
      packet: syn,
      device: 'eth0',
      address: address('10.244.1.1'),
      state: 'INCOMPLETE',
      lladdr: null,
      action: 'request',
    },
    'webapp-6f7b9c5d4-x2lqp asks everyone on its link: who has 10.244.1.1?',
  ],
  [
    NODE,
    {
      at: 'neigh_resolve',
      packet: syn,
      device: 'cni0',
      address: address('10.244.1.1'),
      state: 'REACHABLE',
      lladdr: mac('3a:6e:51:0c:9d:01'),
      action: 'answer',
    },
    'cni0 answers for its own address: 3a:6e:51:0c:9d:01.',
  ],
  [
    WEB,
    {
      at: 'neigh_resolve',
      packet: syn,
      device: 'eth0',
      address: address('10.244.1.1'),
      state: 'REACHABLE',
      lladdr: mac('3a:6e:51:0c:9d:01'),
      action: 'learn',
    },
    'webapp-6f7b9c5d4-x2lqp learns the MAC address of 10.244.1.1: 3a:6e:51:0c:9d:01.',
  ],
  [
    WEB,
    {
      at: 'neigh_resolve',
      packet: syn,
      device: 'eth0',
      address: address('10.244.1.1'),
      state: 'REACHABLE',
      lladdr: mac('3a:6e:51:0c:9d:01'),
      action: 'known',
    },
    'webapp-6f7b9c5d4-x2lqp already knows the MAC address of 10.244.1.1: 3a:6e:51:0c:9d:01.',
  ],
  [
    WEB,
    {
      at: 'neigh_resolve',
      packet: syn,
      device: 'eth0',
      address: address('10.244.1.1'),
      state: 'INCOMPLETE',
      lladdr: null,
      action: 'retry',
    },
    'Nobody has answered yet. webapp-6f7b9c5d4-x2lqp asks again: who has 10.244.1.1?',
  ],
  [
    WEB,
    { at: 'neigh_resolve', packet: syn, device: 'eth0', address: address('10.244.1.1'), state: 'PROBE', lladdr: null, action: 'request' },
    'webapp-6f7b9c5d4-x2lqp asks 10.244.1.1 directly whether its MAC address still holds.',
  ],
  [
    WEB,
    { at: 'neigh_resolve', packet: syn, device: 'eth0', address: address('10.244.1.1'), state: 'FAILED', lladdr: null, action: 'fail' },
    'Nobody answered three requests for 10.244.1.1. The next hop has no MAC address.',
  ],
]

const hook = (more: Partial<Extract<TraceEvent, { at: 'nf_hook' }>>): TraceEvent => ({
  at: 'nf_hook',
  packet: syn,
  hook: 'FORWARD',
  table: 'filter',
  in: 'cni0',
  out: 'eth0',
  bridged: false,
  ...more,
})
const matched = (text: string, verdict: string, index = 1): TraceEvent => ({
  at: 'ipt_rule',
  packet: syn,
  hook: 'PREROUTING',
  table: 'nat',
  chain: text.split(' ')[1] ?? '',
  rule: rule(text, index),
  tried: index - 1,
  verdict,
})
const kernel: readonly Row[] = [
  [
    NODE,
    hook({ hook: 'PREROUTING', table: 'nat', out: null }),
    'nat PREROUTING sees this packet because it is the first of its connection.',
  ],
  [NODE, hook({ hook: 'PREROUTING', table: 'mangle', out: null }), 'mangle PREROUTING is asked first, before any route.'],
  [NODE, hook({ hook: 'INPUT', out: null }), 'filter INPUT is asked: the packet is for worker-1 itself.'],
  [NODE, hook({}), 'filter FORWARD is asked: the packet passes from cni0 to eth0.'],
  [NODE, hook({ hook: 'OUTPUT', in: null }), 'filter OUTPUT is asked: worker-1 itself sends this packet.'],
  [NODE, hook({ hook: 'POSTROUTING', table: 'mangle' }), 'mangle POSTROUTING is asked last, before the packet leaves by eth0.'],
  [NODE, hook({ bridged: true }), 'br_netfilter shows the bridged frame to filter FORWARD, as if it were routed.'],
  [
    NODE,
    matched(
      '-A KUBE-SERVICES -d 10.96.40.7/32 -p tcp -m comment --comment "default/webapp-sql1 cluster IP" -m tcp --dport 3306 -j KUBE-SVC-5SB6FTEHND4GTL2W',
      'KUBE-SVC-5SB6FTEHND4GTL2W',
      4,
    ),
    'KUBE-SERVICES rule 4 matches 10.96.40.7, tcp port 3306, and jumps to KUBE-SVC-5SB6FTEHND4GTL2W.',
  ],
  [
    NODE,
    matched(
      '-A KUBE-SVC-5SB6FTEHND4GTL2W -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-QAZ2WSXEDC3RFVTG',
      'KUBE-SEP-QAZ2WSXEDC3RFVTG',
    ),
    'KUBE-SVC-5SB6FTEHND4GTL2W rule 1 is chosen with probability 0.5 and jumps to KUBE-SEP-QAZ2WSXEDC3RFVTG.',
  ],
  [
    NODE,
    matched(
      '-A KUBE-SVC-5SB6FTEHND4GTL2W ! -s 10.244.0.0/16 -d 10.96.40.7/32 -p tcp -m tcp --dport 3306 -j KUBE-MARK-MASQ',
      'KUBE-MARK-MASQ',
    ),
    'KUBE-SVC-5SB6FTEHND4GTL2W rule 1 matches and jumps to KUBE-MARK-MASQ.',
  ],
  [
    NODE,
    matched('-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000', 'CONTINUE'),
    'KUBE-MARK-MASQ rule 1 matches every packet and sets mark 0x4000.',
  ],
  [
    NODE,
    matched('-A KUBE-SEP-QAZ2WSXEDC3RFVTG -p tcp -m tcp -j DNAT --to-destination 10.244.2.3:3306', 'ACCEPT', 2),
    'KUBE-SEP-QAZ2WSXEDC3RFVTG rule 2 matches tcp, and chooses 10.244.2.3:3306 as the destination.',
  ],
  [
    NODE,
    matched('-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN', 'RETURN'),
    'KUBE-POSTROUTING rule 1 matches no mark 0x4000, and returns to the calling chain.',
  ],
  [
    NODE,
    matched('-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', 'ACCEPT', 3),
    'KUBE-FORWARD rule 3 matches state RELATED,ESTABLISHED, and accepts the packet.',
  ],
  [
    NODE,
    matched('-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS', 'KUBE-NODEPORTS', 9),
    'KUBE-SERVICES rule 9 matches a local destination, and jumps to KUBE-NODEPORTS.',
  ],
  [
    NODE,
    { at: 'ipt_rule', packet: syn, hook: 'FORWARD', table: 'filter', chain: 'FORWARD', rule: null, tried: 3, verdict: 'DROP' },
    'No rule of filter FORWARD decides, so its policy applies: DROP.',
  ],
  [
    NODE,
    { at: 'ipt_rule', packet: syn, hook: 'FORWARD', table: 'filter', chain: 'KUBE-FORWARD', rule: null, tried: 3, verdict: 'RETURN' },
    'No rule of KUBE-FORWARD decides. The calling chain goes on.',
  ],
  [
    NODE,
    { at: 'ct_lookup', packet: syn, state: 'NEW', direction: 'original', entry: null },
    'conntrack sees a new connection: 10.244.1.2:30000 to 10.96.40.7:3306.',
  ],
  [
    NODE,
    { at: 'ct_lookup', packet: syn, state: 'ESTABLISHED', direction: 'original', entry: '' },
    'conntrack knows this connection. No nat rule is asked again.',
  ],
  [
    NODE,
    { at: 'ct_lookup', packet: answer, state: 'ESTABLISHED', direction: 'reply', entry: '' },
    'conntrack knows this packet as the reply to a connection that webapp-6f7b9c5d4-x2lqp opened.',
  ],
  [
    NODE,
    { at: 'ct_lookup', packet: answer, state: 'RELATED', direction: 'reply', entry: '' },
    'conntrack relates this error to a connection it knows.',
  ],
  [
    NODE,
    { at: 'ct_lookup', packet: answer, state: 'INVALID', direction: 'reply', entry: null },
    'conntrack cannot place this packet in any connection: INVALID.',
  ],
  [
    NODE,
    { at: 'ct_lookup', packet: answer, state: 'UNTRACKED', direction: 'reply', entry: null },
    'conntrack leaves this packet alone: a raw rule took it out of tracking.',
  ],
  [
    NODE,
    { at: 'nat_manip', before: syn, packet: synToPod, manip: 'destination', rule: null, reply: false },
    'The destination becomes 10.244.2.3:3306, pod mysql-1. The source stays.',
  ],
  [
    NODE,
    { at: 'nat_manip', before: syn, packet: tcp('172.18.0.11:30000 > 10.96.40.7:3306 S'), manip: 'source', rule: null, reply: false },
    'The source becomes 172.18.0.11, so the answer will come back through worker-1.',
  ],
  [
    NODE,
    { at: 'nat_manip', before: syn, packet: tcp('10.244.1.2:40000 > 10.96.40.7:3306 S'), manip: 'source', rule: null, reply: false },
    'The source port changes: 10.244.1.2:40000. Another connection has the old one.',
  ],
  [
    NODE,
    { at: 'nat_manip', before: tcp('10.244.2.3:3306 > 10.244.1.2:30000 SA'), packet: answer, manip: 'source', rule: null, reply: true },
    'This is the reply. Its source goes back to 10.96.40.7:3306, the address webapp-6f7b9c5d4-x2lqp called.',
  ],
  [
    NODE,
    {
      at: 'nat_manip',
      before: tcp('10.244.2.3:3306 > 172.18.0.11:30000 SA'),
      packet: answer,
      manip: 'destination',
      rule: null,
      reply: true,
    },
    'This is the reply. Its destination goes back to 10.244.1.2:30000, pod webapp-6f7b9c5d4-x2lqp.',
  ],
  [
    NODE,
    { at: 'ip_forward', before: synToPod, packet: tcp('10.244.1.2:30000 > 10.244.2.3:3306 S', { ttl: 63 }) },
    'worker-1 forwards the packet: ttl 64 becomes 63.',
  ],
  [
    NODE,
    { at: 'encap', before: synToPod, packet: udp('172.18.0.11:40000 > 172.18.0.12:8472'), device: 'flannel.1' },
    'flannel.1 puts the packet into a UDP packet to port 8472 from 172.18.0.11 to 172.18.0.12.',
  ],
  [
    NODE,
    {
      at: 'decap',
      before: udp('172.18.0.11:40000 > 172.18.0.12:8472'),
      packet: tcp('10.244.1.2:30000 > 10.244.2.3:3306 S', { ttl: 63 }),
      device: 'flannel.1',
    },
    'The outer header has done its work. The inner packet is as it was, ttl 63.',
  ],
  [NODE, { at: 'unsupported', packet: syn, what: 'the match -m bpf' }, 'Packetwalk does not model the match -m bpf. The walk stops here.'],
]

type Drop = Extract<TraceEvent, { at: 'kfree_skb' }>
const dropped = (reason: Drop['reason'], by: Drop['by'] = null, packet: Packet = synToPod, detail: string | null = null): TraceEvent => ({
  at: 'kfree_skb',
  packet,
  reason,
  by,
  detail,
})
const byRule = (text: string): Drop['by'] => ({ kind: 'rule', text, rule: { ...rule(text, 2), table: 'filter' } })
const drops: readonly Row[] = [
  [
    NODE,
    dropped('NETFILTER_DROP', byRule('-A FORWARD -p tcp -m tcp --dport 3306 -j DROP')),
    'filter FORWARD rule 2 on worker-1 drops the packet.',
  ],
  [
    NODE,
    dropped('NETFILTER_DROP', byRule('-A FORWARD -m comment --comment "no database for web" -j REJECT')),
    'filter FORWARD rule 2 on worker-1 rejects the packet: no database for web.',
  ],
  [
    NODE,
    dropped(
      'NETFILTER_DROP',
      byRule('-A KUBE-SERVICES -d 10.96.40.7/32 -m comment --comment "default/webapp-sql1:mysql has no endpoints" -j REJECT'),
    ),
    'Service default/webapp-sql1 has no endpoints, so worker-1 rejects the packet.',
  ],
  [
    NODE,
    dropped('NETFILTER_DROP', { kind: 'policy', text: 'filter FORWARD', rule: null }),
    'worker-1 drops what no rule of filter FORWARD accepted.',
  ],
  [DB, dropped('NO_SOCKET', { kind: 'socket', text: 'tcp 3306', rule: null }), 'Nothing listens on port 3306 of mysql-1.'],
  [DB, dropped('NO_SOCKET', null, udp('1.1.1.1:1 > 10.244.2.3:53')), 'Nothing listens on UDP port 53 of mysql-1.'],
  [
    NODE,
    dropped('IP_INADDRERRORS', { kind: 'sysctl', text: 'net.ipv4.ip_forward=0', rule: null }),
    'worker-1 does not forward packets: net.ipv4.ip_forward is 0.',
  ],
  [
    NODE,
    dropped(
      'IP_RPFILTER',
      { kind: 'sysctl', text: 'net.ipv4.conf.eth0.rp_filter=1', rule: null },
      tcp('10.9.9.9:1 > 10.244.2.3:80 S', { iif: 'eth0' }),
    ),
    'worker-1 would not answer 10.9.9.9 through eth0, so rp_filter drops the packet.',
  ],
  [NODE, dropped('IP_OUTNOROUTES'), 'worker-1 has no route to 10.244.2.3.'],
  [NODE, dropped('IP_INNOROUTES'), 'worker-1 has no route to 10.244.2.3.'],
  [
    NODE,
    dropped('NEIGH_FAILED', { kind: 'neighbour', text: '10.244.1.9', rule: null }),
    'Nobody answered for 10.244.1.9. Without a MAC address the packet cannot leave.',
  ],
  [NODE, dropped('NEIGH_FAILED'), 'Nobody answered for 10.244.2.3. Without a MAC address the packet cannot leave.'],
  [NODE, dropped('IP_INHDR', { kind: 'ttl', text: 'ttl 1', rule: null }), 'The packet has used up its hops: its ttl ends on worker-1.'],
  [
    NODE,
    dropped('PKT_TOO_BIG', { kind: 'mtu', text: 'flannel.1', rule: null }),
    'The packet is larger than flannel.1 can carry, and must not be cut.',
  ],
  [
    NODE,
    dropped('IP_LOCAL_SOURCE', null, tcp('172.18.0.11:1 > 10.244.2.3:80 S')),
    '172.18.0.11 is an address of worker-1 itself, so it cannot come from outside.',
  ],
  [NODE, dropped('IP_LOCALNET'), 'worker-1 drops the packet: 127.0.0.0/8 never travels between machines.'],
  [
    NODE,
    dropped('IP_INVALID_SOURCE', null, tcp('255.255.255.255:1 > 10.244.2.3:80 S')),
    'worker-1 drops the packet: the source 255.255.255.255 never travels between machines.',
  ],
  [WEB, dropped('OTHERHOST'), 'The frame is addressed to another MAC. webapp-6f7b9c5d4-x2lqp ignores it.'],
  [NODE, dropped('DEV_READY', { kind: 'device', text: 'eth0', rule: null }), 'eth0 of worker-1 is down.'],
  [
    'gateway',
    dropped('CLOUD_NO_MAPPING', null, tcp('10.244.1.2:1 > 1.1.1.1:80 S', { iif: 'eth0' })),
    'The gateway translates node addresses only. It has no mapping for 10.244.1.2.',
  ],
  [NODE, dropped('CLOUD_NO_LINK'), 'No machine on this network has the MAC address of 10.244.2.3.'],
  [WEB, dropped('TCP_RESET'), 'webapp-6f7b9c5d4-x2lqp has already closed this connection.'],
  [
    NODE,
    dropped('NOT_SPECIFIED', null, synToPod, 'the bridge has no such port'),
    'worker-1 drops the packet: the bridge has no such port.',
  ],
  [NODE, dropped('NOT_SPECIFIED'), 'worker-1 drops the packet: a SYN finds no use here.'],
]

describe('narrate', () => {
  it.each([...socket, ...messages, ...routes, ...links, ...kernel, ...drops])('at %s, event %#', (where, event, sentence) => {
    expect(narrate({ n: 0, timeMs: 0, where, event }, context)).toBe(sentence)
  })

  it('has a row above for every kind of event', () => {
    const every: Record<TraceEvent['at'], true> = {
      netif_receive_skb: true,
      br_fdb: true,
      nf_hook: true,
      ipt_rule: true,
      fib_lookup: true,
      neigh_resolve: true,
      ct_lookup: true,
      nat_manip: true,
      ip_forward: true,
      encap: true,
      decap: true,
      dev_queue_xmit: true,
      socket: true,
      kfree_skb: true,
      unsupported: true,
    }
    const seen = new Set([...socket, ...messages, ...routes, ...links, ...kernel, ...drops].map(([, event]) => event.at))
    expect([...seen].sort()).toEqual(Object.keys(every).sort())
  })

  it.each([...socket, ...messages, ...routes, ...links, ...kernel, ...drops])(
    'at %s, event %#, is at most 110 characters long, without exclamation',
    (where, event) => {
      const sentence = narrate({ n: 0, timeMs: 0, where, event }, context)
      expect(sentence.length).toBeLessThanOrEqual(MAX_SENTENCE)
      expect(sentence).toMatch(/[.?]$/)
      expect(sentence).not.toMatch(/!|\bsimply\b|\bwe\b|undefined|null/)
    },
  )

  it('says the namespace where two pods share a name', () => {
    const [first] = topology.machines
    if (!first) throw new Error('no machine')
    const twice = narratorContext({
      ...topology,
      machines: [
        {
          ...first,
          pods: [pod('web', '10.244.1.2', 'veth1'), { ...pod('web', '10.244.1.3', 'veth2'), ref: 'pod/shop/web', namespace: 'shop' }],
        },
      ],
    })
    expect(
      narrate(
        { n: 0, timeMs: 0, where: 'pod/shop/web', event: { at: 'socket', packet: syn, action: 'error', socket: 1, detail: 'EPERM' } },
        twice,
      ),
    ).toBe('shop/web gets the error EPERM.')
  })

  it('keeps whole sentences whatever the length of names', () => {
    const long = 'a'.repeat(63)
    expect(
      narrate(
        { n: 0, timeMs: 0, where: `pod/default/${long}`, event: { at: 'fib_lookup', packet: syn, result: null, error: 'ENETUNREACH' } },
        context,
      ),
    ).toBe(`${long} has no route to 10.96.40.7: ENETUNREACH.`)
  })
})
