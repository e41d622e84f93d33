/** Unsolicited ARP as typed: what iputils' arping prints (measured with 20221126), and what neighbours make of it. */
import { describe, expect, it } from 'vitest'
import { createLab, type Lab } from './test-lab.ts'

/** client – node (e0): the client has asked for 10.0.0.9 before, when another had it. */
function lab(): Lab {
  const made = createLab()
  made.sh(`ip netns add client
ip link add e0 type veth peer name eth0 netns client
ip addr add 10.0.0.1/24 dev e0
ip addr add 10.0.0.9/32 dev e0
ip link set e0 up
ip -n client addr add 10.0.0.2/24 dev eth0
ip -n client link set eth0 up
ip -n client neigh replace 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0 nud stale`)
  return made
}

describe('arping', () => {
  it.each(['-U', '-A'])('%s tells the segment, and who knew another MAC learns', (mode) => {
    const made = lab()
    const mac = /link\/ether (\S+)/.exec(made.sh('ip link show e0'))?.[1]
    expect(made.sh(`arping ${mode} -c 1 -I e0 10.0.0.9`)).toBe(
      'ARPING 10.0.0.9 from 10.0.0.9 e0\nSent 1 probes (1 broadcast(s))\nReceived 0 response(s)\n',
    )
    made.wait(10)
    expect(made.sh('ip -n client neigh show 10.0.0.9')).toContain(`10.0.0.9 dev eth0 lladdr ${mac}`)
  })

  it.each([
    ['arping -U -c 1 -I e0 10.0.0.77', 'arping: bind: Cannot assign requested address'],
    ['arping -U -c 1 -I nope 10.0.0.9', 'arping: Device nope not available.'],
    ['arping -c 1 -I e0 10.0.0.2', 'arping: waiting for answers (without -U or -A) is not modelled'],
  ])('%s: %s', (line, message) => {
    const made = lab()
    expect(() => made.sh(line)).toThrow(message)
  })
})
