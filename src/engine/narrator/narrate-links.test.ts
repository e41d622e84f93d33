import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../linux/trace-event.ts'

import { address, answer, arp, faults, mac, NODE, type Row, routed, syn, synToPod, tcp, WEB } from './rows.fixture.ts'

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
  [
    NODE,
    {
      at: 'fib_lookup',
      packet: tcp('1.2.3.4:1 > 10.96.0.80:80 S'),
      result: routed('10.96.0.80/32', { device: 'kube-ipvs0', type: 'local' }),
      error: null,
    },
    '10.96.0.80 is an address of worker-1 itself, on kube-ipvs0: the packet goes up to INPUT, where IPVS waits.',
  ],
  [NODE, { at: 'fib_lookup', packet: synToPod, result: null, error: 'ENETUNREACH' }, 'worker-1 has no route to 10.244.2.3: ENETUNREACH.'],
  [NODE, { at: 'fib_lookup', packet: synToPod, result: null, error: 'EACCES' }, 'A route of worker-1 refuses 10.244.2.3: EACCES.'],
  [
    NODE,
    { at: 'fib_lookup', packet: tcp('1.1.1.1:1 > 10.244.2.3:80 S', { iif: 'eth0' }), result: null, error: 'EHOSTUNREACH' },
    'worker-1 stops the packet where it looks for a route: EHOSTUNREACH.',
  ],
  [
    NODE,
    { at: 'fib_lookup', packet: synToPod, result: null, error: 'IP_RPFILTER' },
    'worker-1 stops the packet where it looks for a route: IP_RPFILTER.',
  ],
  [
    NODE,
    { at: 'fib_lookup', packet: tcp('1.1.1.1:1 > 255.255.255.255:80 S'), result: null, error: null },
    '255.255.255.255 is a broadcast address.',
  ],
]

const neighbourAnswer = (text: string): TraceEvent => ({
  at: 'neigh_resolve',
  packet: syn,
  device: 'eth0',
  address: address(text),
  state: 'REACHABLE',
  lladdr: mac('02:42:ac:12:00:0c'),
  action: 'answer',
})
const links: readonly Row[] = [
  [NODE, neighbourAnswer('172.18.0.12'), 'worker-2 answers for its own address 172.18.0.12: 02:42:ac:12:00:0c.'],
  [NODE, neighbourAnswer('10.244.2.3'), 'mysql-1 answers for its own address 10.244.2.3: 02:42:ac:12:00:0c.'],
  [NODE, neighbourAnswer('172.18.0.1'), 'The gateway answers for its own address 172.18.0.1: 02:42:ac:12:00:0c.'],
  [NODE, neighbourAnswer('172.18.0.77'), 'Someone answers for 172.18.0.77: 02:42:ac:12:00:0c.'],
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
    { at: 'br_fdb', packet: syn, bridge: 'cni0', port: 'vethd1c0a47e', decision: 'forward', ports: ['veth58d07e1c'], learned: false },
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
    'cni0 may not send the frame to the port that has this MAC.',
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
    'cni0 answers for its own address 10.244.1.1: 3a:6e:51:0c:9d:01.',
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

describe('narrate, on links and routes', () => {
  it.each([...routes, ...links])('at %s, row %#', (...row) => {
    expect(faults(row)).toEqual([])
  })

  it('has a row above for every kind of event', () => {
    const every: readonly TraceEvent['at'][] = ['fib_lookup', 'netif_receive_skb', 'dev_queue_xmit', 'br_fdb', 'neigh_resolve']
    expect([...new Set([...routes, ...links].map(([, event]) => event.at))].sort()).toEqual([...every].sort())
  })
})
