import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../linux/trace-event.ts'
import { address, answer, faults, icmp, NODE, type Row, rule, syn, synToPod, tcp, udp } from './rows.fixture.ts'

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
const scheduled = (more: Partial<Extract<TraceEvent, { at: 'ip_vs_schedule' }>>): TraceEvent => ({
  at: 'ip_vs_schedule',
  packet: tcp('10.244.1.2:30000 > 10.96.40.7:3306 S', { ttl: 63 }),
  before: syn,
  service: 'TCP 10.96.40.7:3306',
  scheduler: 'rr',
  server: { address: address('10.244.2.3'), port: 3306, method: 'masquerade' },
  how: 'scheduled',
  ...more,
})
const kernel: readonly Row[] = [
  [NODE, scheduled({}), 'IPVS gives the connection to 10.244.2.3:3306, pod mysql-1: rr takes servers in turn.'],
  [NODE, scheduled({ scheduler: 'sh' }), "IPVS gives the connection to 10.244.2.3:3306, pod mysql-1: sh goes by the client's address."],
  [NODE, scheduled({ how: 'known' }), 'IPVS knows this connection: its server is 10.244.2.3:3306, pod mysql-1.'],
  [NODE, scheduled({ how: 'persistent' }), 'This client has been here before, so IPVS keeps it at 10.244.2.3:3306, pod mysql-1.'],
  [NODE, scheduled({ how: 'none', server: null }), 'No real server of TCP 10.96.40.7:3306 takes connections, so IPVS refuses this one.'],
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
    'conntrack takes this for a new connection: 10.244.1.2:30000 to 10.96.40.7:3306.',
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
    {
      at: 'nat_manip',
      before: syn,
      packet: tcp('10.244.1.2:40000 > 10.96.40.7:3306 S'),
      manip: 'source',
      rule: { table: 'nat', chain: 'POSTROUTING', index: 1, text: '-A POSTROUTING -j MASQUERADE --random-fully', origin: null },
      reply: false,
    },
    'The source port changes: 10.244.1.2:40000. The rule asks for a random one.',
  ],
  [
    NODE,
    {
      at: 'nat_manip',
      before: syn,
      packet: tcp('10.244.1.2:40000 > 10.96.40.7:3306 S'),
      manip: 'source',
      rule: { table: 'nat', chain: 'POSTROUTING', index: 1, text: '-A POSTROUTING -j MASQUERADE --to-ports 40000-40009', origin: null },
      reply: false,
    },
    'The source port changes: 10.244.1.2:40000. The rule says which are allowed.',
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
    {
      at: 'nat_manip',
      before: icmp('10.244.2.3 > 10.244.1.2', 3, 3),
      packet: icmp('10.96.40.7 > 10.244.1.2', 3, 3),
      manip: 'source',
      rule: null,
      reply: true,
    },
    'The error is translated with its connection: the source becomes 10.96.40.7.',
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

describe('narrate, in the kernel', () => {
  it.each([...kernel])('at %s, row %#', (...row) => {
    expect(faults(row)).toEqual([])
  })

  it('has a row above for every kind of event', () => {
    const every: readonly TraceEvent['at'][] = [
      'nf_hook',
      'ipt_rule',
      'ct_lookup',
      'nat_manip',
      'ip_vs_schedule',
      'ip_forward',
      'encap',
      'decap',
      'unsupported',
    ]
    expect([...new Set([...kernel].map(([, event]) => event.at))].sort()).toEqual([...every].sort())
  })
})
