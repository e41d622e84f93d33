import { beforeEach, describe, expect, it } from 'vitest'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { NO_FLAGS, newIpPacket } from '../../net/new-packet.ts'
import type { Packet, TcpFlags, TransportHeader } from '../../net/packet.ts'
import { createNetNs } from '../create-netns.ts'
import { addAddress, addDevice, setDevice } from '../device-config.ts'
import type { Kernel, NetNs } from '../netns.ts'
import type { TraceEvent } from '../trace-event.ts'
import { conntrackEntries } from './conntrack-table.ts'
import { formatConntrackEntry } from './conntrack-text.ts'
import type { HookVerdict } from './hook.ts'
import { printRule } from './iptables-text.ts'
import { nfHook } from './nf-hook.ts'
import { restoreText } from './restore.ts'
import type { Hook } from './rule.ts'

const address = (text: string) =>
  parseAddress(text) ??
  (() => {
    throw new Error(text)
  })()
const FLAGS: Readonly<Record<string, Partial<TcpFlags>>> = {
  S: { syn: true },
  SA: { syn: true, ack: true },
  A: { ack: true },
  PA: { psh: true, ack: true },
  FA: { fin: true, ack: true },
  R: { rst: true },
  RA: { rst: true, ack: true },
}

/** "tcp 10.0.0.11:1000>10.96.0.10:80 S", "udp …", "icmp 10.0.0.11>10.0.0.12 8/0". */
function packet(text: string): Packet {
  const [protocol = '', ends = '', last = ''] = text.split(' ')
  const [from = '', to = ''] = ends.split('>')
  const [source = '', sport = '0'] = from.split(':')
  const [destination = '', dport = '0'] = to.split(':')
  const ports = { sourcePort: Number(sport), destinationPort: Number(dport) }
  const [type = '8', code = '0'] = last.split('/')
  const flags = { ...NO_FLAGS, ...FLAGS[last] }
  const headers: Readonly<Record<string, TransportHeader>> = {
    tcp: { kind: 'tcp', ...ports, seq: 0, ack: 0, flags, mss: null, window: 64240 },
    udp: { kind: 'udp', ...ports },
    icmp: { kind: 'icmp', type: Number(type), code: Number(code), id: 7, seq: 1, mtu: null, quoted: null, gateway: null },
  }
  const numbers: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1 }
  const transport = headers[protocol] ?? null
  return newIpPacket({ id: 1, source: address(source), destination: address(destination), protocol: numbers[protocol] ?? 0, transport })
}

function words(p: Packet): string {
  const { network, transport } = p
  if (network.kind !== 'ip') return 'arp'
  const port = (end: 'sourcePort' | 'destinationPort') => (transport && transport.kind !== 'icmp' ? `:${transport[end]}` : '')
  return `${formatAddress(network.source)}${port('sourcePort')}>${formatAddress(network.destination)}${port('destinationPort')}`
}

let kernel: Kernel
let ns: NetNs
let picks: number

beforeEach(() => {
  picks = 0
  kernel = { nowMs: 1000, chooser: { choose: () => 0, pick: () => picks++ }, nextPacketId: 1 }
  ns = createNetNs('node', kernel)
  setDevice(ns, 'lo', { up: true })
  for (const [name, local] of [
    ['cni0', '10.0.0.1'],
    ['eth1', '192.168.9.1'],
  ] as const) {
    addDevice(ns, { name, kind: 'physical', network: name })
    setDevice(ns, name, { up: true })
    addAddress(ns, name, { local: address(local), prefixLength: 24 })
  }
  picks = 5000
})

function load(rules: string): void {
  const options = { noflush: false, counters: false, table: null, origin: null, lineOrigins: null, test: false }
  expect(restoreText(ns.netfilter.ip, rules.replace(/^ +/gm, ''), options)).toBe(null)
}

/** Takes a packet through hooks: "PREROUTING cni0", "FORWARD cni0 eth1" … and stops where it is not accepted. */
function pass(p: Packet, ...path: readonly string[]): HookVerdict {
  let verdict: HookVerdict = { kind: 'ACCEPT', packet: p }
  for (const step of path) {
    const [hook = '', first = null, second = null] = step.split(' ')
    const input = hook === 'PREROUTING' || hook === 'INPUT' || hook === 'FORWARD'
    const state = { in: input ? first : null, out: hook === 'FORWARD' ? second : input ? null : first, route: null, bridged: false }
    verdict = nfHook(ns, hook as Hook, verdict.packet, state)
    if (verdict.kind !== 'ACCEPT') return verdict
  }
  return verdict
}

const OUT = ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1']
const BACK = ['PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0']
const through = (text: string, ...path: readonly string[]) => words(pass(packet(text), ...path).packet)
const list = () => conntrackEntries(ns).map((entry) => formatConntrackEntry(entry, kernel.nowMs))

const MASQUERADE = `*nat
  -A POSTROUTING -s 10.0.0.0/24 -o eth1 -j MASQUERADE
  COMMIT
`
const SERVICE = `*nat
  -A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.12:8080
  COMMIT
`

describe('conntrack is on only while a rule needs it', () => {
  it('is off with plain rules, and the nat chains are not traversed', () => {
    load('*filter\n-A FORWARD -p tcp -j ACCEPT\nCOMMIT\n*nat\n-A POSTROUTING -j ACCEPT\nCOMMIT\n')
    expect(pass(packet('tcp 10.0.0.11:1000>192.168.9.2:80 S'), ...OUT).packet.ct).toBe(null)
    expect(list()).toEqual([])
    expect(ns.netfilter.ip.tables.get('nat')?.chains.get('POSTROUTING')?.rules[0]?.packets).toBe(0)
  })

  it('is on when an unreferenced chain needs it', () => {
    load('*filter\n:FOO - [0:0]\n-A FOO -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
    pass(packet('tcp 10.0.0.11:1000>192.168.9.2:80 S'), ...OUT)
    expect(list()).toEqual([
      'tcp      6 119 SYN_SENT src=10.0.0.11 dst=192.168.9.2 sport=1000 dport=80 [UNREPLIED] src=192.168.9.2 dst=10.0.0.11 sport=80 dport=1000 mark=0 use=1',
    ])
  })
})

describe('the TCP state machine', () => {
  const client = '10.0.0.11:1000>192.168.9.2:80'
  const server = '192.168.9.2:80>10.0.0.11:1000'
  const steps: readonly (readonly [string, string, string])[] = [
    [client, 'S', '119 SYN_SENT'],
    [server, 'SA', '59 SYN_RECV'],
    [client, 'A', '431999 ESTABLISHED'],
    [client, 'FA', '119 FIN_WAIT'],
    [server, 'A', '59 CLOSE_WAIT'],
    [server, 'FA', '29 LAST_ACK'],
    [client, 'A', '119 TIME_WAIT'],
  ]
  it('goes through a whole connection', () => {
    load('*filter\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n')
    for (const [ends, flags, state] of steps) {
      expect(pass(packet(`tcp ${ends} ${flags}`), ...(ends === client ? OUT : BACK)).kind).toBe('ACCEPT')
      expect(list()[0]).toContain(` ${state} `)
    }
    expect(list()[0]).toContain('[ASSURED]')
    kernel.nowMs += 120_000
    expect(list()).toEqual([])
  })

  it('opens a finished connection anew', () => {
    load('*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
    for (const [ends, flags] of steps) pass(packet(`tcp ${ends} ${flags}`), ...(ends === client ? OUT : BACK))
    pass(packet(`tcp ${client} S`), ...OUT)
    expect(list()).toHaveLength(1)
    expect(list()[0]).toContain('SYN_SENT')
  })

  it('forgets a connection whose only answer is a RST, and still translates that RST', () => {
    load(SERVICE)
    expect(through('tcp 192.168.9.2:1000>10.96.0.10:80 S', 'PREROUTING eth1', 'POSTROUTING cni0')).toBe('192.168.9.2:1000>10.0.0.12:8080')
    expect(through('tcp 10.0.0.12:8080>192.168.9.2:1000 RA', 'PREROUTING cni0', 'POSTROUTING eth1')).toBe('10.96.0.10:80>192.168.9.2:1000')
    expect(list()).toEqual([])
  })

  it('calls an answer without a question INVALID', () => {
    load('*filter\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n')
    expect(pass(packet(`tcp ${server} SA`), ...BACK)).toMatchObject({ kind: 'DROP', reason: 'NETFILTER_DROP' })
  })

  it('keeps nothing of a connection that was dropped', () => {
    load('*filter\n-A FORWARD -m conntrack --ctstate NEW -j DROP\nCOMMIT\n')
    pass(packet(`tcp ${client} S`), ...OUT)
    expect(list()).toEqual([])
  })
})

describe('UDP and ICMP', () => {
  it('UDP lives 30 s, and 120 s once it is a stream older than two seconds', () => {
    load('*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
    pass(packet('udp 10.0.0.11:1000>192.168.9.2:53'), ...OUT)
    expect(list()[0]).toMatch(/^udp {6}17 29 src.*\[UNREPLIED\]/)
    pass(packet('udp 192.168.9.2:53>10.0.0.11:1000'), ...BACK)
    expect(list()[0]).toMatch(/^udp {6}17 29 src/)
    kernel.nowMs += 3000
    pass(packet('udp 10.0.0.11:1000>192.168.9.2:53'), ...OUT)
    expect(list()[0]).toMatch(/^udp {6}17 119 src.*\[ASSURED\]/)
  })

  it('echo is tracked by its id', () => {
    load('*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
    pass(packet('icmp 10.0.0.11>192.168.9.2 8/0'), ...OUT)
    expect(pass(packet('icmp 192.168.9.2>10.0.0.11 0/0'), ...BACK).packet.ct).toMatchObject({ state: 'ESTABLISHED', direction: 'reply' })
    expect(list()).toEqual([
      'icmp     1 29 src=10.0.0.11 dst=192.168.9.2 type=8 code=0 id=7 src=192.168.9.2 dst=10.0.0.11 type=0 code=0 id=7 mark=0 use=1',
    ])
  })
})

describe('nat', () => {
  it('DNAT and back', () => {
    load(SERVICE)
    expect(through('tcp 192.168.9.2:1000>10.96.0.10:80 S', 'PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0')).toBe(
      '192.168.9.2:1000>10.0.0.12:8080',
    )
    expect(through('tcp 10.0.0.12:8080>192.168.9.2:1000 SA', ...OUT)).toBe('10.96.0.10:80>192.168.9.2:1000')
    expect(through('tcp 192.168.9.2:1000>10.96.0.10:80 A', ...BACK)).toBe('192.168.9.2:1000>10.0.0.12:8080')
    const rule = ns.netfilter.ip.tables.get('nat')?.chains.get('PREROUTING')?.rules[0]
    expect(rule?.packets).toBe(1)
  })

  it('MASQUERADE keeps a free port; a clash takes another of its class', () => {
    load(MASQUERADE)
    expect(through('tcp 10.0.0.11:35000>192.168.9.2:80 S', ...OUT)).toBe('192.168.9.1:35000>192.168.9.2:80')
    expect(through('tcp 10.0.0.12:35000>192.168.9.2:90 S', ...OUT)).toBe('192.168.9.1:35000>192.168.9.2:90')
    expect(through('tcp 10.0.0.12:35000>192.168.9.2:80 S', ...OUT)).toBe(`192.168.9.1:${1024 + 5000}>192.168.9.2:80`)
    expect(through('tcp 10.0.0.11:300>192.168.9.2:80 S', ...OUT)).toBe('192.168.9.1:300>192.168.9.2:80')
    expect(through('tcp 10.0.0.12:300>192.168.9.2:80 S', ...OUT)).toBe(`192.168.9.1:${1 + (5001 % 511)}>192.168.9.2:80`)
    expect(through('tcp 10.0.0.11:900>192.168.9.2:80 S', ...OUT)).toBe('192.168.9.1:900>192.168.9.2:80')
    expect(through('tcp 10.0.0.12:900>192.168.9.2:80 S', ...OUT)).toBe(`192.168.9.1:${600 + (5002 % 424)}>192.168.9.2:80`)
    expect(through('tcp 192.168.9.2:80>192.168.9.1:6024 SA', 'PREROUTING eth1')).toBe('192.168.9.2:80>10.0.0.12:35000')
  })

  it('MASQUERADE --random-fully never keeps the port; --to-ports takes only those', () => {
    load(MASQUERADE.replace('MASQUERADE', 'MASQUERADE --random-fully'))
    expect(through('tcp 10.0.0.11:35000>192.168.9.2:80 S', ...OUT)).toBe('192.168.9.1:6024>192.168.9.2:80')
    load(MASQUERADE.replace('-o eth1', '-p tcp -o eth1').replace('MASQUERADE', 'MASQUERADE --to-ports 40000-40002'))
    const taken = [1, 2, 3].map((n) => through(`tcp 10.0.0.2${n}:35000>192.168.9.2:81 S`, ...OUT))
    expect(taken.map((ends) => /:(\d+)>/.exec(ends)?.[1]).sort()).toEqual(['40000', '40001', '40002'])
  })

  it('a null binding keeps the address but gives way to a taken port', () => {
    load(`${SERVICE}*nat
      -A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.12:8080
      COMMIT
    `)
    through('tcp 10.0.0.13:35000>10.0.0.12:8080 S', 'PREROUTING cni0', 'POSTROUTING cni0')
    expect(through('tcp 10.0.0.13:35000>10.96.0.10:80 S', 'PREROUTING cni0', 'POSTROUTING cni0')).toBe('10.0.0.13:6024>10.0.0.12:8080')
  })

  it('REDIRECT goes to the address of the incoming device, or to loopback', () => {
    load('*nat\n-A PREROUTING -p tcp -j REDIRECT --to-ports 8080\n-A OUTPUT -p tcp -j REDIRECT --to-ports 8080\nCOMMIT\n')
    expect(through('tcp 10.0.0.11:1000>192.168.9.2:80 S', 'PREROUTING cni0')).toBe('10.0.0.11:1000>10.0.0.1:8080')
    expect(through('tcp 10.0.0.1:1000>192.168.9.2:80 S', 'OUTPUT eth1')).toBe('10.0.0.1:1000>127.0.0.1:8080')
  })

  it('translates ICMP errors about a DNATed connection: the quoted packet and the source', () => {
    load(SERVICE)
    const sent = pass(packet('tcp 192.168.9.2:1000>10.96.0.10:80 S'), 'PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0').packet
    const error = packet('icmp 10.0.0.12>192.168.9.2 3/3')
    if (error.transport?.kind !== 'icmp') throw new Error('not icmp')
    const related = { ...error, transport: { ...error.transport, quoted: { ...sent, ct: null } } }
    const verdict = pass(related, ...OUT)
    expect(verdict.packet.ct).toMatchObject({ state: 'RELATED', direction: 'reply' })
    expect(words(verdict.packet)).toBe('10.96.0.10>192.168.9.2')
    const { transport } = verdict.packet
    expect(transport?.kind === 'icmp' && transport.quoted && words(transport.quoted)).toBe('192.168.9.2:1000>10.96.0.10:80')
  })

  it('un-DNATs an ICMP error in the original direction for the server', () => {
    load(SERVICE)
    pass(packet('tcp 192.168.9.2:1000>10.96.0.10:80 S'), 'PREROUTING eth1', 'POSTROUTING cni0')
    const answer = pass(packet('tcp 10.0.0.12:8080>192.168.9.2:1000 SA'), ...OUT).packet
    const error = packet('icmp 192.168.9.2>10.96.0.10 3/4')
    if (error.transport?.kind !== 'icmp') throw new Error('not icmp')
    const verdict = pass({ ...error, transport: { ...error.transport, quoted: { ...answer, ct: null } } }, ...BACK)
    expect(words(verdict.packet)).toBe('192.168.9.2>10.0.0.12')
    const { transport } = verdict.packet
    expect(transport?.kind === 'icmp' && transport.quoted && words(transport.quoted)).toBe('10.0.0.12:8080>192.168.9.2:1000')
  })

  it('skips nat the second time a packet comes round on loopback', () => {
    load('*nat\n-A OUTPUT -d 10.96.0.10/32 -p tcp -j DNAT --to-destination 192.168.9.1:8080\n-A INPUT -j ACCEPT\nCOMMIT\n')
    const sent = pass(packet('tcp 192.168.9.1:1000>10.96.0.10:80 S'), 'OUTPUT eth1', 'POSTROUTING lo').packet
    expect(words(sent)).toBe('192.168.9.1:1000>192.168.9.1:8080')
    expect(words(pass(sent, 'PREROUTING lo', 'INPUT lo').packet)).toBe('192.168.9.1:1000>192.168.9.1:8080')
    expect(ns.netfilter.ip.tables.get('nat')?.chains.get('INPUT')?.rules[0]?.packets).toBe(0)
    const reply = pass(packet('tcp 192.168.9.1:8080>192.168.9.1:1000 SA'), 'OUTPUT lo', 'POSTROUTING lo').packet
    expect(words(reply)).toBe('10.96.0.10:80>192.168.9.1:1000')
  })
})

describe('chains', () => {
  const rules = `*filter
    :FORWARD DROP [0:0]
    :A - [0:0]
    :B - [0:0]
    -A FORWARD -p udp -j A
    -A FORWARD -p tcp -g A
    -A FORWARD -j ACCEPT
    -A A -p udp -m udp --dport 1 -j RETURN
    -A A -p udp -m udp --dport 2 -g B
    -A A -p udp -m udp --dport 3 -j DROP
    -A A -m comment --comment "only counts"
    -A B -j MARK --set-xmark 0x7/0xffffffff
    COMMIT
  `
  const cases: readonly (readonly [string, string, string])[] = [
    ['udp 1.1.1.1:9>2.2.2.2:1', 'ACCEPT', 'RETURN goes on behind the jump'],
    ['udp 1.1.1.1:9>2.2.2.2:2', 'ACCEPT', 'the end of a goto chain returns to where the jump was'],
    ['udp 1.1.1.1:9>2.2.2.2:3', 'DROP', 'a verdict ends it'],
    ['udp 1.1.1.1:9>2.2.2.2:4', 'ACCEPT', 'the end of a chain returns'],
    ['tcp 1.1.1.1:9>2.2.2.2:4 S', 'DROP', 'goto from a built-in chain ends in its policy'],
  ]
  it.each(cases)('%s: %s (%s)', (text, kind) => {
    load(rules)
    expect(pass(packet(text), 'FORWARD a b').kind).toBe(kind)
  })

  it('counts on every rule that matched and on the policy', () => {
    load(rules)
    for (const [text] of cases) pass(packet(text), 'FORWARD a b')
    const chains = ns.netfilter.ip.tables.get('filter')?.chains
    const counts = (name: string) => chains?.get(name)?.rules.map((rule) => rule.packets)
    expect(counts('FORWARD')).toEqual([4, 1, 3])
    expect(counts('A')).toEqual([1, 1, 1, 2])
    expect(counts('B')).toEqual([1])
    expect(chains?.get('FORWARD')).toMatchObject({ packets: 1, bytes: 60 })
  })

  it('tells a watcher each table, each rule that matched, and how many were tried', () => {
    load(rules)
    const events: TraceEvent[] = []
    ns.trace = (event) => events.push(event)
    pass(packet('udp 1.1.1.1:9>2.2.2.2:2'), 'FORWARD a b')
    expect(
      events.map((event) =>
        event.at === 'ipt_rule' ? `${event.chain} ${event.rule?.index ?? '-'} tried ${event.tried} ${event.verdict}` : event.at,
      ),
    ).toEqual([
      'nf_hook',
      'FORWARD 1 tried 0 jump A',
      'A 2 tried 1 goto B',
      'B 1 tried 0 MARK',
      'B - tried 0 RETURN',
      'FORWARD 3 tried 1 ACCEPT',
    ])
  })

  it('names the rule or the policy that dropped', () => {
    load(rules)
    const dropped = (text: string) => {
      const verdict = pass(packet(text), 'FORWARD a b')
      return verdict.kind === 'DROP' ? [verdict.by?.kind, verdict.by?.text] : verdict.kind
    }
    expect(dropped('udp 1.1.1.1:9>2.2.2.2:3')).toEqual(['rule', '-A A -p udp -m udp --dport 3 -j DROP'])
    expect(dropped('tcp 1.1.1.1:9>2.2.2.2:3 S')).toEqual(['policy', '-P FORWARD DROP'])
  })

  it('stops at an extension that is not modelled, but only where everything else about the rule holds', () => {
    load(
      '*filter\n-A FORWARD -p udp -m string --string "abc def" --algo bm -m udp --dport 5 -j DROP\n-A FORWARD -p tcp -j TPROXY --on-port 5\nCOMMIT\n',
    )
    expect(pass(packet('udp 1.1.1.1:9>2.2.2.2:4'), 'FORWARD a b').kind).toBe('ACCEPT')
    expect(pass(packet('udp 1.1.1.1:9>2.2.2.2:5'), 'FORWARD a b')).toMatchObject({
      kind: 'UNSUPPORTED',
      what: 'iptables -t filter -A FORWARD -p udp -m string --string "abc def" --algo bm -m udp --dport 5 -j DROP',
    })
    expect(pass(packet('tcp 1.1.1.1:9>2.2.2.2:5 S'), 'FORWARD a b')).toMatchObject({
      what: expect.stringContaining('-j TPROXY --on-port 5'),
    })
  })
})

describe('matches', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['-p tcp -m tcp --dport 80:90', 'tcp 10.0.0.11:1>1.1.1.1:85 S', true],
    ['-p tcp -m tcp ! --dport 80', 'tcp 10.0.0.11:1>1.1.1.1:80 S', false],
    ['-p tcp --syn', 'tcp 10.0.0.11:1>1.1.1.1:80 S', true],
    ['-p tcp --syn', 'tcp 10.0.0.11:1>1.1.1.1:80 SA', false],
    ['! -p tcp', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['! -s 10.0.0.0/8', 'udp 10.0.0.11:1>1.1.1.1:80', false],
    ['-s 10.0.0.0/255.0.0.255', 'udp 10.1.2.0:1>1.1.1.1:80', true],
    ['-i cni+', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['! -i cni+', 'udp 10.0.0.11:1>1.1.1.1:80', false],
    ['-o eth1', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-p udp -m multiport --dports 1,70:80', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-p udp -m multiport ! --ports 1,70:80', 'udp 10.0.0.11:1>1.1.1.1:81', false],
    ['-m addrtype --dst-type LOCAL', 'udp 10.0.0.11:1>192.168.9.1:80', true],
    ['-m addrtype ! --dst-type LOCAL', 'udp 10.0.0.11:1>192.168.9.2:80', true],
    ['-m addrtype --dst-type LOCAL --limit-iface-in', 'udp 10.0.0.11:1>192.168.9.1:80', false],
    ['-m iprange --src-range 10.0.0.10-10.0.0.12', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-p icmp --icmp-type echo-request', 'icmp 10.0.0.11>1.1.1.1 8/0', true],
    ['-p icmp ! --icmp-type 3/4', 'icmp 10.0.0.11>1.1.1.1 3/3', true],
    ['-m mark --mark 0x0/0x4000', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m mark ! --mark 0x4000/0x4000', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m conntrack --ctstate NEW', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m conntrack --ctorigdst 1.1.1.1 --ctdir ORIGINAL', 'udp 10.0.0.11:1>1.1.1.1:80', true],
    ['-m conntrack --ctorigdst 1.1.1.2', 'udp 10.0.0.11:1>1.1.1.1:80', false],
    ['-f', 'udp 10.0.0.11:1>1.1.1.1:80', false],
  ]
  it.each(cases)('%s on %s: %s', (rule, text, matches) => {
    load(`*filter\n-A FORWARD ${rule} -j DROP\nCOMMIT\n`)
    expect(pass(packet(text), 'PREROUTING cni0', 'FORWARD cni0 eth1').kind).toBe(matches ? 'DROP' : 'ACCEPT')
  })

  it('statistic nth takes turns: the first of two, then every second', () => {
    load('*filter\n-A FORWARD -m statistic --mode nth --every 2 --packet 0 -j DROP\nCOMMIT\n')
    const kinds = [1, 2, 3, 4].map(() => pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'FORWARD a b').kind)
    expect(kinds).toEqual(['DROP', 'ACCEPT', 'DROP', 'ACCEPT'])
  })

  it('recent remembers a client for so many seconds', () => {
    load(
      '*filter\n-A FORWARD -m recent --name R --rcheck --seconds 10 --reap -j DROP\n-A FORWARD -m recent --name R --set -j ACCEPT\nCOMMIT\n',
    )
    const once = () => pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'FORWARD a b').kind
    expect([once(), once()]).toEqual(['ACCEPT', 'DROP'])
    kernel.nowMs += 10_001
    expect(once()).toBe('ACCEPT')
  })

  it('limit lets a burst through, then so many a second', () => {
    load('*filter\n-A FORWARD -m limit --limit 1/s --limit-burst 2 -j ACCEPT\n-A FORWARD -j DROP\nCOMMIT\n')
    const once = () => pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'FORWARD a b').kind
    expect([once(), once(), once()]).toEqual(['ACCEPT', 'ACCEPT', 'DROP'])
    kernel.nowMs += 1000
    expect([once(), once()]).toEqual(['ACCEPT', 'DROP'])
  })

  it('CT --notrack takes a packet out of conntrack', () => {
    load('*raw\n-A PREROUTING -p udp -j CT --notrack\nCOMMIT\n*filter\n-A FORWARD -m conntrack --ctstate UNTRACKED -j DROP\nCOMMIT\n')
    expect(pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'PREROUTING cni0', 'FORWARD cni0 eth1').kind).toBe('DROP')
    expect(pass(packet('tcp 10.0.0.11:1>1.1.1.1:80 S'), 'PREROUTING cni0', 'FORWARD cni0 eth1').kind).toBe('ACCEPT')
  })

  it('marks: or, xor and restore from the connection', () => {
    load(`*mangle
      -A PREROUTING -j MARK --set-xmark 0x4000/0x4000
      -A PREROUTING -j CONNMARK --save-mark
      -A FORWARD -j MARK --xor-mark 0x4001
      -A POSTROUTING -j CONNMARK --restore-mark
      COMMIT
    `)
    expect(pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'PREROUTING cni0', 'FORWARD cni0 eth1').packet.mark).toBe(1)
    expect(pass(packet('udp 10.0.0.12:1>1.1.1.1:80'), ...OUT).packet.mark).toBe(0x4000)
  })

  it('REJECT says with what', () => {
    load('*filter\n-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n-A FORWARD -j REJECT\nCOMMIT\n')
    expect(pass(packet('tcp 10.0.0.11:1>1.1.1.1:80 S'), 'FORWARD a b')).toMatchObject({ kind: 'DROP', reject: 'tcp-reset' })
    expect(pass(packet('udp 10.0.0.11:1>1.1.1.1:80'), 'FORWARD a b')).toMatchObject({ kind: 'DROP', reject: 'icmp-port-unreachable' })
  })
})

it('a rule keeps its text', () => {
  load(SERVICE)
  const rule = ns.netfilter.ip.tables.get('nat')?.chains.get('PREROUTING')?.rules[0]
  expect(rule && printRule('PREROUTING', rule)).toBe(
    '-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.12:8080',
  )
})
