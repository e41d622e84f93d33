import { describe, expect, it } from 'vitest'
import { labNeeds } from './lab-needs.ts'

describe('labNeeds', () => {
  it.each([
    ['ip link add cni0 type bridge', ['bridge', 'veth'], []],
    ['ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472', ['bridge', 'veth', 'vxlan'], []],
    ['sysctl -w net.bridge.bridge-nf-call-iptables=1', ['br_netfilter', 'bridge', 'veth'], []],
    ['tc qdisc add dev eth0 root netem loss 10%', ['bridge', 'sch_netem', 'veth'], []],
    ['iptables -A INPUT -p tcp -m tcp --dport 80 -j ACCEPT', ['bridge', 'veth', 'xt_tcpudp'], ['-m tcp']],
    ['iptables -t nat -A OUTPUT -m comment --comment x -j DNAT --to 1.1.1.1', ['bridge', 'veth', 'xt_nat'], ['-j DNAT']],
    // A chain of the user's own is no extension, whatever it is called.
    [':RECENT - [0:0]\n-A INPUT -m recent --set -j RECENT', ['bridge', 'veth', 'xt_recent'], ['-m recent']],
    ['ipset create all hash:ip,port', ['bridge', 'ip_set', 'ip_set_hash_ipport', 'veth'], []],
    ['{"listen": [{"protocol": "sctp", "port": 29}]}', ['bridge', 'sctp', 'veth'], []],
    ['ipvsadm -A -t 10.96.0.1:80 -s wrr', ['bridge', 'ip_vs', 'ip_vs_wrr', 'veth'], []],
  ])('%s', (text, modules, extensions) => {
    expect(labNeeds(text)).toMatchObject({ modules, extensions })
  })

  it('names the tools in use', () => {
    expect(labNeeds('iptables-restore --noflush <<X\nX\nconntrack -D').tools).toEqual(
      expect.arrayContaining(['conntrack', 'iptables-restore', 'python3']),
    )
    expect(labNeeds('ip link').tools).not.toContain('iptables')
  })

  it('does not take the tools that the agent knows for tools of this lab', () => {
    const agent = "cat >/run/lab/agent.py <<'PACKETWALK_AGENT'\nask('ipvsadm')\nPACKETWALK_AGENT"
    expect(labNeeds(`${agent}\nip link`)).toMatchObject({ modules: ['bridge', 'veth'] })
    expect(labNeeds(`${agent}\nipset list`).tools).toContain('ipset')
  })
})
