import { beforeEach, describe, expect, it } from 'vitest'
import { createTestMachine, packet, type TestMachine, words } from './testdata/machine.ts'

let machine: TestMachine

beforeEach(() => {
  machine = createTestMachine()
})

const load = (rules: string) => expect(machine.load(rules)).toBe(null)
const pass: TestMachine['pass'] = (sent, ...path) => machine.pass(sent, ...path)
const OUT = ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1']
const BACK = ['PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0']
const through = (text: string, ...path: readonly string[]) => words(pass(packet(text), ...path).packet)
const list = () => machine.list()

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
    expect(machine.ns.netfilter.ip.tables.get('nat')?.chains.get('POSTROUTING')?.rules[0]?.packets).toBe(0)
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
    machine.kernel.nowMs += 120_000
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
    machine.kernel.nowMs += 3000
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
    const rule = machine.ns.netfilter.ip.tables.get('nat')?.chains.get('PREROUTING')?.rules[0]
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
    expect(machine.ns.netfilter.ip.tables.get('nat')?.chains.get('INPUT')?.rules[0]?.packets).toBe(0)
    const reply = pass(packet('tcp 192.168.9.1:8080>192.168.9.1:1000 SA'), 'OUTPUT lo', 'POSTROUTING lo').packet
    expect(words(reply)).toBe('10.96.0.10:80>192.168.9.1:1000')
  })

  // Measured on Linux 6.18: conntrack -L after DNAT into a range of 200 addresses.
  const ranges: readonly (readonly [string, string, string])[] = [
    ['', '20.0.0.1:7000>30.0.0.1:99', '20.0.0.1:7000>30.1.0.60:99'],
    ['', '10.0.0.1:7001>30.0.0.1:99', '10.0.0.1:7001>30.1.0.18:99'],
    [' --persistent', '20.0.0.1:7002>30.0.0.2:99', '20.0.0.1:7002>30.1.0.11:99'],
    [' --persistent', '10.0.0.1:7003>30.0.0.2:99', '10.0.0.1:7003>30.1.0.54:99'],
  ]
  it.each(ranges)('a range of addresses%s: %s becomes %s', (flag, text, mapped) => {
    load(`*nat\n-A OUTPUT -p udp -j DNAT --to-destination 30.1.0.1-30.1.0.200${flag}\nCOMMIT\n`)
    expect(through(`udp ${text}`, 'OUTPUT eth1')).toBe(mapped)
  })

  // Measured on Linux 6.18: UDP from 10.1.0.2 … 10.1.0.9 to any of 10.3.0.2 … 10.3.0.4, translated into .50 … .56; the destination's address is not asked.
  it.each([
    ['', '51 54 52 50 55 50 51 56'],
    [' --persistent', '50 55 56 53 51 53 51 52'],
  ])('SNAT into a range of addresses%s: the last byte is one of %s', (flag, measured) => {
    for (const to of [2, 3, 4]) {
      load(`*nat\n-A POSTROUTING -p udp -j SNAT --to-source 10.3.0.50-10.3.0.56${flag}\nCOMMIT\n`)
      const mapped = [2, 3, 4, 5, 6, 7, 8, 9].map((from) => {
        const text = through(`udp 10.1.0.${from}:5000>10.3.0.${to}:99`, 'PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1')
        return /^10\.3\.0\.(\d+):/.exec(text)?.[1]
      })
      expect(mapped.join(' ')).toBe(measured)
    }
  })
})
