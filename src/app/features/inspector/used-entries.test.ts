import { expect, test } from 'vitest'
import type { Route } from '../../../engine/linux/route.ts'
import type { TraceEvent } from '../../../engine/linux/trace-event.ts'
import { parseAddress } from '../../../engine/net/address.ts'
import { parseCidr } from '../../../engine/net/cidr.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import { packetOf } from '../../store/walk.fixture.ts'
import { usedEntries } from './used-entries.ts'

const packet = packetOf('1 tcp 10.244.2.2:40000 10.244.1.2:3306 SYN')

function address(text: string) {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(text)
  return parsed
}

function records(...events: readonly TraceEvent[]): TraceRecord[] {
  return events.map((event, n) => ({ n, timeMs: n, where: 'node/worker-2', event }))
}

/** "10.244.1.0/24 via 172.18.0.11 dev eth0", looked up. */
function lookup(text: string, rest: Partial<Route> = {}): TraceEvent {
  const [destination = '', via, gateway = '', , device = ''] = text.includes(' via ')
    ? text.split(' ')
    : text.replace(' dev ', ' - - dev ').split(' ')
  const nexthop = { gateway: via === 'via' ? address(gateway) : null, device, weight: 1, onlink: false }
  const cidr = parseCidr(destination === 'default' ? '0.0.0.0/0' : destination)
  if (cidr === null) throw new Error(destination)
  const route: Route = {
    ...{ destination: cidr, type: 'unicast', table: 254, protocol: 'static', scope: 'global', metric: 0, prefsrc: null, mtu: null },
    ...{ tos: 0, nexthops: [nexthop], origin: { component: 'cni/bridge', object: null, line: 7, command: null } },
    ...rest,
  }
  const rule = {
    priority: 32766,
    from: null,
    to: null,
    iif: null,
    oif: null,
    fwmark: null,
    not: false,
    action: { table: 254 },
    origin: null,
  }
  const result = { route, nexthop, device, nextHop: address('172.18.0.11'), source: address('172.18.0.12'), rule }
  return { at: 'fib_lookup', packet, result, error: null }
}

const ROUTES = [
  'default via 172.18.0.1 dev eth0 ',
  '10.244.1.0/24 via 172.18.0.11 dev eth0 proto static ',
  '10.244.1.0/24 via 172.18.0.11 dev eth0 proto static metric 50 ',
  '10.244.2.0/24 dev cni0 proto kernel scope link src 10.244.2.1 ',
]

test.each([
  ['10.244.1.0/24 via 172.18.0.11 dev eth0', {}, ['10.244.1.0/24 via 172.18.0.11 dev eth0 proto static']],
  ['10.244.1.0/24 via 172.18.0.11 dev eth0', { metric: 50 }, ['10.244.1.0/24 via 172.18.0.11 dev eth0 proto static metric 50']],
  ['10.244.2.0/24 dev cni0', { prefsrc: address('10.244.2.1') }, ['10.244.2.0/24 dev cni0 proto kernel scope link src 10.244.2.1']],
  ['default via 172.18.0.1 dev eth0', {}, ['default via 172.18.0.1 dev eth0']],
  ['10.244.1.0/24 via 172.18.0.11 dev eth0', { table: 100 }, []],
  ['10.244.1.0/24 via 172.18.0.11 dev eth01', {}, []],
])('the route %s, %o', (text, rest, used) => {
  const entries = usedEntries('ip route', ROUTES, records(lookup(text, rest)))
  expect(entries.map((entry) => entry.text)).toEqual(used)
  for (const entry of entries) expect(entry).toMatchObject({ uses: [0], line: 7 })
})

test('a neighbour by its address and device; only where it was known', () => {
  const lines = ['172.18.0.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE', '172.18.0.11 dev eth0 lladdr 02:00:00:00:00:0b REACHABLE']
  const asked = (action: 'known' | 'request'): TraceEvent => ({
    ...{ at: 'neigh_resolve', packet, device: 'eth0', address: address('172.18.0.1'), state: 'REACHABLE', lladdr: null },
    action,
  })
  expect(usedEntries('ip neigh', lines, records(asked('request'), asked('known'), asked('known')))).toEqual([
    { text: lines[0], uses: [1, 2], line: null },
  ])
})

test('a connection by its original ends, whatever its state, its time left and what NAT makes of the reply', () => {
  const ends = 'src=10.244.2.2 dst=10.96.0.9 sport=40000 dport=3306'
  const back = 'src=10.244.1.2 dst=10.244.2.2 sport=3306 dport=40000'
  const lines = [`tcp      6 431999 ESTABLISHED ${ends} ${back} [ASSURED] mark=0 use=1`, `udp      17 30 ${ends} ${back} mark=0 use=1`]
  const entry = `tcp      6 120 SYN_SENT ${ends} [UNREPLIED] src=10.96.0.9 dst=10.244.2.2 sport=3306 dport=40000 mark=0 use=1`
  const event: TraceEvent = { at: 'ct_lookup', packet, state: 'NEW', direction: 'original', entry }
  expect(usedEntries('conntrack -L', lines, records(event)).map(({ text }) => text.slice(0, 3))).toEqual(['tcp'])
})

test('a server of the virtual service that it was chosen for', () => {
  const lines = [
    'Prot LocalAddress:Port Scheduler Flags',
    'TCP  10.96.0.9:80 rr',
    '  -> 10.244.1.2:8080              Masq    1      0          0         ',
    'TCP  10.96.0.10:80 rr',
    '  -> 10.244.1.2:8080              Masq    1      0          0         ',
  ]
  const event: TraceEvent = {
    ...{ at: 'ip_vs_schedule', packet, before: packet, service: 'TCP 10.96.0.10:80', scheduler: 'rr', how: 'scheduled' },
    server: { address: address('10.244.1.2'), port: 8080, method: 'local' },
  }
  expect(usedEntries('ipvsadm -Ln', lines, records(event))).toMatchObject([{ uses: [0] }])
  expect(usedEntries('ipvsadm -Ln', lines.slice(0, 3), records(event))).toEqual([])
})

test('tables that are no lists of entries have none', () => {
  expect(usedEntries('ip addr', ['1: lo: <LOOPBACK,UP>'], records(lookup('default via 172.18.0.1 dev eth0')))).toEqual([])
})
