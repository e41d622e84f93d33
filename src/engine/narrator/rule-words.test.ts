import { describe, expect, it } from 'vitest'
import { ruleTokens, ruleWords } from './rule-words.ts'

describe('ruleTokens', () => {
  it('takes quotes and backslashes off', () => {
    expect(ruleTokens(String.raw`-A X -m comment --comment "say \"hi\" to a\\b" -j ACCEPT`)).toEqual([
      '-A',
      'X',
      '-m',
      'comment',
      '--comment',
      String.raw`say "hi" to a\b`,
      '-j',
      'ACCEPT',
    ])
  })
})

describe('ruleWords', () => {
  it.each([
    ['-A X -j ACCEPT', '', 'accepts the packet'],
    ['-A X', '', 'counts the packet'],
    ['-A X -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-A', '10.96.0.1, tcp port 443', 'jumps to KUBE-SVC-A'],
    ['-A X -s 10.244.1.0/24 ! -d 10.244.0.0/16 -p udp -j DROP', 'not to 10.244.0.0/16, from 10.244.1.0/24, udp', 'drops the packet'],
    ['-A X ! -s 10.244.0.0/16 -i cni0 ! -o cni0 -g OUT', 'not from 10.244.0.0/16, in by cni0, not out by cni0', 'goes to OUT'],
    ['-A X -p tcp -m multiport --dports 80,443 -j REJECT --reject-with tcp-reset', 'tcp ports 80,443', 'rejects the packet with tcp-reset'],
    ['-A X -p icmp -m icmp --icmp-type 8 -j REJECT', 'icmp type 8', 'rejects the packet with icmp-port-unreachable'],
    ['-A X -m conntrack --ctstate INVALID -j DROP', 'state INVALID', 'drops the packet'],
    ['-A X -m mark --mark 0x4000/0x4000 -j MASQUERADE', 'mark 0x4000', 'masquerades the source'],
    ['-A X -m addrtype ! --src-type LOCAL -j RETURN', 'a non-local source', 'returns to the calling chain'],
    ['-A X -m physdev --physdev-in veth1 -j SNAT --to-source 1.2.3.4', 'in by port veth1', 'chooses 1.2.3.4 as the source'],
    ['-A X -m set ! --match-set allowed src -j MARK --set-xmark 0x0/0xffffffff', 'no address of set allowed', 'clears the mark'],
    ['-A X -j MARK --set-xmark 0x4000/0x0', '', 'flips mark 0x4000'],
    ['-A X -j MARK --or-mark 0x8', '', 'sets mark 0x8'],
    ['-A X -j LOG --log-prefix "dropped: "', '', 'writes the packet to the kernel log'],
    ['-A X ! -p udp -j DROP', 'not udp', 'drops the packet'],
    ['-A X -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP', 'a SYN', 'drops the packet'],
    ['-A X -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP', 'no SYN', 'drops the packet'],
    ['-A X -p tcp -m tcp --tcp-flags PSH PSH -j DROP', 'tcp flags PSH of PSH', 'drops the packet'],
    ['-A X -p tcp -m tcp --dport 80 -m limit --limit 1/sec -j DROP', '', 'drops the packet'],
    ['-A X -m comment --comment "-d 10.0.0.1" -j DROP', '', 'drops the packet'],
    ['-A X -j CT --notrack', '', 'takes the packet out of connection tracking'],
  ])('%s', (text, condition, action) => {
    expect(ruleWords(text)).toMatchObject({ condition, action })
  })

  it.each([
    ['-A X -j DROP', true],
    ['-A X -m comment --comment "all of them" -j DROP', true],
    ['-A X ! -p udp -j DROP', false],
    ['-A X -m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP', false],
    ['-A X -m limit --limit 1/sec -j DROP', false],
    ['-A X -m pkttype --pkt-type broadcast -j DROP', false],
    ['-A X -m recent --set --name seen --rsource -j DROP', false],
    ['-A X -m conntrack --ctorigdst 10.0.0.1 -j DROP', false],
    ['-A X -m length --length 100 -j DROP', false],
    ['-A X -m string --string x --algo bm -j DROP', false],
    ['-A X -m rpfilter -j DROP', false],
  ])('%s matches every packet: %s', (text, everyPacket) => {
    expect(ruleWords(text)).toMatchObject({ condition: everyPacket ? '' : text.includes('udp') ? 'not udp' : '', everyPacket })
  })

  it('reads probability and comment', () => {
    expect(
      ruleWords('-A X -m comment --comment "a/b -> 10.0.0.1:80" -m statistic --mode random --probability 0.33333333349 -j Y'),
    ).toMatchObject({ probability: 0.33333333349, comment: 'a/b -> 10.0.0.1:80' })
    expect(ruleWords('-A X -j Y')).toMatchObject({ probability: null, comment: null })
  })
})
