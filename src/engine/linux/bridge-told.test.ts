/** What is told of frames on a bridge: where they went, what was learned, and why some went nowhere. */
import { expect, test } from 'vitest'
import { createLab, type Lab, nodeLab } from '../shell/test-lab.ts'
import { frameOf } from './testdata/wire-text.ts'

const MAC = (port: number) => `02:00:00:00:0${port}:09`
const BRIDGE = '02:00:00:00:00:aa'
const BROADCAST = 'ff:ff:ff:ff:ff:ff'

function bridge(...lines: string[]): Lab {
  const lab = createLab()
  lab.sh(`ip netns add far\nip link add br0 address ${BRIDGE} type bridge\nip addr add 10.0.0.1/24 dev br0\nip link set br0 up`)
  for (const n of [1, 2, 3])
    lab.sh(`
      ip link add e${n} address 02:00:00:00:00:0${n} type veth peer name p${n} netns far
      ip -n far link set p${n} up
      ip link set e${n} master br0 up`)
  lab.sh(lines.join('\n'))
  lab.events.length = 0
  return lab
}

function told(lab: Lab): string[] {
  return lab.events.flatMap(({ where, event }) => {
    if (where !== 'node') return []
    if (event.at === 'br_fdb') return [`${event.port ?? 'own'}: ${event.decision} [${event.ports}]${event.learned ? ', learned' : ''}`]
    if (event.at === 'kfree_skb') return [`${event.reason}: ${event.by?.text ?? ''}`]
    return []
  })
}

let id = 5000
function put(lab: Lab, port: number, from: string, to: string): void {
  id += 1
  lab.put('far', `p${port}`, frameOf(`udp 10.0.0.9:5>10.0.0.8:53 from=${from} to=${to}`, id, new Map()))
  lab.wait(1)
}

test('learning: where an address is known, frames go nowhere else', () => {
  const lab = bridge()
  put(lab, 1, MAC(1), MAC(2))
  put(lab, 1, MAC(1), MAC(2))
  put(lab, 2, MAC(2), MAC(1))
  put(lab, 3, MAC(1), MAC(2))
  put(lab, 1, MAC(2), BROADCAST)
  expect(told(lab).filter((line) => !line.includes('OTHERHOST') && !line.includes('IP_'))).toEqual([
    'e1: flood [e2,e3], learned',
    'e1: flood [e2,e3]',
    'e2: forward [e1], learned',
    'e3: forward [e2], learned',
    'e1: flood [e2,e3], learned',
  ])
})

test.each([
  ['to the bridge', 1, MAC(1), BRIDGE, 'e1: local [], learned'],
  ["to another port's address", 1, MAC(1), '02:00:00:00:00:02', 'e1: local [], learned'],
  ["from the bridge's own address", 1, BRIDGE, MAC(2), 'e1: flood [e2,e3]'],
  ["from a port's own address", 1, '02:00:00:00:00:03', MAC(2), 'e1: flood [e2,e3]'],
  ['from a group', 1, '03:00:00:00:00:01', MAC(2), 'NOT_SPECIFIED: source MAC address is a group'],
])('%s', (_name, port, from, to, expected) => {
  const lab = bridge()
  put(lab, port, from, to)
  expect(told(lab)[0]).toBe(expected)
})

test.each([
  ['back where it came from', [], 'NOT_SPECIFIED: br0: port e2 has hairpin_mode off'],
  [
    'to a port that is down',
    ['ip link set e2 down', `bridge fdb add ${MAC(2)} dev e2 master static`],
    'NOT_SPECIFIED: br0: port e2 does not forward',
  ],
])('%s', (_name, lines, expected) => {
  const lab = bridge()
  put(lab, 2, MAC(2), BROADCAST)
  if (lines.length > 0) lab.sh(lines.join('\n'))
  lab.events.length = 0
  put(lab, lines.length > 0 ? 1 : 2, MAC(4), MAC(2))
  expect(told(lab)).toEqual([`${lines.length > 0 ? 'e1' : 'e2'}: drop [], learned`, expected])
})

test('nobody else is there', () => {
  const lab = bridge('ip link set e2 down', 'ip link set e3 down')
  put(lab, 1, MAC(1), MAC(2))
  expect(told(lab)).toEqual(['e1: flood [], learned', 'NO_TX_TARGET: br0 has no port to send to'])
})

test('a bridge that is down', () => {
  const lab = bridge('ip link set br0 down')
  put(lab, 1, MAC(1), MAC(2))
  expect(told(lab)).toEqual(['BRIDGE_INGRESS_STP_STATE: br0 is down'])
})

test.each([
  [MAC(2), 'own: forward [e2]', null],
  [MAC(3), 'own: flood [e1,e2,e3]', null],
  ['02:00:00:00:00:03', 'own: forward [e3]', null],
  [BRIDGE, 'own: drop []', 'NOT_SPECIFIED: br0: port br0 does not forward'],
])('the machine itself sends to %s', (lladdr, expected, dropped) => {
  const lab = bridge()
  put(lab, 2, MAC(2), BROADCAST)
  lab.sh(`ip neigh add 10.0.0.8 lladdr ${lladdr} dev br0 nud permanent`)
  lab.events.length = 0
  lab.exchange('node', 'udp', '10.0.0.8:9', { forMs: 5 })
  expect(told(lab)).toEqual(dropped === null ? [expected] : [expected, dropped])
})

test('the machine itself sends while every port is down', () => {
  const lab = bridge(
    'ip neigh add 10.0.0.8 lladdr 02:00:00:00:02:09 dev br0 nud permanent',
    ...[1, 2, 3].map((n) => `ip link set e${n} down`),
  )
  lab.exchange('node', 'udp', '10.0.0.8:9', { forMs: 5 })
  expect(told(lab).some((line) => line.startsWith('own: forward'))).toBe(false)
})

/** A frame that went to several ports is several packets: each a copy with an id of its own but the last, unless that goes up. */
test.each([
  [MAC(9), 1],
  [BROADCAST, 0],
])('copies of a frame to %s: %i go on as the frame itself', (to, own) => {
  const lab = bridge()
  lab.frames.length = 0
  put(lab, 1, MAC(1), to)
  const sent = lab.frames.filter(({ where, device }) => where === 'node' && device.startsWith('e'))
  expect(sent.map(({ device }) => device).sort()).toEqual(['e2', 'e3'])
  expect(new Set(sent.map(({ packet }) => packet.id)).size).toBe(2)
  expect(sent.filter(({ packet }) => packet.id === id)).toHaveLength(own)
})

test('what may not be cut for a port is dropped by that port, whatever was said of the bridge', () => {
  const lab = nodeLab()
  lab.sh('sysctl -w net.bridge.bridge-nf-call-iptables=1\nip link set cni0 mtu 1500\nip link set v2 mtu 1000')
  lab.exchange('p1', 'udp', '10.0.0.12:9', { length: 1200, forMs: 5 })
  expect(told(lab).at(-1)).toBe('NOT_SPECIFIED: v2 mtu 1000')
})
