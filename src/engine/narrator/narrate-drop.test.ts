import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../linux/trace-event.ts'
import type { Packet } from '../net/packet.ts'
import { DB, faults, NODE, type Row, rule, synToPod, tcp, udp, WEB } from './rows.fixture.ts'

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
    dropped('NETFILTER_DROP', { kind: 'policy', text: '-P FORWARD DROP', rule: null }),
    'worker-1 drops what no rule of FORWARD accepted.',
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
  [
    NODE,
    dropped('NETFILTER_DROP', { kind: 'ipvs', text: 'IPVS: real server 10.244.2.3:3306 is no longer part of the service', rule: null }),
    'IPVS drops the packet: real server 10.244.2.3:3306 is no longer part of the service.',
  ],
  [NODE, dropped('IP_OUTNOROUTES'), 'worker-1 has no route to 10.244.2.3.'],
  [NODE, dropped('IP_INNOROUTES'), 'worker-1 has no route to 10.244.2.3.'],
  [
    NODE,
    dropped('NEIGH_FAILED', { kind: 'neighbour', text: '10.244.1.9 dev eth0 FAILED', rule: null }),
    'Nobody answered for 10.244.1.9. Without a MAC address the packet cannot leave.',
  ],
  [NODE, dropped('NEIGH_FAILED'), 'Nobody answered for 10.244.2.3. Without a MAC address the packet cannot leave.'],
  [NODE, dropped('IP_INHDR', { kind: 'ttl', text: 'ttl 1', rule: null }), 'The packet has used up its hops: its ttl ends on worker-1.'],
  [
    NODE,
    dropped('PKT_TOO_BIG', { kind: 'mtu', text: 'flannel.1 mtu 1450', rule: null }),
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
  [NODE, dropped('DEV_READY', { kind: 'device', text: 'eth0 is down', rule: null }), 'On worker-1, eth0 is down.'],
  [NODE, dropped('CLOUD_NO_LINK'), 'No machine on this network has the MAC address of 10.244.2.3.'],
  [
    NODE,
    dropped('NOT_SPECIFIED', { kind: 'bridge', text: 'cni0: port vethd1c0a47e has hairpin_mode off', rule: null }),
    'The frame goes nowhere: cni0: port vethd1c0a47e has hairpin_mode off.',
  ],
  [NODE, dropped('QDISC_DROP', { kind: 'device', text: 'eth0 has no carrier', rule: null }), 'On worker-1, eth0 has no carrier.'],
  [WEB, dropped('TCP_RESET'), 'webapp-6f7b9c5d4-x2lqp has already closed this connection.'],
  [
    NODE,
    dropped('NOT_SPECIFIED', null, synToPod, 'the bridge has no such port'),
    'worker-1 drops the packet: the bridge has no such port.',
  ],
  [NODE, dropped('NOT_SPECIFIED'), 'worker-1 drops the packet: a SYN finds no use here.'],
]

describe('narrate, at drops', () => {
  it.each([...drops])('at %s, row %#', (...row) => {
    expect(faults(row)).toEqual([])
  })

  it('has a row above for every kind of event', () => {
    const every: readonly TraceEvent['at'][] = ['kfree_skb']
    expect([...new Set([...drops].map(([, event]) => event.at))].sort()).toEqual([...every].sort())
  })
})
