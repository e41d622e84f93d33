/** Packets that wait for a MAC address. Kernel: net/core/neighbour.c, __neigh_event_send(). */
import { describe, expect, test } from 'vitest'
import { type Lab, nodeLab, sent } from '../shell/test-lab.ts'
import { frameOf } from './testdata/wire-text.ts'

/** Five datagrams of 84 bytes to an address nobody answers for: how many die because the queue is full, before the others die unanswered. */
test.each([
  [0, 4],
  [83, 4],
  [84, 4],
  [167, 4],
  [168, 3],
  [251, 3],
  [252, 2],
  [420, 0],
])('unres_qlen_bytes %i: the oldest make room, the newest always stays: %i', (bytes, full) => {
  const lab = nodeLab()
  lab.sh(`sysctl -w net.ipv4.neigh.eth1.unres_qlen_bytes=${bytes}`)
  for (let i = 0; i < 5; i++) lab.exchange('node', 'udp', '192.168.9.77:9', { forMs: 10 })
  const dead = lab.drops().filter((line) => line.includes('NEIGH_QUEUEFULL'))
  expect(dead).toHaveLength(full)
  expect(dead.every((line) => line.includes('192.168.9.77'))).toBe(true)
  lab.wait(5000)
  expect(lab.drops().filter((line) => line.includes('NEIGH_FAILED'))).toHaveLength(5 - full)
})

test('the oldest go first', () => {
  const lab = nodeLab()
  lab.sh('sysctl -w net.ipv4.neigh.eth1.unres_qlen_bytes=168')
  for (let port = 1; port <= 4; port++) lab.exchange('node', 'udp', `192.168.9.77:${port}`, { forMs: 10 })
  const ports = lab.events.flatMap(({ event }) =>
    event.at === 'kfree_skb' && event.reason === 'NEIGH_QUEUEFULL' && event.packet.transport?.kind === 'udp'
      ? [event.packet.transport.destinationPort]
      : [],
  )
  expect(ports).toEqual([1, 2])
})

/** What `ip neigh` is told leads to, measured on Linux 6.18: asked at once or not, and what waited for the address. */
describe('a state set by hand', () => {
  const ASKED = 'who-has 192.168.9.77 tell 192.168.9.1'
  test.each([
    ['nud delay', [ASKED], 'PROBE'],
    ['nud probe', [ASKED], 'PROBE'],
    ['nud stale', [], 'STALE'],
    ['nud reachable', [], 'REACHABLE'],
    ['nud noarp', [], 'NOARP'],
    ['nud failed', [], 'FAILED'],
    ['nud incomplete', [], 'INCOMPLETE'],
  ])('%s: asks %j, is %s', (words, asked, state) => {
    const lab = nodeLab()
    lab.sh(`ip neigh add 192.168.9.77 lladdr 02:00:00:00:00:77 dev eth1 ${words}`)
    lab.wait(10)
    expect(sent(lab, 'node eth1')).toEqual(asked)
    expect(lab.sh('ip neigh show nud all to 192.168.9.77').trim().split(' ').at(-1)).toBe(state)
  })

  test.each([
    ['replace 192.168.9.77 lladdr 02:00:00:00:00:77 dev eth1 nud stale', ['192.168.9.1 > 192.168.9.77.9: udp ttl 64'], false, 'DELAY'],
    ['replace 192.168.9.77 lladdr 02:00:00:00:00:77 dev eth1', ['192.168.9.1 > 192.168.9.77.9: udp ttl 64'], false, 'PERMANENT'],
    ['replace 192.168.9.77 dev eth1 nud failed', [], true, 'FAILED'],
    ['del 192.168.9.77 dev eth1', [], true, ''],
    ['flush dev eth1', [], true, ''],
  ])('%s while a datagram waits: sends %j, which is lost: %s', (words, expected, lost, state) => {
    const lab = nodeLab()
    lab.exchange('node', 'udp', '192.168.9.77:9', { forMs: 20 })
    lab.wire.length = 0
    lab.sh(`ip neigh ${words}`)
    expect(sent(lab, 'node eth1')).toEqual(expected)
    expect(lab.sh('ip neigh show nud all to 192.168.9.77').trim().split(' ').at(-1)).toBe(state)
    expect(lab.drops().some((line) => line.includes('NEIGH_FAILED'))).toBe(lost)
  })

  test.each(['stale', 'delay', 'probe', 'reachable', 'noarp', 'permanent'])('without an address that holds %s is refused', (state) => {
    const lab = nodeLab()
    lab.sh('ip neigh add 192.168.9.78 lladdr 02:00:00:00:00:78 dev eth1 nud failed')
    for (const address of ['192.168.9.77', '192.168.9.78'])
      expect(() => lab.sh(`ip neigh replace ${address} dev eth1 nud ${state}`)).toThrow('Error: No link layer address given.')
    lab.sh(`ip neigh add 192.168.9.79 lladdr 02:00:00:00:00:79 dev eth1 nud stale\nip neigh replace 192.168.9.79 dev eth1 nud ${state}`)
    expect(lab.sh('ip neigh show nud all to 192.168.9.79')).toContain('02:00:00:00:00:79')
  })
})

/** What is told while an address is asked for. */
describe('what is told', () => {
  const told = (lab: Lab): string[] =>
    lab.events.flatMap(({ where, event }) => (where === 'node' && event.at === 'neigh_resolve' ? [`${event.action} ${event.state}`] : []))

  test('an answer', () => {
    const lab = nodeLab()
    lab.exchange('node', 'udp', '192.168.9.2:9', { forMs: 20 })
    lab.exchange('node', 'udp', '192.168.9.2:9', { forMs: 20 })
    expect(told(lab)).toEqual(['request INCOMPLETE', 'answer REACHABLE', 'known REACHABLE'])
  })

  test('none', () => {
    const lab = nodeLab()
    lab.exchange('node', 'udp', '192.168.9.77:9', { forMs: 10 })
    lab.exchange('node', 'udp', '192.168.9.77:9', { forMs: 5000 })
    expect(told(lab)).toEqual(['request INCOMPLETE', 'retry INCOMPLETE', 'retry INCOMPLETE', 'fail FAILED', 'fail FAILED'])
    const by = lab.events.flatMap(({ event }) => (event.at === 'kfree_skb' && event.reason === 'NEIGH_FAILED' ? [event.by?.text] : []))
    expect(by).toEqual(['192.168.9.77 dev eth1 FAILED', '192.168.9.77 dev eth1 FAILED'])
  })

  test('who asks is learned; the same again is no news, another address or state is', () => {
    const lab = nodeLab()
    const arp = (text: string) => {
      lab.put('ext', 'eth0', frameOf(`arp ${text}`, 7000, new Map()))
      lab.wait(2000)
    }
    const node = lab.ns('node').devices.get('eth1')?.mac ?? ''
    const asks = (mac: string) => arp(`who-has 192.168.9.1 tell 192.168.9.2 from=${mac} to=ff:ff:ff:ff:ff:ff`)
    const answers = (mac: string) => arp(`192.168.9.2 is-at ${mac} for 192.168.9.1 from=${mac} to=${node}`)
    asks('02:00:00:00:00:21')
    asks('02:00:00:00:00:21')
    expect(told(lab).filter((line) => line.startsWith('learn'))).toEqual(['learn STALE'])
    asks('02:00:00:00:00:22')
    answers('02:00:00:00:00:22')
    answers('02:00:00:00:00:22')
    answers('02:00:00:00:00:23')
    const learned = told(lab).filter((line) => line.startsWith('learn'))
    expect(learned).toEqual(['learn STALE', 'learn STALE', 'learn REACHABLE', 'learn REACHABLE'])
  })
})

/** As measured: an entry is trusted for reachable_time, then while it is in use it is asked for after delay_first_probe_time, else kept until used. */
test.each([
  [1999, false, 'REACHABLE', []],
  [2100, false, 'STALE', []],
  [2100, true, 'DELAY', []],
  [3100, true, 'PROBE', ['192.168.9.77']],
])('%i ms after an answer, used since: %s: %s, asked %j', (ms, used, state, asked) => {
  const lab = nodeLab()
  lab.sh('sysctl -w net.ipv4.neigh.eth1.base_reachable_time_ms=2000 net.ipv4.neigh.eth1.delay_first_probe_time=1')
  lab.sh('ip neigh add 192.168.9.77 lladdr 02:00:00:00:00:77 dev eth1 nud reachable')
  lab.wire.length = 0
  lab.wait(1500)
  if (used) lab.exchange('node', 'udp', '192.168.9.77:9', { forMs: 10 })
  lab.wait(ms - 1500 - (used ? 30 : 0))
  expect(lab.sh('ip neigh show to 192.168.9.77').trim().split(' ').at(-1)).toBe(state)
  expect(sent(lab, 'node eth1').filter((line) => line.startsWith('who-has'))).toEqual(asked.map((to) => `who-has ${to} tell 192.168.9.1`))
})
