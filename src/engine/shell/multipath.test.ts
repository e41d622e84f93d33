import { describe, expect, it } from 'vitest'
import { createLab } from './test-lab.ts'

/** Two ways out; the chooser always takes the first. */
function lab() {
  const made = createLab()
  made.sh(`
    ip netns add c
    ip link add e0 type veth peer name e0 netns c
    ip link add e1 type veth peer name e1 netns c
    ip link set e0 up
    ip link set e1 up
    ip -n c link set e0 up
    ip -n c link set e1 up
    ip addr add 10.1.0.2/24 dev e0
    ip addr add 10.5.0.2/24 dev e1
    ip addr add 10.7.0.7/32 dev e1
    sysctl -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.e0.rp_filter=0 net.ipv4.conf.e1.rp_filter=0
    ip route add default nexthop via 10.1.0.1 dev e0 nexthop via 10.5.0.1 dev e1`)
  return made
}

// Measured on Linux 6.18: 32 flows from the first device's own address all left by it, under both hash policies.
describe('a route of several next hops', () => {
  it.each([
    ['ip route get 10.3.0.2', 'via 10.1.0.1 dev e0'],
    ['ip route get 10.3.0.2 from 10.1.0.2', 'via 10.1.0.1 dev e0'],
    ['ip route get 10.3.0.2 from 10.5.0.2', 'via 10.5.0.1 dev e1'],
    ['ip route get 10.3.0.2 from 10.7.0.7', 'via 10.1.0.1 dev e0'],
    ['ip route get 10.3.0.2 from 10.5.0.9 iif e1', 'via 10.1.0.1 dev e0'],
  ])('%s goes %s', (line, way) => expect(lab().sh(line)).toContain(way))
})

// Measured on Linux 6.18 with 64 flows of each: under 0 one way for all ports; under 1 41 of them one way and 23 the other.
describe.each([
  [0, 1],
  [1, 2],
])('fib_multipath_hash_policy=%i', (policy, waysOfPorts) => {
  /** The ways that forwarded datagrams to these destinations take, from one source address and another port each. */
  const ways = (destinations: readonly string[]): string[] => {
    const made = lab()
    let turn = 0
    Object.assign(made.kernel.chooser, { choose: () => turn++ % 2 })
    made.sh(`
      sysctl -w net.ipv4.fib_multipath_hash_policy=${policy}
      ip -n c addr add 10.1.0.1/24 dev e0; ip -n c addr add 10.5.0.1/24 dev e1; ip -n c route add default via 10.1.0.2`)
    for (const [i, to] of destinations.entries()) made.exchange('c', 'udp', `${to}:9`, { forMs: 20, sourcePort: 40_000 + i })
    return made.wire.flatMap((line) => /^node (e\d) .*> 10\.9\.9\./.exec(line)?.[1] ?? [])
  }

  it.each([
    ['one pair of addresses, other ports each', ['10.9.9.9', '10.9.9.9', '10.9.9.9', '10.9.9.9'], waysOfPorts],
    ['other destinations', ['10.9.9.1', '10.9.9.2', '10.9.9.3', '10.9.9.4'], 2],
  ])('%s', (_, destinations, different) => {
    const taken = ways(destinations)
    expect([taken.length >= 4, new Set(taken).size]).toEqual([true, different])
  })

  it('a connection keeps its way', () => {
    const made = lab()
    let turn = 0
    Object.assign(made.kernel.chooser, { choose: () => turn++ % 2 })
    made.sh(`
      sysctl -w net.ipv4.fib_multipath_hash_policy=${policy}
      ip addr add 10.8.0.8/32 dev lo; ip -n c addr add 10.1.0.1/24 dev e0; ip -n c addr add 10.5.0.1/24 dev e1
      ip -n c addr add 10.9.9.9/32 dev lo; ip -n c route add 10.8.0.8 via 10.1.0.2`)
    made.serve('c', 'tcp', 80)
    expect(made.exchange('node', 'tcp', '10.9.9.9:80')).toContain('delivered')
    const taken = made.wire.flatMap((line) => /^node (e\d) .*> 10\.9\.9\.9/.exec(line)?.[1] ?? [])
    expect(taken.length).toBeGreaterThan(3)
    expect(new Set(taken).size).toBe(1)
  })
})

it.each(['2', '3'])('fib_multipath_hash_policy=%s is not modelled, and that is said', (policy) => {
  expect(() => lab().sh(`sysctl -w net.ipv4.fib_multipath_hash_policy=${policy}`)).toThrow(/is not modelled/)
  expect(() => lab().sh(`echo ${policy} > /proc/sys/net/ipv4/fib_multipath_hash_policy`)).toThrow(/is not modelled/)
})
