/** Which rules each packet met on Linux 6.18 (iptables 1.8.9): frames put on the cable of one namespace, counters read after each. */
import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../../shell/commands.ts'
import { createLab } from '../../shell/test-lab.ts'
import { netifReceiveSkb } from '../receive.ts'
import { framedPacket } from './testdata/packet-text.ts'
import measured from './testdata/packets-and-rules-6.18.json' with { type: 'json' }

const NETWORK = `
  ip netns add p
  ip link add cni0 address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:11 netns p
  ip addr add 10.0.0.1/24 dev cni0
  ip addr add 10.0.0.2/24 dev cni0
  sysctl -w net.ipv4.conf.all.rp_filter=0
  sysctl -w net.ipv4.conf.cni0.rp_filter=0
  ip link set cni0 up
  ip link set lo up
  ip -n p link set eth0 up`

/** What the machine itself answers ends here; how often it does is a matter of rate limits. */
const ANSWERS = 'raw -A OUTPUT -j DROP'

/** What the sets hold, sorted; of time left only what it began with. */
const inSets = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('add '))
    .map((line) => line.replace(/timeout (\d+)/, (_all, left) => `timeout ${Number(left) > 77 ? 600 : 77}`))
    .sort()

describe('rules that packets met', () => {
  test.each(measured)('$title', ({ setup, restore, rules, packets, saved }) => {
    const lab = createLab()
    lab.sh(`${NETWORK}\n${setup.join('\n')}`)
    const type = (line: string, stdin = ''): string => {
      const context = { machine: lab.machine, netns: lab.ns('node'), stdin, origin: null, lineOrigins: null, kube: null, spawn: null }
      const { stdout, stderr } = runCommandLine(line, context)
      expect(stderr).toBe('')
      return stdout
    }
    type('iptables-restore', '*raw\n-A OUTPUT -j DROP\nCOMMIT\n')
    type('iptables-restore --noflush', `${restore.join('\n')}\n`)
    const read = () => {
      let table = ''
      return type('iptables-save -c')
        .split('\n')
        .flatMap((line) => {
          if (line.startsWith('*')) table = line.slice(1)
          const [, count, rule] = /^\[(\d+):\d+\] (.*)$/.exec(line) ?? []
          return rule === undefined ? [] : [{ rule: `${table} ${rule}`, count: Number(count) }]
        })
    }
    let before = read()
    expect(before.map(({ rule }) => rule).sort()).toEqual([...rules].sort())
    const seen = packets.map(({ packet }, index) => {
      lab.kernel.nowMs += 20
      netifReceiveSkb(lab.ns('node'), 'cni0', framedPacket(packet, 1000 + index))
      const now = read()
      const met = now.filter(({ rule, count }, at) => rule !== ANSWERS && count !== before[at]?.count).map(({ rule }) => rule)
      before = now
      return { packet, met: met.sort() }
    })
    expect(seen).toEqual(packets.map(({ packet, met }) => ({ packet, met: met.map((at) => rules[at] ?? '').sort() })))
    if (saved) expect(inSets(type('ipset save'))).toEqual(saved)
  })
})
