/** Values as wide as their fields, whatever is drawn: an IP id has 16 bits, a client's port lies in net.ipv4.ip_local_port_range. */
import { expect, test } from 'vitest'
import type { Packet } from '../net/packet.ts'
import { type Lab, nodeLab } from '../shell/test-lab.ts'

/** Every packet of the trace, with those that it carries or quotes. */
function packets(lab: Lab): Packet[] {
  const inside = (packet: Packet): Packet[] => [
    packet,
    ...(packet.payload.inner ? inside(packet.payload.inner) : []),
    ...(packet.transport?.kind === 'icmp' && packet.transport.quoted ? inside(packet.transport.quoted) : []),
  ]
  return lab.events.flatMap(({ event }) => ('packet' in event && event.packet ? inside(event.packet as Packet) : []))
}

const IPIP = (remote: string, local: string, own: string) => [
  `ip link add t0 type ipip local ${local} remote ${remote}`,
  'ip link set t0 up',
  `ip addr add ${own} dev t0`,
]

/** Draws always the highest or always the lowest number. */
function labThatDraws(highest: boolean): Lab {
  const lab = nodeLab()
  Object.assign(lab.kernel, { chooser: { choose: () => 0, pick: (_kind: string, count: number) => (highest ? count - 1 : 0) } })
  return lab
}

test.each([
  ['a tunnel', ['icmp 10.9.0.2']],
  ['TCP', ['tcp 192.168.9.2:8080']],
  ['UDP, and the answer that nobody listens', ['udp 192.168.9.2:9']],
  ['an echo', ['icmp 192.168.9.2']],
])('ids and ports of %s', (_what, exchanges) => {
  const seen = [true, false].map((highest) => {
    const lab = labThatDraws(highest)
    lab.sh(IPIP('192.168.9.2', '192.168.9.1', '10.9.0.1/24').join('\n'))
    lab.sh(
      IPIP('192.168.9.1', '192.168.9.2', '10.9.0.2/24')
        .map((line) => `ip netns exec ext ${line}`)
        .join('\n'),
    )
    for (const text of exchanges) {
      const [protocol = '', to = ''] = text.split(' ')
      lab.exchange('node', protocol as 'tcp', to)
    }
    const all = packets(lab)
    const ids = all.flatMap(({ network }) => (network.kind === 'ip' ? [network.id] : []))
    const ports = all.flatMap(({ transport }) =>
      transport?.kind === 'tcp' || transport?.kind === 'udp' ? [transport.sourcePort, transport.destinationPort] : [],
    )
    expect(ids.length).toBeGreaterThan(0)
    return { ids, ports: ports.filter((port) => port > 10_000) }
  })
  for (const { ids, ports } of seen) {
    expect(ids.filter((id) => id < 0 || id > 65_535)).toEqual([])
    expect(ports.filter((port) => port < 32_768 || port > 60_999)).toEqual([])
  }
  expect(Math.max(...(seen[0]?.ids ?? []))).toBe(65_535)
})
