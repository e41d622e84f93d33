/** ICMP errors that concern IPVS connections which are not translated, against Linux 6.1: by tunnel (-i), and by direct routing (-g). */
import { describe, expect, test } from 'vitest'
import { director, service, VIP } from '../../shell/ipvs-lab.fixture.ts'
import { packetText, sent } from '../../shell/test-lab.ts'
import { framedPacket } from '../netfilter/testdata/packet-text.ts'
import { netifReceiveSkb } from '../receive.ts'

const stats = (lab: ReturnType<typeof director>): string =>
  lab
    .sh('ipvsadm -Ln --stats --exact')
    .split('\n')
    .filter((line) => line.includes('10.0.0.11'))
    .join()
    .trim()
    .replace(/ +/g, ' ')

describe('errors about tunnelled packets', () => {
  test.each([
    ['no IPIP there: protocol unreachable', [], 'ENOPROTOOPT'],
    [
      'what carries it masqueraded, for another interface than the error leaves by',
      ['iptables -t nat -A POSTROUTING -m ipvs --ipvs -j MASQUERADE'],
      'ENOPROTOOPT',
    ],
    [
      'no tunnel for this sender: port unreachable',
      ['ip -n p1 link add tun1 type ipip remote 10.0.0.99', 'ip -n p1 link set tun1 up'],
      'ECONNREFUSED',
    ],
  ])('%s, told to the client by the virtual address', (_what, lines, errno) => {
    const lab = director(...service([11], '-s rr', '-i'), ...lines)
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe(`${errno} from ${VIP}`)
    expect(sent(lab, 'node eth1').filter((line) => line.includes('icmp'))).toEqual([
      expect.stringMatching(/^10.96.0.10 > 192.168.9.2: icmp 3\/\d ttl 64 \(192.168.9.2 > 10.96.0.10.80: S ttl 63\)$/),
    ])
    // Counted as what it became, and as what it was about.
    expect(stats(lab)).toBe('-> 10.0.0.11:80 1 1 2 60 148')
  })

  test("another tunnel of the same machine is not IPVS's business", () => {
    const lab = director(...service([12], '-s rr', '-i'))
    lab.sh('ip link add tun1 type ipip remote 10.0.0.11 local 10.0.0.1\nip link set tun1 up\nip route add 10.77.0.0/24 dev tun1')
    lab.exchange('node', 'udp', '10.77.0.1:9', { forMs: 100 })
    expect(lab.sh('ipvsadm -Lnc')).not.toContain('10.77')
  })

  test('a packet of IPVS that goes into a tunnel of the node: the outer one is not one of IPVS', () => {
    const counts = ['OUTPUT', 'POSTROUTING'].map((chain) => `iptables -t mangle -A ${chain} -p 4 -m ipvs --ipvs`)
    const lab = director('ip link add tun1 type ipip remote 10.0.0.11 local 10.0.0.1', 'ip link set tun1 up', ...counts)
    lab.sh(`ip route add 10.77.0.0/24 dev tun1\nipvsadm -A -t ${VIP}:80 -s rr\nipvsadm -a -t ${VIP}:80 -r 10.77.0.1:80 -m`)
    lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 100 })
    expect(lab.wire.filter((line) => line.includes('proto 4'))).not.toEqual([])
    expect(lab.sh('iptables-save -c -t mangle').match(/\[0:0\] -A \w+ -p ipencap/g)).toHaveLength(2)
  })

  test.each([
    ['-i', 1480],
    ['-g', null],
  ])('%s: a client on the director itself learns what fits: %s', (how, mtu) => {
    const lab = director(...service([11], '-s rr', how))
    lab.exchange('node', 'tcp', `${VIP}:80`, { forMs: 100 })
    expect([...lab.ns('node').routeExceptions.values()].map((one) => one.mtu)).toEqual(mtu === null ? [] : [mtu])
    lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 100 })
    expect(lab.ns('node').routeExceptions.size).toBe(mtu === null ? 0 : 1)
  })
})

/** MSS that the SYNs of one attempt to connect announced. */
function announced(lab: ReturnType<typeof director>): (number | null)[] {
  lab.events.length = 0
  lab.exchange('node', 'tcp', `${VIP}:80`, { forMs: 2500 })
  return lab.events.flatMap(({ event }) =>
    event.at === 'socket' && event.packet?.transport?.kind === 'tcp' && event.packet.transport.flags.syn
      ? [event.packet.transport.mss]
      : [],
  )
}

test('a client on the director learns what fits the tunnel from its next connection on, not when it repeats its SYN', () => {
  const lab = director(...service([11], '-s rr', '-i'), 'ip netns exec p1 iptables -A INPUT -j DROP')
  const first = announced(lab)
  expect(first.length).toBeGreaterThan(1)
  expect(new Set(first)).toEqual(new Set([65_495]))
  expect(new Set(announced(lab))).toEqual(new Set([1440]))
})

test('an error about a tunnelled packet that only passes here is left alone', () => {
  const lab = director(...service([11], '-s rr', '-i'))
  lab.exchange('ext', 'tcp', `${VIP}:80`, { sourcePort: 50_000, forMs: 100 })
  const before = stats(lab)
  const inner = framedPacket(`tcp 192.168.9.2:50000>${VIP}:80 S`, 901)
  const outer = framedPacket('4 192.168.9.2>10.0.0.11', 902)
  const quoted = { ...outer, payload: { ...outer.payload, inner } }
  const error = framedPacket('icmp 10.0.0.11>192.168.9.2 3/2', 903)
  if (error.transport?.kind !== 'icmp') throw new Error('no error')
  const effects = netifReceiveSkb(lab.ns('node'), 'cni0', { ...error, eth: null, transport: { ...error.transport, quoted } })
  const sentOn = effects.flatMap((effect) => (effect.kind === 'transmit' ? [`${effect.device} ${packetText(effect.packet)}`] : []))
  expect(sentOn).toEqual(['eth1 10.0.0.11 > 192.168.9.2: icmp 3/2 ttl 63 (192.168.9.2 > 10.0.0.11: proto 4 offset 0)'])
  expect(stats(lab)).toBe(before)
})
