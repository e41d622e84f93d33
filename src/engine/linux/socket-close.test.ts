/** What a closed socket still sends, and whose it is (measured on Linux 6.18). */
import { expect, test } from 'vitest'
import { nodeLab } from '../shell/test-lab.ts'
import { socketListen } from './socket.ts'

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

test('a connection that no program has accepted yet has no owner; its SYN-ACK is the listener’s', () => {
  const lab = nodeLab()
  const counts = '-p tcp --sport 8080 -m owner'
  lab.sh(`
    ip netns exec p1 iptables -A OUTPUT -p tcp --sport 8080 --tcp-flags SYN SYN -m owner --uid-owner 0
    ip netns exec p1 iptables -A OUTPUT ${counts} ! --uid-owner 0`)
  socketListen(lab.ns('p1'), { protocol: 'tcp', address: null, port: 8081, owner: 'nobody accepts' })
  lab.sh(`ip netns exec p1 iptables -A OUTPUT -p tcp --sport 8081 -m owner ! --uid-owner 0`)
  lab.exchange('p1', 'tcp', '10.0.0.11:8081', { forMs: 100 })
  lab.exchange('p2', 'tcp', '10.0.0.11:8080')
  const [listener, accepted, waiting] = [...lab.sh('ip netns exec p1 iptables-save -c').matchAll(/\[(\d+):\d+\] -A OUTPUT/g)].map(([, n]) =>
    Number(n),
  )
  expect(listener).toBe(1)
  expect(accepted).toBe(0)
  expect(waiting).toBeGreaterThan(0)
})

test('nobody waits for ever for the other end to close: tcp_fin_timeout', () => {
  const lab = nodeLab()
  lab.sh('ip netns exec p1 sysctl -w net.ipv4.tcp_fin_timeout=20')
  socketListen(lab.ns('p2'), { protocol: 'tcp', address: null, port: 8081, owner: 'never closes' })
  lab.exchange('p1', 'tcp', '10.0.0.12:8081', { forMs: 100 })
  const states = (): string =>
    [...lab.ns('p1').sockets.sockets.values()].flatMap((one) => (one.remotePort === 8081 ? [one.state] : [])).join()
  lab.wait(1000)
  expect(states()).toBe('FIN-WAIT-2')
  lab.wait(18_000)
  expect(states()).toBe('FIN-WAIT-2')
  lab.wait(2000)
  expect(states()).toBe('')
})

test('tcp_fin_timeout counts from the moment when the FIN is acknowledged', () => {
  const lab = nodeLab()
  lab.sh(`
    ip netns exec p1 sysctl -w net.ipv4.tcp_fin_timeout=20
    ip netns exec p2 iptables -A INPUT -p tcp --tcp-flags FIN FIN -j DROP`)
  socketListen(lab.ns('p2'), { protocol: 'tcp', address: null, port: 8081, owner: 'never closes' })
  lab.exchange('p1', 'tcp', '10.0.0.12:8081', { forMs: 100 })
  const states = (): string =>
    [...lab.ns('p1').sockets.sockets.values()].flatMap((one) => (one.remotePort === 8081 ? [one.state] : [])).join()
  lab.wait(4000)
  expect(states()).toBe('FIN-WAIT-1')
  lab.sh('ip netns exec p2 iptables -F INPUT')
  lab.wait(17_500)
  expect(states()).toBe('FIN-WAIT-2')
  lab.wait(12_000)
  expect(states()).toBe('')
})
