/** Kernel: net/netfilter/nf_nat_core.c, nf_nat_l4proto_unique_tuple(): which port a connection gets, for numbers that are drawn as told here. */
import { describe, expect, test } from 'vitest'
import type { IpPacket } from '../../net/packet.ts'
import { createTestMachine, packet, type TestMachine, words } from './testdata/machine.ts'

const OUT = ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1']
const BACK = ['PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0']

interface Drawing extends TestMachine {
  /** The numbers to come; what is asked for beyond them fails. */
  readonly draws: number[]
}

function machineWith(...rules: readonly string[]): Drawing {
  const draws: number[] = []
  const machine = createTestMachine()
  const pick = (what: string, below: number): number => {
    const drawn = draws.shift()
    if (what !== 'port' || below !== 65536 || drawn === undefined) throw new Error(`a ${what} of ${below} was drawn`)
    return drawn
  }
  Object.assign(machine.kernel.chooser, { pick })
  expect(machine.load(['*nat', ...rules, 'COMMIT', ''].join('\n'))).toBe(null)
  return { ...machine, draws }
}

/** How the packet leaves, or its end. */
function sent(machine: TestMachine, made: IpPacket | string, path = OUT): string {
  const verdict = machine.pass(typeof made === 'string' ? packet(made) : made, ...path)
  return verdict.kind === 'ACCEPT' ? words(verdict.packet) : verdict.kind
}

const portSent = (machine: TestMachine, made: IpPacket | string): string => /:(\d+)>/.exec(sent(machine, made))?.[1] ?? 'DROP'

/** 10.0.0.12 has every port of a range of so many, from 2000 on, but for one. */
function takenRange(size: number, free: number | null = null): Drawing {
  const machine = machineWith(`-A POSTROUTING -o eth1 -p udp -j SNAT --to-source 192.168.9.1:2000-${1999 + size}`)
  for (let port = 2000; port < 2000 + size; port++)
    if (port !== free) expect(portSent(machine, `udp 10.0.0.12:${port}>192.168.9.2:53`)).toBe(String(port))
  return machine
}

describe('how long a port is sought', () => {
  test.each([
    [1, 0],
    [2, 1],
    [20, 1],
    [128, 1],
    [129, 5],
    [200, 5],
  ])('%i ports, all taken: %i times from a new place', (size, times) => {
    const machine = takenRange(size)
    machine.draws.push(0, 0, 0, 0, 0)
    expect(portSent(machine, 'udp 10.0.0.13:2000>192.168.9.2:53')).toBe('DROP')
    expect(5 - machine.draws.length).toBe(times)
  })

  test.each([
    [[0], 2127, true],
    [[0, 0, 0, 0, 0], 2128, false],
    [[0, 100], 2163, true],
    [[0, 100, 0, 0, 0], 2164, false],
    [[0, 0, 150], 2181, true],
    [[0, 0, 150, 0, 0], 2182, false],
    [[0, 0, 0, 150], 2165, true],
    [[0, 0, 0, 150, 0], 2166, false],
    [[0, 0, 0, 0, 150], 2157, true],
    [[0, 0, 0, 0, 150], 2158, false],
    [[199], 2126, true],
    [[65535], 2062, true],
  ])('128 ports from the first, then 64, 32, 16 and 8: %j finds %i: %s', (draws, free, found) => {
    const machine = takenRange(200, free)
    machine.draws.push(...draws)
    expect(portSent(machine, `udp 10.0.0.13:${free === 2000 ? 2001 : 2000}>192.168.9.2:53`)).toBe(found ? String(free) : 'DROP')
    expect(machine.draws).toEqual([])
  })
})

describe('the class of a port', () => {
  test.each([
    [1, 65535, 128],
    [511, 65535, 128],
    [511, 510, 1],
    [510, 510, 511],
    [511, 511, 1],
    [512, 65535, 839],
    [600, 423, 1023],
    [1023, 424, 600],
    [1024, 65535, 2047],
    [1024, 64511, 65535],
    [60000, 64512, 1024],
  ])('%i, taken, with %i drawn becomes %i', (port, drawn, becomes) => {
    const machine = machineWith('-A POSTROUTING -o eth1 -j MASQUERADE')
    expect(portSent(machine, `udp 10.0.0.12:${port}>192.168.9.2:53`)).toBe(String(port))
    machine.draws.push(drawn)
    expect(portSent(machine, `udp 10.0.0.13:${port}>192.168.9.2:53`)).toBe(String(becomes))
  })

  test.each([0, 65535])('an identifier of ICMP is any: %i', (drawn) => {
    const machine = machineWith('-A POSTROUTING -o eth1 -j MASQUERADE')
    expect(sent(machine, 'icmp 10.0.0.12>192.168.9.2 8/0')).toBe('192.168.9.1>192.168.9.2')
    machine.draws.push(drawn)
    const { transport } = machine.pass(packet('icmp 10.0.0.13>192.168.9.2 8/0'), ...OUT).packet
    expect(transport).toMatchObject({ kind: 'icmp', id: drawn })
  })
})

describe('ranges', () => {
  test.each([
    ['PREROUTING -p udp -j DNAT --to-destination 10.0.0.9:80-90', 53, [], '10.0.0.9:80'],
    ['PREROUTING -p udp -j DNAT --to-destination 10.0.0.9:80-90', 83, [], '10.0.0.9:83'],
    ['PREROUTING -p udp -j DNAT --to-destination 10.0.0.9:80-90 --random', 83, [4], '10.0.0.9:84'],
    ['PREROUTING -p udp -j DNAT --to-destination 10.0.0.9:8000-8010/80', 83, [], '10.0.0.9:8003'],
    ['PREROUTING -p udp -j DNAT --to-destination 10.0.0.9:8000-8010/80', 79, [], '10.0.0.9:8010'],
    ['PREROUTING -p udp -j DNAT --to-destination :8080', 53, [], '192.168.9.2:8080'],
    ['PREROUTING -p udp -j REDIRECT --to-ports 90-95', 95, [], '10.0.0.1:95'],
    ['PREROUTING -p udp -j REDIRECT --to-ports 90-95 --random', 95, [6], '10.0.0.1:90'],
  ])('%s of port %i', (rule, port, draws, becomes) => {
    const machine = machineWith(`-A ${rule}`)
    machine.draws.push(...draws)
    expect(sent(machine, `udp 10.0.0.12:1000>192.168.9.2:${port}`, ['PREROUTING cni0'])).toBe(`10.0.0.12:1000>${becomes}`)
    expect(machine.draws).toEqual([])
  })

  test.each([
    ['192.168.9.1:2000-2009/5', 1004, [], '192.168.9.1:2004'],
    [':2000-2009', 1004, [7], '10.0.0.12:2007'],
    [':2000-2009', 2000, [], '10.0.0.12:2000'],
    [':2000-2009', 2009, [], '10.0.0.12:2009'],
    [':2000-2009', 2010, [0], '10.0.0.12:2000'],
    [':2001-2009', 2000, [8], '10.0.0.12:2009'],
    ['192.168.9.1:2000-2009 --random', 2003, [1], '192.168.9.1:2001'],
    ['192.168.9.1 --random-fully', 2003, [64511], '192.168.9.1:65535'],
  ])('--to-source %s of port %i', (to, port, draws, becomes) => {
    const machine = machineWith(`-A POSTROUTING -p udp -j SNAT --to-source ${to}`)
    machine.draws.push(...draws)
    expect(sent(machine, `udp 10.0.0.12:${port}>192.168.9.2:53`)).toBe(`${becomes}>192.168.9.2:53`)
    expect(machine.draws).toEqual([])
  })

  test('one port alone is not sought: who comes second is dropped', () => {
    const machine = machineWith('-A POSTROUTING -p udp -j SNAT --to-source 192.168.9.1:2005')
    expect([12, 13].map((host) => portSent(machine, `udp 10.0.0.${host}:2005>192.168.9.2:53`))).toEqual(['2005', 'DROP'])
  })

  test('of two ports the second gets the other', () => {
    const machine = machineWith('-A POSTROUTING -p udp -j SNAT --to-source 192.168.9.1:2005-2006')
    machine.draws.push(0)
    expect([12, 13].map((host) => portSent(machine, `udp 10.0.0.${host}:2005>192.168.9.2:53`))).toEqual(['2005', '2006'])
  })
})

describe('find_appropriate_src(): a port that is mapped already', () => {
  const first = (protocol: string) => `-A POSTROUTING -d 192.168.9.2 -p ${protocol} -j SNAT --to-source 192.168.9.1:2005`

  test.each([
    ['2005-2010', [], '2005'],
    ['2000-2005', [], '2005'],
    ['2006-2010', [0], '2006'],
    ['2000-2004', [0], '2000'],
  ])('is mapped so towards another server, if the range has it: %s', (ports, draws, port) => {
    const machine = machineWith(first('udp'), `-A POSTROUTING -p udp -j SNAT --to-source 192.168.9.1:${ports}`)
    machine.draws.push(0)
    expect(portSent(machine, 'udp 10.0.0.12:1000>192.168.9.2:53')).toBe('2005')
    machine.draws.push(...draws)
    expect(portSent(machine, 'udp 10.0.0.12:1000>192.168.9.3:53')).toBe(port)
  })

  test('of another protocol is another', () => {
    const machine = machineWith(first('tcp'), '-A POSTROUTING -j SNAT --to-source 192.168.9.1')
    machine.draws.push(0)
    expect(portSent(machine, 'tcp 10.0.0.12:1000>192.168.9.2:53 S')).toBe('2005')
    expect(portSent(machine, 'udp 10.0.0.12:1000>192.168.9.3:53')).toBe('1000')
  })
})

describe('nf_nat_used_tuple_harder(): a SYN evicts, among the last 32 attempts, a connection that rests', () => {
  const segment = (text: string, seq: number, ack = 0): IpPacket => {
    const made = packet(text)
    if (made.transport?.kind !== 'tcp') throw new Error(text)
    return { ...made, transport: { ...made.transport, seq, ack } }
  }
  const FIRST = 2000

  /** 10.0.0.12 has all ports of a range of 40, by connections that are in some state. */
  function rested(state: 'CLOSE' | 'TIME_WAIT' | 'SYN_RECV'): Drawing {
    const machine = machineWith(`-A POSTROUTING -o eth1 -p tcp -j SNAT --to-source 192.168.9.1:${FIRST}-${FIRST + 39}`)
    for (let port = FIRST; port < FIRST + 40; port++) {
      const there = (flags: string, seq: number, ack = 0) =>
        sent(machine, segment(`tcp 10.0.0.12:${port}>192.168.9.2:80 ${flags}`, seq, ack))
      const back = (flags: string, seq: number, ack: number) =>
        sent(machine, segment(`tcp 192.168.9.2:80>192.168.9.1:${port} ${flags}`, seq, ack), BACK)
      there('S', 1000)
      back('SA', 5000, 1001)
      if (state === 'CLOSE') back('RA', 5001, 1001)
      if (state !== 'TIME_WAIT') continue
      there('A', 1001, 5001)
      there('FA', 1001, 5001)
      back('FA', 5001, 1002)
      there('A', 1002, 5002)
    }
    expect(machine.list().every((line) => line.includes(` ${state} `))).toBe(true)
    return machine
  }

  test.each([
    ['CLOSE', 1001, '2011'],
    ['TIME_WAIT', 1003, '2011'],
    ['CLOSE', 1000, 'DROP'],
    ['CLOSE', 900, 'DROP'],
    ['TIME_WAIT', 900, 'DROP'],
    ['SYN_RECV', 90_000, 'DROP'],
  ] as const)('%s, a SYN of %i: %s', (state, seq, port) => {
    const machine = rested(state)
    machine.draws.push(3)
    expect(portSent(machine, segment('tcp 10.0.0.13:2001>192.168.9.2:80 S', seq))).toBe(port)
    expect(machine.list()).toHaveLength(40)
  })
})
