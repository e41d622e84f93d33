/** What a VXLAN device learns of where frames come from. Kernel: drivers/net/vxlan/vxlan_core.c, vxlan_snoop(). */
import { expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../net/address.ts'
import { parseMac } from '../net/mac.ts'
import { createLab } from '../shell/test-lab.ts'
import { vxlanFindMac, vxlanSnoop } from './vxlan-fdb.ts'

test.each([
  ['nothing', '', true, '10.0.0.13 reachable'],
  ['that it is there', 'dst 10.0.0.13 dynamic', true, '10.0.0.13 reachable'],
  ['that it was elsewhere', 'dst 10.0.0.12 dynamic', true, '10.0.0.13 reachable'],
  // What was written down is believed more than what comes.
  ['that it must be there', 'dst 10.0.0.13 static', true, '10.0.0.13 static'],
  ['that it must be elsewhere', 'dst 10.0.0.12 static', false, '10.0.0.12 static'],
  ['that it is for ever there', 'dst 10.0.0.13 permanent', true, '10.0.0.13 permanent'],
  ['that it is for ever elsewhere', 'dst 10.0.0.12 permanent', false, '10.0.0.12 permanent'],
])('a frame from 10.0.0.13, known of its sender: %s', (_what, known, accepted, then) => {
  const lab = createLab()
  lab.sh('ip link add vx0 type vxlan id 5 dstport 8472 local 10.0.0.1')
  if (known !== '') lab.sh(`bridge fdb add 02:00:00:00:00:99 dev vx0 ${known}`)
  const [ns, mac, source] = [lab.ns('node'), parseMac('02:00:00:00:00:99'), parseAddress('10.0.0.13')]
  const device = ns.devices.get('vx0')
  if (device?.kind !== 'vxlan' || mac === null || source === null) throw new Error('no device')
  expect(vxlanSnoop(ns, device, mac, source)).toBe(accepted)
  const entry = vxlanFindMac(ns, device, mac)
  expect(entry?.remotes.map(({ address }) => `${formatAddress(address)} ${entry.state}`)).toEqual([then])
  lab.wait(299_000)
  expect(vxlanFindMac(ns, device, mac)).not.toBe(null)
  lab.wait(1000)
  expect(vxlanFindMac(ns, device, mac) === null).toBe(then.endsWith('reachable'))
})
