/** Expected texts were captured from iproute2 6.1 on a real kernel. */
import { describe, expect, test } from 'vitest'
import { testTerminal } from './test-machine.ts'

const SETUP =
  'ip netns add a; ip link add cni0 address 02:00:00:00:00:01 type bridge; ip link add v0 type veth peer name eth0 netns a; ip link set v0 master cni0; ip link set v0 up; ip -n a link set eth0 up; ip link set cni0 up'

describe('ip address', () => {
  test('shows primary and secondary addresses', () => {
    const { see } = testTerminal()
    see(SETUP)
    expect(
      see('ip addr add 10.1.0.1/24 brd + dev cni0; ip addr add 10.1.0.9/24 dev cni0; ip addr add 169.254.20.10/32 dev lo scope host'),
    ).toBe('')
    expect(see('ip -4 addr')).toBe(`1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN group default qlen 1000
    inet 169.254.20.10/32 scope host lo
       valid_lft forever preferred_lft forever
3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    inet 10.1.0.1/24 brd 10.1.0.255 scope global cni0
       valid_lft forever preferred_lft forever
    inet 10.1.0.9/24 scope global secondary cni0
       valid_lft forever preferred_lft forever
`)
    expect(see('ip a s cni0')).toBe(`3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.1.0.1/24 brd 10.1.0.255 scope global cni0
       valid_lft forever preferred_lft forever
    inet 10.1.0.9/24 scope global secondary cni0
       valid_lft forever preferred_lft forever
`)
    expect(
      see('ip -o -4 addr show dev cni0'),
    ).toBe(`3: cni0    inet 10.1.0.1/24 brd 10.1.0.255 scope global cni0\\       valid_lft forever preferred_lft forever
3: cni0    inet 10.1.0.9/24 scope global secondary cni0\\       valid_lft forever preferred_lft forever
`)
    expect(see('ip -br addr show cni0')).toBe('cni0             UP             10.1.0.1/24 10.1.0.9/24 \n')
    expect(see('ip addr del 10.1.0.1/24 dev cni0; ip -4 addr show cni0')).toBe('')
    expect(see('ip addr replace 10.1.0.1/24 dev cni0 && ip addr replace 10.1.0.1/24 dev cni0; hostname -I')).toBe('10.1.0.1 \n')
    expect(see('ip addr flush dev cni0; ip -o -4 addr show cni0')).toBe('')
  })

  test('lo gets 127.0.0.1 when it comes up', () => {
    const { see } = testTerminal()
    expect(see('ip link set lo up; ip -o -4 addr')).toBe(
      '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n',
    )
  })

  const { see } = testTerminal()
  see(`${SETUP}; ip addr add 10.1.0.9/24 dev cni0`)
  test.each([
    ['ip addr add 10.1.0.9/24 dev cni0', 'Error: ipv4: Address already assigned.\n=> 2\n'],
    ['ip addr add 10.0.0.1/24 dev nope', 'Cannot find device "nope"\n=> 1\n'],
    ['ip addr add 10.0.0.300/24 dev cni0', 'Error: any valid prefix is expected rather than "10.0.0.300/24".\n=> 1\n'],
    ['ip addr del 10.0.0.3/24 dev cni0', 'Error: ipv4: Address not found.\n=> 2\n'],
    ['ip addr add 10.0.0.3/24', 'Not enough information: "dev" argument is required.\n=> 1\n'],
    ['ip addr foo', 'Command "foo" is unknown, try "ip address help".\n=> 255\n'],
    ['ip addr show nope', 'Device "nope" does not exist.\n=> 1\n'],
    ['ip addr flush', 'Flush requires arguments.\n=> 1\n'],
    ['ip addr add 10.0.0.4/24 dev cni0 valid_lft 60', 'ip: address option valid_lft is not modelled\n=> 1\n'],
    ['ip addr add 10.0.0.4/24 dev cni0 preferred_lft 60', 'ip: address option preferred_lft is not modelled\n=> 1\n'],
    ['ip addr add 10.0.0.4/24 dev cni0 valid_lft forever preferred_lft forever', ''],
    ['ip addr add 10.0.0.5/24 dev cni0 metric 5', 'ip: address option metric is not modelled\n=> 1\n'],
    ['ip addr add 10.0.0.5 peer 10.0.0.6 dev cni0', 'ip: address option peer is not modelled\n=> 1\n'],
    ['ip addr add 10.0.0.5/24 dev cni0 noprefixroute', 'ip: address option noprefixroute is not modelled\n=> 1\n'],
  ])('%s', (line, seen) => {
    expect(see(line)).toBe(seen)
  })
})
