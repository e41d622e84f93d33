/** Expected texts were captured from iproute2 6.1 on a real kernel. */
import { describe, expect, test } from 'vitest'
import { testTerminal } from './test-machine.ts'

const BRIDGED = `ip netns add a
ip link add cni0 address 02:00:00:00:00:01 type bridge
ip link set cni0 up
ip link add veth1 address 02:00:00:00:00:02 type veth peer name eth0 address 02:00:00:00:00:03 netns a
ip link set veth1 master cni0
ip link set veth1 up
ip -n a link set eth0 up
ip -n a link set lo up`

describe('what a CNI plugin types', () => {
  test('bridge and veth come up', () => {
    const { see } = testTerminal()
    expect(see(BRIDGED)).toBe('')
    expect(see('ip link')).toBe(`1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
2: eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/ether 02:42:ac:12:00:0b brd ff:ff:ff:ff:ff:ff
3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
4: veth1@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master cni0 state UP mode DEFAULT group default qlen 1000
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff link-netns a
`)
    expect(
      see('ip -n a link show eth0'),
    ).toBe(`2: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff link-netnsid 0
`)
    expect(see('ip -n a link show lo')).toContain(
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n',
    )
    expect(see('ip -br link')).toBe(`lo               DOWN           00:00:00:00:00:00 <LOOPBACK> 
eth0             DOWN           02:42:ac:12:00:0b <BROADCAST,MULTICAST> 
cni0             UP             02:00:00:00:00:01 <BROADCAST,MULTICAST,UP,LOWER_UP> 
veth1@if2        UP             02:00:00:00:00:02 <BROADCAST,MULTICAST,UP,LOWER_UP> 
`)
    expect(see('ip netns')).toBe('a (id: 0)\n')
  })

  test('hairpin by either command', () => {
    const { see, machine } = testTerminal()
    see(BRIDGED)
    const hairpin = (): unknown => {
      const device = machine.root.devices.get('veth1')
      return device?.kind === 'veth' && device.port?.hairpinMode
    }
    expect(see('bridge link set dev veth1 hairpin on')).toBe('')
    expect(hairpin()).toBe(true)
    expect(see('ip link set veth1 type bridge_slave hairpin off')).toBe('')
    expect(hairpin()).toBe(false)
    expect(
      see('ip link set dev veth1 type bridge_slave hairpin on; bridge -d link show dev veth1'),
    ).toBe(`4: veth1@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master cni0 state forwarding priority 32 cost 2 
    hairpin on guard off root_block off fastleave off learning on flood on mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off neigh_suppress off vlan_tunnel off isolated off locked off 
`)
  })

  test('the far end moves and is renamed; deleting one end or the namespace removes both', () => {
    const { see, machine } = testTerminal()
    see('ip netns add cni-1; ip link add v2 type veth peer name v3')
    expect(see('ip link show v3')).toContain(': v3@v2: <BROADCAST,MULTICAST,M-DOWN> mtu 1500')
    expect(see('ip link set v3 netns cni-1 name eth0 && ip netns exec cni-1 ip link show eth0')).toContain(': eth0@if')
    expect(machine.netns.get('cni-1')?.name).toBe('pod/default/web')
    expect(see('ip netns del cni-1; ip link show v2')).toBe('Device "v2" does not exist.\n=> 1\n')
  })

  test('an end whose other end is down has no carrier', () => {
    const { see } = testTerminal()
    see('ip link add p0 type veth peer name p1; ip link set p0 up')
    expect(see('ip link show p0')).toContain(
      ': p0@p1: <NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN> mtu 1500 qdisc noqueue state LOWERLAYERDOWN mode',
    )
  })
})

test('what goes wrong, in the words of the tool', () => {
  const { see } = testTerminal()
  see('ip netns add a; ip link add cni0 type bridge; ip link add v4 type veth peer name v5')
  for (const [line = '', seen] of [
    ['ip link add cni0 type bridge', 'RTNETLINK answers: File exists\n=> 2\n'],
    ['ip link set eth9 up', 'Cannot find device "eth9"\n=> 1\n'],
    ['ip link add veth1 type veth peer name eth0 netns b', 'Error: argument "b" is wrong: Invalid "netns" value\n\n=> 255\n'],
    ['ip link add foo type bar', 'Error: Unknown device type.\n=> 2\n'],
    ['ip link add g0 type gretap', 'ip: link type gretap is not modelled\n=> 1\n'],
    ['ip link add averyveryverylongname type bridge', 'Error: Attribute failed policy validation.\n=> 2\n'],
    ['ip link del nope', 'Cannot find device "nope"\n=> 1\n'],
    ['ip link del lo', 'RTNETLINK answers: Operation not supported\n=> 2\n'],
    ['ip link show nope', 'Device "nope" does not exist.\n=> 1\n'],
    ['ip link set', 'Not enough information: "dev" argument is required.\n=> 255\n'],
    ['ip link add x type', 'Command line is not complete. Try option "help"\n=> 255\n'],
    ['ip link add x', 'Not enough information: "type" argument is required\n=> 1\n'],
    ['ip link set cni0 mtu foo', 'Error: argument "foo" is wrong: Invalid "mtu" value\n\n=> 255\n'],
    ['ip link set cni0 foo', 'Error: either "dev" is duplicate, or "foo" is a garbage.\n=> 255\n'],
    ['ip link set cni0 master nope', 'Error: argument "nope" is wrong: Device does not exist\n\n=> 255\n'],
    ['ip link set v4 address 02:00:00:00:00:zz', '"zz" is invalid lladdr.\n=> 1\n'],
    ['ip link set v4 name lo', 'RTNETLINK answers: File exists\n=> 2\n'],
    ['ip link set v4 type bridge_slave hairpin on', 'RTNETLINK answers: Operation not supported\n=> 2\n'],
    ['bridge link set dev v4 hairpin on', 'RTNETLINK answers: Operation not supported\n=> 255\n'],
    ['bridge link set dev nope hairpin on', 'Cannot find bridge device "nope"\n=> 255\n'],
    ['bridge link set dev v4 hairpin maybe', 'Error: argument of "hairpin" must be one of "off", "on", not "maybe"\n=> 234\n'],
    ['bridge foo', 'Object "foo" is unknown, try "bridge help".\n=> 255\n'],
    ['ip foo', 'Object "foo" is unknown, try "ip help".\n=> 1\n'],
    ['ip netns add a', 'Cannot create namespace file "/run/netns/a": File exists\n=> 1\n'],
    ['ip netns del zz', 'Cannot remove namespace file "/run/netns/zz": No such file or directory\n=> 1\n'],
    ['ip netns exec zz true', 'Cannot open network namespace "zz": No such file or directory\n=> 255\n'],
    ['ip -n zz link', 'Cannot open network namespace "zz": No such file or directory\n=> 255\n'],
    ['ip netns exec a foo', 'exec of "foo" failed: No such file or directory\n=> 1\n'],
    ['ip netns add x/y', 'Invalid netns name "x/y"\n=> 255\n'],
  ]) {
    expect(`$ ${line}\n${see(line)}`).toBe(`$ ${line}\n${seen}`)
  }
})

test.each([
  ['type vlan id 5 bogus', 'ip: vlan option bogus is not modelled\n=> 1\n'],
  ['type vlan id 5 protocol 802.1ad', 'ip: vlan protocol 802.1ad is not modelled\n=> 1\n'],
  ['type vlan id 4095', 'Error: 8021q: Invalid VLAN id.\n=> 2\n'],
  ['type vlan', 'Error: 8021q: VLAN properties not specified.\n=> 2\n'],
  ['type vlan id 5 protocol 802.1Q', ''],
])('ip link add link v0 name v0.5 %s', (words, seen) => {
  const { see } = testTerminal()
  see('ip link add v0 type veth peer name v1')
  expect(see(`ip link add link v0 name v0.5 ${words}`)).toBe(seen)
})

test('how long a bridge remembers where an address is: in 1/100 s', () => {
  const { see } = testTerminal()
  see('ip link add br7 type bridge')
  expect(see('ip -d link show br7')).toContain(' ageing_time 30000 ')
  expect(see('ip link set br7 type bridge ageing_time 1234')).toBe('')
  expect(see('ip -d link show br7')).toContain(' ageing_time 1234 ')
})
