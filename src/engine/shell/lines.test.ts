/** Lines whose answer no transcript holds: what is not modelled here, and what the kernel at hand has no devices for. */
import { describe, expect, test } from 'vitest'
import { testTerminal } from './test-machine.ts'

/** What a person sees of the last of some lines. */
function last(...lines: readonly string[]): string {
  const { see } = testTerminal()
  return lines.map(see).at(-1) ?? ''
}

describe('not modelled is said', () => {
  test.each([
    ['bridge fdb add 02:00:00:00:00:01 dev eth0 vlan 5', 'bridge: fdb option vlan is not modelled'],
    ['bridge fdb add 02:00:00:00:00:01 dev eth0 sticky', 'bridge: fdb option sticky is not modelled'],
    ['bridge link set dev eth0 guard on', 'bridge: port option guard is not modelled'],
    ['ip addr add 10.0.0.1/24 dev eth0 scope 255', 'ip: scope nowhere is not modelled'],
    ['ip addr add 10.0.0.1/24 dev eth0 scope 7', 'ip: scope 7 is not modelled'],
    ['ip link add x type vxlan id 5 dstport 4789 df inherit', 'ip: vxlan df inherit is not modelled'],
    ['ip link add x type vxlan id 5 dstport 4789 group 239.0.0.1 dev lo', 'ip: a multicast vxlan group is not modelled'],
    ['ip link set eth0 type bridge_slave guard on', 'ip: bridge port option guard is not modelled'],
    ['ip link set eth0 type vlan', 'ip: link set type vlan is not modelled'],
    ['ip tunnel change t mode ipip', 'ip: tunnel change is not modelled'],
    ['ip tunnel add t mode gre', 'ip: tunnel mode gre is not modelled'],
    ['ip route get 10.0.0.1 ipproto tcp', 'ip: route get ipproto is not modelled'],
    ['ip -6 route', 'ip: option -6 is not modelled'],
    ['tc qdisc add dev eth0 root netem duplicate 5%', 'tc: netem: duplicate is not modelled'],
    ['tc qdisc add dev eth0 root', 'tc: a qdisc must be named: netem'],
    ['sysctl --system', 'sysctl: --system is not modelled'],
    ['conntrack -E', 'conntrack v1.4.7 (conntrack-tools): -E is not modelled; -L, -D, -F and -C are'],
    ['ipset create s hash:ip family inet6; ipset add s ::1', 'IPv6 elements are not modelled'],
  ])('%s', (line, said) => {
    expect(last(line)).toContain(said)
  })
})

describe('ip link', () => {
  const details = (name: string) => `ip -d link show dev ${name}`
  test.each<[lines: string, name: string, third: string]>([
    ['ip link add d type dummy', 'd', 'dummy addrgenmode eui64'],
    ['ip link add t type ipip remote 10.0.0.9 local 10.0.0.1 ttl 255', 't', 'ipip any remote 10.0.0.9 local 10.0.0.1 ttl 255 pmtudisc '],
    ['ip link add t type ipip remote 10.0.0.9', 't', 'ipip any remote 10.0.0.9 local any ttl inherit pmtudisc '],
    [
      'ip link add t type ipip local 10.0.0.9 dev eth0 nopmtudisc',
      't',
      'ipip any remote any local 10.0.0.9 dev eth0 ttl inherit nopmtudisc ',
    ],
    ['ip link add v link eth0 type vlan id 4094', 'v', 'vlan protocol 802.1Q id 4094 <REORDER_HDR> '],
  ])('%s', (lines, name, third) => {
    expect(last(lines, details(name)).split('\n')[2]?.trim().slice(0, third.trim().length)).toBe(third.trim())
  })

  test.each([
    ['ip link add t type ipip remote 10.0.0.9 ttl 256', 'Error: argument "256" is wrong: invalid TTL\n\n=> 255\n'],
    ['ip link add v link eth0 type vlan id 5 foo', 'ip: vlan option foo is not modelled\n=> 1\n'],
    ['ip link add v link eth0 type vlan id', 'Command line is not complete. Try option "help"\n=> 255\n'],
  ])('%s', (line, seen) => {
    expect(last(line)).toBe(seen)
  })

  test('a device that goes up as it is made', () => {
    expect(last('ip link add d up type dummy', 'ip -br link show dev d')).toMatch(/^d +UNKNOWN /)
    expect(last('ip link add d type dummy', 'ip -br link show dev d')).toMatch(/^d +DOWN /)
    expect(last('ip link add d type dummy', 'ip link add d up type dummy')).toBe('RTNETLINK answers: File exists\n=> 2\n')
    expect(last('ip link add up type dummy', 'ip -br link show dev dummy0')).toMatch(/^dummy0 +DOWN |^dummy0 +UNKNOWN |does not exist/)
  })

  test('replace makes what is not there', () => {
    expect(last('ip link replace d type dummy', 'ip -br link show dev d')).toMatch(/^d +DOWN /)
  })
})

describe('ip tunnel', () => {
  test.each([
    ['ip tunnel lst t', 't: ip/ip remote 10.0.0.9 local 10.0.0.1 ttl 64\n'],
    ['ip tunnel show t', 't: ip/ip remote 10.0.0.9 local 10.0.0.1 ttl 64\n'],
    ['ip tunnel list', 'tunl0: any/ip remote any local any ttl inherit nopmtudisc\nt: ip/ip remote 10.0.0.9 local 10.0.0.1 ttl 64\n'],
    ['ip tunnel sh nosuch', 'get tunnel "nosuch" failed: No such device\n=> 1\n'],
    ['ip tunnel foo', 'Command "foo" is unknown, try "ip tunnel help"\n=> 255\n'],
  ])('%s', (line, seen) => {
    expect(last('ip tunnel add t mode ipip remote 10.0.0.9 local 10.0.0.1 ttl 64', line)).toBe(seen)
  })
})

describe('iptables-save and iptables-restore', () => {
  test.each([
    [
      'iptables-save -t',
      "iptables-save: option requires an argument -- 't'\nLook at manual page `iptables-save.8' for more information.\n=> 1\n",
    ],
    ['iptables-save -x', "iptables-save: invalid option -- 'x'\nLook at manual page `iptables-save.8' for more information.\n=> 1\n"],
    [
      'iptables-save --foo',
      "iptables-save: unrecognized option '--foo'\nLook at manual page `iptables-save.8' for more information.\n=> 1\n",
    ],
    ['iptables-save foo', 'Unknown arguments found on commandline\n=> 1\n'],
    ['iptables-save -f x', 'iptables-save: -f is not modelled\n=> 1\n'],
    ['iptables-save -t filter | grep -c COMMIT', '1\n'],
    ['iptables-save -tfilter | grep -c COMMIT', '1\n'],
    ['iptables-save --table=filter | grep -c COMMIT', '1\n'],
    ['iptables -A INPUT; iptables-save -ct filter | grep INPUT', ':INPUT ACCEPT [0:0]\n[0:0] -A INPUT\n'],
    ['iptables-save -cx', "iptables-save: invalid option -- 'x'\nLook at manual page `iptables-save.8' for more information.\n=> 1\n"],
    ['iptables -N X; iptables -D X 1', 'iptables: Index of deletion too big.\n=> 1\n'],
    ['iptables -A FORWARD -j ACCEPT; iptables -D FORWARD 2', 'iptables: Index of deletion too big.\n=> 1\n'],
    ['iptables -A INPUT -j ACCEPT; iptables -D FORWARD 1', 'iptables: No chain/target/match by that name.\n=> 1\n'],
    ['printf "*filter\\nCOMMIT\\n" | iptables-restore -w 5', ''],
    ['printf "*filter\\nCOMMIT\\n" | iptables-restore --wait-interval 5 --wait', ''],
    ['printf "*filter\\nCOMMIT\\n" | iptables-restore --wait 5 -W 5', ''],
    ['iptables-restore -W 5 /none', "Can't open /none: No such file or directory\n=> 1\n"],
  ])('%s', (line, seen) => {
    expect(last(line)).toBe(seen)
  })
})

describe('the shell', () => {
  test.each([
    ['cat /none 2> /root/none/e', /No such file or directory/],
    ['echo x > /root/none/e', /bash: \/root\/none\/e: No such file or directory\n=> 1\n/],
    ['ping -c 1 -- 10.0.0.1', /^$/],
    ['head -n 1 -- /none', /head/],
    ['cat <<E', /^$|E/],
  ])('%s', (line, seen) => {
    expect(last(line)).toMatch(seen)
  })

  test('options end at --', () => {
    const { type, spawned } = testTerminal()
    type('ping -c 1 -- 10.0.0.1')
    type('ping -- 10.0.0.2')
    expect(spawned.map(({ options }) => options)).toMatchObject([{ host: '10.0.0.1', count: 1 }, { host: '10.0.0.2' }])
  })
})
