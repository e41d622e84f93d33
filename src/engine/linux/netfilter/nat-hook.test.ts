/** Kernel: net/netfilter/nf_nat_core.c, nf_nat_inet_fn(): which packets ask the rules of the nat table. */
import { expect, test } from 'vitest'
import { nodeLab } from '../../shell/test-lab.ts'

test.each([
  ['tracked', '-j ACCEPT', ['PREROUTING', 'POSTROUTING']],
  ['not tracked', '-j NOTRACK', []],
])('what is %s', (_what, target, chains) => {
  const lab = nodeLab()
  lab.sh(`
    iptables -A FORWARD -m conntrack --ctstate INVALID
    iptables -t raw -A PREROUTING ${target}
    iptables -t raw -A OUTPUT ${target}
    iptables -t nat -A PREROUTING -p tcp
    iptables -t nat -A POSTROUTING -p tcp`)
  expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080')).toContain('delivered')
  const asked = lab.events.flatMap(({ where, event }) =>
    where === 'node' && event.at === 'nf_hook' && event.table === 'nat' ? [event.hook] : [],
  )
  expect(asked).toEqual(chains)
})
