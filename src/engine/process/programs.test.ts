/** Clients and the HTTP server, driven by hand. Texts captured from curl 7.88.1, OpenBSD nc 1.219, iputils 20221126. */
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../net/address.ts'
import { ipv4 } from '../net/ipv4.ts'
import { parseResolvConf } from '../shell/resolv-conf.ts'
import type { CurlOptions, NcOptions, PingOptions } from '../shell/spawn.ts'
import { curl } from './curl.ts'
import { drive } from './drive.ts'
import { httpServer } from './http-server.ts'
import { nc } from './nc.ts'
import { ping } from './ping.ts'

const resolver = parseResolvConf('nameserver 10.96.0.10\n', 'two 10.0.0.1\n10.0.0.1 two\n10.0.0.2 two\n')
const at = (text: string, port = 0) => ({ address: parseAddress(text) ?? ipv4(0), port })

describe('http-server', () => {
  const config = {
    owner: 'pod/default/web',
    listen: [
      { protocol: 'tcp' as const, port: 8080, address: null },
      { protocol: 'udp' as const, port: 5000, address: '10.0.0.7' },
    ],
  }

  test('answers HTTP with 200, text with an echo, UDP too, and closes when the client has', () => {
    const server = drive(httpServer, config)
    expect(server.feed({ kind: 'start' })).toEqual(['listen 3 tcp *:8080', 'listen 4 udp 10.0.0.7:5000'])
    server.feed({ kind: 'accepted', fd: 3, newFd: 1000 })
    const request = { kind: 'http-request', method: 'GET', target: '/', headers: [], body: '' }
    expect(
      server.feed({ kind: 'socket', fd: 1000, event: { kind: 'data', data: request, length: 70, from: at('10.244.1.5', 4000) } }),
    ).toEqual(['send 1000 HTTP/1.1 200 OK'])
    expect(
      server.feed({
        kind: 'socket',
        fd: 1000,
        event: { kind: 'data', data: { kind: 'text', text: 'hi\n' }, length: 3, from: at('10.244.1.5', 4000) },
      }),
    ).toEqual(['send 1000 pod/default/web:8080 to 10.244.1.5:4000: hi'])
    expect(server.feed({ kind: 'socket', fd: 1000, event: { kind: 'eof' } })).toEqual(['close 1000'])
    expect(
      server.feed({
        kind: 'socket',
        fd: 4,
        event: { kind: 'data', data: { kind: 'text', text: 'q' }, length: 1, from: at('10.0.0.9', 9) },
      }),
    ).toEqual(['send 4 to 10.0.0.9:9 pod/default/web:5000 to 10.0.0.9:9: q'])
    const echo = { kind: 'echo', text: 'host/b:1 to 10.0.0.7:5000: q\n', server: 'host/b:1', client: '10.0.0.7:5000' }
    expect(server.feed({ kind: 'socket', fd: 4, event: { kind: 'data', data: echo, length: 29, from: at('10.0.0.9', 1) } })).toEqual([])
    expect(server.state().connections).toEqual(new Map())
  })
})

describe('curl', () => {
  const options: CurlOptions = {
    method: 'GET',
    scheme: 'http',
    host: '10.0.0.1',
    port: 80,
    target: '/',
    headers: [],
    body: null,
    print: 'body',
    verbose: false,
    silent: false,
    discard: false,
    writeOut: null,
    fail: false,
    connectTimeoutMs: 300_000,
    maxTimeMs: null,
    sourceAddress: null,
    sourcePort: null,
    resolver,
  }
  const response = {
    kind: 'http-response',
    status: 200,
    reason: 'OK',
    headers: [['Content-Length', '3']],
    body: 'hi\n',
    server: 'pod/default/web:80',
    client: '10.0.0.9:40000',
  }

  test('connect, request, answer, close', () => {
    const program = drive(curl, { ...options, writeOut: '%{http_code} %{remote_ip}\\n' })
    expect(program.feed({ kind: 'start' })).toEqual(['connect 3 tcp 10.0.0.1:80'])
    expect(program.feed({ kind: 'socket', fd: 3, event: { kind: 'connected' } })).toEqual(['send 3 GET / HTTP/1.1'])
    expect(program.feed({ kind: 'socket', fd: 3, event: { kind: 'data', data: response, length: 80, from: at('10.0.0.1', 80) } })).toEqual([
      'close 3',
      'print "hi\\n200 10.0.0.1\\n"',
      'exit 0',
    ])
    expect(program.state().result).toMatchObject({
      phase: 'done',
      success: true,
      status: 200,
      server: 'pod/default/web:80',
      seenFrom: '10.0.0.9:40000',
      answeredFrom: at('10.0.0.1', 80),
    })
  })

  test('-v', () => {
    const program = drive(curl, { ...options, verbose: true, silent: true, port: 9999, target: '/x', host: 'localhost' })
    program.feed({ kind: 'start' })
    program.feed({ kind: 'socket', fd: 3, event: { kind: 'connected' } })
    const last = program
      .feed({ kind: 'socket', fd: 3, event: { kind: 'data', data: response, length: 80, from: at('127.0.0.1', 9999) } })
      .at(-1)
    expect(last).toBe(
      `exit 0 ${JSON.stringify(`*   Trying 127.0.0.1:9999...
* Connected to localhost (127.0.0.1) port 9999 (#0)
> GET /x HTTP/1.1
> Host: localhost:9999
> User-Agent: curl/7.88.1
> Accept: */*
> 
< HTTP/1.1 200 OK
< Content-Length: 3
< 
* Connection #0 to host localhost left intact
`)}`,
    )
  })

  test('tries every address', () => {
    const program = drive(curl, { ...options, host: 'two' })
    program.feed({ kind: 'start' })
    expect(program.feed({ kind: 'socket', fd: 3, event: { kind: 'error', errno: 'ECONNREFUSED' } })).toEqual([
      'close 3',
      'connect 4 tcp 10.0.0.2:80',
    ])
    expect(program.feed({ kind: 'socket', fd: 4, event: { kind: 'error', errno: 'EHOSTUNREACH' } }, 3000).at(-1)).toBe(
      `exit 7 "curl: (7) Failed to connect to two port 80 after 3000 ms: Couldn't connect to server\\n"`,
    )
    expect(program.state().result).toMatchObject({ phase: 'connect', success: false, errno: 'EHOSTUNREACH' })
  })

  test.each([
    ['ECONNREFUSED', `exit 7 "curl: (7) Failed to connect to 10.0.0.1 port 80 after 1 ms: Couldn't connect to server\\n"`],
    ['ETIMEDOUT', 'exit 28 "curl: (28) Failed to connect to 10.0.0.1 port 80 after 1 ms: Timeout was reached\\n"'],
  ] as const)('connect fails with %s', (errno, exit) => {
    const program = drive(curl, options)
    program.feed({ kind: 'start' })
    expect(program.feed({ kind: 'socket', fd: 3, event: { kind: 'error', errno } }, 1).at(-1)).toBe(exit)
  })

  test('limits of time', () => {
    const program = drive(curl, { ...options, maxTimeMs: 1000 })
    expect(program.feed({ kind: 'start' })[0]).toBe('timer 1000 max-time')
    expect(program.feed({ kind: 'timer', id: 'max-time' }, 1000)).toEqual([
      'exit 28 "curl: (28) Connection timed out after 1000 milliseconds\\n"',
    ])
    const quick = drive(curl, { ...options, connectTimeoutMs: 500 })
    quick.feed({ kind: 'start' })
    expect(quick.feed({ kind: 'timer', id: 'connect-timeout' }, 500)).toEqual([
      'exit 28 "curl: (28) Failed to connect to 10.0.0.1 port 80 after 500 ms: Timeout was reached\\n"',
    ])
    expect(quick.state().result).toMatchObject({ phase: 'connect', errno: 'ETIMEDOUT' })
  })

  test.each([
    [{ kind: 'eof' }, 'exit 52 "curl: (52) Empty reply from server\\n"'],
    [{ kind: 'error', errno: 'ECONNRESET' }, 'exit 56 "curl: (56) Recv failure: Connection reset by peer\\n"'],
  ] as const)('after the request: %o', (event, exit) => {
    const program = drive(curl, options)
    program.feed({ kind: 'start' })
    program.feed({ kind: 'socket', fd: 3, event: { kind: 'connected' } })
    expect(program.feed({ kind: 'socket', fd: 3, event })).toEqual([exit])
  })

  test('a name nobody knows', () => {
    const program = drive(curl, { ...options, host: 'nowhere' })
    program.feed({ kind: 'start' })
    expect(program.feed({ kind: 'socket', fd: 20, event: { kind: 'error', errno: 'ECONNREFUSED' } }).at(-1)).toMatch(/^timer/)
    expect(program.feed({ kind: 'socket', fd: 21, event: { kind: 'error', errno: 'ECONNREFUSED' } }).at(-1)).toBe(
      'exit 6 "curl: (6) Could not resolve host: nowhere\\n"',
    )
    expect(program.state().result).toMatchObject({ phase: 'dns', rcode: null, errno: 'ECONNREFUSED' })
  })
})

describe('nc', () => {
  const options: NcOptions = {
    protocol: 'tcp',
    host: '10.0.0.1',
    port: 8080,
    scan: false,
    verbose: true,
    numeric: false,
    timeoutMs: null,
    data: 'hi\n',
    sourceAddress: null,
    sourcePort: null,
    resolver,
  }

  test('sends its input and prints the answer', () => {
    const program = drive(nc, options)
    expect(program.feed({ kind: 'start' })).toEqual(['connect 3 tcp 10.0.0.1:8080'])
    expect(program.feed({ kind: 'socket', fd: 3, event: { kind: 'connected' } })).toEqual(['send 3 hi'])
    const echo = { kind: 'echo', text: 'x\n', server: 'host/db:8080', client: '10.0.0.9:1' }
    expect(program.feed({ kind: 'socket', fd: 3, event: { kind: 'data', data: echo, length: 2, from: at('10.0.0.1', 8080) } })).toEqual([
      'close 3',
      'print "x\\n"',
      'exit 0 "Connection to 10.0.0.1 8080 port [tcp/http-alt] succeeded!\\n"',
    ])
    expect(program.state().result).toMatchObject({ success: true, server: 'host/db:8080' })
  })

  test('-z', () => {
    const program = drive(nc, { ...options, scan: true, port: 80 })
    program.feed({ kind: 'start' })
    expect(program.feed({ kind: 'socket', fd: 3, event: { kind: 'error', errno: 'ECONNREFUSED' } })).toEqual([
      'exit 1 "nc: connect to 10.0.0.1 port 80 (tcp) failed: Connection refused\\n"',
    ])
    const open = drive(nc, { ...options, scan: true })
    open.feed({ kind: 'start' })
    expect(open.feed({ kind: 'socket', fd: 3, event: { kind: 'connected' } })).toEqual([
      'exit 0 "Connection to 10.0.0.1 8080 port [tcp/http-alt] succeeded!\\n"',
    ])
  })

  test('-w while connecting', () => {
    const program = drive(nc, { ...options, scan: true, port: 80, timeoutMs: 1000 })
    expect(program.feed({ kind: 'start' })).toEqual(['connect 3 tcp 10.0.0.1:80', 'timer 1000 wait 3 connect'])
    expect(program.feed({ kind: 'timer', id: 'wait 3 connect' })).toEqual([
      'exit 1 "nc: connect to 10.0.0.1 port 80 (tcp) timed out: Operation now in progress\\n"',
    ])
  })

  test('UDP: one question, one answer, or patience runs out', () => {
    const program = drive(nc, { ...options, protocol: 'udp', verbose: false })
    expect(program.feed({ kind: 'start' })).toEqual(['connect 3 udp 10.0.0.1:8080', 'send 3 hi', 'timer 5000 wait 3 request'])
    expect(program.feed({ kind: 'timer', id: 'wait 3 request' })).toEqual(['exit 0'])
    expect(program.state().result).toMatchObject({ success: false, errno: 'ETIMEDOUT', phase: 'request' })
  })
})

describe('ping', () => {
  const options: PingOptions = {
    host: '127.0.0.1',
    count: 2,
    intervalMs: 200,
    timeoutMs: 1000,
    size: 56,
    quiet: false,
    sourceAddress: null,
    resolver,
  }
  const reply = (seq: number) => ({
    kind: 'socket' as const,
    fd: 3,
    event: { kind: 'data' as const, data: null, length: 56, from: at('127.0.0.1'), ttl: 64, seq },
  })

  test('two answers', () => {
    const program = drive(ping, options)
    const head = 'print "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\\n"'
    expect(program.feed({ kind: 'start' }, 0)[0]).toBe('connect 3 icmp 127.0.0.1:0')
    expect(program.feed(reply(1), 0.283)).toEqual([head, 'print "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.283 ms\\n"'])
    expect(program.feed({ kind: 'timer', id: 'next' }, 202)).toHaveLength(2)
    expect(program.feed(reply(2), 202.037)).toEqual([
      'print "64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.037 ms\\n"',
      'print "\\n--- 127.0.0.1 ping statistics ---\\n2 packets transmitted, 2 received, 0% packet loss, time 202ms\\nrtt min/avg/max/mdev = 0.037/0.160/0.283/0.123 ms\\n"',
      'exit 0',
    ])
  })

  test('no answer', () => {
    const program = drive(ping, { ...options, count: 1 })
    program.feed({ kind: 'start' }, 0)
    expect(program.feed({ kind: 'timer', id: 'end' }, 1000).slice(1)).toEqual([
      'print "\\n--- 127.0.0.1 ping statistics ---\\n1 packets transmitted, 0 received, 100% packet loss, time 0ms\\n\\n"',
      'exit 1',
    ])
  })

  test('an ICMP error, and no route', () => {
    const program = drive(ping, { ...options, count: 1 })
    program.feed({ kind: 'start' }, 0)
    const icmp = { from: at('127.0.0.7').address, type: 3, code: 13, seq: 1 }
    expect(program.feed({ kind: 'socket', fd: 3, event: { kind: 'error', errno: 'EHOSTUNREACH', icmp } }, 0)[1]).toBe(
      'print "From 127.0.0.7 icmp_seq=1 Packet filtered\\n"',
    )
    const unreachable = drive(ping, options)
    unreachable.feed({ kind: 'start' }, 0)
    expect(unreachable.feed({ kind: 'socket', fd: 3, event: { kind: 'error', errno: 'ENETUNREACH' } }, 0)).toEqual([
      'exit 2 "ping: connect: Network is unreachable\\n"',
    ])
  })
})
