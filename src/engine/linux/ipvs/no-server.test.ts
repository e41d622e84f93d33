/** IPVS without a server that could take the connection, against what was measured on Linux 6.1 in the same network. */
import { describe, expect, test } from 'vitest'
import { director, servers, service, VIP } from '../../shell/ipvs-lab.fixture.ts'
import { nodeLab, sent } from '../../shell/test-lab.ts'

describe('no server available', () => {
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

  test('a firewall mark whose packets are for nobody here is not served', () => {
    const fwmark = ['ipvsadm -A -f 5 -s rr', 'ipvsadm -a -f 5 -r 10.0.0.11:8080 -m']
    const lab = director(
      'iptables -t mangle -A PREROUTING -p tcp --dport 80 -j MARK --set-mark 5',
      ...fwmark,
      `ip addr del ${VIP}/32 dev kube-ipvs0`,
    )
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe('ENETUNREACH from 192.168.9.1')
  })

  test.each([0, 1])('deleting the whole service with expire_nodest_conn=%i: as deleting its server', (value) => {
    const lab = director(...service([11]), `sysctl -w net.ipv4.vs.expire_nodest_conn=${value}`)
    lab.exchange('ext', 'tcp', `${VIP}:80`)
    lab.sh(`ipvsadm -D -t ${VIP}:80`)
    expect(lab.sh('ipvsadm -Lnc').split('\n').length - 3).toBe(value === 1 ? 0 : 1)
  })

  test('ipvsadm --set changes the timeouts, but not that of TIME_WAIT', () => {
    const lab = director(
      ...service([11]),
      `ipvsadm -A -u ${VIP}:53 -s rr`,
      `ipvsadm -a -u ${VIP}:53 -r 10.0.0.11:8080 -m`,
      'ipvsadm --set 100 20 30',
    )
    lab.exchange('ext', 'tcp', `${VIP}:80`)
    lab.exchange('ext', 'udp', `${VIP}:53`)
    expect(lab.sh('ipvsadm -Lnc')).toMatch(/^TCP 01:59 {2}TIME_WAIT/m)
    expect(lab.sh('ipvsadm -Lnc')).toMatch(/^UDP 00:29 {2}UDP/m)
    expect(lab.sh('ipvsadm -L --timeout')).toBe('Timeout (tcp tcpfin udp): 100 20 30\n')
  })
})
