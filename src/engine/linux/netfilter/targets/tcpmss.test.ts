/** Kernel: net/netfilter/xt_TCPMSS.c, tcpmss_mangle_packet(), where a bridge has no route: net/bridge/br_nf_core.c. */
import { expect, test } from 'vitest'
import { nodeLab } from '../../../shell/test-lab.ts'

test('a bridged SYN is clamped to the MTU of the bridge', () => {
  const lab = nodeLab()
  lab.sh(`sysctl -w net.bridge.bridge-nf-call-iptables=1
    ip link set cni0 mtu 1300
    iptables -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
    iptables -A FORWARD -p tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1260`)
  expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toContain('delivered')
  expect(lab.sh('iptables-save -c')).toMatch(/\[2:\d+\] -A FORWARD .*--mss 1260/)
})
