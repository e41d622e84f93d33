/** Who finds that NAT has spoilt the checksum of what a tunnel wrapped. Measured on Linux 6.18: rule counters and InCsumErrors of the receiver. */
import { expect, test } from 'vitest'
import { parseIpv4 } from '../net/ipv4.ts'
import { newIpPacket } from '../net/new-packet.ts'
import type { IpPacket } from '../net/packet.ts'
import { PROTOCOL_UDP } from '../net/protocol-number.ts'
import { nodeLab } from '../shell/test-lab.ts'
import { checksumHelp, isChecksumWrong, withNatChecksum } from './checksum-help.ts'

const SNAT = 'iptables -t nat -A POSTROUTING -p udp --dport 8472 -j SNAT --to-source 10.9.9.9'
const FILL = '-p udp --dport 8472 -j CHECKSUM --checksum-fill'
const FOUND = 'INVALID 1, UDP_CSUM'
const NOT_FOUND = 'INVALID 0'

/** The node wraps `protocol` for a machine behind a device of this kind; what that finds. */
function receiver(kind: 'physical' | 'bridge', protocol: 'udp' | 'icmp', rules: string): string {
  const [peer, device, own, other] =
    kind === 'physical' ? ['ext', 'eth1', '192.168.9.1', '192.168.9.2'] : ['p1', 'cni0', '10.0.0.1', '10.0.0.11']
  const lab = nodeLab()
  const tunnel = (prefix: string, link: string, ends: readonly [string, string], number: number): string => {
    const [mac, peerMac] = [`02:00:00:00:07:0${number}`, `02:00:00:00:07:0${3 - number}`]
    return `ip ${prefix}link add vx0 address ${mac} type vxlan id 7 dstport 8472 local ${ends[0]} dev ${link} nolearning
      ip ${prefix}addr add 10.7.0.${number}/24 dev vx0
      ip ${prefix}link set vx0 up
      ip ${prefix}neigh add 10.7.0.${3 - number} lladdr ${peerMac} dev vx0 nud permanent
      bridge ${prefix}fdb append ${peerMac} dev vx0 dst ${ends[1]}`
  }
  lab.sh(`${tunnel('', device, [own ?? '', other ?? ''], 1)}
    ${tunnel(`-n ${peer} `, 'eth0', [other ?? '', own ?? ''], 2)}
    ip netns exec ${peer} iptables -A INPUT -p udp --dport 8472 -m conntrack --ctstate INVALID
    ${rules.replaceAll('PEER', `ip netns exec ${peer}`)}`)
  lab.exchange('node', protocol, protocol === 'icmp' ? '10.7.0.2' : '10.7.0.2:9', { forMs: 50 })
  const invalid = /\[(\d+):\d+\] -A INPUT/.exec(lab.sh(`ip netns exec ${peer} iptables-save -c -t filter`))?.[1]
  return `INVALID ${invalid}${lab.drops().some((drop) => drop.startsWith(`${peer} UDP_CSUM`)) ? ', UDP_CSUM' : ''}`
}

test.each([
  ['physical', 'udp', '', NOT_FOUND],
  ['physical', 'udp', SNAT, NOT_FOUND],
  ['physical', 'udp', `${SNAT}\niptables -t mangle -A OUTPUT ${FILL}`, NOT_FOUND],
  // After conntrack has looked.
  ['physical', 'udp', `${SNAT}\nPEER iptables -t mangle -A PREROUTING ${FILL}`, 'INVALID 0, UDP_CSUM'],
  ['bridge', 'udp', '', NOT_FOUND],
  ['bridge', 'udp', SNAT, FOUND],
  ['bridge', 'icmp', SNAT, NOT_FOUND],
  ['bridge', 'udp', `${SNAT}\niptables -t mangle -A OUTPUT ${FILL}`, NOT_FOUND],
  ['bridge', 'udp', `${SNAT}\niptables -t mangle -A POSTROUTING ${FILL}`, NOT_FOUND],
] as const)('by a %s device, %s inside, %j: %s', (kind, protocol, rules, found) => {
  expect(receiver(kind, protocol, rules)).toBe(found)
})

const address = (text: string) => {
  const value = parseIpv4(text)
  if (value === null) throw new Error(text)
  return value
}
const udp = (
  source: string,
  destination: string,
  [sourcePort = 0, destinationPort = 0]: readonly number[],
  inner: IpPacket | null,
): IpPacket =>
  newIpPacket({
    id: 1,
    source: address(source),
    destination: address(destination),
    protocol: PROTOCOL_UDP,
    ttl: 64,
    transport: { kind: 'udp', sourcePort, destinationPort },
    payload: inner === null ? { length: 20, data: null, inner } : { length: 78, data: { kind: 'vxlan', vni: 7 }, inner },
  })

test.each([
  ['another source', [['10.1.0.9', '10.1.0.2', 5000, 8472]], true],
  ['another port', [['10.1.0.1', '10.1.0.2', 5001, 8472]], true],
  [
    'there and back',
    [
      ['10.1.0.9', '10.1.0.2', 5000, 8472],
      ['10.1.0.1', '10.1.0.2', 5000, 8472],
    ],
    false,
  ],
  ['a port that makes up for the address', [['10.1.0.2', '10.1.0.2', 4998, 8472]], false],
] as const)('NAT of a VXLAN packet, %s: its checksum is wrong once worked out: %s', (_what, ways, wrong) => {
  let outer = udp('10.1.0.1', '10.1.0.2', [5000, 8472], udp('10.7.0.1', '10.7.0.2', [6000, 80], null))
  for (const [source, destination, ...ports] of ways) {
    const { network, transport } = udp(source, destination, ports, null)
    const sumError = outer.transport?.kind === 'udp' ? { sumError: outer.transport.sumError ?? 0 } : {}
    const header = transport?.kind === 'udp' ? { ...transport, ...sumError } : transport
    outer = withNatChecksum(outer, { ...outer, network, transport: header })
    expect(isChecksumWrong(outer)).toBe(false)
  }
  expect(isChecksumWrong(checksumHelp(outer))).toBe(wrong)
})

test('once what is inside is worked out NAT changes the checksum of the outer header rightly', () => {
  const inside = checksumHelp(udp('10.7.0.1', '10.7.0.2', [6000, 80], null))
  const outer = udp('10.1.0.1', '10.1.0.2', [5000, 8472], inside)
  const changed = udp('10.1.0.9', '10.1.0.2', [5000, 8472], inside)
  expect(isChecksumWrong(checksumHelp(withNatChecksum(outer, changed)))).toBe(false)
})
