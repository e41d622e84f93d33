/** NAT and conntrack in the datapath, against what was measured on Linux 6.18 in the same network: entries, ports, source addresses, states. */
import { describe, expect, test } from 'vitest'
import { connections, packets } from '../shell/hooks.fixture.ts'
import { type Lab, nodeLab, sent } from '../shell/test-lab.ts'

const DNAT = 'iptables -t nat -A PREROUTING -d 10.96.0.10 -p tcp --dport 80 -j DNAT --to-destination'
const MASQUERADE = 'iptables -t nat -A POSTROUTING -o eth1 -j MASQUERADE'

function withRules(...lines: string[]): Lab {
  const lab = nodeLab()
  lab.sh(lines.join('\n'))
  return lab
}

/** The source that a server outside saw: "192.168.9.1". */
const sourceSeen = (text: string): string | undefined => /saw ([\d.]+)/.exec(text)?.[1]

/** From now on every end of a TCP connection begins with this sequence number. */
function firstNumber(lab: Lab, isn: number): void {
  const { pick } = lab.kernel.chooser
  Object.assign(lab.kernel.chooser, { pick: (...asked: Parameters<typeof pick>) => (asked[0] === 'isn' ? isn : pick(...asked)) })
}

/** Source ports of the SYNs (or datagrams) that left the node by this device. */
function portsOut(lab: Lab, device = 'eth1'): number[] {
  const syn = new RegExp(`^node ${device} [\\d.]+\\.(\\d+) > [^:]+: (S|udp) `)
  return lab.wire.flatMap((line) => {
    const port = syn.exec(line)?.[1]
    return port === undefined ? [] : [Number(port)]
  })
}

describe('127.0.0.1 as node port', () => {
  test('the entry of a connection that works: reply to the address of the bridge', () => {
    const lab = withRules(
      'sysctl -w net.ipv4.conf.all.route_localnet=1',
      'iptables -t nat -A OUTPUT -d 127.0.0.1 -p tcp --dport 30080 -j DNAT --to-destination 10.0.0.11:8080',
      'iptables -t nat -A POSTROUTING -s 127.0.0.0/8 -o cni0 -j MASQUERADE',
    )
    expect(lab.exchange('node', 'tcp', '127.0.0.1:30080')).toBe('delivered: p1 saw 10.0.0.1')
    expect(connections(lab)).toEqual([
      'tcp 6 TIME_WAIT src=127.0.0.1 dst=127.0.0.1 sport=PORT dport=30080 src=10.0.0.11 dst=10.0.0.1 sport=8080 dport=PORT [ASSURED]',
    ])
  })
})

describe('ARP on the way to a Service', () => {
  test('a pod asks for its gateway, never for the Service address', () => {
    const lab = withRules(`${DNAT} 10.0.0.12:8080`)
    lab.exchange('p1', 'tcp', '10.96.0.10:80')
    expect(sent(lab, 'p1 eth0').filter((line) => line.startsWith('who-has'))).toEqual(['who-has 10.0.0.1 tell 10.0.0.11'])
  })
})

describe('MASQUERADE', () => {
  const second = ['ip addr add 192.168.50.1/24 dev eth1', 'ip -n ext addr add 192.168.50.2/24 dev eth0']

  test.each([
    ['192.168.9.2', [], '192.168.9.1'],
    ['192.168.50.2', [], '192.168.50.1'],
    ['203.0.113.7', ['ip route add default via 192.168.50.2'], '192.168.50.1'],
    ['203.0.113.7', ['ip route add default via 192.168.9.2'], '192.168.9.1'],
    ['203.0.113.7', ['ip addr add 192.168.9.77/24 dev eth1', 'ip route add default via 192.168.9.2 src 192.168.9.77'], '192.168.9.1'],
  ])('to %s with %j: the source is %s, an address of the subnet of the next hop; src of the route does not count', (to, routes, source) => {
    const lab = withRules(...second, 'ip -n ext addr add 203.0.113.7/32 dev lo', ...routes, MASQUERADE)
    expect(sourceSeen(lab.exchange('p1', 'tcp', `${to}:8080`))).toBe(source)
  })

  const from = (lab: Lab, netns: string, sourcePort: number, to = '192.168.9.2:8080'): string =>
    lab.exchange(netns, 'tcp', to, { sourcePort }).replace(/:.*/, '')

  test('a free port is kept; one that is in use towards the same server is not, and stays in its class', () => {
    for (const [port, least, most] of [
      [300, 1, 511],
      [600, 600, 1023],
      [900, 600, 1023],
      [35000, 1024, 65535],
    ] as const) {
      const lab = withRules(MASQUERADE)
      expect([from(lab, 'p1', port), from(lab, 'p2', port), from(lab, 'p3', port)]).toEqual(['delivered', 'delivered', 'delivered'])
      const [first, ...others] = portsOut(lab)
      expect(first).toBe(port)
      expect(new Set([port, ...others]).size).toBe(3)
      for (const other of others) expect(other >= least && other <= most).toBe(true)
    }
  })

  test.each([
    ['ip link set eth1 down', 0],
    ['ip addr del 192.168.9.1/24 dev eth1', 0],
    ['ip addr add 192.168.9.5/24 dev eth1', 1],
    ['ip link set cni0 down', 1],
  ])('%s: the interface or the address that a connection left by is gone, and the connection with it', (line, left) => {
    const lab = withRules(MASQUERADE)
    from(lab, 'p1', 35000)
    lab.sh(line)
    expect(connections(lab).length).toBe(left)
  })

  test('a connection that leaves by another interface is forgotten, with the packet; the next one begins anew', () => {
    const lab = withRules('iptables -t nat -A POSTROUTING -s 10.0.0.0/24 -j MASQUERADE', 'ip -n ext addr add 203.0.113.7/32 dev lo')
    lab.serve('ext', 'udp', 53)
    lab.sh('ip route add 203.0.113.7 via 192.168.9.2')
    const ask = (): string => lab.exchange('p1', 'udp', '203.0.113.7:53', { sourcePort: 5000 }).replace(/:.*/, '')
    const first = ask()
    lab.sh('ip route replace 203.0.113.7 via 10.0.0.13 dev cni0')
    const moved = ask()
    expect([first, moved, connections(lab)]).toEqual(['delivered', 'silence', []])
  })

  test('only the whole reply tuple clashes: the same port to another port of the server is kept', () => {
    const lab = withRules(MASQUERADE)
    lab.serve('ext', 'tcp', 9090)
    from(lab, 'p1', 35000)
    from(lab, 'p2', 35000, '192.168.9.2:9090')
    expect(portsOut(lab)).toEqual([35000, 35000])
  })

  test.each([
    // First sequence numbers of a first client, and of a second one that gets the same source port.
    [1000, 2000, 'delivered'],
    [3_300_000_000, 300_000_000, 'delivered'],
    [2000, 1000, 'silence'],
    [300_000_000, 2_800_000_000, 'silence'],
  ])('one port only: a connection that rests gives way to a SYN whose number is past its own: %i, %i: %s', (first, second, told) => {
    const lab = withRules('iptables -t nat -A POSTROUTING -p tcp -o eth1 -j SNAT --to-source 192.168.9.1:80')
    firstNumber(lab, first)
    expect(from(lab, 'p1', 35000)).toBe('delivered')
    firstNumber(lab, second)
    expect(from(lab, 'p2', 36000)).toBe(told)
    expect(connections(lab)).toEqual([
      `tcp 6 TIME_WAIT src=10.0.0.1${told === 'delivered' ? 2 : 1} dst=192.168.9.2 sport=PORT dport=8080 src=192.168.9.2 dst=192.168.9.1 sport=8080 dport=80 [ASSURED]`,
    ])
  })

  test('a port of the node itself counts as in use', () => {
    const lab = withRules(MASQUERADE)
    from(lab, 'node', 35000)
    from(lab, 'p1', 35000)
    const [own, other] = portsOut(lab)
    expect(own).toBe(35000)
    expect(other).not.toBe(35000)
  })

  test('an entry in TIME_WAIT still holds its port; when it is gone the port is free', () => {
    const lab = withRules(MASQUERADE)
    from(lab, 'p1', 35000)
    expect(connections(lab)[0]).toContain('TIME_WAIT')
    from(lab, 'p2', 35000)
    lab.wait(121_000)
    from(lab, 'p3', 35000)
    const [first, second, third] = portsOut(lab)
    expect([first, second === 35000, third]).toEqual([35000, false, 35000])
  })

  test('UDP: the same', () => {
    const lab = withRules(MASQUERADE)
    lab.serve('ext', 'udp', 53)
    for (const netns of ['p1', 'p2']) lab.exchange(netns, 'udp', '192.168.9.2:53', { sourcePort: 36500 })
    const [first, second] = portsOut(lab)
    expect(first).toBe(36500)
    expect(second).not.toBe(36500)
    expect((second ?? 0) >= 1024).toBe(true)
  })

  test('--random-fully: never the own port, the same classes', () => {
    const lab = withRules(`${MASQUERADE} --random-fully`)
    for (const port of [35100, 35101, 35102]) from(lab, 'p1', port)
    for (const port of portsOut(lab)) expect(port >= 1024 && (port < 35100 || port > 35102)).toBe(true)
    const low = withRules(`${MASQUERADE} --random-fully`)
    for (const netns of ['p1', 'p2', 'p3']) from(low, netns, 300)
    for (const port of portsOut(low)) expect(port > 0 && port < 512 && port !== 300).toBe(true)
  })

  test('--to-ports: only those; when all are taken, nothing leaves', () => {
    const lab = withRules('iptables -t nat -A POSTROUTING -p tcp -o eth1 -j MASQUERADE --to-ports 40000-40002')
    firstNumber(lab, 1000)
    for (const netns of ['p1', 'p2', 'p3']) expect(from(lab, netns, 35000)).toBe('delivered')
    expect(portsOut(lab).sort()).toEqual([40000, 40001, 40002])
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080', { sourcePort: 35009, forMs: 500 })).toBe('silence')
  })
})

describe('a port that is in the range already', () => {
  test.each([40000, 40001, 40002])('--to-ports 40000-40002 keeps %i', (sourcePort) => {
    const lab = withRules('iptables -t nat -A POSTROUTING -p tcp -o eth1 -j MASQUERADE --to-ports 40000-40002')
    lab.exchange('p1', 'tcp', '192.168.9.2:8080', { sourcePort })
    expect(portsOut(lab)).toEqual([sourcePort])
  })
})

describe('entries of DNAT and MASQUERADE', () => {
  const port = 'iptables -t nat -A PREROUTING -d 192.168.9.1 -p tcp --dport 30080 -j DNAT --to-destination'

  test('a node port: original tuple as dialled, reply tuple from the pod to the bridge', () => {
    const lab = withRules(`${port} 10.0.0.12:8080`, 'iptables -t nat -A POSTROUTING -d 10.0.0.12 -j MASQUERADE')
    lab.exchange('ext', 'tcp', '192.168.9.1:30080', { sourcePort: 37000 })
    expect(lab.sh('conntrack -L').trim()).toBe(
      'tcp      6 119 TIME_WAIT src=192.168.9.2 dst=192.168.9.1 sport=37000 dport=30080 src=10.0.0.12 dst=10.0.0.1 sport=8080 dport=37000 [ASSURED] mark=0 use=1',
    )
  })

  test('an endpoint that is dead: SYN_SENT [UNREPLIED], the reply tuple already its', () => {
    const lab = withRules(`${port} 10.0.0.99:8080`, 'ip neigh add 10.0.0.99 lladdr 02:00:00:00:00:99 dev cni0')
    lab.exchange('ext', 'tcp', '192.168.9.1:30080', { sourcePort: 37000, forMs: 100 })
    expect(connections(lab)).toEqual([
      'tcp 6 SYN_SENT src=192.168.9.2 dst=192.168.9.1 sport=PORT dport=30080 [UNREPLIED] src=10.0.0.99 dst=192.168.9.2 sport=8080 dport=PORT',
    ])
  })

  test('a UDP flow stays with its server when the rule changes; a new port and conntrack -D find the new one', () => {
    const rule = (how: string, to: string): string =>
      `iptables -t nat ${how} PREROUTING -p udp --dport 53 -d 10.96.0.10 -j DNAT --to-destination ${to}:8080`
    const lab = withRules(rule('-A', '10.0.0.12'))
    const ask = (sourcePort: number): string => lab.exchange('ext', 'udp', '10.96.0.10:53', { sourcePort }).slice(11, 13)
    expect(ask(44000)).toBe('p2')
    lab.sh(`${rule('-D', '10.0.0.12')}\n${rule('-A', '10.0.0.13')}`)
    expect([ask(44000), ask(44001)]).toEqual(['p2', 'p3'])
    lab.sh('conntrack -D -p udp --orig-port-src 44000')
    expect(ask(44000)).toBe('p3')
  })

  test('a mark set in nat PREROUTING is on the first packet only, which is enough for nat POSTROUTING', () => {
    const lab = withRules(
      'iptables -t nat -A PREROUTING -p tcp -j MARK --set-mark 1',
      'iptables -A FORWARD -m mark --mark 1',
      'iptables -A FORWARD -i cni0',
      'iptables -t nat -A POSTROUTING -m mark --mark 1 -j MASQUERADE',
    )
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080')).toBe('delivered: ext saw 192.168.9.1')
    expect(packets(lab, 'filter', '--mark 0x1')).toBe(1)
    expect(packets(lab, 'filter', '-i cni0')).toBeGreaterThan(4)
  })

  test('statistic --mode nth shares connections, not packets', () => {
    const lab = withRules(
      `${DNAT} 10.0.0.12:8080`.replace('-j', '-m statistic --mode nth --every 2 --packet 0 -j'),
      `${DNAT} 10.0.0.13:8080`,
    )
    const servers = Array.from({ length: 4 }, () => lab.exchange('ext', 'tcp', '10.96.0.10:80').slice(11, 13))
    expect(servers).toEqual(['p2', 'p3', 'p2', 'p3'])
  })
})

describe('states in FORWARD', () => {
  test('one connection, one refused TCP, one refused UDP: NEW 3, the RST is ESTABLISHED, the ICMP error RELATED, nothing INVALID', () => {
    const states = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID']
    const lab = withRules(...states.map((state) => `iptables -A FORWARD -m conntrack --ctstate ${state}`), 'iptables -A FORWARD')
    lab.exchange('p1', 'tcp', '192.168.9.2:8080')
    lab.exchange('p1', 'tcp', '192.168.9.2:81')
    expect(lab.exchange('p1', 'udp', '192.168.9.2:81')).toContain('ECONNREFUSED')
    const counted = states.map((state) => packets(lab, 'filter', `--ctstate ${state}`))
    // The connection of the measurement was shorter than ours of ten packets: 9 of them and the RST.
    expect(counted).toEqual([3, 10, 1, 0])
  })
})

describe('what else was measured on Linux 6.18', () => {
  test('REJECT with a RST closes the connection for conntrack, though it never looks at that RST', () => {
    const lab = withRules(
      'iptables -A FORWARD -p tcp -m conntrack --ctstate ESTABLISHED -m length --length 60:1500 -j REJECT --reject-with tcp-reset',
    )
    lab.exchange('p1', 'tcp', '192.168.9.2:8080', { forMs: 100 })
    expect(connections(lab)[0]).toMatch(/^tcp 6 CLOSE /)
  })

  test('two pings of one identifier to one machine: masqueraded, the second is given another; so it is where the destination is changed', () => {
    const echoIds = (rule: string, ...from: string[]): number[] => {
      const lab = withRules(rule)
      const { pick } = lab.kernel.chooser
      // Both clients draw the same identifier.
      Object.assign(lab.kernel.chooser, {
        pick: (...asked: Parameters<typeof pick>) => (asked[0] === 'port' && asked[1] === 65535 ? 4711 : pick(...asked)),
      })
      for (const netns of from) expect(lab.exchange(netns, 'icmp', '192.168.9.2')).toMatch(/^delivered/)
      return lab.events.flatMap(({ where, event }) =>
        where === 'ext' && event.at === 'netif_receive_skb' && event.packet.transport?.kind === 'icmp' ? [event.packet.transport.id] : [],
      )
    }
    const [first, second] = echoIds(MASQUERADE, 'p1', 'p2')
    expect(first).toBe(4712)
    expect(second).not.toBe(first)
  })

  test('DNAT of a bridged frame to where no route leads: the IP layer answers, as from the address that was dialled', () => {
    const lab = withRules('iptables -t nat -A PREROUTING -i cni0 -d 10.0.0.12 -j DNAT --to-destination 172.30.0.1')
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toBe('ENETUNREACH from 10.0.0.12')
  })

  test.each([
    // A frame for the gateway, and one for another pod.
    ['10.96.0.10', 'EHOSTUNREACH from 10.96.0.10'],
    ['10.0.0.12', 'silence'],
  ])('DNAT of a bridged frame to an absent pod, %s dialled: %s', (dialled, told) => {
    const lab = withRules(`iptables -t nat -A PREROUTING -i cni0 -d ${dialled} -j DNAT --to-destination 10.0.0.99`)
    expect(lab.exchange('p1', 'tcp', `${dialled}:8080`)).toBe(told)
  })

  test('a bridged frame is masqueraded behind the address next to its destination, whatever way a route would take', () => {
    const lab = withRules(
      ...['ip addr add 10.77.0.1/24 dev cni0', 'ip route add 10.0.0.12/32 via 10.77.0.9 dev cni0'],
      'iptables -t nat -A POSTROUTING -o cni0 -s 10.0.0.11 -j MASQUERADE',
    )
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toBe('delivered: p2 saw 10.0.0.1')
  })

  test('no ICMP error is sent while an echo reply is: a refused one is gone without a word', () => {
    const lab = withRules('iptables -A OUTPUT -p icmp --icmp-type 0 -j REJECT', 'iptables -A OUTPUT -p icmp --icmp-type 3')
    expect(lab.exchange('ext', 'icmp', '192.168.9.1', { forMs: 200 })).toBe('silence')
    expect([packets(lab, 'filter', '--icmp-type 0'), packets(lab, 'filter', '--icmp-type 3')]).toEqual([1, 0])
  })

  test('nobody is told of an ICMP error that is refused', () => {
    const lab = withRules('iptables -A INPUT -p udp -j REJECT', 'iptables -A OUTPUT -p icmp -j REJECT')
    expect(lab.exchange('ext', 'udp', '192.168.9.1:9', { forMs: 200 })).toBe('silence')
    expect(packets(lab, 'filter', '-A OUTPUT -p icmp')).toBe(1)
  })

  test('an ICMP error that is made before its packet is masqueraded has the addresses its sender knows: nothing is translated', () => {
    const lab = withRules(
      MASQUERADE,
      'iptables -A FORWARD -p tcp -i cni0 ! --syn -j REJECT',
      'iptables -A OUTPUT -p icmp -m conntrack --ctstate RELATED',
    )
    lab.exchange('p1', 'tcp', '192.168.9.2:8080', { forMs: 200 })
    expect(packets(lab, 'filter', '--ctstate RELATED')).toBeGreaterThan(0)
    expect(lab.events.filter(({ event }) => event.at === 'nat_manip' && event.packet.transport?.kind === 'icmp')).toEqual([])
  })
})
