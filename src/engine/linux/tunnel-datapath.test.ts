/** VXLAN and IPIP between two nodes, against what was measured on Linux 6.18: outer packet, TTL, MTU and its errors, missing entries. */
import { describe, expect, test } from 'vitest'
import { frameLength, ipLength } from '../net/packet-length.ts'
import { type Lab, nodeLab, sent } from '../shell/test-lab.ts'
import { netifReceiveSkb } from './receive.ts'

const VTEP = ['', '02:00:00:00:01:01', '02:00:00:00:01:02']

/** nodeLab, with ext as second node: bridge cni0 10.0.1.1/24, pod q1 10.0.1.11. */
function twoNodes(): Lab {
  const lab = nodeLab()
  lab.sh(`
    ip netns add q1
    ip -n ext link add cni0 type bridge
    ip -n ext addr add 10.0.1.1/24 dev cni0
    ip -n ext link set cni0 up
    ip -n ext link add w1 type veth peer name eth0 netns q1
    ip -n ext link set w1 master cni0 up
    ip -n q1 link set lo up
    ip -n q1 addr add 10.0.1.11/24 dev eth0
    ip -n q1 link set eth0 up
    ip -n q1 route add default via 10.0.1.1
    ip netns exec ext sysctl -w net.ipv4.ip_forward=1`)
  lab.serve('q1', 'tcp', 8080)
  lab.serve('q1', 'udp', 8080)
  return lab
}

/** flannel's overlay on both nodes; lines that hold one of `without` are left out. */
function overlay(...without: string[]): Lab {
  const lab = twoNodes()
  const lines = [1, 2].flatMap((own) => {
    const [peer, n] = [3 - own, own === 1 ? '' : '-n ext ']
    return [
      `ip ${n}link add flannel.1 address ${VTEP[own]} mtu 1450 type vxlan id 1 dev ${own === 1 ? 'eth1' : 'eth0'} local 192.168.9.${own} dstport 8472 nolearning`,
      `ip ${n}addr add 10.0.${own - 1}.0/32 dev flannel.1`,
      `ip ${n}link set flannel.1 up`,
      `ip ${n}route add 10.0.${peer - 1}.0/24 via 10.0.${peer - 1}.0 dev flannel.1 onlink`,
      `ip ${n}neigh add 10.0.${peer - 1}.0 lladdr ${VTEP[peer]} dev flannel.1 nud permanent`,
      `bridge ${n}fdb add ${VTEP[peer]} dev flannel.1 dst 192.168.9.${peer}`,
    ]
  })
  lab.sh(lines.filter((line) => !without.some((part) => line.startsWith(part))).join('\n'))
  lab.wire.length = 0
  lab.events.length = 0
  return lab
}

/** Every encapsulated packet that left the node. */
function outers(lab: Lab) {
  return lab.events.flatMap(({ where, event }) => (where === 'node' && event.at === 'encap' ? [event.packet] : []))
}

const mtuLearned = (lab: Lab, netns: string): (number | null)[] => [...lab.ns(netns).routeExceptions.values()].map(({ mtu }) => mtu)

describe('VXLAN', () => {
  test('outer packet: UDP 8472, DF off, ttl 64, 50 bytes longer; the inner one loses a hop at each node', () => {
    const lab = overlay()
    expect(lab.exchange('p1', 'udp', '10.0.1.11:8080')).toBe('delivered: q1 saw 10.0.0.11 ttl 62')
    const [outer] = outers(lab)
    if (!outer?.payload.inner || outer.network.kind !== 'ip' || outer.payload.inner.network.kind !== 'ip') throw new Error('no tunnel')
    expect(outer.transport).toMatchObject({ kind: 'udp', destinationPort: 8472 })
    expect(outer.network).toMatchObject({ df: false, ttl: 64 })
    expect(ipLength(outer) - ipLength(outer.payload.inner)).toBe(50)
    expect(ipLength(outer)).toBe(frameLength(outer.payload.inner) + 36)
    expect(outer.payload.inner.network.ttl).toBe(63)
    expect(sent(lab, 'ext w1')).toContain('10.0.0.11 > 10.0.1.11.8080: udp ttl 62')
  })

  // gro_cells_receive() (measured on 6.18: between the two, the packet of another device is counted by a rule of PREROUTING).
  test('what it unwraps waits behind what has arrived before', () => {
    const lab = overlay()
    lab.exchange('p1', 'udp', '10.0.1.11:8080')
    const [outer] = outers(lab)
    const eth = lab.events.find(({ where, event }) => where === 'ext' && event.at === 'netif_receive_skb' && event.packet.eth)
    if (!outer || eth?.event.at !== 'netif_receive_skb') throw new Error('no tunnel')
    lab.events.length = 0
    const effects = netifReceiveSkb(lab.ns('ext'), 'eth0', { ...outer, eth: eth.event.packet.eth })
    expect(effects.map((effect) => [effect.kind, 'device' in effect && effect.device])).toEqual([['netif-rx', 'flannel.1']])
    expect(lab.events.at(-1)?.event.at).toBe('decap')
  })

  // icmp_xmit_lock(): the processor's socket for ICMP is in use until the packet has left (measured on 6.18).
  test.each([
    ['q1', 'icmp', '10.0.0.1', 0],
    ['node', 'udp', '10.0.1.11:8080', 1],
  ] as const)(
    '%s sends %s to %s, and the node rejects what the tunnel makes of its own packets: %i errors',
    (from, protocol, to, errors) => {
      const lab = overlay()
      lab.sh('iptables -A OUTPUT -p udp --dport 8472 -j REJECT')
      lab.exchange(from, protocol, to, { forMs: 50 })
      expect(outers(lab)).toHaveLength(1)
      expect(lab.wire.filter((line) => line.startsWith('node lo') && line.includes('icmp 3/3'))).toHaveLength(errors)
    },
  )

  test.each([
    [1450, 'delivered: request ttl 62'],
    [1451, 'EMSGSIZE from 10.0.0.1'],
  ])('a ping of %i bytes that must not be cut: %s', (bytes, experience) => {
    const lab = overlay()
    expect(lab.exchange('p1', 'icmp', '10.0.1.11', { length: bytes - 28, pmtuDiscovery: 'do' })).toBe(experience)
    expect(mtuLearned(lab, 'p1')).toEqual(bytes === 1451 ? [1450] : [])
    if (bytes === 1451) {
      expect(sent(lab, 'node v1').find((line) => line.includes('icmp 3/4'))).toMatch(/^10\.0\.0\.1 > 10\.0\.0\.11: icmp 3\/4/)
      expect(lab.sh('ip -n p1 route get 10.0.1.11')).toMatch(/cache expires 5\d\dsec mtu 1450/)
      lab.wait(601_000)
      expect(lab.sh('ip -n p1 route get 10.0.1.11')).not.toContain('1450')
    }
  })

  test('without Don’t Fragment 1451 bytes are cut by the node and arrive', () => {
    const lab = overlay()
    expect(lab.exchange('p1', 'icmp', '10.0.1.11', { length: 1423, pmtuDiscovery: 'dont' })).toBe('delivered: request ttl 62')
    expect(outers(lab)).toHaveLength(2)
    expect(mtuLearned(lab, 'p1')).toEqual([])
  })

  test('a Service: frag-needed comes from its address, and the MTU is remembered for it', () => {
    const lab = overlay()
    lab.sh('iptables -t nat -A PREROUTING -d 10.96.0.10 -p tcp --dport 80 -j DNAT --to-destination 10.0.1.11:8080')
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80', { length: 3000 })).toBe('delivered: q1 saw 10.0.0.11')
    expect(sent(lab, 'node v1').find((line) => line.includes('icmp 3/4'))).toMatch(/^10\.96\.0\.10 > 10\.0\.0\.11: icmp 3\/4/)
    expect(lab.sh('ip -n p1 route get 10.96.0.10')).toContain('mtu 1450')
    expect(lab.sh('ip -n p1 route get 10.0.1.11')).not.toContain('mtu 1450')
  })

  test.each([1350, 1351, 1450])('underlay of 1400, overlay left at 1450: %i bytes pass; the outer packet is cut, no ICMP', (bytes) => {
    const lab = overlay()
    lab.sh('ip link set eth1 mtu 1400\nip -n ext link set eth0 mtu 1400')
    expect(lab.exchange('p1', 'icmp', '10.0.1.11', { length: bytes - 28, pmtuDiscovery: 'do' })).toBe('delivered: request ttl 62')
    expect(lab.wire.filter((line) => line.includes('icmp 3/'))).toEqual([])
    const pieces = lab.wire.filter((line) => line.startsWith('node eth1 192.168.9.1') && !line.includes('icmp'))
    expect(pieces).toHaveLength(bytes === 1350 ? 1 : 2)
  })

  test.each([
    [1351, 'delivered: request ttl 62'],
    [1450, 'silence'],
  ])('only this end at 1400: a ping of %i bytes: %s, for the answer is larger than the device takes in', (bytes, experience) => {
    const lab = overlay()
    lab.sh('ip link set eth1 mtu 1400')
    expect(lab.exchange('p1', 'icmp', '10.0.1.11', { length: bytes - 28, pmtuDiscovery: 'do', forMs: 500 })).toBe(experience)
  })

  test('no neighbour entry on the overlay: EHOSTUNREACH after three seconds', () => {
    const lab = overlay('ip neigh')
    const start = lab.kernel.nowMs
    expect(lab.exchange('p1', 'tcp', '10.0.1.11:8080')).toBe('EHOSTUNREACH from 10.0.0.1')
    expect(lab.kernel.nowMs - start).toBeGreaterThan(2900)
    expect(lab.kernel.nowMs - start).toBeLessThan(3500)
  })

  test('no FDB entry: silence', () => {
    const lab = overlay('bridge fdb')
    expect(lab.exchange('p1', 'tcp', '10.0.1.11:8080', { forMs: 3500 })).toBe('silence')
    expect(lab.drops()[0]).toBe(`node NO_TX_TARGET: flannel.1 has no FDB entry for ${VTEP[2]}`)
    expect(lab.wire.filter((line) => line.includes('icmp'))).toEqual([])
  })

  test('all-zeros entries flood; with learning the answer teaches the remote', () => {
    const lab = twoNodes()
    lab.sh(
      [1, 2]
        .flatMap((own) => {
          const n = own === 1 ? '' : '-n ext '
          return [
            `ip ${n}link add vx type vxlan id 7 dstport 4789 local 192.168.9.${own}`,
            `ip ${n}addr add 10.9.0.${own}/24 dev vx`,
            `ip ${n}link set vx up`,
            `bridge ${n}fdb append 00:00:00:00:00:00 dev vx dst 192.168.9.${3 - own}`,
          ]
        })
        .join('\n'),
    )
    expect(lab.exchange('node', 'icmp', '10.9.0.2')).toBe('delivered: request ttl 64')
    const mac = /link\/ether (\S+)/.exec(lab.sh('ip -n ext link show vx'))?.[1]
    expect(lab.sh('bridge fdb show dev vx')).toContain(`${mac} dst 192.168.9.2`)
  })

  test('another VNI or port at the far end: nobody there', () => {
    const lab = overlay()
    lab.sh(`ip -n ext link del flannel.1
      ip -n ext link add flannel.1 address ${VTEP[2]} mtu 1450 type vxlan id 2 dev eth0 local 192.168.9.2 dstport 8472 nolearning
      ip -n ext link set flannel.1 up`)
    expect(lab.exchange('p1', 'tcp', '10.0.1.11:8080', { forMs: 500 })).toBe('silence')
    expect(lab.drops()[0]).toContain('ext VXLAN_VNI_NOT_FOUND')
  })
})

describe('IPIP', () => {
  function tunnel(options = ''): Lab {
    const lab = twoNodes()
    lab.sh(
      [1, 2]
        .flatMap((own) => {
          const n = own === 1 ? '' : '-n ext '
          return [
            `ip ${n}link add tun1 type ipip local 192.168.9.${own} remote 192.168.9.${3 - own} ${own === 1 ? options : ''}`.trim(),
            `ip ${n}link set tun1 up`,
            `ip ${n}route add 10.0.${2 - own}.0/24 dev tun1`,
          ]
        })
        .join('\n'),
    )
    return lab
  }

  test('20 bytes longer, protocol 4; the inner packet loses a hop at each node', () => {
    const lab = tunnel()
    expect(lab.exchange('p1', 'udp', '10.0.1.11:8080')).toBe('delivered: q1 saw 10.0.0.11 ttl 62')
    const [outer] = outers(lab)
    if (!outer?.payload.inner || outer.network.kind !== 'ip') throw new Error('no tunnel')
    expect(outer.network.protocol).toBe(4)
    expect(ipLength(outer) - ipLength(outer.payload.inner)).toBe(20)
    expect(lab.exchange('p1', 'tcp', '10.0.1.11:8080')).toBe('delivered: q1 saw 10.0.0.11')
  })

  test.each([
    ['', 62],
    ['ttl 9', 9],
  ])('ttl of the outer packet with "%s": %i', (options, ttl) => {
    const lab = tunnel(options)
    lab.exchange('p1', 'udp', '10.0.1.11:8080')
    const [outer] = outers(lab)
    expect(outer?.network.kind === 'ip' && outer.network.ttl).toBe(options === '' ? 63 : ttl)
  })

  test('a packet that must not be cut and does not fit: frag-needed with the MTU of the tunnel', () => {
    const lab = tunnel()
    expect(lab.exchange('p1', 'icmp', '10.0.1.11', { length: 1480 - 28, pmtuDiscovery: 'do' })).toBe('delivered: request ttl 62')
    expect(lab.exchange('p1', 'icmp', '10.0.1.11', { length: 1481 - 28, pmtuDiscovery: 'do' })).toBe('EMSGSIZE from 10.0.0.1')
    expect(mtuLearned(lab, 'p1')).toEqual([1480])
  })

  test.each(['icmp-port-unreachable', 'icmp-net-prohibited', 'icmp-host-unreachable'])(
    'the far end refuses with %s: the next packet goes out too, and its sender hears that the host is unreachable',
    (error) => {
      const lab = tunnel()
      lab.sh(`ip netns exec ext iptables -A INPUT -p 4 -j REJECT --reject-with ${error}`)
      expect(lab.exchange('p1', 'udp', '10.0.1.11:8080', { forMs: 100 })).toBe('silence')
      expect(lab.exchange('p1', 'udp', '10.0.1.11:8080', { forMs: 100 })).toBe('EHOSTUNREACH from 10.0.0.1')
      expect(outers(lab)).toHaveLength(2)
      lab.wait(31_000)
      expect(lab.exchange('p1', 'udp', '10.0.1.11:8080', { forMs: 100 })).toBe('silence')
    },
  )

  test('no tunnel at the far end: protocol unreachable', () => {
    const lab = tunnel()
    lab.sh('ip -n ext link del tun1')
    lab.exchange('p1', 'udp', '10.0.1.11:8080', { forMs: 500 })
    expect(sent(lab, 'ext eth0').find((line) => line.includes('icmp'))).toContain('192.168.9.2 > 192.168.9.1: icmp 3/')
  })
})

/** Source ports of the outer packets, by first appearance: what conntrack and routers tell flows apart by. */
function flows(lab: Lab): number[] {
  const seen: number[] = []
  return outers(lab).map(({ transport }) => {
    const port = transport?.kind === 'udp' ? transport.sourcePort : 0
    if (!seen.includes(port)) seen.push(port)
    return seen.indexOf(port) + 1
  })
}

describe('flows of a tunnel (measured on Linux 6.18)', () => {
  test('NAT that leads the outer packet into the tunnel again: three wrappings, then a dead loop; ports inside keep the flow, none begin another', () => {
    const lab = overlay()
    lab.sh('iptables -t nat -A OUTPUT -p udp --dport 8472 -j DNAT --to-destination 10.0.1.11')
    lab.exchange('node', 'icmp', '10.0.1.11', { forMs: 50 })
    expect(flows(lab)).toEqual([1, 2, 2])
    expect(lab.drops()).toEqual(['node NOT_SPECIFIED: dead loop on flannel.1'])
  })

  test('a socket that is connected has a hash of its own, so question and answer take different ports', () => {
    const lab = overlay()
    const ports = (netns: string) =>
      lab.events.flatMap(({ where, event }) =>
        where === netns && event.at === 'encap' && event.packet.transport?.kind === 'udp' ? [event.packet.transport.sourcePort] : [],
      )
    lab.exchange('p1', 'udp', '10.0.1.11:8080')
    const [question, answer] = [ports('node'), ports('ext')]
    expect(question).toHaveLength(1)
    expect(answer).toHaveLength(1)
    expect(question).not.toEqual(answer)
  })

  test('a SYN that is sent again takes another port, also where it is only forwarded', () => {
    const lab = overlay()
    lab.sh('ip netns exec q1 iptables -A INPUT -p tcp -j DROP')
    lab.exchange('p1', 'tcp', '10.0.1.11:8080', { forMs: 1500 })
    expect(flows(lab)).toEqual([1, 2])
  })

  test('while a rule says TRACE each chain asks for the hash, and a tunnel behind NAT keeps that of the packet before it', () => {
    const ports = (lab: Lab, where: string): number[] =>
      lab.events.flatMap(({ where: here, event }) =>
        here === where && event.at === 'encap' && event.packet.transport?.kind === 'udp' ? [event.packet.transport.sourcePort] : [],
      )
    const portOf = (rules: string): number | undefined => {
      const lab = overlay()
      lab.sh(`iptables -t nat -A POSTROUTING -s 10.0.0.11 -o flannel.1 -j SNAT --to-source 10.0.0.99${rules}`)
      lab.exchange('p1', 'icmp', '10.0.1.11', { forMs: 50 })
      return ports(lab, 'node')[0]
    }
    const plain = portOf('')
    expect(portOf('\niptables -t mangle -A FORWARD -p udp')).toBe(plain)
    expect(portOf('\niptables -t mangle -A FORWARD -p udp -j TRACE')).not.toBe(plain)
    // One switch for all namespaces of the machine.
    const elsewhere = '\nip netns exec p2 iptables -t mangle -A FORWARD -p udp -j TRACE'
    expect(portOf(elsewhere)).not.toBe(plain)
    expect(portOf(`${elsewhere}\nip netns exec p2 iptables -t mangle -F`)).toBe(plain)
    expect(portOf(`${elsewhere}\nip netns del p2`)).toBe(plain)
  })

  test('the device named when a VXLAN device was made is that of its own remote, not of entries without via', () => {
    const lab = overlay()
    lab.sh('ip route add 192.168.9.2/32 via 10.0.0.12 dev cni0')
    lab.exchange('p1', 'icmp', '10.0.1.11', { forMs: 50 })
    const nodes = lab.events.filter(({ where, event }) => where === 'node' && event.at === 'dev_queue_xmit')
    const devices = nodes.flatMap(({ event }) =>
      event.at === 'dev_queue_xmit' && event.packet.transport?.kind === 'udp' ? [event.device] : [],
    )
    expect(devices).not.toContain('eth1')
    expect(devices).toContain('cni0')
  })

  test('POSTROUTING sees what a tunnel has wrapped come in by the tunnel’s device', () => {
    const lab = overlay()
    lab.sh(`iptables -t mangle -N U
      iptables -t mangle -A U -i flannel.1 -p udp
      iptables -t mangle -A OUTPUT -j U
      iptables -t mangle -A POSTROUTING -j U`)
    lab.exchange('node', 'icmp', '10.0.1.11', { forMs: 50 })
    expect(lab.sh('iptables-save -c -t mangle')).toContain('[1:134] -A U -i flannel.1 -p udp')
  })

  test.each([
    ['udp', '10.0.1.11:9', 'node UDP_CSUM: NAT has spoilt the checksum of what VXLAN wrapped'],
    ['tcp', '10.0.1.11:9', 'node UDP_CSUM: NAT has spoilt the checksum of what VXLAN wrapped'],
    ['icmp', '10.0.1.11', 'node NO_SOCKET: nothing listens on 192.168.9.1 udp port 9999'],
  ] as const)('NAT turns the outer packet back to this machine, %s inside', (protocol, to, reason) => {
    const lab = overlay()
    lab.sh('iptables -t nat -A OUTPUT -p udp --dport 8472 -j DNAT --to-destination 192.168.9.1:9999')
    lab.exchange('node', protocol, to, { forMs: 50 })
    expect(lab.drops()[0]).toBe(reason)
  })
})
