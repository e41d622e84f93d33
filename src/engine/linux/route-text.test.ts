/** Routes and policy rules in one line: what decisions are explained with is what `ip` prints, but for its padding. */
import { expect, test } from 'vitest'
import { createLab } from '../shell/test-lab.ts'
import { policyRuleText, routeText, tableName } from './route-text.ts'

const SETUP = `
  ip link set lo up
  ip link add e0 type veth peer name p0
  ip link set e0 up
  ip link set p0 up
  ip addr add 10.0.0.1/24 dev e0`

test.each([
  'from all lookup main',
  'from 10.0.0.0/24 lookup 100',
  'from 10.0.0.1 lookup 100',
  'from all to 10.9.0.0/16 lookup 100',
  'from all to 10.9.0.1 lookup default',
  'from 10.0.0.0/24 to 10.9.0.0/16 lookup local',
  'not from 10.0.0.0/24 lookup 100',
  'from all fwmark 0x1 lookup 100',
  'from all fwmark 0x10/0xf0 lookup 100',
  'from all iif e0 lookup 100',
  'from all oif e0 lookup 100',
  'not from 10.0.0.0/24 to 10.9.0.0/16 fwmark 0x1/0xf iif e0 oif lo lookup 100',
  'from all to 10.9.0.0/16 blackhole',
  'from all prohibit',
  'from all unreachable',
])('ip rule add %s', (rule) => {
  const lab = createLab()
  lab.sh(`${SETUP}\nip rule add pref 100 ${rule.replace(/\b(blackhole|prohibit|unreachable)$/, 'type $1')}`)
  const added = lab.ns('node').rules.find(({ priority }) => priority === 100)
  if (!added) throw new Error('no rule')
  const printed =
    lab
      .sh('ip rule')
      .split('\n')
      .find((line) => line.startsWith('100:')) ?? ''
  expect(policyRuleText(added).replace(/\/32\b/g, '')).toBe(`100: ${rule}`)
  expect(printed.replace(/\s+/g, ' ').trim()).toBe(`100: ${rule}`)
})

test.each([
  'default via 10.0.0.2 dev e0',
  '10.9.0.0/16 via 10.0.0.2 dev e0',
  '10.9.0.1 via 10.0.0.2 dev e0',
  '10.9.0.0/16 dev e0 scope link',
  '10.9.0.0/16 via 10.0.0.2 dev e0 proto static src 10.0.0.1 metric 100 mtu 1400',
  'blackhole 10.9.0.0/16',
  'unreachable 10.9.0.0/16 metric 5',
  'prohibit default',
  '10.9.0.0/16 nexthop via 10.0.0.2 dev e0 weight 1 nexthop via 10.0.0.3 dev e0 weight 5',
])('ip route add %s', (route) => {
  const lab = createLab()
  lab.sh(`${SETUP}\nip route add ${route}`)
  const added = lab
    .ns('node')
    .fib.get(254)
    ?.find(({ destination }) => destination.prefixLength !== 24)
  if (!added) throw new Error('no route')
  expect(routeText(added)).toBe(route)
})

test.each([
  [254, 'main'],
  [255, 'local'],
  [253, 'default'],
  [252, '252'],
  [100, '100'],
])('table %i is %s', (table, name) => {
  expect(tableName(table)).toBe(name)
})
