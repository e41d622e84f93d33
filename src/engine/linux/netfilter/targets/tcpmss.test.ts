/** What becomes of the MSS option. Kernel: net/netfilter/xt_TCPMSS.c, tcpmss_mangle_packet(); where a bridge has no route: net/bridge/br_nf_core.c. */
import { expect, test } from 'vitest'
import { nodeLab, packetText } from '../../../shell/test-lab.ts'
import { netifReceiveSkb } from '../../receive.ts'
import { framedPacket } from '../testdata/packet-text.ts'

/** The MSS that a packet of p1 has on eth1, or why there is none. */
function mssBehind(target: string, text: string, ...lines: readonly string[]): number | string | null {
  const lab = nodeLab()
  lab.sh(
    [
      'ip neigh add 192.168.9.2 lladdr 02:00:00:00:00:22 dev eth1',
      ...lines,
      `iptables -t mangle -A FORWARD -p tcp -j TCPMSS ${target}`,
    ].join('\n'),
  )
  const given = framedPacket(text, 1)
  const effects = netifReceiveSkb(lab.ns('node'), 'cni0', { ...given, eth: null })
  const sent = effects.flatMap((effect) => (effect.kind === 'transmit' ? [effect.packet] : []))
  const [out] = sent
  if (out?.transport?.kind !== 'tcp') return sent.map(packetText).join() || 'nothing'
  return out.transport.mss
}

test.each([
  ['--set-mss 1000', 'S mss=1460', 1000],
  ['--set-mss 1000', 'SA mss=1460', 1000],
  ['--set-mss 1000', 'S mss=1001', 1000],
  ['--set-mss 1000', 'S mss=1000', 1000],
  ['--set-mss 1000', 'S mss=999', 999],
  // RFC 1122: without the option the other end assumes 536.
  ['--set-mss 1000', 'S', 536],
  ['--set-mss 535', 'S', 535],
  // Where data follows there is no room for an option.
  ['--set-mss 1000', 'S len=10', null],
  ['--set-mss 1000', 'A', null],
])('TCPMSS %s, %s: %s', (target, segment, mss) => {
  expect(mssBehind(target, `tcp 10.0.0.11:1000>192.168.9.2:80 ${segment}`)).toBe(mss)
})

test.each([
  ['the device', [], 1460],
  ['the device it leaves by', ['ip link set eth1 mtu 1400'], 1360],
  ['the way back', ['ip link set cni0 mtu 1300'], 1260],
  ['the route', ['ip route add 192.168.9.2/32 dev eth1 mtu 1200'], 1160],
])('--clamp-mss-to-pmtu, the MTU of %s', (_what, lines, mss) => {
  expect(mssBehind('--clamp-mss-to-pmtu', 'tcp 10.0.0.11:1000>192.168.9.2:80 S mss=8000', ...lines)).toBe(mss)
})

test('a bridged SYN is clamped to the MTU of the bridge', () => {
  const lab = nodeLab()
  lab.sh(`sysctl -w net.bridge.bridge-nf-call-iptables=1
    ip link set cni0 mtu 1300
    iptables -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
    iptables -A FORWARD -p tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1260`)
  expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toContain('delivered')
  expect(lab.sh('iptables-save -c')).toMatch(/\[2:\d+\] -A FORWARD .*--mss 1260/)
})
