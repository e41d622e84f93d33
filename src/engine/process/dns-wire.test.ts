import { describe, expect, it } from 'vitest'
import { type DnsMessage, dnsQuery } from './dns-message.ts'
import { dnsBytes } from './dns-wire.ts'

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const question = dnsQuery(0x1234, 'db.x.', 'A')
const answer = (...answers: DnsMessage['answers']): DnsMessage => ({ ...question, response: true, authoritative: true, answers })

describe('DNS on the wire', () => {
  it.each<readonly [string, DnsMessage, string]>([
    ['a question', question, '1234010000010000000000000264620178000001' + '0001'],
    [
      'an address, its name pointed at',
      answer({ name: 'db.x.', type: 'A', ttl: 5, data: '10.0.0.1' }),
      '12348500000100010000000002646201780000010001' + 'c00c00010001000000050004' + '0a000001',
    ],
    [
      'an alias, its target half known',
      answer({ name: 'db.x.', type: 'CNAME', ttl: 5, data: 'a.x.' }),
      '12348500000100010000000002646201780000010001' + 'c00c00050001000000050004' + '0161c00f',
    ],
    [
      'an IPv6 address',
      answer({ name: 'db.x.', type: 'AAAA', ttl: 5, data: 'fd00::1:2' }),
      '12348500000100010000000002646201780000010001' + 'c00c001c0001000000050010' + 'fd000000000000000000000000010002',
    ],
    [
      'no such name, with the zone',
      {
        ...answer(),
        rcode: 'NXDOMAIN',
        authority: [{ name: 'x.', type: 'SOA', ttl: 5, data: 'ns.dns.x hostmaster.x 1 7200 1800 86400 5' }],
      },
      '12348503000100000001000002646201780000010001' +
        'c00f0006000100000005002a' +
        '026e7303646e73c00f0a686f73746d6173746572c00f0000000100001c20000007080001518000000005',
    ],
    [
      'a service',
      answer({ name: 'db.x.', type: 'SRV', ttl: 5, data: '0 100 3306 db.x.' }),
      '12348500000100010000000002646201780000010001' + 'c00c00210001000000050008' + '000000640ceac00c',
    ],
  ])('%s', (_, message, bytes) => expect(hex(dnsBytes(message))).toBe(bytes))
})
