import { describe, expect, test } from 'vitest'
import type { DnsServerConfig } from '../kubernetes/dns-config.ts'
import { parseAddress } from '../net/address.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { DnsType } from '../shell/spawn.ts'
import { answerTo, coredns } from './coredns.ts'
import { dnsQuery } from './dns-message.ts'
import { drive } from './drive.ts'

const CONFIG: DnsServerConfig = {
  zones: ['cluster.local.', 'in-addr.arpa.'],
  ttl: 30,
  records: [
    { name: 'web.default.svc.cluster.local.', type: 'A', ttl: 30, data: '10.96.0.20' },
    { name: '_http._tcp.web.default.svc.cluster.local.', type: 'SRV', ttl: 30, data: '0 100 80 web.default.svc.cluster.local.' },
    { name: 'alias.default.svc.cluster.local.', type: 'CNAME', ttl: 30, data: 'web.default.svc.cluster.local.' },
    { name: '20.0.96.10.in-addr.arpa.', type: 'PTR', ttl: 30, data: 'web.default.svc.cluster.local.' },
  ],
  emptyNames: ['cluster.local.', 'svc.cluster.local.', 'default.svc.cluster.local.'],
  pods: 'insecure',
  podAddresses: { default: ['10.244.1.2'] },
  upstream: '198.51.100.53',
  catchAll: null,
}

function ask(name: string, type: DnsType, config: DnsServerConfig = CONFIG): string {
  const answer = answerTo(config, dnsQuery(1, name, type))
  if (answer === 'forward') return 'forward'
  return [
    answer.rcode,
    ...answer.answers.map((record) => `${record.name} ${record.type} ${record.data}`),
    ...answer.authority.map((record) => `(${record.name} ${record.type})`),
  ].join(' ')
}

describe('answers', () => {
  test.each([
    ['web.default.svc.cluster.local.', 'A', 'NOERROR web.default.svc.cluster.local. A 10.96.0.20'],
    ['WEB.Default.svc.cluster.local.', 'A', 'NOERROR WEB.Default.svc.cluster.local. A 10.96.0.20'],
    ['web.default.svc.cluster.local.', 'AAAA', 'NOERROR (cluster.local. SOA)'],
    ['nope.default.svc.cluster.local.', 'A', 'NXDOMAIN (cluster.local. SOA)'],
    ['default.svc.cluster.local.', 'A', 'NOERROR (cluster.local. SOA)'],
    [
      '_http._tcp.web.default.svc.cluster.local.',
      'SRV',
      'NOERROR _http._tcp.web.default.svc.cluster.local. SRV 0 100 80 web.default.svc.cluster.local.',
    ],
    [
      'alias.default.svc.cluster.local.',
      'A',
      'NOERROR alias.default.svc.cluster.local. CNAME web.default.svc.cluster.local. web.default.svc.cluster.local. A 10.96.0.20',
    ],
    ['20.0.96.10.in-addr.arpa.', 'PTR', 'NOERROR 20.0.96.10.in-addr.arpa. PTR web.default.svc.cluster.local.'],
    ['10-244-9-9.default.pod.cluster.local.', 'A', 'NOERROR 10-244-9-9.default.pod.cluster.local. A 10.244.9.9'],
    ['10-244-9-9.nowhere.pod.cluster.local.', 'A', 'NXDOMAIN (cluster.local. SOA)'],
    ['1.0.0.127.in-addr.arpa.', 'PTR', 'forward'],
    ['www.example.com.', 'A', 'forward'],
  ] as const)('%s %s', (name, type, answer) => {
    expect(ask(name, type)).toBe(answer)
  })

  test('pods verified, pods disabled, no upstream', () => {
    const verified: DnsServerConfig = { ...CONFIG, pods: 'verified' }
    expect(ask('10-244-1-2.default.pod.cluster.local.', 'A', verified)).toContain('A 10.244.1.2')
    expect(ask('10-244-9-9.default.pod.cluster.local.', 'A', verified)).toContain('NXDOMAIN')
    expect(ask('10-244-1-2.default.pod.cluster.local.', 'A', { ...CONFIG, pods: 'disabled' })).toContain('NXDOMAIN')
    expect(ask('www.example.com.', 'A', { ...CONFIG, upstream: null })).toBe('REFUSED')
  })

  test('the internet’s resolver knows public names only', () => {
    const internet: DnsServerConfig = { ...CONFIG, zones: [], records: [], upstream: null, catchAll: '198.51.100.10' }
    expect(ask('www.example.com.', 'A', internet)).toBe('NOERROR www.example.com. A 198.51.100.10')
    expect(ask('www.example.de.', 'A', internet)).toMatch(/^NOERROR/)
    expect(ask('web.shop.', 'A', internet)).toMatch(/^NXDOMAIN/)
    expect(ask('web.aa.', 'A', internet)).toMatch(/^NXDOMAIN/)
    expect(ask('web.dev.', 'A', { ...internet, notPublic: ['dev'] })).toMatch(/^NXDOMAIN/)
    for (const name of ['webapp-sq1.', 'db.nowhere.', 'db.prod.svc.cluster.local.']) expect(ask(name, 'A', internet)).toMatch(/^NXDOMAIN/)
  })
})

describe('the server', () => {
  const listen = [
    { protocol: 'udp' as const, port: 53, address: null },
    { protocol: 'tcp' as const, port: 53, address: null },
  ]
  const from = { address: parseAddress('10.244.1.5') ?? ipv4(0), port: 40000 }
  const query = (name: string) => ({ kind: 'data' as const, data: dnsQuery(7, name, 'A'), length: 50, from })

  test('answers over UDP and TCP', () => {
    const server = drive(coredns, { listen, config: CONFIG })
    expect(server.feed({ kind: 'start' })).toEqual(['listen 3 udp *:53', 'listen 4 tcp *:53'])
    expect(server.feed({ kind: 'socket', fd: 3, event: query('web.default.svc.cluster.local.') })).toEqual([
      'send 3 to 10.244.1.5:40000 NOERROR web.default.svc.cluster.local. A 10.96.0.20',
    ])
    expect(server.feed({ kind: 'accepted', fd: 4, newFd: 1000 })).toEqual([])
    expect(server.feed({ kind: 'socket', fd: 1000, event: query('web.default.svc.cluster.local.') })).toEqual([
      'send 1000 NOERROR web.default.svc.cluster.local. A 10.96.0.20',
    ])
    expect(server.feed({ kind: 'socket', fd: 1000, event: { kind: 'eof' } })).toEqual(['close 1000'])
  })

  test('asks the upstream for what an ExternalName leads to', () => {
    const name = 'db.default.svc.cluster.local.'
    const record = { name, type: 'CNAME' as const, ttl: 30, data: 'db.example.com.' }
    const server = drive(coredns, { listen, config: { ...CONFIG, records: [...CONFIG.records, record] } })
    expect(server.feed({ kind: 'socket', fd: 3, event: query(name) })).toEqual([
      'connect 100 udp 198.51.100.53:53',
      'send 100 A? db.example.com.',
      'timer 5000 forward 100',
    ])
    const answers = [{ name: 'db.example.com.', type: 'A', ttl: 60, data: '203.0.113.80' }]
    const answer = { ...dnsQuery(100, 'db.example.com.', 'A'), response: true, answers }
    expect(server.feed({ kind: 'socket', fd: 100, event: { kind: 'data', data: answer, length: 60, from } })).toEqual([
      'close 100',
      `send 3 to 10.244.1.5:40000 NOERROR ${name} CNAME db.example.com. db.example.com. A 203.0.113.80`,
    ])
    const cname = { kind: 'data' as const, data: dnsQuery(7, name, 'CNAME'), length: 50, from }
    expect(server.feed({ kind: 'socket', fd: 3, event: cname })).toEqual([
      `send 3 to 10.244.1.5:40000 NOERROR ${name} CNAME db.example.com.`,
    ])
  })

  test('hands other names on, and says SERVFAIL when nobody answers', () => {
    const server = drive(coredns, { listen, config: CONFIG })
    const asked = ['connect 100 udp 198.51.100.53:53', 'send 100 A? www.example.com.', 'timer 5000 forward 100']
    expect(server.feed({ kind: 'socket', fd: 3, event: query('www.example.com.') })).toEqual(asked)
    const answer = {
      ...dnsQuery(100, 'www.example.com.', 'A'),
      response: true,
      answers: [{ name: 'www.example.com.', type: 'A', ttl: 60, data: '203.0.113.80' }],
    }
    expect(server.feed({ kind: 'socket', fd: 100, event: { kind: 'data', data: answer, length: 60, from } })).toEqual([
      'close 100',
      'send 3 to 10.244.1.5:40000 NOERROR www.example.com. A 203.0.113.80',
    ])
    expect(server.feed({ kind: 'timer', id: 'forward 100' })).toEqual([])
    server.feed({ kind: 'socket', fd: 3, event: query('www.example.org.') })
    expect(server.feed({ kind: 'timer', id: 'forward 101' })).toEqual(['close 101', 'send 3 to 10.244.1.5:40000 SERVFAIL'])
  })
})
