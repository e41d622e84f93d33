import { expect, test } from 'vitest'
import { createTestMachine, packet } from './testdata/machine.ts'
import { whyNot } from './why-not.ts'

/** rule, packet, the predicate that fails and what the packet has. The packet is in FORWARD, from cni0 to eth1. */
const CASES: readonly (readonly [string, string, string | null, string | null])[] = [
  ['-s 10.9.0.0/16', 'udp 10.0.0.2:9>10.0.0.3:53', '-s 10.9.0.0/16', 'the source is 10.0.0.2'],
  ['! -s 10.0.0.0/8', 'udp 10.0.0.2:9>10.0.0.3:53', '! -s 10.0.0.0/8', 'the source is 10.0.0.2'],
  ['-d 10.96.0.1', 'udp 10.0.0.2:9>10.0.0.3:53', '-d 10.96.0.1/32', 'the destination is 10.0.0.3'],
  ['-i eth+', 'udp 10.0.0.2:9>10.0.0.3:53', '-i eth+', 'it came in by cni0'],
  ['! -o eth1', 'udp 10.0.0.2:9>10.0.0.3:53', '! -o eth1', 'it leaves by eth1'],
  ['-p tcp -m tcp --dport 53', 'udp 10.0.0.2:9>10.0.0.3:53', '-p tcp', 'the protocol is udp'],
  ['-p udp -m udp --dport 80', 'udp 10.0.0.2:9>10.0.0.3:53', '-m udp --dport 80', 'the ports are 9 → 53'],
  [
    '-p tcp -m tcp --tcp-flags SYN,ACK SYN',
    'tcp 10.0.0.2:9>10.0.0.3:80 A',
    '-m tcp --tcp-flags SYN,ACK SYN',
    'the ports are 9 → 80, the flags ACK',
  ],
  ['-m mark --mark 0x4000/0x4000', 'udp 10.0.0.2:9>10.0.0.3:53', '-m mark --mark 0x4000/0x4000', 'the mark is 0x0'],
  [
    '-m addrtype --dst-type LOCAL',
    'udp 10.0.0.2:9>10.0.0.3:53',
    '-m addrtype --dst-type LOCAL',
    'the source is UNICAST, the destination UNICAST',
  ],
  ['-p icmp -m icmp --icmp-type 0', 'icmp 10.0.0.2>10.0.0.3 8/0', '-m icmp --icmp-type 0', 'the type is 8, the code 0'],
  ['-m ttl --ttl-lt 3', 'udp 10.0.0.2:9>10.0.0.3:53', '-m ttl --ttl-lt 3', 'the ttl is 64'],
  [
    '-d 10.0.0.3 -m statistic --mode random --probability 0.5',
    'udp 10.0.0.2:9>10.0.0.3:53',
    '-m statistic --mode random --probability 0.50000000000',
    'the draw went otherwise',
  ],
  [
    '-d 10.0.0.4 -m statistic --mode random --probability 0.5',
    'udp 10.0.0.2:9>10.0.0.3:53',
    '-d 10.0.0.4/32',
    'the destination is 10.0.0.3',
  ],
  [
    '-d 10.0.0.3 -m recent ! --set',
    'udp 10.0.0.2:9>10.0.0.3:53',
    '-m recent ! --set --name DEFAULT --mask 255.255.255.255 --rsource',
    'the list of recent addresses says otherwise',
  ],
  ['-d 10.0.0.3 -p udp -m comment --comment x', 'udp 10.0.0.2:9>10.0.0.3:53', null, null],
]

test.each(CASES)('%s against %s: %s', (rule, sent, predicate, actual) => {
  const machine = createTestMachine()
  expect(machine.load(`*filter\n-A FORWARD ${rule} -j ACCEPT\nCOMMIT\n`)).toBeNull()
  const parsed = machine.ns.netfilter.ip.tables.get('filter')?.chains.get('FORWARD')?.rules[0]
  if (!parsed) throw new Error('no rule')
  const state = { in: 'cni0', out: 'eth1', route: null, bridged: false }
  const context = { ns: machine.ns, hook: 'FORWARD', state, table: 'filter', zone: null, chain: 'FORWARD', index: 1 } as const
  expect(whyNot(parsed, packet(sent), context)).toEqual(predicate === null ? null : { predicate, actual })
  // It only asks.
  expect(machine.ns.netfilter.ip.recent.size + machine.ns.netfilter.ip.hashlimit.size).toBe(0)
})
