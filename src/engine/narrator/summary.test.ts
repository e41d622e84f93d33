import { describe, expect, it } from 'vitest'
import type { WalkOutcome } from '../simulation/trace.ts'
import { narratorContext } from './context.ts'
import { MAX_SENTENCE } from './en.ts'
import { summarize } from './summary.ts'

const context = narratorContext({ machines: [], services: [], networks: [] })
const base: WalkOutcome = {
  walk: 'w',
  from: 'pod/default/web',
  to: 'tcp://10.96.0.10:80',
  outcome: 'delivered',
  reason: null,
  by: null,
  server: null,
  seenFrom: null,
  answeredFrom: null,
  masqueraded: false,
  status: null,
}
const at = (where: string, rule: string | null) => ({ where, rule })

const rows: readonly (readonly [Partial<WalkOutcome>, string, string | null])[] = [
  [
    { server: 'pod/default/db:3306', seenFrom: '10.244.1.2' },
    "web reaches db on port 3306. It sees the sender's own address, 10.244.1.2.",
    null,
  ],
  [
    { server: 'pod/default/db:80', seenFrom: '172.18.0.11', masqueraded: true, status: 200 },
    "web reaches db on port 80 and gets 200. It sees 172.18.0.11, not the sender's own address.",
    null,
  ],
  [
    { from: 'internet', server: 'pod/default/webapp-82dlvpd5zs-pmnsz:80', seenFrom: '10.244.1.1', masqueraded: true, status: 200 },
    'The client on the internet reaches webapp-82dlvpd5zs-pmnsz on port 80 and gets 200. It sees 10.244.1.1.',
    null,
  ],
  [
    { outcome: 'refused', reason: 'ECONNREFUSED', by: at('pod/default/db', 'nothing listens on 10.244.2.2 tcp port 81') },
    'Nothing listens on port 81 of db.',
    'ECONNREFUSED',
  ],
  [
    { outcome: 'rejected', reason: 'ECONNREFUSED', by: at('pod/default/db', 'nothing listens on 10.244.2.2 udp port 81') },
    'Nothing listens on UDP port 81 of db.',
    'ECONNREFUSED',
  ],
  [
    { outcome: 'timeout', reason: 'NETFILTER_DROP', by: at('gateway', '-A FORWARD -m comment --comment "no public address" -j DROP') },
    'A rule on the gateway drops the packet: no public address.',
    'NETFILTER_DROP',
  ],
  [
    { outcome: 'timeout', reason: 'NETFILTER_DROP', by: at('node/worker-1', '-P FORWARD DROP') },
    'worker-1 drops what no rule of FORWARD accepted.',
    'NETFILTER_DROP',
  ],
  [{ answeredFrom: '10.0.0.9' }, '10.0.0.9 answers web.', null],
  [
    { outcome: 'refused', reason: 'ECONNREFUSED' },
    'Nothing listens there: tcp://10.96.0.10:80 refuses the connection of web.',
    'ECONNREFUSED',
  ],
  [{ outcome: 'refused', reason: 'ECONNREFUSED', by: at('pod/default/db', null) }, 'Nothing listens on that port of db.', 'ECONNREFUSED'],
  [{ outcome: 'rejected', reason: 'EHOSTUNREACH' }, 'web cannot reach tcp://10.96.0.10:80: no way to that host.', 'EHOSTUNREACH'],
  [
    {
      outcome: 'rejected',
      reason: 'ECONNREFUSED',
      by: at('node/worker-1', '-A KUBE-SERVICES -d 10.96.0.10/32 -m comment --comment "default/db:mysql has no endpoints" -j REJECT'),
    },
    'Service default/db has no endpoints, so worker-1 rejects the packet.',
    'ECONNREFUSED',
  ],
  [
    { outcome: 'timeout', reason: 'NETFILTER_DROP', by: at('node/worker-1', '-A FORWARD -j DROP') },
    'A rule on worker-1 drops the packet: -A FORWARD -j DROP',
    'NETFILTER_DROP',
  ],
  [
    {
      outcome: 'timeout',
      reason: 'NETFILTER_DROP',
      by: at('node/worker-1', `-A FORWARD -m comment --comment "${'why '.repeat(30)}" -j DROP`),
    },
    'A rule on worker-1 drops the packet.',
    'NETFILTER_DROP',
  ],
  [
    { outcome: 'timeout', reason: 'IP_INADDRERRORS', by: at('node/worker-1', 'net.ipv4.ip_forward=0') },
    'worker-1 does not forward packets: net.ipv4.ip_forward is 0.',
    'IP_INADDRERRORS',
  ],
  [
    { outcome: 'timeout', reason: 'IP_RPFILTER', by: at('node/worker-1', 'net.ipv4.conf.eth0.rp_filter=1') },
    'worker-1 would not answer that way, so rp_filter drops the packet (net.ipv4.conf.eth0.rp_filter=1).',
    'IP_RPFILTER',
  ],
  [
    { outcome: 'timeout', reason: 'IP_INNOROUTES', by: at('node/worker-1', null) },
    'worker-1 has no route to the destination.',
    'IP_INNOROUTES',
  ],
  [{ outcome: 'timeout', reason: 'ETIMEDOUT' }, 'web waits in vain: tcp://10.96.0.10:80 never answers.', 'ETIMEDOUT'],
  [{ outcome: 'reset', reason: 'ECONNRESET' }, 'web was connected to tcp://10.96.0.10:80, then the connection was reset.', 'ECONNRESET'],
  [
    { outcome: 'stalled', reason: 'PKT_TOO_BIG', by: at('node/worker-1', 'mtu 1400') },
    'The packet is too large for the next link of worker-1 (mtu 1400).',
    'PKT_TOO_BIG',
  ],
  [{ outcome: 'stalled' }, 'web is connected to tcp://10.96.0.10:80, but its data gets lost on the way.', null],
  [
    { outcome: 'unresolved', reason: 'NXDOMAIN', to: 'http://nowhere/' },
    'No address is known for the name in http://nowhere/: NXDOMAIN.',
    'NXDOMAIN',
  ],
  [
    { outcome: 'unsupported', reason: 'the match -m bpf' },
    'The walk stops at something that is not modelled: the match -m bpf.',
    'the match -m bpf',
  ],
]

describe('summarize', () => {
  it.each(rows)('%j', (outcome, sentence, chip) => {
    expect(summarize({ ...base, ...outcome }, context)).toEqual({ sentence, chip })
    expect(sentence.length).toBeLessThanOrEqual(MAX_SENTENCE)
  })

  it('has a row above for every outcome', () => {
    const every: Record<WalkOutcome['outcome'], true> = {
      delivered: true,
      refused: true,
      rejected: true,
      reset: true,
      stalled: true,
      timeout: true,
      unresolved: true,
      unsupported: true,
    }
    expect([...new Set(rows.map(([outcome]) => outcome.outcome ?? 'delivered'))].sort()).toEqual(Object.keys(every).sort())
  })
})
