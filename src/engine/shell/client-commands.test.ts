/** Command lines of the programs that take virtual time: what they start, and what they say of bad options (captured from the real tools). */
import { describe, expect, test } from 'vitest'
import { testTerminal } from './test-machine.ts'

function spawned(line: string): unknown {
  const { type, spawned: calls } = testTerminal()
  type('printf "nameserver 10.96.0.10\\nsearch default.svc.cluster.local\\noptions ndots:5\\n" > /etc/resolv.conf')
  type(line)
  return calls[0]
}

describe('options', () => {
  test.each([
    [
      'curl -sS -m 2 http://web:8080/a?b',
      'curl',
      {
        host: 'web',
        port: 8080,
        target: '/a?b',
        silent: false,
        maxTimeMs: 2000,
        method: 'GET',
        resolver: { ndots: 5, search: ['default.svc.cluster.local'] },
      },
    ],
    ['curl web', 'curl', { scheme: 'http', port: 80, target: '/' }],
    [
      'curl -so /dev/null -w "%{http_code}" --connect-timeout 1.5 https://web',
      'curl',
      { port: 443, discard: true, writeOut: '%{http_code}', connectTimeoutMs: 1500, silent: true },
    ],
    [
      'curl -X PUT -H "Host: shop" -d x=1 web',
      'curl',
      {
        method: 'PUT',
        body: 'x=1',
        headers: [
          ['Host', 'shop'],
          ['Content-Type', 'application/x-www-form-urlencoded'],
        ],
      },
    ],
    ['curl -I web', 'curl', { method: 'HEAD', print: 'head' }],
    ['echo hi | nc -w1 db 3306', 'nc', { host: 'db', port: 3306, data: 'hi\n', timeoutMs: 1000, protocol: 'tcp', scan: false }],
    ['nc -zvu db 53', 'nc', { protocol: 'udp', scan: true, verbose: true }],
    ['ping -c1 -W 2 -s100 10.0.0.1', 'ping', { host: '10.0.0.1', count: 1, timeoutMs: 2000, size: 100 }],
    [
      'dig @10.96.0.10 web.default.svc.cluster.local AAAA +short',
      'dig',
      { server: '10.96.0.10', type: 'AAAA', short: true, name: 'web.default.svc.cluster.local' },
    ],
    ['dig -x 10.96.0.20', 'dig', { name: '20.0.96.10.in-addr.arpa.', type: 'PTR' }],
    ['dig +search web', 'dig', { search: true, type: 'A' }],
    ['nslookup -type=srv web', 'nslookup', { type: 'SRV', name: 'web' }],
    ['getent hosts web', 'getent', { database: 'hosts', name: 'web' }],
  ])('%s', (line, program, options) => {
    expect(spawned(line)).toMatchObject({ program, options })
  })
})

describe('complaints', () => {
  const { see } = testTerminal()
  test.each([
    ['curl', "curl: try 'curl --help' or 'curl --manual' for more information\n=> 2\n"],
    ['curl http://', 'curl: (3) URL using bad/illegal format or missing URL\n=> 3\n'],
    ['curl foo://x', 'curl: (1) Protocol "foo" not supported or disabled in libcurl\n=> 1\n'],
    ['curl --foo x', "curl: option --foo: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n=> 2\n"],
    ['ping', 'ping: usage error: Destination address required\n=> 1\n'],
    ['ping -c x 127.0.0.1', "ping: invalid argument: 'x'\n=> 1\n"],
    ['nc 127.0.0.1', 'nc: missing port number\n=> 1\n'],
    ['nc -l 80', 'nc: listening is not modelled: containers listen on their ports, hosts on "listen"\n=> 1\n'],
  ])('%s', (line, seen) => {
    expect(see(line)).toBe(seen)
  })
})
