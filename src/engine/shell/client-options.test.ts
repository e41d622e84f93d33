/** Every option of the programs that take virtual time, alone and at its bounds; complaints as the real tools of Debian 12 make them. */
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../net/address.ts'
import type { Spawn } from './command.ts'
import { parseResolvConf } from './resolv-conf.ts'
import { testTerminal } from './test-machine.ts'

/** What a command line hands to its program; what it says where it is refused. */
function started(line: string): Readonly<Record<string, unknown>> | string {
  const { type, spawned } = testTerminal()
  type('ip addr add 10.0.0.5/24 dev eth0; ip link set eth0 up')
  const { stderr, stdout, code } = type(line)
  const [spawn] = spawned as readonly (Spawn & { readonly options: Readonly<Record<string, unknown>> })[]
  return spawn ? spawn.options : `${stdout}${stderr}=> ${code}`
}

const NAMESERVER = parseAddress('127.0.0.1')
const RESOLVER = { nameservers: [NAMESERVER], search: [], ndots: 1, timeoutMs: 5000, attempts: 2, hosts: { localhost: [NAMESERVER] } }
const OWN = parseAddress('10.0.0.5')

type Rows = readonly (readonly [line: string, expected: Readonly<Record<string, unknown>> | string])[]

/** The options of a line without any, and what each line changes of them. */
function rows(base: Readonly<Record<string, unknown>>, lines: Rows): Rows {
  return lines.map(([line, expected]) => [line, typeof expected === 'string' ? expected : { ...base, resolver: RESOLVER, ...expected }])
}

const TRACEROUTE = {
  ...{ host: '1.1.1.1', method: 'udp', firstHop: 1, maxHops: 30, queries: 3, port: 33434, waitMs: 5000, length: 60, numeric: false },
  ...{ sourceAddress: null, position: [1, 1] },
}

test.each(
  rows(TRACEROUTE, [
    ['traceroute 1.1.1.1', {}],
    ['traceroute -n 1.1.1.1', { numeric: true, position: [1, 2] }],
    ['traceroute -I 1.1.1.1', { method: 'icmp', port: 1, position: [1, 2] }],
    ['traceroute -T 1.1.1.1', { method: 'tcp', port: 80, position: [1, 2] }],
    ['traceroute -T -p 443 1.1.1.1', { method: 'tcp', port: 443, position: [1, 4] }],
    ['traceroute -m 255 1.1.1.1', { maxHops: 255, position: [1, 3] }],
    ['traceroute -m 256 1.1.1.1', 'max hops cannot be more than 255\n=> 2'],
    ['traceroute -m 0 1.1.1.1', 'first hop out of range\n=> 2'],
    ['traceroute -f 30 1.1.1.1', { firstHop: 30, position: [1, 3] }],
    ['traceroute -f 31 1.1.1.1', 'first hop out of range\n=> 2'],
    ['traceroute -f 0 1.1.1.1', 'first hop out of range\n=> 2'],
    ['traceroute -q 1 1.1.1.1', { queries: 1, position: [1, 3] }],
    ['traceroute -q 10 1.1.1.1', { queries: 10, position: [1, 3] }],
    ['traceroute -q 0 1.1.1.1', 'no more than 10 probes per hop\n=> 2'],
    ['traceroute -q 11 1.1.1.1', 'no more than 10 probes per hop\n=> 2'],
    ['traceroute -w 1.5 1.1.1.1', { waitMs: 1500, position: [1, 3] }],
    ['traceroute -w 2,3,10 1.1.1.1', { waitMs: 2000, position: [1, 3] }],
    ['traceroute -w 0 1.1.1.1', { waitMs: 0, position: [1, 3] }],
    ['traceroute -p 0 1.1.1.1', { port: 0, position: [1, 3] }],
    ['traceroute -p 65535 1.1.1.1', { port: 65535, position: [1, 3] }],
    ['traceroute 1.1.1.1 0', { length: 0 }],
    ['traceroute 1.1.1.1 65000', { length: 65000 }],
    ['traceroute 1.1.1.1 65001', 'too big packetlen 65001 specified\n=> 2'],
    ['traceroute -w -1 1.1.1.1', "bad wait specifications `-1,0,0' used\n=> 2"],
    ['traceroute -w x 1.1.1.1', "Cannot handle `-w' option with arg `x' (argc 2)\n=> 2"],
    ['traceroute -q x 1.1.1.1', "Cannot handle `-q' option with arg `x' (argc 2)\n=> 2"],
    ['traceroute 1.1.1.1 x', 'Cannot handle "packetlen" cmdline arg `x\' on position 2 (argc 2)\n=> 2'],
    ['traceroute -p 65536 1.1.1.1', { port: 0, position: [1, 3] }],
    ['traceroute -p -1 1.1.1.1', { port: 65535, position: [1, 3] }],
    ['traceroute -s 10.0.0.5 1.1.1.1', { sourceAddress: OWN, position: [1, 3] }],
    ['traceroute -s foo 1.1.1.1', "Cannot handle `-s' option with arg `foo'\n=> 2"],
    ['traceroute -Q 1.1.1.1', "Bad option `-Q' (argc 1)\n=> 2"],
    ['traceroute -m', "Option `-m' (argc 1) requires an argument\n=> 2"],
    ['traceroute', 'Specify "host" missing argument.\n=> 2'],
  ]),
)('%s', (line, expected) => {
  expect(started(line)).toEqual(expected)
})

const PING = { host: '1.1.1.1', count: 4, intervalMs: 1000, timeoutMs: 10_000, size: 56, quiet: false, sourceAddress: null }

test.each(
  rows(PING, [
    ['ping 1.1.1.1', {}],
    ['ping -c 1 1.1.1.1', { count: 1 }],
    ['ping -c1 -q 1.1.1.1', { count: 1, quiet: true }],
    ['ping -i 0.2 1.1.1.1', { intervalMs: 200 }],
    ['ping -W 3 1.1.1.1', { timeoutMs: 3000 }],
    ['ping -s 0 1.1.1.1', { size: 0 }],
    ['ping -s 1472 1.1.1.1', { size: 1472 }],
    ['ping -I 10.0.0.5 1.1.1.1', { sourceAddress: OWN }],
    ['ping -I eth0 1.1.1.1', { sourceAddress: OWN }],
    ['ping -I lo -I eth0 1.1.1.1', { sourceAddress: OWN }],
    ['ping -c 0 1.1.1.1', "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\n=> 1"],
    ['ping -i x 1.1.1.1', "ping: invalid argument: 'x'\n=> 1"],
    ['ping -s x 1.1.1.1', "ping: invalid argument: 'x'\n=> 1"],
    ['ping -I nosuch 1.1.1.1', 'ping: SO_BINDTODEVICE nosuch: No such device\n=> 2'],
    ['ping -Z 1.1.1.1', "ping: invalid option -- 'Z'\n=> 2"],
    ['ping -c', "ping: option requires an argument -- 'c'\n=> 2"],
  ]),
)('%s', (line, expected) => {
  expect(started(line)).toEqual(expected)
})

const NC = {
  ...{ protocol: 'tcp', host: '1.1.1.1', port: 80, scan: false, verbose: false, numeric: false, timeoutMs: null, data: '' },
  ...{ sourceAddress: null, sourcePort: null },
}

test.each(
  rows(NC, [
    ['nc 1.1.1.1 80', {}],
    ['nc -u 1.1.1.1 80', { protocol: 'udp' }],
    ['nc --sctp 1.1.1.1 80', { protocol: 'sctp' }],
    ['nc -zvn 1.1.1.1 80', { scan: true, verbose: true, numeric: true }],
    ['nc -w 2 1.1.1.1 80', { timeoutMs: 2000 }],
    ['nc -s 10.0.0.5 -p 4000 1.1.1.1 80', { sourceAddress: OWN, sourcePort: 4000 }],
    ['printf hello | nc 1.1.1.1 80', { data: 'hello' }],
    ['nc 1.1.1.1 1', { port: 1 }],
    ['nc 1.1.1.1 65535', { port: 65535 }],
    ['nc 1.1.1.1 0', 'nc: port number too small: 0\n=> 1'],
    ['nc 1.1.1.1 65536', 'nc: port number too large: 65536\n=> 1'],
    ['nc 1.1.1.1 x', 'nc: port number invalid: x\n=> 1'],
    ['nc 1.1.1.1 80-90', 'nc: port ranges are not modelled\n=> 1'],
    ['nc -w x 1.1.1.1 80', 'nc: timeout invalid: x\n=> 1'],
    ['nc -k 80', 'nc: listening is not modelled: containers listen on their ports, hosts on "listen"\n=> 1'],
  ]),
)('%s', (line, expected) => {
  expect(started(line)).toEqual(expected)
})

const DIG = {
  ...{ name: 'web', type: 'A', server: null, port: 53, short: false, noall: false, answer: false, search: false, tries: 3, tcp: false },
  ...{ timeoutMs: 5000 },
}

test.each(
  rows(DIG, [
    ['dig web', {}],
    ['dig', { name: '.', type: 'NS' }],
    ['dig @10.0.0.1 web', { server: '10.0.0.1' }],
    ['dig web SRV', { type: 'SRV' }],
    ['dig srv web', { type: 'SRV' }],
    ['dig a', { name: 'a' }],
    ['dig web IN AAAA', { type: 'AAAA' }],
    ['dig -t TXT web', { type: 'TXT' }],
    ['dig -q web -t mx', { type: 'MX' }],
    ['dig -x 10.0.0.1', { name: '1.0.0.10.in-addr.arpa.', type: 'PTR' }],
    ['dig -4 -p 5353 web', { port: 5353 }],
    ['dig +short web', { short: true }],
    ['dig +noall +answer web', { noall: true, answer: true }],
    ['dig +search web', { search: true }],
    ['dig +tries=1 web', { tries: 1 }],
    ['dig +retry=1 web', { tries: 2 }],
    ['dig +time=2 web', { timeoutMs: 2000 }],
    ['dig +timeout=3 +noedns +nocmd web', { timeoutMs: 3000 }],
    ['dig -x foo', 'Invalid IP address foo\n=> 1'],
    ['dig +tcp web', { tcp: true }],
    ['dig +vc +notcp web', { tcp: false }],
    ['dig +foo web', 'Invalid option: +foo\nUsage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n=> 1'],
    ['dig -Z web', 'Invalid option: -Z\nUsage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n=> 1'],
    ['dig web db', 'dig: several questions at once are not modelled (db)\n=> 1'],
    ['dig -t foo web', ';; Warning, ignoring invalid type foo\n=> 1'],
  ]),
)('%s', (line, expected) => {
  const argv = line.split(' ').slice(1)
  expect(started(line)).toEqual(typeof expected === 'string' ? expected : { ...expected, argv })
})

test.each(
  rows({ name: 'web', type: 'A', server: null }, [
    ['nslookup web', {}],
    ['nslookup web 10.0.0.1', { server: '10.0.0.1' }],
    ['nslookup -type=srv web', { type: 'SRV' }],
    ['nslookup -query=AAAA -debug web', { type: 'AAAA' }],
    ['nslookup 10.0.0.1', { name: '1.0.0.10.in-addr.arpa.', type: 'PTR' }],
    ['nslookup -type=foo web', 'unknown query type: foo\n=> 1'],
    ['nslookup -foo web', '*** Invalid option: foo\n=> 1'],
    ['nslookup', 'nslookup: the interactive mode is not modelled\n=> 1'],
  ]),
)('%s', (line, expected) => {
  expect(started(line)).toEqual(expected)
})

const CURL = {
  ...{ scheme: 'http', host: 'web', port: 80, target: '/', method: 'GET', headers: [], body: null, print: 'body', verbose: false },
  ...{ silent: false, discard: false, writeOut: null, fail: false, connectTimeoutMs: 300_000, maxTimeMs: null },
  ...{ sourceAddress: null, sourcePort: null },
}
const TRY = "curl: try 'curl --help' or 'curl --manual' for more information"

test.each(
  rows(CURL, [
    ['curl web', {}],
    ['curl --url web', {}],
    ['curl http://web:1/', { port: 1 }],
    ['curl http://web:65535/', { port: 65535 }],
    ['curl https://web', { scheme: 'https', port: 443 }],
    ['curl http://user:secret@web/x#fragment', { target: '/x' }],
    ['curl web?q=1', { target: '/?q=1' }],
    ['curl -v web', { verbose: true }],
    ['curl -s web', { silent: true }],
    ['curl -sS web', {}],
    ['curl -f web', { fail: true }],
    ['curl -i web', { print: 'include' }],
    ['curl -I web', { print: 'head', method: 'HEAD' }],
    ['curl -o /dev/null web', { discard: true }],
    ['curl -o - web', {}],
    ['curl -w x web', { writeOut: 'x' }],
    ['curl -m 2 web', { maxTimeMs: 2000 }],
    ['curl -m2 web', { maxTimeMs: 2000 }],
    ['curl -sm0.5 web', { maxTimeMs: 500, silent: true }],
    ['curl --connect-timeout 1 web', { connectTimeoutMs: 1000 }],
    ['curl -A me web', { headers: [['User-Agent', 'me']] }],
    ['curl -H a:b -H "c: d: e" web', { headers: [['a', 'b'], ['c', 'd: e']] }], // biome-ignore format: one row
    ['curl -H nocolon -H :x web', {}],
    ['curl -d a -d b -H content-type:x web', { body: 'a&b', method: 'POST', headers: [['content-type', 'x']] }],
    ['curl -X DELETE web', { method: 'DELETE' }],
    ['curl --interface eth0 web', { sourceAddress: OWN }],
    ['curl --interface 10.0.0.5 --local-port 4000 web', { sourceAddress: OWN, sourcePort: 4000 }],
    ['curl http://web:65536/', 'curl: (3) URL using bad/illegal format or missing URL\n=> 3'],
    ['curl -m', `curl: option -m: requires parameter\n${TRY}\n=> 2`],
    ['curl -sm', `curl: option -sm: requires parameter\n${TRY}\n=> 2`],
    ['curl --interface nosuch web', "curl: (45) Couldn't bind to 'nosuch'\n=> 45"],
    ['curl -o file web', 'curl: writing to file is not modelled; use > file\n=> 23'],
  ]),
)('%s', (line, expected) => {
  expect(started(line)).toEqual(expected)
})

describe('arping', () => {
  test.each([
    ['arping -U -c 2 -I eth0 10.0.0.5', 'ARPING 10.0.0.5 from 10.0.0.5 eth0\nSent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n=> 0'],
    ['arping -A -q -c 1 -I eth0 10.0.0.5', '=> 0'],
    ['arping -U -c 1 -I nosuch 10.0.0.5', 'arping: Device nosuch not available.\n=> 2'],
    ['arping -U -c 1 -I lo 10.0.0.5', 'arping: Interface "lo" is down\n=> 2'],
    ['arping -U -c 1 -I eth0 10.0.0.6', 'arping: bind: Cannot assign requested address\n=> 2'],
    ['arping -U -c', "arping: option requires an argument -- 'c'\n=> 2"],
    ['arping -U', 'arping: usage error: Destination address required\n=> 2'],
    ['arping -Z 10.0.0.5', 'arping: -Z is not modelled\n=> 1'],
    ['arping 10.0.0.5', 'arping: waiting for answers (without -U or -A) is not modelled\n=> 1'],
    ['arping -U -I eth0 10.0.0.5', 'arping: sending until interrupted (without -c) is not modelled\n=> 1'],
    ['arping -U -c 0 -I eth0 10.0.0.5', 'arping: sending until interrupted (without -c) is not modelled\n=> 1'],
    ['arping -U -c 1 10.0.0.5', 'arping: choosing a device (without -I) is not modelled\n=> 1'],
    ['arping -U -c 1 -I eth0 web', 'arping: the name web is not modelled\n=> 1'],
  ])('%s', (line, said) => {
    expect(started(line)).toBe(said)
  })
})

describe('resolv.conf(5) and hosts(5)', () => {
  const text = (address: Parameters<typeof Array.of>[0]): string => String(address)
  const name = (dotted: string): string => text(parseAddress(dotted))
  const known = parseResolvConf('', '')

  test('an empty file', () => {
    expect(known).toEqual(RESOLVER)
  })

  test.each([
    ['nameserver 10.0.0.1', { nameservers: ['10.0.0.1'] }],
    [
      'nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4',
      { nameservers: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] },
    ],
    ['nameserver foo', {}],
    ['search a. b', { search: ['a', 'b'] }],
    ['domain a', { search: ['a'] }],
    ['options ndots:5 timeout:2 attempts:3', { ndots: 5, timeoutMs: 2000, attempts: 3 }],
    ['options ndots:15 timeout:30 attempts:5', { ndots: 15, timeoutMs: 30_000, attempts: 5 }],
    ['options ndots:16 timeout:31 attempts:6', { ndots: 15, timeoutMs: 30_000, attempts: 5 }],
    ['options ndots:x rotate', {}],
    ['# nameserver 10.0.0.1', {}],
  ])('%s', (resolv, expected) => {
    const { nameservers, ...rest } = { nameservers: undefined, ...expected } as { nameservers?: string[] }
    const servers = (nameservers ?? ['127.0.0.1']).map(name)
    const read = parseResolvConf(resolv, '')
    expect({ ...read, nameservers: read.nameservers.map(text) }).toEqual({ ...known, ...rest, nameservers: servers })
  })

  test('names in any case, several addresses, remarks', () => {
    const { hosts } = parseResolvConf('', '10.0.0.1 Web web.example # 10.0.0.9 x\n10.0.0.2 web\n10.0.0.1 web\nfoo bar\n')
    expect(Object.fromEntries(Object.entries(hosts).map(([host, addresses]) => [host, addresses.map(text)]))).toEqual({
      localhost: [name('127.0.0.1')],
      web: [name('10.0.0.1'), name('10.0.0.2')],
      'web.example': [name('10.0.0.1')],
    })
  })
})
