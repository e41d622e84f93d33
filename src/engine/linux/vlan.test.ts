/** VLANs of several cables: a tagged frame is its device's, and nobody else's. Kernel: net/8021q/vlan_core.c. */
import { expect, test } from 'vitest'
import { createLab, type Lab } from '../shell/test-lab.ts'

/** The machine's VLANs 5 and 6 on e1, and 5 on e2; far has 5, 6 and 7 on both its ends. */
function vlans(...lines: string[]): Lab {
  const lab = createLab()
  lab.sh('ip netns add far')
  for (const n of [1, 2]) {
    lab.sh(`ip link add e${n} type veth peer name p${n} netns far\nip link set e${n} up\nip -n far link set p${n} up`)
    for (const tag of [5, 6, 7]) {
      const ends = n === 2 && tag === 6 ? [['far', 'p', 2]] : [['far', 'p', 2], ...(tag === 7 ? [] : [['node', 'e', 1]])]
      for (const [netns, end, host] of ends)
        lab.sh(
          [
            `link add link ${end}${n} name ${end}${n}.${tag} type vlan id ${tag}`,
            `addr add 10.${n}.${tag}.${host}/24 dev ${end}${n}.${tag}`,
            `link set ${end}${n}.${tag} up`,
          ]
            .map((line) => `ip ${netns === 'far' ? '-n far ' : ''}${line}`)
            .join('\n'),
        )
    }
  }
  lab.sh(lines.join('\n'))
  lab.events.length = 0
  return lab
}

test.each([
  ['10.1.5.1', 'e1.5'],
  ['10.1.6.1', 'e1.6'],
  ['10.2.5.1', 'e2.5'],
])('%s is reached through %s', (to, device) => {
  const lab = vlans()
  expect(lab.exchange('far', 'icmp', to, { forMs: 100 })).toContain('delivered')
  const received = lab.events.flatMap(({ where, event }) => (where === 'node' && event.at === 'netif_receive_skb' ? [event.device] : []))
  expect(new Set(received)).toEqual(new Set([device.split('.')[0], device]))
})

test.each([
  ['10.1.7.1', 'e1 has no VLAN 7'],
  ['10.2.6.1', 'e2 has no VLAN 6'],
])('%s: %s', (to, text) => {
  const lab = vlans()
  expect(lab.exchange('far', 'icmp', to, { forMs: 100 })).toBe('silence')
  const drops = lab.events.flatMap(({ event }) => (event.at === 'kfree_skb' && event.reason === 'UNHANDLED_PROTO' ? [event.by?.text] : []))
  expect(new Set(drops)).toEqual(new Set([text]))
})

test('a VLAN that has the address of its cable keeps it, one with its own does not', () => {
  const lab = vlans('ip link set e1.6 address 02:00:00:00:00:66', 'ip link set e1 address 02:00:00:00:00:11')
  const macs = ['e1', 'e1.5', 'e1.6', 'e2.5'].map((name) => lab.ns('node').devices.get(name)?.mac)
  expect(macs.slice(0, 3)).toEqual(['02:00:00:00:00:11', '02:00:00:00:00:11', '02:00:00:00:00:66'])
  expect(macs[3]).toBe(lab.ns('node').devices.get('e2')?.mac)
})

test('a VLAN goes with its cable, the others stay', () => {
  const lab = vlans('ip link del e1')
  expect([...lab.ns('node').devices.keys()].filter((name) => name !== 'lo')).toEqual(['e2', 'e2.5'])
})

test('no VLAN is larger than its cable: those of others, and those that are smaller, keep their MTU', () => {
  const lab = vlans('ip link set e1.6 mtu 1000', 'ip link set e1 mtu 1400')
  const mtus = ['e1', 'e1.5', 'e1.6', 'e2', 'e2.5'].map((name) => lab.ns('node').devices.get(name)?.mtu)
  expect(mtus).toEqual([1400, 1400, 1000, 1500, 1500])
})
