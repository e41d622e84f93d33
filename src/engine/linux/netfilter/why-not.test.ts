import { expect, test } from 'vitest'
import { connectionOf } from './matches/actual.ts'
import { createTestMachine, packet } from './testdata/machine.ts'
import { framedPacket } from './testdata/packet-text.ts'
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
  ['-f', 'udp 10.0.0.2:9>10.0.0.3:53', '-f', 'it is whole, or the first fragment'],
  ['! -f', 'udp 10.0.0.2>10.0.0.3 frag=8', '! -f', 'it is a later fragment'],
  ['-f -d 10.0.0.3', 'udp 10.0.0.2>10.0.0.3 frag=8', null, null],
  ['! -f -d 10.0.0.3', 'udp 10.0.0.2:9>10.0.0.3:53', null, null],
  ['! -f -d 10.0.0.3', 'udp 10.0.0.2>10.0.0.3 frag=1', '! -f', 'it is a later fragment'],
  ['-p udp -m udp --dport 53', 'udp 10.0.0.2>10.0.0.3 frag=8', '-m udp --dport 53', 'it has no ports'],
  ['-p icmp -m icmp --icmp-type 0', 'icmp 10.0.0.2>10.0.0.3 frag=8', '-m icmp --icmp-type 0', 'it is no ICMP message'],
  ['-p sctp -m sctp --dport 53', 'sctp 10.0.0.2:9>10.0.0.3:54 INIT', '-m sctp --dport 53', 'the ports are 9 → 54'],
  ['-m dscp --dscp 46', 'udp 10.0.0.2:9>10.0.0.3:53 tos=40', '-m dscp --dscp 0x2e', 'its DSCP is 0x0a'],
  ['-m tos --tos 8', 'udp 10.0.0.2:9>10.0.0.3:53 tos=16', '-m tos --tos 0x08/0xff', 'its TOS is 0x10'],
  ['-m length --length 30', 'udp 10.0.0.2:9>10.0.0.3:53 len=1', '-m length --length 30', 'its length is 29 bytes'],
  [
    '-m mac --mac-source 02:00:00:00:00:12',
    'udp 10.0.0.2:9>10.0.0.3:53',
    '-m mac --mac-source 02:00:00:00:00:12',
    'the source MAC is 02:00:00:00:00:11',
  ],
  ['-m state --state NEW', 'udp 10.0.0.2:9>10.0.0.3:53', '-m state --state NEW', 'conntrack calls it INVALID'],
  ['-m conntrack --ctstate NEW', 'udp 10.0.0.2:9>10.0.0.3:53', '-m conntrack --ctstate NEW', 'conntrack calls it INVALID'],
  ['-d 10.0.0.3 -p udp -m comment --comment x', 'udp 10.0.0.2:9>10.0.0.3:53', null, null],
]

test.each(CASES)('%s against %s: %s', (rule, sent, predicate, actual) => {
  const machine = createTestMachine()
  expect(machine.load(`*filter\n-A FORWARD ${rule} -j ACCEPT\nCOMMIT\n`)).toBeNull()
  const parsed = machine.ns.netfilter.ip.tables.get('filter')?.chains.get('FORWARD')?.rules[0]
  if (!parsed) throw new Error('no rule')
  const state = { in: 'cni0', out: 'eth1', route: null, bridged: false }
  const context = { ns: machine.ns, hook: 'FORWARD', state, table: 'filter', zone: null, chain: 'FORWARD', index: 1 } as const
  expect(whyNot(parsed, framedPacket(sent, 1), context)).toEqual(predicate === null ? null : { predicate, actual })
  // It only asks.
  expect(machine.ns.netfilter.ip.recent.size + machine.ns.netfilter.ip.hashlimit.size).toBe(0)
})

test.each([
  [null, 'cni0', '-i eth0', 'it came in by no device'],
  ['cni0', null, '-i eth0', 'it came in by cni0'],
  [null, 'cni0', '-o eth0', 'it leaves by cni0'],
  ['cni0', null, '-o eth0', 'its way out is not known yet'],
] as const)('in by %s, out by %s: %s: %s', (input, output, rule, actual) => {
  const machine = createTestMachine()
  expect(machine.load(`*filter\n-A FORWARD ${rule} -j ACCEPT\nCOMMIT\n`)).toBeNull()
  const parsed = machine.ns.netfilter.ip.tables.get('filter')?.chains.get('FORWARD')?.rules[0]
  if (!parsed) throw new Error('no rule')
  const state = { in: input, out: output, route: null, bridged: false }
  const context = { ns: machine.ns, hook: 'FORWARD', state, table: 'filter', zone: null, chain: 'FORWARD', index: 1 } as const
  expect(whyNot(parsed, packet('udp 10.0.0.2:9>10.0.0.3:53'), context)).toEqual({ predicate: rule, actual })
})

const REF = { entry: 1, state: 'ESTABLISHED', direction: 'reply' } as const

test.each([
  ['untracked', 'it is untracked'],
  ['detached', 'conntrack calls it INVALID'],
  [null, 'conntrack calls it INVALID'],
  [REF, 'its state is ESTABLISHED, reply direction'],
] as const)('of a connection: %j: %s', (ct, words) => {
  expect(connectionOf({ ...packet('udp 10.0.0.2:9>10.0.0.3:53'), ct })).toBe(words)
})
