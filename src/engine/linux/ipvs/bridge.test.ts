/** IPVS on one bridge, against what was measured on Linux 6.1 in the same network. */
import { describe, expect, test } from 'vitest'
import { director, service, VIP } from '../../shell/ipvs-lab.fixture.ts'
import { sent } from '../../shell/test-lab.ts'

describe('the same bridge, and hairpin', () => {
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
