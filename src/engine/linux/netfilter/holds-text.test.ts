/** Whether tables are as an iptables-restore text would leave them. */
import { expect, test } from 'vitest'
import { nodeLab } from '../../shell/test-lab.ts'
import { holdsText } from './holds-text.ts'

const TEXT = `*filter
:KUBE-A - [0:0]
:KUBE-B - [0:0]
-A KUBE-A -s 10.0.0.1 -j ACCEPT
-A KUBE-A -j KUBE-B
COMMIT
*nat
:KUBE-N - [0:0]
-A KUBE-N -j MASQUERADE
COMMIT
`

test.each([
  ['as the text left them', '', true],
  ['with chains it does not name', 'iptables -N OTHER\niptables -A OTHER -j DROP\niptables -A INPUT -j KUBE-A', true],
  ['with a rule more', 'iptables -A KUBE-A -j DROP', false],
  ['with a rule in a chain that has none', 'iptables -A KUBE-B -j DROP', false],
  ['with a rule less', 'iptables -D KUBE-A 1', false],
  ['with another rule in its place', 'iptables -R KUBE-A 1 -s 10.0.0.2 -j ACCEPT', false],
  ['in another order', 'iptables -D KUBE-A 1\niptables -A KUBE-A -s 10.0.0.1 -j ACCEPT', false],
  ['with an empty chain less', 'iptables -F KUBE-A\niptables -X KUBE-B', false],
  ['with a change in the last table', 'iptables -t nat -F KUBE-N', false],
  ['with a chain less in the last table', 'iptables -t nat -F KUBE-N\niptables -t nat -X KUBE-N', false],
])('tables %s', (_what, changes, expected) => {
  const lab = nodeLab()
  const { netfilter } = lab.ns('node')
  expect(holdsText(netfilter.ip, TEXT)).toBe(false)
  lab.sh('iptables-restore --noflush', TEXT)
  if (changes !== '') lab.sh(changes)
  expect(holdsText(netfilter.ip, TEXT)).toBe(expected)
})

test('a text that cannot be read is not held', () => {
  expect(holdsText(nodeLab().ns('node').netfilter.ip, '*filter\n-A INPUT --nosuch\nCOMMIT\n')).toBe(false)
})
