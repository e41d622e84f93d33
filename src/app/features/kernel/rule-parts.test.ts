import { expect, test } from 'vitest'
import { ruleParts } from './rule-parts.ts'

test.each([
  [
    '-A A -d 10.96.0.1/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-X',
    '-d 10.96.0.1/32 -p tcp -m tcp --dport 80',
    'KUBE-SVC-X',
    'default/web cluster IP',
  ],
  ['-A A -j DNAT --to-destination 10.0.0.1:80', '', 'DNAT --to-destination 10.0.0.1:80', null],
  ['-A A -s 10.0.0.1/32 -g B', '-s 10.0.0.1/32', 'B', null],
  ['-A A -m comment --comment one', '', '', 'one'],
])('%s', (text, condition, target, comment) => {
  expect(ruleParts(text, 'A')).toEqual({ condition, target, comment })
})
