/** Zones for one direction only: which connections are the same (measured on Linux 6.18). Kernel: nf_conntrack_core.c, nf_ct_key_equal(). */
import { expect, test } from 'vitest'
import { connections } from '../../shell/hooks.fixture.ts'
import { nodeLab } from '../../shell/test-lab.ts'

test.each([
  // Whose SYN alone is in zone 0: what follows begins a connection of its own, also where it has the tuple that is the reply of the first.
  ['--zone-reply 2', 'delivered: node saw 192.168.9.1', 2],
  // The tuple of what follows is the first one's own, in the same zone.
  ['--zone 0', 'delivered: node saw 192.168.9.1', 1],
])('a machine talks to itself, all but the SYN with CT %s: %s', (zone, told, entries) => {
  const lab = nodeLab()
  lab.sh(`iptables -t raw -A OUTPUT -p tcp ! --syn -j CT ${zone}`)
  expect(lab.exchange('node', 'tcp', '192.168.9.1:8080')).toBe(told)
  expect(connections(lab)).toHaveLength(entries)
})
