import { describe, expect, it } from 'vitest'
import { evaluateRules, type PacketSpec } from './rules.ts'

const SERVICE = `*filter
:KUBE-SERVICES - [0:0]
-A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES
-A OUTPUT -m conntrack --ctstate NEW -j KUBE-SERVICES
-A INPUT -p tcp -m tcp --dport 22 -j DROP
-A KUBE-SERVICES -d 10.96.0.99/32 -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
COMMIT
*nat
:KUBE-SVC - [0:0]
-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-SVC
-A OUTPUT -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-SVC
-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
-A KUBE-SVC ! -s 10.244.0.0/16 -j MARK --set-xmark 0x4000/0x4000
-A KUBE-SVC -p tcp -m statistic --mode random --probability 0.33333333349 -j DNAT --to-destination 10.244.1.1:8080
-A KUBE-SVC -p tcp -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.244.1.2:8080
-A KUBE-SVC -p tcp -j DNAT --to-destination 192.168.0.2:8080
COMMIT
`

function evaluate(spec: Partial<PacketSpec>, rules = SERVICE) {
  const packet = {
    in: 'eth0',
    source: '10.244.2.2',
    destination: '10.96.0.10',
    protocol: 'tcp',
    sourcePort: 34567,
    destinationPort: 80,
    ...spec,
  } as const
  return evaluateRules({ rules, node: { addresses: ['192.168.0.2'] }, packet, allBranches: true })
}

function summary(spec: Partial<PacketSpec>, rules = SERVICE): string[] | string {
  const result = evaluate(spec, rules)
  if ('error' in result) return result.error
  return result.branches.map((b) => `${b.probability.toFixed(3)} ${b.outcome} ${b.destination}${b.masquerade ? ' masqueraded' : ''}`)
}

describe('one packet against rules', () => {
  it('takes every branch with its odds', () => {
    expect(summary({})).toEqual(['0.333 accepted 10.244.1.1:8080', '0.333 accepted 10.244.1.2:8080', '0.333 accepted 192.168.0.2:8080'])
  })

  it('masquerades what comes from outside and is forwarded', () => {
    expect(summary({ source: '172.18.0.5' })).toEqual([
      '0.333 accepted 10.244.1.1:8080 masqueraded',
      '0.333 accepted 10.244.1.2:8080 masqueraded',
      '0.333 accepted 192.168.0.2:8080',
    ])
  })

  it('runs OUTPUT, POSTROUTING and INPUT for packets of the machine itself', () => {
    expect(summary({ in: null, source: '192.168.0.2', destination: '192.168.0.2', destinationPort: 22 })).toEqual([
      '1.000 dropped 192.168.0.2:22',
    ])
  })

  it.each(['192.168.0.2', '127.0.0.1'])(
    'does not ask for a route to where OUTPUT sends a packet of the machine itself, from %s',
    (source) => {
      expect(summary({ in: null, source, destination: '10.96.0.10' })).toEqual([
        '0.333 accepted 10.244.1.1:8080 masqueraded',
        '0.333 accepted 10.244.1.2:8080 masqueraded',
        '0.333 accepted 192.168.0.2:8080 masqueraded',
      ])
    },
  )

  it('says which rule ended it', () => {
    const result = evaluate({ destination: '10.96.0.99' })
    expect(result).toMatchObject({ branches: [{ outcome: 'rejected', by: expect.stringContaining('-A KUBE-SERVICES -d 10.96.0.99/32') }] })
  })

  it('evaluating once leaves no trace for the next time', () => {
    const rules = '*filter\n-A FORWARD -m statistic --mode nth --every 2 --packet 0 -j DROP\n-A FORWARD -m recent --set -j ACCEPT\nCOMMIT\n'
    expect([1, 2, 3].map(() => summary({}, rules))).toEqual([1, 2, 3].map(() => ['1.000 dropped 10.96.0.10:80']))
  })

  const errors: readonly (readonly [string, Partial<PacketSpec>, string, string])[] = [
    [
      'a rule that cannot be read',
      {},
      '*filter\n-A INPUT -j ACCEPT\n-A INPUT --dport 80 -j DROP\nCOMMIT\n',
      'rules line 3: unknown option "--dport"',
    ],
    ['no COMMIT', {}, '*filter\n-A INPUT -j ACCEPT\n', 'rules line 3: COMMIT expected at line 3'],
    ['a bad address', { source: '10.0.0.300' }, SERVICE, 'packet.source: "10.0.0.300" is no IPv4 address'],
    ['a bad port', { destinationPort: 70000 }, SERVICE, 'packet.destinationPort: 70000 is no port'],
  ]
  it.each(errors)('%s is an error', (_what, spec, rules, error) => {
    expect(summary(spec, rules)).toBe(error)
  })
})
