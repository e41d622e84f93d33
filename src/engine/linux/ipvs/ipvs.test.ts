/** IPVS in the datapath, against what was measured on Linux 6.1 in the same network. "facts N" are the sections of those measurements. */
import { describe, expect, test } from 'vitest'
import { type Lab, nodeLab, sent } from '../../shell/test-lab.ts'

const VIP = '10.96.0.10'
const MASQUERADE = [
  `iptables -t nat -A PREROUTING -d ${VIP} -j MARK --set-mark 0x4000`,
  `iptables -t nat -A OUTPUT -d ${VIP} -j MARK --set-mark 0x4000`,
  'iptables -t nat -A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE',
]

/** The node with the virtual address on a dummy device that is down, conntrack on for IPVS, and these lines. */
function director(...lines: string[]): Lab {
  const lab = nodeLab()
  lab.sh(
    ['ip link add kube-ipvs0 type dummy', `ip addr add ${VIP}/32 dev kube-ipvs0`, 'sysctl -w net.ipv4.vs.conntrack=1', ...lines].join('\n'),
  )
  lab.events.length = 0
  lab.wire.length = 0
  return lab
}

/** A service on the virtual address, port 80, with these pods as servers, added in this order. */
function service(servers: readonly number[], options = '-s rr', how = '-m'): string[] {
  return [`ipvsadm -A -t ${VIP}:80 ${options}`, ...servers.map((n) => `ipvsadm -a -t ${VIP}:80 -r 10.0.0.${n}:8080 ${how}`)]
}

/** Rules without a target in every chain of every table, so that each is seen; one of them turns connection tracking on. */
const WATCH = [
  'iptables -A FORWARD -m conntrack --ctstate INVALID',
  ...[
    'raw PREROUTING OUTPUT',
    'mangle PREROUTING INPUT FORWARD OUTPUT POSTROUTING',
    'nat PREROUTING INPUT OUTPUT POSTROUTING',
    'filter INPUT FORWARD OUTPUT',
  ].flatMap((line) => {
    const [table, ...chains] = line.split(' ')
    return chains.map((chain) => `iptables -t ${table} -A ${chain}`)
  }),
]

/** What packet number `index` met in the node: "mangle INPUT eth1 - 192.168.9.2>10.96.0.10:80 ttl 64" … */
function met(lab: Lab, index: number): string[] {
  const seen = lab.events.flatMap(({ where, event }) => {
    if (where !== 'node' || event.at !== 'nf_hook') return []
    const { network, transport } = event.packet
    if (network.kind !== 'ip' || transport?.kind !== 'tcp') return []
    const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
    const text = (end: 'source' | 'destination'): string => {
      const port = end === 'source' ? transport.sourcePort : transport.destinationPort
      return `${dotted(network[end])}${port < 32768 ? `:${port}` : ''}`
    }
    const devices = `${event.in ?? '-'} ${event.out ?? '-'}`
    return [
      { id: event.packet.id, line: `${event.table} ${event.hook} ${devices} ${text('source')}>${text('destination')} ttl ${network.ttl}` },
    ]
  })
  const ids = [...new Set(seen.map(({ id }) => id))]
  return seen.filter(({ id }) => id === ids[index]).map(({ line }) => line)
}

/** The last bytes of the servers that `count` exchanges reached: "13 12 11". */
function servers(lab: Lab, count: number, from = 'ext', to = `${VIP}:80`): string {
  return Array.from({ length: count }, () => {
    const result = lab.exchange(from, 'tcp', to)
    return /^delivered: p(\d)/.exec(result)?.[1]?.replace(/^/, '1') ?? result
  }).join(' ')
}

describe('facts 2: where IPVS sits', () => {
  test('a client outside: INPUT with the virtual address, OUTPUT and POSTROUTING with the server, never FORWARD, no nat INPUT or OUTPUT', () => {
    const lab = director(...WATCH, ...service([11]))
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe('delivered: p1 saw 192.168.9.2')
    expect(met(lab, 0)).toEqual([
      'raw PREROUTING eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'mangle PREROUTING eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'nat PREROUTING eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'mangle INPUT eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'filter INPUT eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'raw OUTPUT - cni0 192.168.9.2>10.0.0.11:8080 ttl 63',
      'mangle OUTPUT - cni0 192.168.9.2>10.0.0.11:8080 ttl 63',
      'filter OUTPUT - cni0 192.168.9.2>10.0.0.11:8080 ttl 63',
      'mangle POSTROUTING eth1 cni0 192.168.9.2>10.0.0.11:8080 ttl 63',
      'nat POSTROUTING eth1 cni0 192.168.9.2>10.0.0.11:8080 ttl 63',
    ])
  })

  test('the reply: FORWARD with the address of the server, POSTROUTING with the virtual one', () => {
    const lab = director(...WATCH, ...service([11]))
    lab.exchange('ext', 'tcp', `${VIP}:80`)
    expect(met(lab, 1)).toEqual([
      'raw PREROUTING cni0 - 10.0.0.11:8080>192.168.9.2 ttl 64',
      'mangle PREROUTING cni0 - 10.0.0.11:8080>192.168.9.2 ttl 64',
      'mangle FORWARD cni0 eth1 10.0.0.11:8080>192.168.9.2 ttl 63',
      'filter FORWARD cni0 eth1 10.0.0.11:8080>192.168.9.2 ttl 63',
      'mangle POSTROUTING cni0 eth1 10.96.0.10:80>192.168.9.2 ttl 63',
    ])
  })

  test('a local process: OUTPUT twice, filter only with the server, ttl 63, source the virtual address', () => {
    const lab = director(...WATCH, ...MASQUERADE, ...service([11]))
    expect(lab.exchange('node', 'tcp', `${VIP}:80`)).toBe('delivered: p1 saw 10.0.0.1')
    expect(met(lab, 0)).toEqual([
      'raw OUTPUT - lo 10.96.0.10>10.96.0.10:80 ttl 64',
      'mangle OUTPUT - lo 10.96.0.10>10.96.0.10:80 ttl 64',
      'nat OUTPUT - lo 10.96.0.10>10.96.0.10:80 ttl 64',
      'raw OUTPUT - cni0 10.96.0.10>10.0.0.11:8080 ttl 63',
      'mangle OUTPUT - cni0 10.96.0.10>10.0.0.11:8080 ttl 63',
      'filter OUTPUT - cni0 10.96.0.10>10.0.0.11:8080 ttl 63',
      'mangle POSTROUTING - cni0 10.96.0.10>10.0.0.11:8080 ttl 63',
      'nat POSTROUTING - cni0 10.96.0.10>10.0.0.11:8080 ttl 63',
    ])
    const reply = met(lab, 1)
    expect(reply.filter((line) => line.includes(' INPUT '))).toEqual([
      'mangle INPUT cni0 - 10.0.0.11:8080>10.96.0.10 ttl 64',
      'filter INPUT cni0 - 10.0.0.11:8080>10.96.0.10 ttl 64',
    ])
  })

  test('a server on the node itself: translated after INPUT, straight to the socket, ttl kept; the reply is translated in OUTPUT before filter', () => {
    const lab = director(...WATCH, `ipvsadm -A -t ${VIP}:80 -s rr`, `ipvsadm -a -t ${VIP}:80 -r 192.168.9.1:8080 -m`)
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe('delivered: node saw 192.168.9.2')
    expect(met(lab, 0).slice(3)).toEqual([
      'mangle INPUT eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'filter INPUT eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'nat INPUT eth1 - 192.168.9.2>192.168.9.1:8080 ttl 64',
    ])
    expect(met(lab, 1)).toEqual([
      'raw OUTPUT - eth1 192.168.9.1:8080>192.168.9.2 ttl 64',
      'mangle OUTPUT - eth1 192.168.9.1:8080>192.168.9.2 ttl 64',
      'filter OUTPUT - eth1 10.96.0.10:80>192.168.9.2 ttl 64',
      'mangle POSTROUTING - eth1 10.96.0.10:80>192.168.9.2 ttl 64',
    ])
  })

  test('a local client and a server on the node: OUTPUT with the virtual address, filter OUTPUT and POSTROUTING with the server, by lo', () => {
    const lab = director(...WATCH, `ipvsadm -A -t ${VIP}:80 -s rr`, `ipvsadm -a -t ${VIP}:80 -r 192.168.9.1:8080 -m`)
    expect(lab.exchange('node', 'tcp', `${VIP}:80`)).toBe(`delivered: node saw ${VIP}`)
    expect(met(lab, 0).slice(2)).toEqual([
      'nat OUTPUT - lo 10.96.0.10>10.96.0.10:80 ttl 64',
      'filter OUTPUT - lo 10.96.0.10>192.168.9.1:8080 ttl 64',
      'mangle POSTROUTING - lo 10.96.0.10>192.168.9.1:8080 ttl 64',
      'nat POSTROUTING - lo 10.96.0.10>192.168.9.1:8080 ttl 64',
      'raw PREROUTING lo - 10.96.0.10>192.168.9.1:8080 ttl 64',
      'mangle PREROUTING lo - 10.96.0.10>192.168.9.1:8080 ttl 64',
      'mangle INPUT lo - 10.96.0.10>192.168.9.1:8080 ttl 64',
      'filter INPUT lo - 10.96.0.10>192.168.9.1:8080 ttl 64',
    ])
  })

  test('conntrack state: NEW for the SYN in every chain, ESTABLISHED afterwards, also in FORWARD', () => {
    const count = (chain: string, state: string): string => `iptables -A ${chain} -p tcp -m conntrack --ctstate ${state}`
    const lab = director(
      ...['INPUT', 'OUTPUT', 'FORWARD'].flatMap((chain) => [count(chain, 'NEW'), count(chain, 'ESTABLISHED')]),
      ...service([11]),
    )
    lab.exchange('ext', 'tcp', `${VIP}:80`)
    const counters = lab.sh('iptables-save -c -t filter').split('\n')
    const packets = (text: string): number => Number(/^\[(\d+)/.exec(counters.find((line) => line.includes(text)) ?? '')?.[1])
    expect(packets('INPUT -p tcp -m conntrack --ctstate NEW')).toBe(1)
    expect(packets('OUTPUT -p tcp -m conntrack --ctstate NEW')).toBe(1)
    expect(packets('FORWARD -p tcp -m conntrack --ctstate NEW')).toBe(0)
    expect(packets('FORWARD -p tcp -m conntrack --ctstate ESTABLISHED')).toBeGreaterThan(2)
  })

  test('a mark from PREROUTING stays, so that POSTROUTING masquerades; -m ipvs knows the packet there', () => {
    const lab = director(
      ...MASQUERADE,
      ...service([11]),
      `iptables -t mangle -A POSTROUTING -m ipvs --vaddr ${VIP} --vport 80 --vdir ORIGINAL --vmethod MASQ`,
    )
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe('delivered: p1 saw 10.0.0.1')
    expect(lab.sh('iptables-save -c -t mangle')).toMatch(/\[[1-9]\d*:\d+\] -A POSTROUTING -m ipvs/)
  })

  test.each([
    [`iptables -A INPUT -d ${VIP} -p tcp --dport 80 -j DROP`, 'ext'],
    ['iptables -A OUTPUT -d 10.0.0.11 -p tcp --dport 8080 -j DROP', 'ext'],
    ['iptables -A OUTPUT -d 10.0.0.11 -p tcp --dport 8080 -j DROP', 'node'],
  ])('drop point: %s stops a client on %s', (rule, from) => {
    const lab = director(...MASQUERADE, ...service([11]), rule)
    expect(lab.exchange(from, 'tcp', `${VIP}:80`, { forMs: 500 })).toBe('silence')
  })

  test('drop point: with FORWARD policy DROP the SYN reaches the server, its answer dies; the connection stays SYN_RECV', () => {
    const lab = director(...service([11]), 'iptables -P FORWARD DROP')
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 500 })).toBe('silence')
    expect(sent(lab, 'node v1')).toContain('192.168.9.2 > 10.0.0.11.8080: S ttl 63')
    expect(lab.sh('ipvsadm -Lnc')).toContain('SYN_RECV')
  })

  test('ip_forward=0: requests arrive, replies do not', () => {
    const lab = director(...service([11]), 'sysctl -w net.ipv4.ip_forward=0')
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 500 })).toBe('silence')
    expect(sent(lab, 'node v1')).toContain('192.168.9.2 > 10.0.0.11.8080: S ttl 63')
  })

  test('a virtual address that is nobody’s: forwarded packets pass IPVS by; local processes do not, if there is a route', () => {
    const lab = director(...service([11]), `ip addr del ${VIP}/32 dev kube-ipvs0`)
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe('ENETUNREACH from 192.168.9.1')
    expect(lab.exchange('node', 'tcp', `${VIP}:80`)).toBe('ENETUNREACH')
    lab.sh('ip route add default via 192.168.9.2')
    expect(lab.exchange('node', 'tcp', `${VIP}:80`)).toBe('delivered: p1 saw 192.168.9.1')
  })

  test('a port without a service: the local stack answers; a ping too', () => {
    const lab = director(...service([11]))
    expect(lab.exchange('ext', 'tcp', `${VIP}:81`)).toBe('ECONNREFUSED')
    expect(lab.exchange('ext', 'icmp', VIP)).toContain('delivered')
  })

  test('127.0.0.1 as a service with a server elsewhere: dropped, even with MASQUERADE', () => {
    const lab = director(
      'ipvsadm -A -t 127.0.0.1:30080 -s rr',
      'ipvsadm -a -t 127.0.0.1:30080 -r 10.0.0.11:8080 -m',
      'iptables -t nat -A POSTROUTING -j MASQUERADE',
    )
    expect(lab.exchange('node', 'tcp', '127.0.0.1:30080', { forMs: 500 })).toBe('silence')
  })

  test('DNAT in PREROUTING onto the service: the SYN takes IPVS, what follows is translated by conntrack and forwarded', () => {
    const lab = director(
      'iptables -t nat -A PREROUTING -d 192.168.9.1 -p tcp --dport 9000 -j DNAT --to-destination 10.96.0.10:80',
      'iptables -A FORWARD -p tcp -s 192.168.9.2',
      ...service([11]),
    )
    expect(lab.exchange('ext', 'tcp', '192.168.9.1:9000')).toBe('delivered: p1 saw 192.168.9.2')
    expect(lab.sh('iptables-save -c -t filter')).toMatch(/\[[1-9]\d*:\d+\] -A FORWARD -s 192.168.9.2/)
    expect(lab.sh('ipvsadm -Lnc')).toMatch(/SYN_RECV|FIN_WAIT/)
  })
})

describe('facts 3: conntrack', () => {
  const entry = (lab: Lab): string =>
    lab
      .sh('conntrack -L')
      .replace(/(sport|dport)=(3[2-9]|4|5|6)\d{3}/g, '$1=PORT')
      .replace(/ mark=.*/g, '')
      .trim()

  test.each([
    ['ext', '192.168.9.2'],
    ['node', VIP],
  ])('vs.conntrack=1 with masquerade, client %s', (from, source) => {
    const lab = director(...MASQUERADE, ...service([11]))
    lab.exchange(from, 'tcp', `${VIP}:80`)
    expect(entry(lab)).toMatch(
      new RegExp(`TIME_WAIT src=${source} dst=${VIP} sport=PORT dport=80 src=10.0.0.11 dst=10.0.0.1 sport=8080 dport=PORT \\[ASSURED\\]`),
    )
  })

  test('without masquerade', () => {
    const lab = director(...service([11]), 'iptables -A FORWARD -m conntrack --ctstate NEW')
    lab.exchange('ext', 'tcp', `${VIP}:80`)
    expect(entry(lab)).toContain(`src=192.168.9.2 dst=${VIP} sport=PORT dport=80 src=10.0.0.11 dst=192.168.9.2 sport=8080 dport=PORT`)
  })

  test('vs.conntrack=0: not masqueraded, and every later packet is NEW again', () => {
    const lab = director(...MASQUERADE, ...service([11]), 'sysctl -w net.ipv4.vs.conntrack=0')
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe('delivered: p1 saw 192.168.9.2')
    const counted = /\[(\d+):\d+\] -A PREROUTING -d 10.96.0.10\/32 -j MARK/.exec(lab.sh('iptables-save -c -t nat'))?.[1]
    expect(Number(counted)).toBeGreaterThan(3)
  })

  test.each(['-g', '-i'])('%s: the entry stays [UNREPLIED] SYN_SENT', (how) => {
    const lab = director('iptables -A INPUT -m conntrack --ctstate INVALID', ...service([11], '-s rr', how))
    lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 500 })
    expect(entry(lab)).toMatch(/SYN_SENT src=192.168.9.2 dst=10.96.0.10 .*\[UNREPLIED\]/)
  })

  test('-i: an IPIP packet from the node to the server; OUTPUT and POSTROUTING do not see the inner one', () => {
    const lab = director(...WATCH, ...service([11], '-s rr', '-i'))
    lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 500 })
    expect(lab.wire).toContain('node v1 10.0.0.1 > 10.0.0.11: proto 4 offset 0')
    const later = lab.events.flatMap(({ event }) =>
      event.at === 'nf_hook' && event.packet.network.kind === 'ip' && (event.hook === 'OUTPUT' || event.hook === 'POSTROUTING')
        ? [event.packet.network.protocol]
        : [],
    )
    expect(new Set(later)).toEqual(new Set([4]))
  })

  test('-g: OUTPUT and POSTROUTING with the virtual address', () => {
    const lab = director(...WATCH, ...service([11], '-s rr', '-g'))
    lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 500 })
    expect(met(lab, 0)).toContain('filter OUTPUT - cni0 192.168.9.2>10.96.0.10:80 ttl 63')
    expect(met(lab, 0)).toContain('mangle POSTROUTING eth1 cni0 192.168.9.2>10.96.0.10:80 ttl 63')
    expect(sent(lab, 'node v1')).toContain('192.168.9.2 > 10.96.0.10.80: S ttl 63')
  })
})

describe('facts 4: the same bridge, and hairpin', () => {
  test('without br_netfilter the reply is switched directly: the client does not know it', () => {
    const lab = director(...service([12]), 'sysctl -w net.bridge.bridge-nf-call-iptables=0')
    expect(lab.exchange('p1', 'tcp', `${VIP}:80`, { forMs: 500 })).toBe('silence')
    expect(sent(lab, 'p1 eth0')).toContain('10.0.0.11 > 10.0.0.12.8080: R ttl 64')
    expect(lab.sh('ipvsadm -Lnc')).toContain('SYN_RECV')
  })

  test('with bridge-nf-call-iptables=1 the bridged reply passes FORWARD, and IPVS translates it there', () => {
    const lab = director(...service([12]), 'sysctl -w net.bridge.bridge-nf-call-iptables=1')
    expect(lab.exchange('p1', 'tcp', `${VIP}:80`)).toBe('delivered: p2 saw 10.0.0.11')
    expect(sent(lab, 'node v1')).toContain('10.96.0.10.80 > 10.0.0.11: S. ttl 64')
  })

  test.each(['off', 'on'])('a pod to itself through the service fails, hairpin %s; with MASQUERADE it works', (hairpin) => {
    const set = `ip link set v1 type bridge_slave hairpin ${hairpin}\nsysctl -w net.bridge.bridge-nf-call-iptables=0`
    expect(director(...service([11]), set).exchange('p1', 'tcp', `${VIP}:80`, { forMs: 500 })).toBe('silence')
    const masquerade = 'iptables -t nat -A POSTROUTING -s 10.0.0.11 -d 10.0.0.11 -j MASQUERADE'
    expect(director(...service([11]), set, masquerade).exchange('p1', 'tcp', `${VIP}:80`)).toBe('delivered: p1 saw 10.0.0.1')
  })
})

describe('facts 5: persistence', () => {
  const clients = [3, 4].flatMap((n) => [`ip -n ext addr add 192.168.9.${n}/24 dev eth0`])
  const from = (lab: Lab, client: number, count: number): string => {
    lab.sh(`ip -n ext route replace ${VIP} via 192.168.9.1 src 192.168.9.${client}`)
    return servers(lab, count)
  }

  test('each client keeps its server; the template shows as ASSURED', () => {
    const lab = director(...clients, ...service([11, 12, 13], '-s rr -p 60'))
    expect(from(lab, 2, 4)).toBe('13 13 13 13')
    expect(from(lab, 3, 3)).toBe('12 12 12')
    expect(from(lab, 4, 2)).toBe('11 11')
    expect(from(lab, 2, 1)).toBe('13')
    expect(lab.sh('ipvsadm -Lnc')).toMatch(/^TCP 00:59 {2}ASSURED {5}192\.168\.9\.2:0 {6}10\.96\.0\.10:80 {6}10\.0\.0\.13:8080$/m)
  })

  test('-M 255.255.255.0: clients of one network share a server', () => {
    const lab = director(...clients, ...service([11, 12, 13], '-s rr -p 60 -M 255.255.255.0'))
    expect([from(lab, 2, 1), from(lab, 3, 1), from(lab, 4, 1)].join(' ')).toBe('13 13 13')
  })

  test.each([
    [0, '13 13'],
    [1, '13 12'],
  ])('server with weight 0, expire_quiescent_template=%i: %s', (value, expected) => {
    const lab = director(...service([11, 12, 13], '-s rr -p 60'), `sysctl -w net.ipv4.vs.expire_quiescent_template=${value}`)
    const first = servers(lab, 1)
    lab.sh(`ipvsadm -e -t ${VIP}:80 -r 10.0.0.13:8080 -m -w 0`)
    expect(`${first} ${servers(lab, 1)}`).toBe(expected)
    expect(servers(lab, 1)).toBe(expected.split(' ')[1])
  })

  test('server deleted: rescheduled', () => {
    const lab = director(...service([11, 12, 13], '-s rr -p 60'))
    expect(servers(lab, 1)).toBe('13')
    lab.sh(`ipvsadm -d -t ${VIP}:80 -r 10.0.0.13:8080`)
    expect(servers(lab, 2)).toBe('12 12')
  })

  test('a template lives 60 s longer while it has connections', () => {
    const lab = director(...service([11, 12, 13], '-s rr -p 60'))
    expect(servers(lab, 1)).toBe('13')
    lab.wait(70_000)
    expect(lab.sh('ipvsadm -Lnc')).toContain('192.168.9.2:0')
    lab.wait(120_000)
    expect(lab.sh('ipvsadm -Lnc')).not.toContain('192.168.9.2:0')
    expect(servers(lab, 1)).toBe('12')
  })
})

describe('facts 6: no server available', () => {
  const none = [`ipvsadm -A -t ${VIP}:80 -s rr`, `ipvsadm -A -u ${VIP}:53 -s rr`]

  test.each(['ext', 'p1'])('no servers: port unreachable from the virtual address, TOS 0xc0, to %s', (from) => {
    const lab = director(...none)
    expect(lab.exchange(from, 'tcp', `${VIP}:80`)).toBe(`ECONNREFUSED from ${VIP}`)
    const tos = lab.events.flatMap(({ event }) =>
      event.at === 'dev_queue_xmit' && event.packet.transport?.kind === 'icmp' && event.packet.network.kind === 'ip'
        ? [event.packet.network.tos]
        : [],
    )
    expect(tos[0]).toBe(0xc0)
  })

  test('no servers: a local process gets ECONNREFUSED over TCP, EPERM over UDP', () => {
    expect(director(...none).exchange('node', 'tcp', `${VIP}:80`)).toContain('ECONNREFUSED')
    expect(director(...none).exchange('node', 'udp', `${VIP}:53`)).toBe('EPERM')
  })

  test('a closed port of the server: its RST, translated', () => {
    const lab = director(`ipvsadm -A -t ${VIP}:80 -s rr`, `ipvsadm -a -t ${VIP}:80 -r 10.0.0.11:9999 -m`)
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe('ECONNREFUSED')
    expect(sent(lab, 'node eth1')).toContain('10.96.0.10.80 > 192.168.9.2: R. ttl 63')
  })

  test('an absent server: EHOSTUNREACH after ARP; no route to it: at once; no other server is tried', () => {
    const absent = director(...service([99, 98]))
    expect(absent.exchange('ext', 'tcp', `${VIP}:80`)).toBe('EHOSTUNREACH from 10.96.0.10')
    const unrouted = director(`ipvsadm -A -t ${VIP}:80 -s rr`, `ipvsadm -a -t ${VIP}:80 -r 172.31.0.9:8080 -m`)
    expect(unrouted.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 100 })).toBe('EHOSTUNREACH from 10.96.0.10')
    expect(unrouted.exchange('node', 'tcp', `${VIP}:80`, { forMs: 100 })).toContain('EHOSTUNREACH')
  })

  test.each([0, 1])('deleting a server with expire_nodest_conn=%i', (value) => {
    const lab = director(
      ...service([11]),
      `sysctl -w net.ipv4.vs.expire_nodest_conn=${value}`,
      'iptables -A INPUT -m conntrack --ctstate NEW',
    )
    lab.exchange('ext', 'tcp', `${VIP}:80`)
    lab.sh(`ipvsadm -d -t ${VIP}:80 -r 10.0.0.11:8080`)
    expect(lab.sh('ipvsadm -Lnc').split('\n').length - 3).toBe(value === 1 ? 0 : 1)
    expect(lab.sh('conntrack -L').split('\n').length - 1).toBe(value === 1 ? 0 : 1)
    lab.sh(`ipvsadm -a -t ${VIP}:80 -r 10.0.0.11:8080 -m`)
    expect(lab.sh('ipvsadm -Ln')).toMatch(value === 1 ? /Masq {4}1 {6}0 {10}0/ : /Masq {4}1 {6}0 {10}1/)
  })

  test.each([
    [0, 'silence'],
    [1, 'delivered: p2 saw 192.168.9.2'],
  ])('a UDP flow of one port whose server is deleted, expire_nodest_conn=%i: %s', (value, expected) => {
    const udp = [`ipvsadm -A -u ${VIP}:53 -s rr`, ...[11].map((n) => `ipvsadm -a -u ${VIP}:53 -r 10.0.0.${n}:8080 -m`)]
    const lab = director(...udp, `sysctl -w net.ipv4.vs.expire_nodest_conn=${value}`)
    const ask = (): string => lab.exchange('ext', 'udp', `${VIP}:53`, { sourcePort: 44000, forMs: 500 }).replace(' ttl 63', '')
    expect(ask()).toBe('delivered: p1 saw 192.168.9.2')
    lab.sh(`ipvsadm -a -u ${VIP}:53 -r 10.0.0.12:8080 -m`)
    lab.sh(`ipvsadm -e -u ${VIP}:53 -r 10.0.0.11:8080 -m -w 0`)
    expect(ask()).toBe('delivered: p1 saw 192.168.9.2')
    lab.sh(`ipvsadm -d -u ${VIP}:53 -r 10.0.0.11:8080`)
    expect(ask()).toBe(expected)
  })

  test('UDP: one port sticks to its server, new ports are scheduled', () => {
    const udp = [`ipvsadm -A -u ${VIP}:53 -s rr`, ...[11, 12].map((n) => `ipvsadm -a -u ${VIP}:53 -r 10.0.0.${n}:8080 -m`)]
    const lab = director(...udp)
    const ask = (sourcePort: number): string => lab.exchange('ext', 'udp', `${VIP}:53`, { sourcePort }).replace(' ttl 63', '')
    expect([ask(44000), ask(44000), ask(44001), ask(44002)]).toEqual([2, 2, 1, 2].map((n) => `delivered: p${n} saw 192.168.9.2`))
  })

  test('timeouts: 900 s established, 120 s after FIN, 300 s UDP, 60 s SYN_RECV; ipvsadm --set changes them', () => {
    const lab = director(...service([11]), `ipvsadm -A -u ${VIP}:53 -s rr`, `ipvsadm -a -u ${VIP}:53 -r 10.0.0.11:8080 -m`)
    lab.exchange('ext', 'tcp', `${VIP}:80`)
    lab.exchange('ext', 'udp', `${VIP}:53`)
    expect(lab.sh('ipvsadm -Lnc')).toMatch(/^TCP 01:59 {2}TIME_WAIT/m)
    expect(lab.sh('ipvsadm -Lnc')).toMatch(/^UDP 04:59 {2}UDP/m)
    const waiting = director(...service([11]), 'iptables -P FORWARD DROP')
    waiting.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 100 })
    expect(waiting.sh('ipvsadm -Lnc')).toMatch(/^TCP 00:59 {2}SYN_RECV/m)
  })

  test('frag-needed on the way to a server comes from the virtual address', () => {
    const lab = director(...service([11]), 'ip link set cni0 mtu 1300')
    lab.exchange('ext', 'tcp', `${VIP}:80`, { length: 1400, forMs: 500 })
    expect(sent(lab, 'node eth1').find((line) => line.includes('icmp 3/4'))).toMatch(/^10\.96\.0\.10 > 192\.168\.9\.2: icmp 3\/4/)
  })

  test('a firewall mark as the service: the address must still be local', () => {
    const fwmark = ['ipvsadm -A -f 5 -s rr', ...[11, 12].map((n) => `ipvsadm -a -f 5 -r 10.0.0.${n}:8080 -m`)]
    const lab = director('iptables -t mangle -A PREROUTING -p tcp --dport 80 -j MARK --set-mark 5', ...fwmark)
    expect(servers(lab, 4)).toBe('12 11 12 11')
  })

  test('defaults of the sysctls', () => {
    const names = ['conntrack', 'conn_reuse_mode', 'expire_nodest_conn', 'expire_quiescent_template', 'sloppy_tcp', 'snat_reroute']
    const lab = nodeLab()
    expect(names.map((name) => lab.sh(`sysctl -n net.ipv4.vs.${name}`).trim()).join(' ')).toBe('0 1 0 0 0 1')
  })
})
