/** What a tool prints, typed at a fresh machine, makes that machine print the same: over generated state. */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { machine } from './round-trip.fixture.ts'

const number = (max: number, min = 1) => fc.integer({ min, max })
const host = number(250, 10).map((last) => `10.0.0.${last}`)
const prefix = fc.oneof(
  number(250).map((n) => `10.${n}.0.0/16`),
  number(250).map((n) => `10.200.${n}.0/24`),
  number(250).map((n) => `10.201.0.${n}`),
)
const mac = number(250).map((n) => `02:00:00:00:0a:${n.toString(16).padStart(2, '0')}`)
const optional = (part: fc.Arbitrary<string>) => fc.option(part, { nil: '' })
const words = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((list) => list.filter((part) => part !== '').join(' '))
const named = (name: string, value: fc.Arbitrary<string | number>) => optional(value.map((text) => `${name} ${text}`))
const distinct = (line: fc.Arbitrary<string>, key: (text: string) => unknown) =>
  fc.uniqueArray(line, { minLength: 1, maxLength: 8, selector: key })
const first = (text: string): unknown => text.replace(/^(blackhole|unreachable|prohibit|throw) /, '').split(' ')[0]

const route = fc.oneof(
  words(
    fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'throw'),
    prefix,
    named('proto', fc.constantFrom('static', 'bird', '77')),
    named('metric', number(9)),
  ),
  words(
    prefix,
    host.map((via) => `via ${via}`),
    fc.constant('dev v0'),
    named('proto', fc.constantFrom('static', 'bird', '77')),
    named('src', fc.constantFrom('10.0.0.1', '10.0.0.2')),
    named('metric', number(900)),
    fc.constantFrom('', 'mtu 1300', 'mtu lock 1400'),
  ),
  words(prefix, fc.constant('dev v0 scope link'), named('metric', number(900))),
  words(prefix, fc.constant('via 172.30.0.1 dev v0 onlink')),
  fc
    .tuple(prefix, host, host, number(250), number(250))
    .filter(([, a, b]) => a !== b)
    .map(([to, a, b, x, y]) => `${to} nexthop via ${a} dev v0 weight ${x} nexthop via ${b} dev v0 weight ${y}`),
)
const rule = fc
  .tuple(
    number(32000),
    fc.constantFrom('', 'not '),
    fc.oneof(
      fc.constant('from all'),
      prefix.map((from) => `from ${from}`),
    ),
    named('to', prefix),
    named('fwmark', fc.constantFrom('0x4000', '0x1/0x3', '0xff/0xff00')),
    named('iif', fc.constantFrom('v0', 'lo')),
    named('oif', fc.constant('v1')),
    fc.constantFrom('lookup 100', 'lookup main', 'blackhole', 'unreachable', 'prohibit'),
  )
  .map(([pref, not, ...parts]) => `${pref}:\t${not}${parts.filter((part) => part !== '').join(' ')}`)

/** Lists of one kind: what is given, how a line is typed, and what lists them. */
const LISTS: Readonly<
  Record<
    string,
    {
      readonly lines: fc.Arbitrary<readonly string[]>
      readonly type: (line: string) => string
      readonly show: string
      readonly own: RegExp
      readonly isNewestFirst?: true
    }
  >
> = {
  'ip route': {
    lines: distinct(route, first),
    type: (line) => `ip route add ${line.replaceAll('\n\t', '')}`,
    show: 'ip route',
    own: /proto kernel/,
  },
  'ip rule': {
    lines: distinct(rule, (text) => text.split(':')[0]),
    type: (line) => `ip rule add pref ${line.replace(':\t', ' ')}`,
    show: 'ip rule',
    own: /^(0|32766|32767):/,
  },
  'ip neigh': {
    lines: distinct(words(host, fc.constant('dev v0 lladdr'), mac, fc.constantFrom('PERMANENT', 'STALE', 'REACHABLE')), first),
    type: (line) =>
      `ip neigh add ${line.replace(/ ([A-Z]+) $| ([A-Z]+)$/, (_, a?: string, b?: string) => ` nud ${(a ?? b ?? '').toLowerCase()}`)}`,
    show: 'ip neigh',
    own: /^$/,
  },
  'bridge fdb of a VXLAN device': {
    lines: distinct(
      words(
        mac,
        host.map((to) => `dst ${to}`),
        named('port', fc.constantFrom('4789', '5000')),
        named('vni', number(40)),
        fc.constantFrom('self permanent', 'self static'),
      ),
      first,
    ),
    type: (line) => `bridge fdb append ${line} dev vx0`,
    show: 'bridge fdb show dev vx0',
    own: /^$/,
    isNewestFirst: true,
  },
  'bridge fdb of a bridge port': {
    lines: distinct(words(mac, fc.constant('master br0 static')), first),
    type: (line) => `bridge fdb add ${line.replace(' br0', '')} dev v1`,
    show: 'bridge fdb show dev v1',
    own: /permanent/,
    isNewestFirst: true,
  },
  'tc qdisc': {
    lines: fc
      .tuple(
        number(0xfff0),
        number(2000),
        named('delay', fc.constantFrom('10ms', '1.5s', '64us', '20ms  5ms')),
        named('loss', fc.constantFrom('1%', '0.5%', '100%')),
      )
      .map(
        ([handle, limit, delay, loss]) =>
          [
            words,
            `qdisc netem ${handle.toString(16)}: root refcnt 2 limit ${limit}${delay === '' ? '' : ` ${delay}`}${loss === '' ? '' : ` ${loss}`}`,
          ].slice(1) as string[],
      ),
    type: (line) => line.replace(/^qdisc netem (\S+) root refcnt 2 /, 'tc qdisc replace dev v0 root handle $1 netem '),
    show: 'tc qdisc show dev v0',
    own: /noqueue/,
  },
  sysctl: {
    lines: distinct(
      fc.oneof(
        fc
          .tuple(fc.constantFrom('rp_filter', 'arp_ignore', 'arp_announce'), number(2, 0))
          .map(([name, value]) => `net.ipv4.conf.v0.${name} = ${value}`),
        number(1, 0).map((value) => `net.ipv4.ip_forward = ${value}`),
        number(60000, 33000).map((low) => `net.ipv4.ip_local_port_range = 32768\t${low}`),
      ),
      first,
    ),
    type: (line) => `sysctl -w "${line.replace(' = ', '=')}"`,
    show: 'sysctl net.ipv4.conf.v0.rp_filter net.ipv4.conf.v0.arp_ignore net.ipv4.conf.v0.arp_announce net.ipv4.ip_forward net.ipv4.ip_local_port_range',
    own: /^$/,
  },
}

describe.each(Object.entries(LISTS))('%s', (_, { lines, type, show, own, isNewestFirst }) => {
  /** Records of a listing: a line that begins with a tab belongs to the one before. */
  const records = (text: string): readonly string[] => text.split(/\n(?!\t)/).filter((line) => line !== '' && !own.test(line))

  it('what is printed can be typed, and is printed again', () => {
    fc.assert(
      fc.property(lines, (given) => {
        const one = machine()
        for (const line of given) one(type(line))
        const printed = records(one(show))
        const other = machine()
        for (const line of isNewestFirst ? printed.toReversed() : printed) other(type(line))
        expect(other(show)).toBe(one(show))
        // Nothing of what was typed has been lost.
        const flat = printed.map((line) => line.replace(/\s+/g, ' ').trim())
        for (const line of given) expect(flat).toContain(line.replace(/\s+/g, ' ').trim())
      }),
      { numRuns: 150 },
    )
  })
})

const port = number(65535)
const net = fc.tuple(number(32), fc.integer({ min: 0, max: 0xffffffff })).map(([length, bits]) => {
  const address = Math.floor(bits / 2 ** (32 - length)) * 2 ** (32 - length)
  return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}${length === 32 ? '' : `/${length}`}`
})
const protocol = fc.constantFrom('tcp', 'udp', 'sctp')
/** By type: the elements of a set. */
const ELEMENTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'hash:ip': host,
  'hash:net': net,
  'hash:ip,port': fc.tuple(host, protocol, port).map(([a, p, n]) => `${a},${p}:${n}`),
  'hash:ip,port,ip': fc.tuple(host, protocol, port, host).map(([a, p, n, b]) => `${a},${p}:${n},${b}`),
  'hash:ip,port,net': fc.tuple(host, protocol, port, net).map(([a, p, n, b]) => `${a},${p}:${n},${b}`),
  'hash:net,port': fc.tuple(net, protocol, port).map(([a, p, n]) => `${a},${p}:${n}`),
  'bitmap:port range 0-65535': port.map(String),
}
const set = fc
  .constantFrom(...Object.keys(ELEMENTS))
  .chain((type) =>
    fc.tuple(
      fc.constant(type),
      fc.constantFrom('', ' timeout 0', ' counters', ' comment', ' timeout 0 counters comment'),
      fc.uniqueArray(ELEMENTS[type] ?? host, { maxLength: 12 }),
    ),
  )

describe('whole tables', () => {
  it('ipset save is what ipset restore takes', () => {
    fc.assert(
      fc.property(fc.array(set, { minLength: 1, maxLength: 4 }), (sets) => {
        const one = machine('')
        for (const [i, [type, options, elements]] of sets.entries()) {
          one(`ipset create s${i} ${type}${options}`)
          for (const element of elements)
            one(`ipset add s${i} ${element}${options.includes('comment') ? ' comment "two words"' : ''} -exist`)
        }
        const saved = one('ipset save')
        const other = machine('')
        other('ipset restore', saved)
        expect(other('ipset save')).toBe(saved)
      }),
      { numRuns: 100 },
    )
  })

  const service = fc.tuple(
    fc.oneof(
      fc.tuple(fc.constantFrom('-t', '-u'), host, port).map(([p, a, n]) => `${p} ${a}:${n}`),
      number(99).map((mark) => `-f ${mark}`),
    ),
    fc.constantFrom('rr', 'wrr', 'lc', 'wlc', 'sed', 'nq', 'sh', 'dh', 'mh'),
    fc.constantFrom('', ' -p 300', ' -p 60 -M 255.255.255.0'),
    fc.uniqueArray(fc.tuple(host, port, fc.constantFrom('-m', '-g', '-i'), number(99, 0)), {
      maxLength: 5,
      selector: ([a, n]) => `${a}:${n}`,
    }),
  )
  it('ipvsadm -Sn is what ipvsadm -R takes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(service, { minLength: 1, maxLength: 5, selector: ([name]) => name }), (services) => {
        const one = machine('')
        for (const [name, scheduler, options, servers] of services) {
          one(`ipvsadm -A ${name} -s ${scheduler}${options}`)
          // Only NAT may change the port.
          const own = /:(\d+)$/.exec(name)?.[1]
          for (const [address, n, method, weight] of servers) {
            const at = own === undefined ? address : `${address}:${method === '-m' ? n : own}`
            if (!one('ipvsadm -Sn').includes(`${name} -r ${at}${own === undefined ? ':0' : ''} `))
              one(`ipvsadm -a ${name} -r ${at} ${method} -w ${weight}`)
          }
        }
        const saved = one('ipvsadm -Sn')
        const other = machine('')
        other('ipvsadm -R', saved)
        expect(other('ipvsadm -Sn')).toBe(saved)
      }),
      { numRuns: 100 },
    )
  })

  const chain = fc.constantFrom('INPUT', 'FORWARD', 'A', 'B')
  const line = fc
    .tuple(
      chain,
      optional(net.map((from) => ` -s ${from.includes('/') ? from : `${from}/32`}`)),
      fc.constantFrom('', ' -i v0', ' ! -i v+'),
      fc.constantFrom(' -p tcp -m tcp --dport 80', ' -p udp', ' -m mark --mark 0x1/0x3'),
      fc.constantFrom('', ' -j ACCEPT', ' -j DROP', ' -j LOG --log-prefix "a b "'),
    )
    .map(([to, ...parts]) => `-A ${to}${parts.join('')}`)
  it('iptables-save -c is what iptables-restore -c takes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, number(999, 0), number(99999, 0)), { maxLength: 20 }),
        fc.constantFrom('ACCEPT', 'DROP'),
        (rules, policy) => {
          const one = machine('')
          const given = [
            '*filter',
            `:INPUT ${policy} [1:2]`,
            ':A - [0:0]',
            ':B - [0:0]',
            ...rules.map(([text, p, b]) => `[${p}:${b}] ${text}`),
            'COMMIT',
            '',
          ]
          one('iptables-restore -c', given.join('\n'))
          const saved = one('iptables-save -c')
          const other = machine('')
          other('iptables-restore -c', saved)
          expect(other('iptables-save -c')).toBe(saved)
          for (const [text, p, b] of rules) expect(saved).toContain(`[${p}:${b}] ${text}`)
        },
      ),
      { numRuns: 100 },
    )
  })

  const vxlan = words(
    number(16777215).map((id) => `id ${id}`),
    named('remote', host),
    named('local', fc.constant('10.0.0.1')),
    fc.constantFrom('', 'dev v0'),
    fc.constantFrom('dstport 8472', 'dstport 4789'),
    fc.constantFrom('', 'nolearning'),
    named('ttl', number(255)),
    fc.constantFrom('', 'ageing 60'),
  )
  it('ip -d link of a VXLAN device names what made it', () => {
    fc.assert(
      fc.property(vxlan, (options) => {
        const made = (text: string): string => {
          const type = machine()
          type(`ip link add vx9 address 02:00:00:00:00:99 type vxlan ${text}`)
          return type('ip -d link show vx9')
        }
        const printed = made(options)
        const again = /vxlan (.*?) udpcsum/.exec(printed)?.[1] ?? ''
        expect(made(again)).toBe(printed)
      }),
      { numRuns: 100 },
    )
  })
})

const SAVED = 'src/engine/shell/testdata/saved/'
/** Without moments. */
const undated = (text: string): string => text.replace(/ on \w{3} \w{3} .*$/gm, '')

/** Written by the real tools on Linux 6.18 (IPVS: 6.1). */
describe.each([
  ['iptables-save.txt', 'iptables-restore -c', 'iptables-save -c'],
  ['ipset-save.txt', 'ipset restore', 'ipset save'],
  ['ipvsadm-Sn.txt', 'ipvsadm -R', 'ipvsadm -Sn'],
])('%s', (file, load, save) => {
  it(`${load} takes it, ${save} prints it`, () => {
    const text = readFileSync(SAVED + file, 'utf8')
    const type = machine('')
    type(load, text)
    expect(undated(type(save))).toBe(undated(text))
  })
})
