import { describe, expect, it } from 'vitest'
import { explainRule } from './explain-rule.ts'

const of = (line: string) => explainRule(line)?.words

describe('a rule of kube-proxy in plain words', () => {
  it('names Service, port and endpoint', () => {
    expect(
      explainRule(
        '[3:180] -A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "shop/web:http -> 10.244.1.10:8080" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-GWQABTP5GBYXHJY5',
      ),
    ).toEqual({
      words: 'Throws dice: with probability 0.333 the connection goes to endpoint 10.244.1.10:8080 of port http of Service shop/web.',
      service: 'service/shop/web',
      port: 'http',
      endpoint: '10.244.1.10:8080',
    })
  })

  it.each([
    [
      '-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-CDGGSHYLG3RE2FKL',
      '10.96.0.10, tcp port 80 is the cluster address of port http of Service web. Its own chain chooses an endpoint.',
    ],
    [
      '-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web -> 10.244.2.20:8080" -j KUBE-SEP-JSM7SY6H3R2Z3REK',
      'What no rule above has taken goes to endpoint 10.244.2.20:8080 of Service web.',
    ],
    [
      '-A KUBE-SVC-CDGGSHYLG3RE2FKL ! -s 10.244.0.0/16 -d 10.96.0.10/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ',
      'Clients of Service web that are no pods of this cluster are marked: their source will be replaced, so that the answer comes back here.',
    ],
    [
      '-A KUBE-SEP-GWQABTP5GBYXHJY5 -s 10.244.1.10/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ',
      'Hairpin: when 10.244.1.10/32 reaches itself through Service web, it is marked, so that it does not see its own address as the client.',
    ],
    [
      '-A KUBE-SEP-GWQABTP5GBYXHJY5 -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.10:8080',
      'Here the destination changes from Service web to the endpoint 10.244.1.10:8080.',
    ],
    [
      '-A KUBE-NODEPORTS -p tcp -m comment --comment "default/web" -m tcp --dport 30080 -j KUBE-EXT-CDGGSHYLG3RE2FKL',
      'Node port 30080 of every node stands for Service web. Its own chain chooses an endpoint.',
    ],
    [
      '-A KUBE-EXT-CDGGSHYLG3RE2FKL -m comment --comment "masquerade traffic for default/web external destinations" -j KUBE-MARK-MASQ',
      'Clients from outside are marked: their source will be replaced. The price: Service web does not see who called.',
    ],
    [
      '-A KUBE-EXT-CDGGSHYLG3RE2FKL -j KUBE-SVL-CDGGSHYLG3RE2FKL',
      'externalTrafficPolicy Local: only endpoints on this node are chosen, and the client keeps its address.',
    ],
    [
      '-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment "default/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable',
      'Service web has no ready endpoint: the packet is rejected, so that the client hears of it.',
    ],
    ['-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN', 'Packets without the mark leave as they are.'],
    [
      '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
      'Sets the mark that asks for masquerading. KUBE-POSTROUTING reads it when the packet leaves.',
    ],
    [
      '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      'Is the destination the address of a Service? Those rules decide.',
    ],
    ['-A FORWARD -d 10.244.2.0/24 -j DROP', 'Matches 10.244.2.0/24, and drops the packet.'],
  ])('%s', (line, words) => {
    expect(of(line)).toBe(words)
  })

  it('says nothing about lines that are no rules', () => {
    expect(['*nat', ':PREROUTING ACCEPT [0:0]', 'COMMIT', '# comment'].map(explainRule)).toEqual([null, null, null, null])
  })
})
