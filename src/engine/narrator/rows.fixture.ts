/** A small cluster, packets written as text, and the judge of a row: what the narrator's tests share. */
import type { RuleRef } from '../linux/netfilter/rule.ts'
import type { Route, RouteResult } from '../linux/route.ts'
import type { TraceEvent } from '../linux/trace-event.ts'
import { type Address, parseAddress } from '../net/address.ts'
import { parseCidr } from '../net/cidr.ts'
import { MAC_BROADCAST, type Mac, parseMac } from '../net/mac.ts'
import type { IpPacket, Packet, TcpFlags, TransportHeader } from '../net/packet.ts'
import type { Topology } from '../simulation/topology.ts'
import { narratorContext } from './context.ts'
import { MAX_SENTENCE } from './en.ts'
import { narrate } from './narrate.ts'

export const address = (text: string): Address => {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(text)
  return parsed
}
export const mac = (text: string): Mac => {
  const parsed = parseMac(text)
  if (parsed === null) throw new Error(text)
  return parsed
}

export const pod = (name: string, ip: string, veth: string) => ({
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
export const device = (name: string, kind: string, more: { mac: string; addresses: string[]; network?: string }) => ({
  name,
  kind,
  mac: more.mac,
  mtu: 1500,
  up: true,
  addresses: more.addresses,
  master: null,
  network: more.network ?? null,
})
export const topology: Topology = {
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
export const context = narratorContext(topology)

/** "10.244.1.2:30000 > 10.96.40.7:3306 S": source, destination, then flags S A F R, for tcp. */
export function tcp(text: string, more: { length?: number; data?: unknown; iif?: string; to?: Mac; ttl?: number } = {}): IpPacket {
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

export function udp(text: string, more: { length?: number; data?: unknown } = {}): IpPacket {
  const [from = '', , to = ''] = text.split(' ')
  return packet(from, to, { ...more, transport: (sourcePort, destinationPort) => ({ kind: 'udp', sourcePort, destinationPort }) })
}

export function icmp(text: string, type: number, code = 0): IpPacket {
  const [from = '', , to = ''] = text.split(' ')
  return packet(from, to, { transport: () => ({ kind: 'icmp', type, code, id: 1, seq: 1, mtu: null, quoted: null, gateway: null }) })
}

export interface More {
  readonly transport: (sourcePort: number, destinationPort: number) => TransportHeader
  readonly length?: number
  readonly data?: unknown
  readonly iif?: string
  readonly to?: Mac
  readonly ttl?: number
}

export function packet(from: string, to: string, more: More): IpPacket {
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
    ipvs: false,
    hash: null,
    fragMaxSize: null,
    socket: null,
  }
}

export function arp(operation: 'request' | 'reply', sender: string, target: string): Packet {
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

export const syn = tcp('10.244.1.2:30000 > 10.96.40.7:3306 S')
export const synToPod = tcp('10.244.1.2:30000 > 10.244.2.3:3306 S')
export const answer = tcp('10.96.40.7:3306 > 10.244.1.2:30000 SA')
export const rule = (text: string, index = 1): RuleRef => ({ table: 'nat', chain: text.split(' ')[1] ?? '', index, text, origin: null })

export function routed(destination: string, more: { gateway?: string; device: string; type?: Route['type'] }): RouteResult {
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

export const WEB = 'pod/default/webapp-6f7b9c5d4-x2lqp'
export const DB = 'pod/default/mysql-1'
export const NODE = 'node/worker-1'
/** One event and the sentence it is to get. */
export type Row = readonly [where: string, event: TraceEvent, sentence: string]

/** What is wrong with the sentence of a row; nothing, where it is the wanted one and keeps the rules. */
export function faults([where, event, wanted]: Row): readonly string[] {
  const sentence = narrate({ n: 0, timeMs: 0, where, event }, context)
  return [
    ...(sentence === wanted ? [] : [`said: ${sentence}`]),
    ...(sentence.length <= MAX_SENTENCE ? [] : [`${sentence.length} characters`]),
    ...(/[.?]$/.test(sentence) ? [] : ['no full stop']),
    ...(/!|\bsimply\b|\bwe\b|undefined|null/.test(sentence) ? ['a forbidden word'] : []),
  ]
}

/** A port unreachable error about a packet. */
export function icmpAbout(text: string, quoted: IpPacket): IpPacket {
  const error = icmp(text, 3, 3)
  return error.transport?.kind === 'icmp' ? { ...error, transport: { ...error.transport, quoted } } : error
}
