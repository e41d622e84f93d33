/** Expected texts were captured from iproute2 6.1 on a real kernel. */
import { describe, expect, test } from 'vitest'
import { testTerminal } from './test-machine.ts'

/** A pod-like namespace `a`, bridged to cni0 (10.1.0.1/24) of the machine. */
const SETUP = `ip netns add a; ip link add cni0 type bridge; ip link add v0 type veth peer name eth0 netns a
ip link set v0 master cni0; ip link set v0 up; ip -n a link set eth0 up; ip link set cni0 up
ip -n a addr add 10.1.0.2/24 dev eth0; ip addr add 10.1.0.1/24 brd + dev cni0`

function terminal() {
  const made = testTerminal()
  expect(made.see(SETUP)).toBe('')
  return made
}

test('routes as ip route prints them', () => {
  const { see } = terminal()
  expect(see('ip -n a route')).toBe('10.1.0.0/24 dev eth0 proto kernel scope link src 10.1.0.2 \n')
  expect(
    see(`ip -n a route add default via 10.1.0.1
ip -n a route add blackhole 10.5.0.0/16
ip -n a route add unreachable 10.6.0.0/16
ip -n a route add prohibit 10.7.0.0/16
ip -n a route add 10.8.0.0/16 nexthop via 10.1.0.1 weight 2 nexthop via 10.1.0.3
ip -n a route add 10.10.0.0/24 via 10.1.0.1 src 10.1.0.2 metric 100 mtu 1400
ip -n a route add 10.11.0.0/24 via 10.99.0.1 dev eth0 onlink
ip -n a route`),
  ).toBe(`default via 10.1.0.1 dev eth0 
10.1.0.0/24 dev eth0 proto kernel scope link src 10.1.0.2 
blackhole 10.5.0.0/16 
unreachable 10.6.0.0/16 
prohibit 10.7.0.0/16 
10.8.0.0/16 
\tnexthop via 10.1.0.1 dev eth0 weight 2 
\tnexthop via 10.1.0.3 dev eth0 weight 1 
10.10.0.0/24 via 10.1.0.1 dev eth0 src 10.1.0.2 metric 100 mtu 1400 
10.11.0.0/24 via 10.99.0.1 dev eth0 onlink 
`)
  expect(see('ip -n a route show dev eth0')).toBe(`default via 10.1.0.1 
10.1.0.0/24 proto kernel scope link src 10.1.0.2 
10.10.0.0/24 via 10.1.0.1 src 10.1.0.2 metric 100 mtu 1400 
10.11.0.0/24 via 10.99.0.1 onlink 
`)
  expect(see('ip -n a route show proto kernel')).toBe('10.1.0.0/24 dev eth0 scope link src 10.1.0.2 \n')
  expect(see('ip -n a route show default')).toBe('default via 10.1.0.1 dev eth0 \n')
  expect(see('ip -n a route show match 10.10.0.4')).toBe(`default via 10.1.0.1 dev eth0 
10.10.0.0/24 via 10.1.0.1 dev eth0 src 10.1.0.2 metric 100 mtu 1400 
`)
  expect(see('ip -n a route get 10.5.0.1')).toBe('RTNETLINK answers: Invalid argument\n=> 2\n')
  expect(see('ip -n a route get 10.6.0.1')).toBe('RTNETLINK answers: No route to host\n=> 2\n')
  expect(see('ip -n a route get 10.7.0.1')).toBe('RTNETLINK answers: Permission denied\n=> 2\n')
})

test('what ip route printed, ip route add reads', () => {
  const { see } = terminal()
  see(
    'ip route add default via 10.1.0.2 proto static metric 50; ip route add 10.8.0.0/16 nexthop via 10.1.0.2 weight 2 nexthop via 10.1.0.3; ip route add 10.9.0.0/24 via 10.77.0.1 dev cni0 onlink; ip route add unreachable 10.6.0.0/16; ip route add 10.10.0.0/24 dev cni0 scope link src 10.1.0.1 mtu 1400',
  )
  const before = see('ip route')
  expect(see('ip route flush table main; ip route')).toBe('')
  for (const line of before
    .replaceAll('\n\t', ' ')
    .trimEnd()
    .split('\n')
    .sort((a, b) => Number(b.includes('proto kernel')) - Number(a.includes('proto kernel'))))
    expect(see(`ip route add ${line}`)).toBe('')
  expect(see('ip route')).toBe(before)
})

test('tables', () => {
  const { see } = terminal()
  expect(see('ip route show table local')).toBe(`local 10.1.0.1 dev cni0 proto kernel scope host src 10.1.0.1 
broadcast 10.1.0.255 dev cni0 proto kernel scope link src 10.1.0.1 
`)
  expect(see('ip route show table all')).toBe(`10.1.0.0/24 dev cni0 proto kernel scope link src 10.1.0.1 
local 10.1.0.1 dev cni0 table local proto kernel scope host src 10.1.0.1 
broadcast 10.1.0.255 dev cni0 table local proto kernel scope link src 10.1.0.1 
`)
  expect(see('ip route add 1.1.1.1 via 10.1.0.2 table 100; ip route show table 100')).toBe('1.1.1.1 via 10.1.0.2 dev cni0 \n')
  expect(see('ip route list table 77')).toBe('Error: ipv4: FIB table does not exist.\nDump terminated\n=> 2\n')
  expect(see('ip -d route')).toBe('unicast 10.1.0.0/24 dev cni0 proto kernel scope link src 10.1.0.1 \n')
})

test('replace, change, delete, flush', () => {
  const { see } = terminal()
  expect(see('ip route add 10.5.0.0/16 via 10.1.0.3 && ip route replace 10.5.0.0/16 via 10.1.0.4; ip route show 10.5.0.0/16')).toBe(
    '10.5.0.0/16 via 10.1.0.4 dev cni0 \n',
  )
  expect(see('ip route change 10.5.0.0/16 via 10.1.0.5; ip route show 10.5.0.0/16')).toBe('10.5.0.0/16 via 10.1.0.5 dev cni0 \n')
  expect(see('ip route del 10.5.0.0/16; ip route show 10.5.0.0/16')).toBe('')
  expect(see('ip route flush table main; ip route')).toBe('')
})

describe('ip route get', () => {
  const { see } = terminal()
  see('ip -n a route add default via 10.1.0.1')
  test.each([
    ['ip route get 10.1.0.2', '10.1.0.2 dev cni0 src 10.1.0.1 uid 0 \n    cache \n'],
    ['ip route get 8.8.8.8', 'RTNETLINK answers: Network is unreachable\n=> 2\n'],
    ['ip -n a route get 8.8.8.8', '8.8.8.8 via 10.1.0.1 dev eth0 src 10.1.0.2 uid 0 \n    cache \n'],
    ['ip -n a route get 8.8.8.8 from 10.1.0.2', '8.8.8.8 from 10.1.0.2 via 10.1.0.1 dev eth0 uid 0 \n    cache \n'],
    ['ip -n a route get 10.1.0.2', 'local 10.1.0.2 dev lo src 10.1.0.2 uid 0 \n    cache <local> \n'],
    ['ip route get 10.1.0.2 mark 5', '10.1.0.2 dev cni0 src 10.1.0.1 mark 5 uid 0 \n    cache \n'],
    ['ip route get 10.1.0.99 from 10.1.0.2 iif cni0', 'RTNETLINK answers: No route to host\n=> 2\n'],
    ['ip route get 8.8.8.8 from 10.1.0.2', 'RTNETLINK answers: Network is unreachable\n=> 2\n'],
    ['ip route get 8.8.8.8 oif cni0', '8.8.8.8 dev cni0 src 10.1.0.1 uid 0 \n    cache \n'],
    ['ip route get fibmatch 10.1.0.7', '10.1.0.0/24 dev cni0 proto kernel scope link src 10.1.0.1 \n'],
    ['ip route get 8.8.8.8 from 10.1.0.2 iif nope', 'Cannot find device "nope"\n=> 1\n'],
    ['ip route get foo', 'Error: any valid prefix is expected rather than "foo".\n=> 1\n'],
    ['ip route get', 'need at least a destination address\n=> 1\n'],
  ])('%s', (line, seen) => {
    expect(see(line)).toBe(seen)
  })

  test('with policy rules of one’s own the table is named; forwarded packets have an input device', () => {
    const { see: type } = terminal()
    type(
      'sysctl -qw net.ipv4.ip_forward=1; ip route add default via 10.1.0.9; ip rule add from 10.1.0.77 table 100; ip route add default via 10.1.0.8 table 100; ip link set lo up',
    )
    expect(type('ip route get 127.0.0.1')).toBe('local 127.0.0.1 dev lo table local src 127.0.0.1 uid 0 \n    cache <local> \n')
    expect(type('ip route get 10.1.0.255')).toBe('broadcast 10.1.0.255 dev cni0 table local src 10.1.0.1 uid 0 \n    cache <local,brd> \n')
    expect(type('ip route get 8.8.8.8 from 10.1.0.77 iif cni0')).toBe(
      '8.8.8.8 from 10.1.0.77 via 10.1.0.8 dev cni0 table 100 \n    cache iif cni0 \n',
    )
    expect(type('ip route get 10.1.0.1 from 10.1.0.2 iif cni0')).toBe(
      'local 10.1.0.1 from 10.1.0.2 dev lo table local \n    cache <local> iif cni0 \n',
    )
  })
})

test('what goes wrong, in the words of the tool', () => {
  const { see } = terminal()
  see('ip -n a route add default via 10.1.0.1; ip link add p0 type veth peer name p1')
  for (const [line = '', seen] of [
    ['ip -n a route add default via 10.1.0.1', 'RTNETLINK answers: File exists\n=> 2\n'],
    ['ip -n a route add 10.9.0.0/16 via 10.9.0.1', 'Error: Nexthop has invalid gateway.\n=> 2\n'],
    ['ip route add 10.2.0.0/16 via 10.7.7.7', 'Error: Nexthop has invalid gateway.\n=> 2\n'],
    ['ip route add 10.2.0.0/16 dev eth9', 'Cannot find device "eth9"\n=> 1\n'],
    ['ip route del 10.2.0.0/16', 'RTNETLINK answers: No such process\n=> 2\n'],
    ['ip route add foo', 'Error: any valid prefix is expected rather than "foo".\n=> 1\n'],
    ['ip route add 10.0.0.0/8 via foo', 'Error: inet address is expected rather than "foo".\n=> 1\n'],
    ['ip route add 10.0.0.5/8 via 10.1.0.2', 'Error: Invalid prefix for given prefix length.\n=> 2\n'],
    ['ip route foo', 'Command "foo" is unknown, try "ip route help".\n=> 255\n'],
    ['ip route add default', 'RTNETLINK answers: No such device\n=> 2\n'],
    ['ip route del default', 'RTNETLINK answers: No such process\n=> 2\n'],
    ['ip route add default via', 'Command line is not complete. Try option "help"\n=> 255\n'],
    ['ip route add 10.53.0.0/16 dev p1', 'Error: Device for nexthop is not up.\n=> 2\n'],
    ['ip route add 10.52.0.0/16 via 10.1.0.2 src 10.9.9.9', 'Error: Invalid prefsrc address.\n=> 2\n'],
    ['ip route change 10.77.0.0/16 via 10.1.0.3', 'RTNETLINK answers: No such file or directory\n=> 2\n'],
  ]) {
    expect(`$ ${line}\n${see(line)}`).toBe(`$ ${line}\n${seen}`)
  }
})

test('ip rule', () => {
  const { see } = terminal()
  expect(
    see(`ip rule add from 10.1.0.0/24 table 100
ip rule add fwmark 0x1/0xff lookup 101 pref 200
ip rule add fwmark 1 table 102
ip rule add to 10.3.0.0/16 iif cni0 prohibit
ip rule add not from 10.3.0.0/16 table main
ip rule`),
  ).toBe(`0:\tfrom all lookup local
197:\tnot from 10.3.0.0/16 lookup main
198:\tfrom all to 10.3.0.0/16 iif cni0 prohibit
199:\tfrom all fwmark 0x1 lookup 102
200:\tfrom all fwmark 0x1/0xff lookup 101
32765:\tfrom 10.1.0.0/24 lookup 100
32766:\tfrom all lookup main
32767:\tfrom all lookup default
`)
  expect(see('ip rule del table 100; ip rule show table 102')).toBe('199:\tfrom all fwmark 0x1 lookup 102\n')
  expect(see('ip rule del table 999')).toBe('RTNETLINK answers: No such file or directory\n=> 2\n')
  expect(see('ip rule add')).toBe('"ip rule add" requires arguments.\n=> 1\n')
  expect(see('ip rule add from foo')).toBe('Error: any valid prefix is expected rather than "foo".\n=> 1\n')
  expect(see('ip rule flush; ip rule')).toBe('0:\tfrom all lookup local\n')
})

test('whether a rule is inverted is asked neither when one is added nor when one is deleted', () => {
  const { see } = terminal()
  expect(see('ip rule add not to 10.0.0.0/8 lookup 10 pref 300; ip rule add to 10.0.0.0/8 lookup 10 pref 300')).toBe(
    'RTNETLINK answers: File exists\n=> 2\n',
  )
  expect(see('ip rule del to 10.0.0.0/8 lookup 10 pref 300; ip rule add to 10.0.0.0/8 lookup 10 pref 301')).toBe('')
  expect(see('ip rule del not to 10.0.0.0/8 lookup 10 pref 301; ip rule show pref 301')).toBe('')
})

test('ip neigh', () => {
  const { see } = terminal()
  expect(
    see(`ip neigh add 10.1.0.2 lladdr 02:00:00:00:00:01 dev cni0
ip neigh replace 10.1.0.3 lladdr 02:00:00:00:00:03 dev cni0 nud permanent
ip neigh add 10.1.0.4 lladdr 02:00:00:00:00:03 dev cni0 nud stale
ip neigh`),
  ).toBe(`10.1.0.2 dev cni0 lladdr 02:00:00:00:00:01 PERMANENT 
10.1.0.3 dev cni0 lladdr 02:00:00:00:00:03 PERMANENT 
10.1.0.4 dev cni0 lladdr 02:00:00:00:00:03 STALE 
`)
  expect(see('ip neigh show 10.1.0.4 dev cni0')).toBe('10.1.0.4 lladdr 02:00:00:00:00:03 STALE \n')
  expect(see('ip neigh add 10.1.0.2 lladdr 02:00:00:00:00:01 dev cni0')).toBe('RTNETLINK answers: File exists\n=> 2\n')
  expect(see('ip neigh del 10.1.0.2 dev cni0')).toBe('')
  expect(see('ip neigh del 10.1.0.22 dev cni0')).toBe('RTNETLINK answers: No such file or directory\n=> 2\n')
  expect(see('ip neigh flush dev cni0; ip neigh')).toBe('10.1.0.3 dev cni0 lladdr 02:00:00:00:00:03 PERMANENT \n')
  expect(see('ip neigh add 10.1.0.2')).toBe('Device and destination are required arguments.\n=> 255\n')
  expect(see('ip neigh add 10.1.0.7 dev cni0')).toBe('Error: No link layer address given.\n=> 2\n')
})

test('values of show by number, any of them, short keywords', () => {
  const { see } = testTerminal()
  see('ip link add e type veth peer name p; ip link set e up; ip link set p up; ip addr add 172.18.0.11/16 dev e')
  see('ip route add default via 172.18.0.1; ip route add 10.244.1.0/24 via 172.18.0.2 proto 4')
  const onLink = '172.18.0.0/16 dev e proto kernel scope link src 172.18.0.11 \n'
  const fixed = '10.244.1.0/24 via 172.18.0.2 dev e '
  const all = `default via 172.18.0.1 dev e \n${fixed}proto static \n${onLink}`
  const cases: readonly (readonly [string, string])[] = [
    ['scope 253', onLink.replace('scope link ', '')],
    ['s 0xfd', onLink.replace('scope link ', '')],
    ['scope all', all],
    ['scope 200', ''],
    ['scope site', ''],
    ['scope 256', 'Error: argument "256" is wrong: invalid "scope"\n\n=> 255\n'],
    ['scope universe', 'Error: argument "universe" is wrong: invalid "scope"\n\n=> 255\n'],
    ['proto all', all],
    ['p 2', onLink.replace('proto kernel ', '')],
    ['proto static', `${fixed}\n`],
    ['proto 0x4', `${fixed}\n`],
    ['proto 256', 'Error: argument "256" is wrong: invalid "protocol"\n\n=> 255\n'],
    ['type 1', all],
    ['ty unicast', all],
    ['type multicast', ''],
    ['type 99', ''],
    ['type all', 'Error: argument "all" is wrong: node type value is invalid\n\n=> 255\n'],
    ['t main', all],
    ['tab 254', all],
  ]
  for (const [words, expected] of cases) expect(see(`ip route show ${words}`), words).toBe(expected)
})
