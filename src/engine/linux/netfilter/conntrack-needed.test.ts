import { expect, it } from 'vitest'
import { createLab } from '../../shell/test-lab.ts'
import { createNetNs } from '../create-netns.ts'
import { nftTraceEnabled } from './conntrack-needed.ts'

it('a rule that says TRACE counts on its machine, in every namespace there, and on no other machine', () => {
  const lab = createLab()
  const other = createNetNs('node/other', lab.kernel)
  lab.sh('ip netns add p1')
  const seen = () => [lab.ns('node'), lab.ns('p1'), other].map(nftTraceEnabled)
  expect(seen()).toEqual([false, false, false])
  lab.sh('ip netns exec p1 iptables -t raw -A PREROUTING -j TRACE')
  expect(seen()).toEqual([true, true, false])
  lab.sh('ip netns add p2')
  expect(nftTraceEnabled(lab.ns('p2'))).toBe(true)
  lab.sh('ip netns exec p1 iptables-restore', '*raw\nCOMMIT\n')
  expect(seen()).toEqual([false, false, false])
})
