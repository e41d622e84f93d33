import { beforeEach, describe, expect, it } from 'vitest'
import type { TraceEvent } from '../trace-event.ts'
import { watchNetNs } from '../watch-netns.ts'
import { createTestMachine, packet, type TestMachine } from './testdata/machine.ts'

let machine: TestMachine

beforeEach(() => {
  machine = createTestMachine()
})

const load = (rules: string) => expect(machine.load(rules)).toBe(null)
const pass: TestMachine['pass'] = (sent, ...path) => machine.pass(sent, ...path)
const OUT = ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1']

describe('chains', () => {
  const rules = `*filter
    :FORWARD DROP [0:0]
    :A - [0:0]
    :B - [0:0]
    -A FORWARD -p udp -j A
    -A FORWARD -p tcp -g A
    -A FORWARD -j ACCEPT
    -A A -p udp -m udp --dport 1 -j RETURN
    -A A -p udp -m udp --dport 2 -g B
    -A A -p udp -m udp --dport 3 -j DROP
    -A A -m comment --comment "only counts"
    -A B -j MARK --set-xmark 0x7/0xffffffff
    COMMIT
  `
  const cases: readonly (readonly [string, string, string])[] = [
    ['udp 1.1.1.1:9>2.2.2.2:1', 'ACCEPT', 'RETURN goes on behind the jump'],
    ['udp 1.1.1.1:9>2.2.2.2:2', 'ACCEPT', 'the end of a goto chain returns to where the jump was'],
    ['udp 1.1.1.1:9>2.2.2.2:3', 'DROP', 'a verdict ends it'],
    ['udp 1.1.1.1:9>2.2.2.2:4', 'ACCEPT', 'the end of a chain returns'],
    ['tcp 1.1.1.1:9>2.2.2.2:4 S', 'DROP', 'goto from a built-in chain ends in its policy'],
  ]
  it.each(cases)('%s: %s (%s)', (text, kind) => {
    load(rules)
    expect(pass(packet(text), 'FORWARD a b').kind).toBe(kind)
  })

  it('counts on every rule that matched and on the policy', () => {
    load(rules)
    for (const [text] of cases) pass(packet(text), 'FORWARD a b')
    const chains = machine.ns.netfilter.ip.tables.get('filter')?.chains
    const counts = (name: string) => chains?.get(name)?.rules.map((rule) => rule.packets)
    expect(counts('FORWARD')).toEqual([4, 1, 3])
    expect(counts('A')).toEqual([1, 1, 1, 2])
    expect(counts('B')).toEqual([1])
    expect(chains?.get('FORWARD')).toMatchObject({ packets: 1, bytes: 60 })
  })

  it('tells a watcher each table, each rule that matched, and how many were tried', () => {
    load(rules)
    const events: TraceEvent[] = []
    watchNetNs(machine.ns, (event) => events.push(event))
    pass(packet('udp 1.1.1.1:9>2.2.2.2:2'), 'FORWARD a b')
    expect(
      events.map((event) =>
        event.at === 'ipt_rule' ? `${event.chain} ${event.rule?.index ?? '-'} tried ${event.tried} ${event.verdict}` : event.at,
      ),
    ).toEqual([
      'nf_hook',
      'FORWARD 1 tried 0 jump A',
      'A 2 tried 1 goto B',
      'B 1 tried 0 MARK',
      'B - tried 0 RETURN',
      'FORWARD 3 tried 1 ACCEPT',
    ])
  })

  it('names the rule or the policy that dropped', () => {
    load(rules)
    const dropped = (text: string) => {
      const verdict = pass(packet(text), 'FORWARD a b')
      return verdict.kind === 'DROP' ? [verdict.by?.kind, verdict.by?.text] : verdict.kind
    }
    expect(dropped('udp 1.1.1.1:9>2.2.2.2:3')).toEqual(['rule', '-A A -p udp -m udp --dport 3 -j DROP'])
    expect(dropped('tcp 1.1.1.1:9>2.2.2.2:3 S')).toEqual(['policy', '-P FORWARD DROP'])
  })

  it('stops at an extension that is not modelled, but only where everything else about the rule holds', () => {
    load(
      '*filter\n-A FORWARD -p udp -m string --string "abc def" --algo bm -m udp --dport 5 -j DROP\n-A FORWARD -p tcp -j TPROXY --on-port 5\nCOMMIT\n',
    )
    expect(pass(packet('udp 1.1.1.1:9>2.2.2.2:4'), 'FORWARD a b').kind).toBe('ACCEPT')
    expect(pass(packet('udp 1.1.1.1:9>2.2.2.2:5'), 'FORWARD a b')).toMatchObject({
      kind: 'UNSUPPORTED',
      what: 'iptables -t filter -A FORWARD -p udp -m string --string "abc def" --algo bm -m udp --dport 5 -j DROP',
    })
    expect(pass(packet('tcp 1.1.1.1:9>2.2.2.2:5 S'), 'FORWARD a b')).toMatchObject({
      what: expect.stringContaining('-j TPROXY --on-port 5'),
    })
  })
})

describe('matches', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['-p tcp -m tcp --dport 80:90', 'tcp 10.0.0.11:1>1.1.1.1:85 S', true],
    ['-p tcp -m tcp ! --dport 80', 'tcp 10.0.0.11:1>1.1.1.1:80 S', false],
    ['-p tcp --syn', 'tcp 10.0.0.11:1>1.1.1.1:80 S', true],
    ['-p tcp --syn', 'tcp 10.0.0.11:1>1.1.1.1:80 SA', false],
    ['! -p tcp', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['! -s 10.0.0.0/8', 'udp 10.0.0.11:1>1.1.1.1:80', false],
    ['-s 10.0.0.0/255.0.0.255', 'udp 10.1.2.0:1>1.1.1.1:80', true],
    ['-i cni+', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['! -i cni+', 'udp 10.0.0.11:1>1.1.1.1:80', false],
    ['-o eth1', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-p udp -m multiport --dports 1,70:80', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-p udp -m multiport ! --ports 1,70:80', 'udp 10.0.0.11:1>1.1.1.1:81', false],
    ['-m addrtype --dst-type LOCAL', 'udp 10.0.0.11:1>192.168.9.1:80', true],
    ['-m addrtype ! --dst-type LOCAL', 'udp 10.0.0.11:1>192.168.9.2:80', true],
    ['-m addrtype --dst-type LOCAL --limit-iface-in', 'udp 10.0.0.11:1>192.168.9.1:80', false],
    ['-m iprange --src-range 10.0.0.10-10.0.0.12', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-p icmp --icmp-type echo-request', 'icmp 10.0.0.11>1.1.1.1 8/0', true],
    ['-p icmp ! --icmp-type 3/4', 'icmp 10.0.0.11>1.1.1.1 3/3', true],
    ['-m mark --mark 0x0/0x4000', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m mark ! --mark 0x4000/0x4000', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m conntrack --ctstate NEW', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m conntrack --ctorigdst 1.1.1.1 --ctdir ORIGINAL', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m conntrack --ctorigdst 1.1.1.2', 'udp 10.0.0.11:1>1.1.1.1:80', false],
    ['-f', 'udp 10.0.0.11:1>1.1.1.1:80', false],
  ]
  it.each(cases)('%s on %s: %s', (rule, text, matches) => {
    load(`*filter\n-A FORWARD ${rule} -j DROP\nCOMMIT\n`)
    expect(pass(packet(text), 'PREROUTING cni0', 'FORWARD cni0 eth1').kind).toBe(matches ? 'DROP' : 'ACCEPT')
  })

  it('statistic nth takes turns: the first of two, then every second', () => {
    load('*filter\n-A FORWARD -m statistic --mode nth --every 2 --packet 0 -j DROP\nCOMMIT\n')
    const kinds = [1, 2, 3, 4].map(() => pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'FORWARD a b').kind)
    expect(kinds).toEqual(['DROP', 'ACCEPT', 'DROP', 'ACCEPT'])
  })

  it('recent remembers a client for so many seconds', () => {
    load(
      '*filter\n-A FORWARD -m recent --name R --rcheck --seconds 10 --reap -j DROP\n-A FORWARD -m recent --name R --set -j ACCEPT\nCOMMIT\n',
    )
    const once = () => pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'FORWARD a b').kind
    expect([once(), once()]).toEqual(['ACCEPT', 'DROP'])
    machine.kernel.nowMs += 10_001
    expect(once()).toBe('ACCEPT')
  })

  it('limit lets a burst through, then so many a second', () => {
    load('*filter\n-A FORWARD -m limit --limit 1/s --limit-burst 2 -j ACCEPT\n-A FORWARD -j DROP\nCOMMIT\n')
    const once = () => pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'FORWARD a b').kind
    expect([once(), once(), once()]).toEqual(['ACCEPT', 'ACCEPT', 'DROP'])
    machine.kernel.nowMs += 1000
    expect([once(), once()]).toEqual(['ACCEPT', 'DROP'])
  })

  it('CT --notrack takes a packet out of conntrack', () => {
    load('*raw\n-A PREROUTING -p udp -j CT --notrack\nCOMMIT\n*filter\n-A FORWARD -m conntrack --ctstate UNTRACKED -j DROP\nCOMMIT\n')
    expect(pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'PREROUTING cni0', 'FORWARD cni0 eth1').kind).toBe('DROP')
    expect(pass(packet('tcp 10.0.0.11:1>1.1.1.1:80 S'), 'PREROUTING cni0', 'FORWARD cni0 eth1').kind).toBe('ACCEPT')
  })

  it('marks: or, xor and restore from the connection', () => {
    load(`*mangle
      -A PREROUTING -j MARK --set-xmark 0x4000/0x4000
      -A PREROUTING -j CONNMARK --save-mark
      -A FORWARD -j MARK --xor-mark 0x4001
      -A POSTROUTING -j CONNMARK --restore-mark
      COMMIT
    `)
    expect(pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'PREROUTING cni0', 'FORWARD cni0 eth1').packet.mark).toBe(1)
    expect(pass(packet('udp 10.0.0.12:1>1.1.1.1:80'), ...OUT).packet.mark).toBe(0x4000)
  })

  it('REJECT says with what', () => {
    load('*filter\n-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n-A FORWARD -j REJECT\nCOMMIT\n')
    expect(pass(packet('tcp 10.0.0.11:1>1.1.1.1:80 S'), 'FORWARD a b')).toMatchObject({ kind: 'DROP', reject: 'tcp-reset' })
    expect(pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'FORWARD a b')).toMatchObject({ kind: 'DROP', reject: 'icmp-port-unreachable' })
  })
})
