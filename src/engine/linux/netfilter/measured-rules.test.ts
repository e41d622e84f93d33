/** What generated labs on Linux 6.18 with iptables 1.8.9 showed of single rules. */
import { describe, expect, it } from 'vitest'
import type { Mac } from '../../net/mac.ts'
import type { IpPacket } from '../../net/packet.ts'
import { CONTROL_SOCKET } from '../socket-table.ts'
import { createTestMachine, packet } from './testdata/machine.ts'

const ETHERNET = { source: 'aa:aa:aa:aa:aa:aa' as Mac, destination: 'bb:bb:bb:bb:bb:bb' as Mac, etherType: 0x0800 }
const SYN = packet('tcp 10.0.0.11:1000>1.1.1.1:80 S')
const RST = packet('tcp 10.0.0.11:1000>1.1.1.1:80 R')

/** How often the last rule of the table matched when the packet took the path. */
function hits(table: string, rules: string, sent: IpPacket, path: string): number | undefined {
  const machine = createTestMachine()
  expect(machine.load(`*${table}\n${rules}\nCOMMIT`)).toBe(null)
  machine.pass(sent, path)
  const chain = machine.ns.netfilter.ip.tables.get(table as 'raw')?.chains.get(path.split(' ')[0] ?? '')
  return chain?.rules.at(-1)?.packets
}

describe('rules', () => {
  it.each([
    // owner_mt(): a control socket exists, but has no file; what is not there fits what is asked for inverted.
    ['owner --socket-exists', { ...SYN, socket: CONTROL_SOCKET }, 1],
    ['owner ! --socket-exists', { ...SYN, socket: CONTROL_SOCKET }, 0],
    ['owner --uid-owner 0', { ...SYN, socket: CONTROL_SOCKET }, 0],
    ['owner ! --uid-owner 0', { ...SYN, socket: CONTROL_SOCKET }, 1],
    ['owner ! --socket-exists', { ...SYN, socket: null }, 1],
    ['owner ! --gid-owner 0', { ...SYN, socket: null }, 1],
    ['owner --uid-owner 0', { ...SYN, socket: null }, 0],
  ])('-m %s', (match, sent, times) => {
    expect(hits('filter', `-A OUTPUT -m ${match}`, sent, 'OUTPUT eth1')).toBe(times)
  })

  it.each([
    ['3', SYN, 1],
    ['4', SYN, 1],
    ['8', SYN, 1],
    ['30', SYN, 0],
    ['8', RST, 0],
  ])('--tcp-option %s', (option, sent, times) => {
    expect(hits('filter', `-A FORWARD -p tcp -m tcp --tcp-option ${option}`, sent, 'FORWARD cni0 eth1')).toBe(times)
  })

  it('sees no MAC address on a loopback device, wanted or not', () => {
    const sent: IpPacket = { ...SYN, eth: ETHERNET }
    expect(hits('filter', '-A INPUT -m mac ! --mac-source 00:00:00:00:00:01', sent, 'INPUT lo')).toBe(0)
    expect(hits('filter', '-A INPUT -m mac ! --mac-source 00:00:00:00:00:01', sent, 'INPUT eth1')).toBe(1)
  })

  it.each([
    ['-m state --state NEW', 1],
    ['-m conntrack --ctstate INVALID', 0],
    ['-m connmark ! --mark 0x1', 1],
  ])('behind CT --zone the packet counts as new: %s', (match, times) => {
    expect(hits('raw', `-A PREROUTING -j CT --zone 1\n-A PREROUTING ${match}`, SYN, 'PREROUTING cni0')).toBe(times)
  })

  it('does not untrack what has a zone', () => {
    const rules = '-A PREROUTING -j CT --zone 1\n-A PREROUTING -j NOTRACK\n-A PREROUTING -m state --state UNTRACKED'
    expect(hits('raw', rules, SYN, 'PREROUTING cni0')).toBe(0)
  })

  it('tells the sender nothing of a packet for a queue that nobody reads', () => {
    const machine = createTestMachine()
    expect(machine.load('*filter\n-A OUTPUT -j NFQUEUE --queue-num 3\nCOMMIT')).toBe(null)
    expect(machine.pass(SYN, 'OUTPUT eth1')).toMatchObject({ kind: 'DROP', reason: 'NOT_SPECIFIED' })
  })

  it.each([
    ['-p udp -m udp ! --dport 0:1023', '-p udp -m udp --dport 1024:65535'],
    ['-p tcp -m tcp ! --sport 0:1023', '-p tcp -m tcp --sport 1024:65535'],
    ['-p tcp -m tcp ! --dport 1024:65535', '-p tcp -m tcp ! --dport 1024:65535'],
    ['-p udp -m udp ! --dport 0', '-p udp -m udp ! --dport 0'],
  ])('%s is read back as %s', (written, read) => {
    const machine = createTestMachine()
    expect(machine.load(`*filter\n-A FORWARD ${written}\nCOMMIT`)).toBe(null)
    const rule = machine.ns.netfilter.ip.tables.get('filter')?.chains.get('FORWARD')?.rules[0]
    const inverted = written === read && read.includes('!')
    const match = rule?.matches[0]
    expect(match).toMatchObject(read.includes('sport') ? { sourceNot: inverted } : { destinationNot: inverted })
  })
})
