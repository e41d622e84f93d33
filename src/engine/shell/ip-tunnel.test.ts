/** Tunnel devices as iproute2 6.1 prints them; texts from Linux 6.18 (VXLAN, TUN) and 6.1 (IPIP, VLAN). */
import { expect, it } from 'vitest'
import { testTerminal } from './test-machine.ts'

const VXLAN_END = 'udpcsum noudp6zerocsumtx noudp6zerocsumrx '

it('vxlan', () => {
  const { see, type } = testTerminal()
  type('ip addr add 10.0.0.11/24 dev eth0; ip link set eth0 up')

  for (const [line = '', seen] of [
    ['ip link add flannel.1 address 0e:11:22:33:44:55 mtu 1450 type vxlan id 1 dev eth0 local 10.0.0.11 dstport 8472 nolearning', ''],
    [
      'ip -d link show flannel.1 | head -3 | grep vxlan',
      `    vxlan id 1 local 10.0.0.11 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 ${VXLAN_END}addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 65536 tso_max_segs 65535 gro_max_size 65536 \n`,
    ],
    ['ip link set flannel.1 up', ''],
    [
      'ip link show flannel.1',
      `3: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether 0e:11:22:33:44:55 brd ff:ff:ff:ff:ff:ff\n`,
    ],
    ['ss -lun | grep 8472 | wc -l', '1\n'],
    ['bridge fdb replace 0e:11:22:33:44:66 dev flannel.1 dst 10.0.0.12 self permanent', ''],
    ['bridge fdb show dev flannel.1', '0e:11:22:33:44:66 dst 10.0.0.12 self permanent\n'],
    ['bridge fdb | grep flannel', '0e:11:22:33:44:66 dev flannel.1 dst 10.0.0.12 self permanent\n'],
    // Only groups take several remotes: this one is accepted and changes nothing.
    ['bridge fdb append 0e:11:22:33:44:66 dev flannel.1 dst 10.0.0.13', ''],
    ['bridge fdb add 0e:11:22:33:44:66 dev flannel.1 dst 10.0.0.13', 'RTNETLINK answers: File exists\n=> 255\n'],
    ['bridge fdb add 0e:11:22:33:44:78 dev flannel.1', 'RTNETLINK answers: Invalid argument\n=> 255\n'],
    ['bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst 10.0.0.13', ''],
    ['bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst 10.0.0.14 via eth0', ''],
    ['bridge fdb replace 00:00:00:00:00:00 dev flannel.1 dst 10.0.0.14', 'Error: Cannot replace non-unicast fdb entries.\n=> 255\n'],
    ['bridge fdb add 0e:11:22:33:44:55 dev flannel.1 dst 10.0.0.2 port 4789 vni 5 via eth0 static', ''],
    [
      'bridge fdb show dev flannel.1',
      `0e:11:22:33:44:55 dst 10.0.0.2 port 4789 vni 5 via eth0 self static
00:00:00:00:00:00 dst 10.0.0.13 self permanent
00:00:00:00:00:00 dst 10.0.0.14 via eth0 self permanent
0e:11:22:33:44:66 dst 10.0.0.12 self permanent\n`,
    ],
    ['bridge fdb del 00:00:00:00:00:00 dev flannel.1 dst 10.0.0.13', ''],
    ['bridge fdb del 0e:11:22:33:44:66 dev flannel.1 dst 10.0.0.99', ''],
    ['bridge fdb del 0e:11:22:33:44:66 dev flannel.1', ''],
    ['bridge fdb del 0e:11:22:33:44:66 dev flannel.1', 'RTNETLINK answers: No such file or directory\n=> 255\n'],
    ['ip link set flannel.1 mtu 1451', 'RTNETLINK answers: Invalid argument\n=> 2\n'],
    ['ip link set flannel.1 down; ss -lun | grep 8472', '=> 1\n'],
  ]) {
    expect(`$ ${line}\n${see(line)}`).toBe(`$ ${line}\n${seen}`)
  }

  for (const [line = '', seen] of [
    [
      'ip link add vx0 type vxlan id 2',
      "vxlan: destination port not specified\nWill use Linux kernel default (non-standard value)\nUse 'dstport 4789' to get the IANA assigned value\nUse 'dstport 0' to get default and quiet this message\n",
    ],
    ['ip link add vx1 type vxlan id 1 dstport 8472', 'Error: A VXLAN device with the specified VNI already exists.\n=> 2\n'],
    ['ip link add vx1 type vxlan dstport 0', 'vxlan: missing virtual network identifier\n=> 1\n'],
    ['ip link add vx1 type vxlan id 16777216 dstport 0', 'Error: argument "16777216" is wrong: invalid id\n=> 255\n'],
    ['ip link add vx1 type vxlan id 7 dev nope dstport 0', 'Cannot find device "nope"\n=> 255\n'],
    ['ip link add vx1 mtu 9000 type vxlan id 7 dev eth0 dstport 4789 remote 10.0.0.5 ttl 10 tos 4', ''],
    ['bridge fdb show dev vx1', '00:00:00:00:00:00 dst 10.0.0.5 via eth0 self permanent\n'],
    [
      'ip -d link show vx1 | head -1',
      '5: vx1: <BROADCAST,MULTICAST> mtu 1450 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n',
    ],
    [
      'ip -d link show vx1 | grep vxlan',
      `    vxlan id 7 remote 10.0.0.5 dev eth0 srcport 0 0 dstport 4789 tos 0x4 ttl 10 ageing 300 ${VXLAN_END}addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 65536 tso_max_segs 65535 gro_max_size 65536 \n`,
    ],
  ]) {
    expect(`$ ${line}\n${see(line)}`).toBe(`$ ${line}\n${seen}`)
  }
})

it('ipip', () => {
  const { see } = testTerminal()
  for (const [line = '', seen] of [
    ['ip link add tun1 type ipip local 10.0.0.1 remote 10.0.0.2', ''],
    [
      'ip link show tun1',
      '4: tun1@NONE: <POINTOPOINT,NOARP> mtu 1480 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n    link/ipip 10.0.0.1 peer 10.0.0.2\n',
    ],
    [
      'ip link show tunl0',
      '3: tunl0@NONE: <NOARP> mtu 1480 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n    link/ipip 0.0.0.0 brd 0.0.0.0\n',
    ],
    ['ip tunnel add tun2 mode ipip remote 10.0.0.3 local 10.0.0.1 ttl 9 dev eth0', ''],
    ['ip tunnel add tun3 mode ipip remote 10.0.0.3 local 10.0.0.1 ttl 9 dev eth0', 'add tunnel "tunl0" failed: File exists\n=> 1\n'],
    ['ip link add tun4 type ipip remote 10.0.0.9 nopmtudisc ttl 5', 'ttl != 0 and nopmtudisc are incompatible\n=> 255\n'],
    [
      'ip tunnel show',
      `tunl0: any/ip remote any local any ttl inherit nopmtudisc
tun1: any/ip remote 10.0.0.2 local 10.0.0.1 ttl inherit
tun2: ip/ip remote 10.0.0.3 local 10.0.0.1 dev eth0 ttl 9\n`,
    ],
    ['ip -d link show tun2 | grep "ipip ipip remote 10.0.0.3 local 10.0.0.1 dev eth0 ttl 9 pmtudisc" | wc -l', '1\n'],
    ['ip link set tun1 up', ''],
    [
      'ip link show tun1 | head -1',
      '4: tun1@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n',
    ],
    ['ip tunnel del tunl0', 'delete tunnel "tunl0" failed: Operation not permitted\n=> 1\n'],
    ['ip link del tunl0', ''],
    ['ip tunnel del tun2; ip tunnel show tun2', 'get tunnel "tun2" failed: No such device\n=> 1\n'],
  ]) {
    expect(`$ ${line}\n${see(line)}`).toBe(`$ ${line}\n${seen}`)
  }
})

it('vlan', () => {
  const { see } = testTerminal()
  for (const [line = '', seen] of [
    ['ip link add link eth0 name eth0.5 type vlan id 5', ''],
    [
      'ip -d link show eth0.5 | grep vlan',
      '    vlan protocol 802.1Q id 5 <REORDER_HDR> addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 65536 tso_max_segs 65535 gro_max_size 65536 \n',
    ],
    ['ip link set eth0.5 up', 'RTNETLINK answers: Network is down\n=> 2\n'],
    ['ip link set eth0 up; ip link set eth0.5 up; ip addr add 10.5.0.1/24 dev eth0.5', ''],
    [
      'ip link show eth0.5 | head -1',
      '3: eth0.5@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\n',
    ],
    ['ip link set eth0 down; ip route', ''],
    ['ip link set eth0 up; ip route', '10.5.0.0/24 dev eth0.5 proto kernel scope link src 10.5.0.1 \n'],
    ['ip link set eth0.5 mtu 1600', 'RTNETLINK answers: Numerical result out of range\n=> 2\n'],
    ['ip link set eth0 mtu 1300; ip link show eth0.5 | grep -c "mtu 1300"', '1\n'],
    ['ip link add link eth0 name eth0.5 type vlan id 7', 'RTNETLINK answers: File exists\n=> 2\n'],
    ['ip link add link eth0 name eth0.8 type vlan id 5', 'Error: 8021q: VLAN device already exists.\n=> 2\n'],
    ['ip link add link eth0 name eth0.9 type vlan id 4095', 'Error: 8021q: Invalid VLAN id.\n=> 2\n'],
    ['ip link add link eth0 name eth0.9 type vlan', 'Error: 8021q: VLAN properties not specified.\n=> 2\n'],
  ]) {
    expect(`$ ${line}\n${see(line)}`).toBe(`$ ${line}\n${seen}`)
  }
})

it('tun', () => {
  const { see } = testTerminal()
  for (const [line = '', seen] of [
    ['ip tuntap add dev tun0 mode tun', ''],
    ['ip tuntap add dev tun0 mode tun', 'ioctl(TUNSETIFF): Device or resource busy\n=> 1\n'],
    ['ip tuntap add dev tunx', 'You failed to specify a tunnel mode\n=> 1\n'],
    ['ip link add tun5 type tun', 'Error: tun/tap creation via rtnetlink is not supported.\n=> 2\n'],
    ['ip tuntap', 'tun0: tun persist\n'],
    ['ip link set tun0 up', ''],
    [
      'ip link show tun0',
      '3: tun0: <NO-CARRIER,POINTOPOINT,MULTICAST,NOARP,UP> mtu 1500 qdisc pfifo_fast state DOWN mode DEFAULT group default qlen 500\n    link/none \n',
    ],
    ['ip route add 10.244.0.0/16 dev tun0; ip route', '10.244.0.0/16 dev tun0 scope link linkdown \n'],
    ['ip tuntap del dev tun0 mode tun; ip tuntap', ''],
  ]) {
    expect(`$ ${line}\n${see(line)}`).toBe(`$ ${line}\n${seen}`)
  }
})

it('names tunnels and tun devices that are given none', () => {
  const { see, machine } = testTerminal()
  for (const line of [
    'ip tunnel add mode ipip remote 10.0.0.2 local 10.0.0.1',
    'ip tunnel add mode ipip remote 10.0.0.3 local 10.0.0.1',
    'ip tuntap add mode tun',
    'ip tuntap add mode tun',
  ])
    expect(see(line)).toBe('')
  expect([...machine.root.devices.keys()]).toEqual(['lo', 'eth0', 'tunl0', 'tunl1', 'tunl2', 'tun0', 'tun1'])
})
