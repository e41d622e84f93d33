/** What a closed socket still sends, and whose it is (measured on Linux 6.18). */
import { expect, test } from 'vitest'
import { nodeLab } from '../shell/test-lab.ts'

test('the FIN of close() has an owner, a repeated one has none', () => {
  const lab = nodeLab()
  const fin = '-p tcp --tcp-flags FIN FIN'
  lab.sh(`
    ip netns exec p1 iptables -A OUTPUT ${fin} -m owner --uid-owner 0
    ip netns exec p1 iptables -A OUTPUT ${fin} -m owner ! --uid-owner 0
    ip netns exec p2 iptables -A INPUT ${fin} -j DROP`)
  lab.exchange('p1', 'tcp', '10.0.0.12:8080')
  lab.wait(1000)
  const [owned, orphan] = [...lab.sh('ip netns exec p1 iptables-save -c').matchAll(/\[(\d+):\d+\] -A OUTPUT/g)].map(([, n]) => Number(n))
  expect(owned).toBe(1)
  expect(orphan).toBeGreaterThan(0)
})
