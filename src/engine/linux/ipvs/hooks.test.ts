/** Where IPVS sits in the hooks, against what was measured on Linux 6.1 in the same network. */
import { describe, expect, test } from 'vitest'
import { met, WATCH } from '../../shell/hooks.fixture.ts'
import { director, MASQUERADE, service, VIP } from '../../shell/ipvs-lab.fixture.ts'
import { sent } from '../../shell/test-lab.ts'

describe('where IPVS sits', () => {
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

  test('a local process, server on the node, virtual address on link: the old route is taken, and the new address asked for there', () => {
    const lab = director(`ip addr del ${VIP}/32 dev kube-ipvs0`, 'ip route add 10.96.0.0/24 dev eth1')
    lab.sh(`ipvsadm -A -t ${VIP}:80 -s rr\nipvsadm -a -t ${VIP}:80 -r 192.168.9.1:8080 -m`)
    lab.wire.length = 0
    lab.exchange('node', 'tcp', `${VIP}:80`, { forMs: 500 })
    expect(sent(lab, 'node eth1')).toEqual(['who-has 192.168.9.1 tell 192.168.9.1'])
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
