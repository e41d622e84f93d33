import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../net/address.ts'
import { testTerminal } from '../shell/test-machine.ts'
import { type AddressType, type Flow, fibLookup, inetAddrType, inetSelectAddr } from './fib.ts'
import { routeText } from './route-text.ts'

function address(text: string) {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(text)
  return parsed
}

function flow(destination: string, more: Partial<Flow> = {}): Flow {
  return { source: null, destination: address(destination), iif: null, oif: null, mark: 0, tos: 0, family: 'ip', ...more }
}

function machine(script: string) {
  const terminal = testTerminal()
  for (const line of script.split('\n').map((text) => text.trim())) {
    if (line === '') continue
    const { code, stderr } = terminal.type(line)
    if (code !== 0) throw new Error(`${line}: ${stderr}`)
  }
  const ns = terminal.machine.root
  const look = (destination: string, more: Partial<Flow> = {}): string => {
    const found = fibLookup(ns, flow(destination, more))
    return 'error' in found
      ? found.error
      : `${routeText(found.route)} | ${found.device} ${formatAddress(found.nextHop)} from ${formatAddress(found.source)}`
  }
  return { ns, look, type: (line: string) => terminal.see(line) }
}

const NODE = `
  ip link set lo up
  ip addr add 172.18.0.11/16 dev eth0
  ip addr add 172.18.0.12/16 dev eth0
  ip addr add 192.168.50.1/24 dev eth0
  ip link set eth0 up
  ip route add default via 172.18.0.1
  ip route add 10.244.0.0/16 via 172.18.0.2
  ip route add 10.244.2.0/24 via 172.18.0.22 src 192.168.50.1`

describe('fibLookup', () => {
  const { look } = machine(NODE)
  test.each([
    ['172.18.0.99', '172.18.0.0/16 dev eth0 proto kernel scope link src 172.18.0.11 | eth0 172.18.0.99 from 172.18.0.11'],
    ['8.8.8.8', 'default via 172.18.0.1 dev eth0 | eth0 172.18.0.1 from 172.18.0.11'],
    ['10.244.9.1', '10.244.0.0/16 via 172.18.0.2 dev eth0 | eth0 172.18.0.2 from 172.18.0.11'],
    ['10.244.2.1', '10.244.2.0/24 via 172.18.0.22 dev eth0 src 192.168.50.1 | eth0 172.18.0.22 from 192.168.50.1'],
    ['192.168.50.7', '192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.1 | eth0 192.168.50.7 from 192.168.50.1'],
    ['172.18.0.12', 'local 172.18.0.12 dev eth0 proto kernel scope host src 172.18.0.11 | lo 172.18.0.12 from 172.18.0.11'],
    ['127.1.2.3', 'local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 | lo 127.1.2.3 from 127.0.0.1'],
    ['172.18.255.255', 'broadcast 172.18.255.255 dev eth0 proto kernel scope link src 172.18.0.11 | eth0 172.18.255.255 from 172.18.0.11'],
  ])('%s: %s', (destination, expected) => {
    expect(look(destination)).toBe(expected)
  })

  test('the smaller metric wins, and the next one takes over', () => {
    const { look: ask, type } = machine(`${NODE}
      ip route add 10.1.0.0/16 via 172.18.0.3 metric 200
      ip route add 10.1.0.0/16 via 172.18.0.4 metric 100`)
    expect(ask('10.1.2.3')).toContain('via 172.18.0.4')
    expect(type('ip route delete 10.1.0.0/16 metric 100')).toBe('')
    expect(ask('10.1.2.3')).toContain('via 172.18.0.3')
  })

  test.each([
    ['blackhole', 'EINVAL'],
    ['unreachable', 'EHOSTUNREACH'],
    ['prohibit', 'EACCES'],
  ])('a %s route: %s', (type, error) => {
    expect(machine(`${NODE}\nip route add ${type} 10.3.0.0/16`).look('10.3.1.1')).toBe(error)
  })

  test('policy rules: mark, source and input device lead to other tables; a table without a match is passed by', () => {
    const { look: ask } = machine(`${NODE}
      ip route add default via 172.18.0.7 table 100
      ip route add 10.5.0.0/16 via 172.18.0.8 table 200
      ip rule add fwmark 0x1/0x1 lookup 100
      ip rule add from 10.9.0.0/16 lookup 200
      ip rule add iif eth0 to 10.6.0.0/16 unreachable`)
    expect(ask('8.8.8.8', { mark: 3 })).toContain('via 172.18.0.7')
    expect(ask('8.8.8.8', { mark: 2 })).toContain('via 172.18.0.1')
    expect(ask('10.5.0.1', { source: address('10.9.0.1') })).toContain('via 172.18.0.8')
    expect(ask('8.8.8.8', { source: address('10.9.0.1') })).toContain('via 172.18.0.1')
    expect(ask('10.6.0.1', { iif: 'eth0' })).toBe('ENETUNREACH')
    expect(ask('10.6.0.1')).toContain('via 172.18.0.1')
  })

  test('two next hops: the chooser is asked once for each flow', () => {
    const { ns, look: ask } = machine(`${NODE}
      ip route add 10.7.0.0/16 nexthop via 172.18.0.5 weight 1 nexthop via 172.18.0.6 weight 3`)
    const asked: (readonly number[])[] = []
    ns.kernel.chooser = { pick: () => 0, choose: ({ odds }) => asked.push(odds) % 2 }
    expect(ask('10.7.0.1')).toContain('eth0 172.18.0.6 ')
    expect(ask('10.7.0.1')).toContain('eth0 172.18.0.6 ')
    expect(ask('10.7.0.2')).toContain('eth0 172.18.0.5 ')
    expect(asked).toEqual([
      [0.25, 0.75],
      [0.25, 0.75],
    ])
  })
})

describe('inetAddrType, as xt_addrtype asks', () => {
  const { ns } = machine(NODE)
  test.each<[string, string | null, AddressType]>([
    ['172.18.0.12', null, 'LOCAL'],
    ['172.18.0.12', 'lo', 'UNICAST'],
    ['172.18.0.12', 'eth0', 'LOCAL'],
    ['127.0.0.53', null, 'LOCAL'],
    ['172.18.255.255', null, 'BROADCAST'],
    ['255.255.255.255', null, 'BROADCAST'],
    ['224.0.0.1', null, 'MULTICAST'],
    ['8.8.8.8', null, 'UNICAST'],
  ])('%s on %s: %s', (text, device, type) => {
    expect(inetAddrType(ns, address(text), device)).toBe(type)
  })
})

describe('inetSelectAddr, which MASQUERADE uses', () => {
  const { ns } = machine(NODE)
  test.each([
    ['172.18.0.1', '172.18.0.11'],
    ['192.168.50.2', '192.168.50.1'],
    ['203.0.113.1', '172.18.0.11'],
  ])('next hop %s: %s', (nextHop, source) => {
    expect(formatAddress(inetSelectAddr(ns, 'eth0', address(nextHop)) ?? address('0.0.0.0'))).toBe(source)
  })
})

describe('addresses and devices bring routes and take them away', () => {
  test('a device that goes down loses all but its local routes; up again brings the connected ones', () => {
    const { type } = machine(NODE)
    type('ip link set eth0 down')
    expect(type('ip route')).toBe('')
    expect(type('ip route show table local dev eth0')).toContain('local 172.18.0.11')
    type('ip link set eth0 up')
    expect(type('ip route')).toBe(
      '172.18.0.0/16 dev eth0 proto kernel scope link src 172.18.0.11 \n192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.1 \n',
    )
  })

  test('the primary address takes its secondaries along', () => {
    const { type, ns } = machine(NODE)
    expect(type('ip addr delete 172.18.0.11/16 dev eth0')).toBe('')
    expect(ns.devices.get('eth0')?.addresses.map((a) => formatAddress(a.local))).toEqual(['192.168.50.1'])
    expect(type('ip route show 172.18.0.0/16')).toBe('')
  })

  test('unless promote_secondaries', () => {
    const { type, look } = machine(`sysctl -w net.ipv4.conf.all.promote_secondaries=1\n${NODE}`)
    type('ip addr delete 172.18.0.11/16 dev eth0')
    expect(look('172.18.0.99')).toContain('src 172.18.0.12')
  })

  test.each([
    ['ip route add default via 172.18.0.9', 'RTNETLINK answers: File exists\n=> 2\n'],
    ['ip route add 10.8.0.0/16 via 10.77.0.1', 'Error: Nexthop has invalid gateway.\n=> 2\n'],
    ['ip route delete 10.8.0.0/16', 'RTNETLINK answers: No such process\n=> 2\n'],
    ['ip route add 10.8.0.0/16 via 172.18.0.1 src 1.2.3.4', 'Error: Invalid prefsrc address.\n=> 2\n'],
    ['ip addr add 172.18.0.11/16 dev eth0', 'Error: ipv4: Address already assigned.\n=> 2\n'],
  ])('%s: %s', (line, error) => {
    expect(machine(NODE).type(line)).toBe(error)
  })
})

describe('a source of packets made here', () => {
  test('a local route of table main counts until there is a policy rule more', () => {
    const local = 'ip link set lo up\nip route add local 10.7.0.0/24 dev lo table main'
    const get = 'ip route get 172.18.0.77 from 10.7.0.3'
    expect(machine(`${NODE}\n${local}`).type(get)).toBe('172.18.0.77 from 10.7.0.3 dev eth0 uid 0 \n    cache \n')
    expect(machine(`${NODE}\n${local}\nip rule add pref 100 fwmark 9 lookup 100`).type(get)).toBe(
      'RTNETLINK answers: Network is unreachable\n=> 2\n',
    )
  })

  /** Measured on Linux 6.18. */
  const taken = (source: string): string =>
    machine(`${NODE}
      ip addr add 10.9.0.1/24 dev eth0
      ip route add local 10.7.0.0/24 dev lo
      ip rule add pref 5 lookup local
      ip rule del pref 0
      ip rule add pref 1 to 10.7.0.0/24 blackhole
      ip route del local 10.9.0.1 dev eth0 table local`).type(`ip route get 172.18.0.77 from ${source}`)

  test.each([
    ['an address of a device, without its local route', '10.9.0.1', '172.18.0.77 from 10.9.0.1 dev eth0 uid 0 \n    cache \n'],
    ['one of a local route, whatever policy rules say', '10.7.0.3', '172.18.0.77 from 10.7.0.3 dev eth0 uid 0 \n    cache \n'],
    ['another', '10.9.0.2', 'RTNETLINK answers: Network is unreachable\n=> 2\n'],
    ['a broadcast address', '172.18.255.255', 'RTNETLINK answers: Network is unreachable\n=> 2\n'],
    ['loopback’s', '127.0.0.5', 'RTNETLINK answers: Invalid argument\n=> 2\n'],
    ['one of many', '224.0.0.9', 'RTNETLINK answers: Invalid argument\n=> 2\n'],
  ])('%s: %s', (_what, source, answer) => {
    expect(taken(source)).toBe(answer)
  })
})
