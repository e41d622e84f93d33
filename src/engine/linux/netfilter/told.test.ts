/** What a watcher is told of rules, policies, connections and mappings. */
import { expect, test } from 'vitest'
import type { Packet } from '../../net/packet.ts'
import type { TraceEvent } from '../trace-event.ts'
import { watchNetNs } from '../watch-netns.ts'
import { createTestMachine, packet, words } from './testdata/machine.ts'

const OUT = ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1']
const BACK = ['PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0']

/** The events of packets on their ways, each in words. */
function told(rules: string, sent: readonly (readonly [string, readonly string[]])[], say: (event: TraceEvent) => string | null): string[] {
  const machine = createTestMachine()
  expect(machine.load(rules)).toBe(null)
  const lines: string[] = []
  watchNetNs(machine.ns, (event) => {
    const line = say(event)
    if (line !== null) lines.push(line)
  })
  for (const [text, path] of sent) machine.pass(packet(text), ...path)
  return lines
}

const ends = (sent: Packet): string => (sent.network.kind === 'ip' ? words({ ...sent, network: sent.network }) : 'arp')

const SYN = 'tcp 10.0.0.11:1000>192.168.9.2:80 S'

test.each([
  [':FORWARD ACCEPT', []],
  [':FORWARD DROP', ['FORWARD: DROP, tried 0']],
  [':FORWARD ACCEPT\n-A FORWARD -p udp', ['FORWARD: ACCEPT, tried 1']],
  [':FORWARD DROP\n-A FORWARD -p udp\n-A FORWARD -p icmp', ['FORWARD: DROP, tried 2']],
  [
    ':FORWARD DROP\n:A -\n-A FORWARD -p tcp -j A\n-A A -p udp',
    ['FORWARD 1: jump A, tried 0', 'A: RETURN, tried 1', 'FORWARD: DROP, tried 0'],
  ],
  [':FORWARD DROP\n-A FORWARD -p udp\n-A FORWARD -p tcp -j RETURN', ['FORWARD 2: RETURN, tried 1', 'FORWARD: DROP, tried 0']],
  [':FORWARD ACCEPT\n-A FORWARD\n-A FORWARD -p udp', ['FORWARD 1: CONTINUE, tried 0', 'FORWARD: ACCEPT, tried 1']],
])('rules and policies: %j', (rules, lines) => {
  const say = (event: TraceEvent) =>
    event.at === 'ipt_rule' ? `${event.chain}${event.rule ? ` ${event.rule.index}` : ''}: ${event.verdict}, tried ${event.tried}` : null
  expect(told(`*filter\n${rules}\nCOMMIT\n`, [[SYN, ['FORWARD cni0 eth1']]], say)).toEqual(lines)
})

test('a jump that a rule makes is told with the rule, the end of a chain with none', () => {
  const rules = '*filter\n:A -\n-A FORWARD -j A\n-A A -p udp\nCOMMIT\n'
  const say = (event: TraceEvent) => (event.at === 'ipt_rule' ? (event.rule?.text ?? 'none') : null)
  expect(told(rules, [[SYN, ['FORWARD cni0 eth1']]], say)).toEqual(['-A FORWARD -j A', 'none', 'none'])
})

const CONNECTIONS =
  '*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n*raw\n-A PREROUTING -p udp -j NOTRACK\n-A OUTPUT -p udp -j NOTRACK\nCOMMIT\n'

test.each([
  ['tcp 10.0.0.11:1000>192.168.9.2:80 S', ['PREROUTING cni0'], ['NEW original']],
  ['tcp 10.0.0.11:1000>192.168.9.2:80', ['PREROUTING cni0'], ['INVALID original']],
  ['udp 10.0.0.11:1000>192.168.9.2:80', ['PREROUTING cni0'], ['UNTRACKED original']],
  // Round loopback it is known already.
  ['tcp 127.0.0.1:1000>127.0.0.1:80 S', ['OUTPUT lo', 'POSTROUTING lo', 'PREROUTING lo', 'INPUT lo'], ['NEW original']],
])('what conntrack makes of %s at %j', (text, path, lines) => {
  const say = (event: TraceEvent) => (event.at === 'ct_lookup' ? `${event.state} ${event.direction}` : null)
  expect(told(CONNECTIONS, [[text, path]], say)).toEqual(lines)
})

test('mappings, each way, with the rule that made them; nothing where nothing changes', () => {
  const rules = `*nat
    -A PREROUTING -d 10.96.0.10 -p tcp -j DNAT --to-destination 192.168.9.2:8080
    -A POSTROUTING -o eth1 -p tcp -j MASQUERADE
    COMMIT
  `
  const say = (event: TraceEvent) =>
    event.at === 'nat_manip'
      ? `${ends(event.before)} ${event.manip} ${ends(event.packet)} ${event.reply ? 'reply' : 'there'} ${event.rule?.text ?? 'no rule'}`
      : null
  const dnat = '-A PREROUTING -d 10.96.0.10/32 -p tcp -j DNAT --to-destination 192.168.9.2:8080'
  const masquerade = '-A POSTROUTING -o eth1 -p tcp -j MASQUERADE'
  expect(
    told(
      rules,
      [
        ['tcp 10.0.0.11:1000>10.96.0.10:80 S', OUT],
        ['tcp 192.168.9.2:8080>192.168.9.1:1000 SA', BACK],
        ['udp 10.0.0.11:1000>10.96.0.10:80', OUT],
        ['udp 10.96.0.10:80>10.0.0.11:1000', BACK],
      ],
      say,
    ),
  ).toEqual([
    `10.0.0.11:1000>10.96.0.10:80 destination 10.0.0.11:1000>192.168.9.2:8080 there ${dnat}`,
    `10.0.0.11:1000>192.168.9.2:8080 source 192.168.9.1:1000>192.168.9.2:8080 there ${masquerade}`,
    `192.168.9.2:8080>192.168.9.1:1000 destination 192.168.9.2:8080>10.0.0.11:1000 reply ${masquerade}`,
    `192.168.9.2:8080>10.0.0.11:1000 source 10.96.0.10:80>10.0.0.11:1000 reply ${dnat}`,
  ])
})
