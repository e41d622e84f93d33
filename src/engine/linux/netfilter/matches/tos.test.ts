/** Texts and counts are those of iptables 1.8.9 on Linux 6.18. */
import { describe, expect, it } from 'vitest'
import { withIp } from '../../../net/new-packet.ts'
import { testTerminal } from '../../../shell/test-machine.ts'
import { createTestMachine, packet } from '../testdata/machine.ts'

describe('-m tos', () => {
  it.each([
    ['--tos 0x10', '--tos 0x10/0xff', 'tos match0x10/0xff', 'tos match0x10/0xff'],
    ['--tos 16/0xff', '--tos 0x10/0xff', 'tos match0x10/0xff', 'tos match0x10/0xff'],
    ['--tos 0x10/0x3f', '--tos 0x10/0x3f', 'tos match Minimize-Delay', 'tos match0x10/0x3f'],
    ['--tos 0x11/0x3f', '--tos 0x11/0x3f', 'tos match0x11/0x3f', 'tos match0x11/0x3f'],
    ['! --tos minimize-delay', '! --tos 0x10/0x3f', 'tos match! Minimize-Delay', 'tos match!0x10/0x3f'],
    ['--tos Maximize-Throughput', '--tos 0x08/0x3f', 'tos match Maximize-Throughput', 'tos match0x08/0x3f'],
    ['--tos maximize-reliability', '--tos 0x04/0x3f', 'tos match Maximize-Reliability', 'tos match0x04/0x3f'],
    ['--tos minimize-cost', '--tos 0x02/0x3f', 'tos match Minimize-Cost', 'tos match0x02/0x3f'],
    ['--tos Normal-Service', '--tos 0x00/0x3f', 'tos match Normal-Service', 'tos match0x00/0x3f'],
    ['--tos 010', '--tos 0x08/0xff', 'tos match0x08/0xff', 'tos match0x08/0xff'],
    ['--tos +5', '--tos 0x05/0xff', 'tos match0x05/0xff', 'tos match0x05/0xff'],
    ['--tos 0', '--tos 0x00/0xff', 'tos match0x00/0xff', 'tos match0x00/0xff'],
    ['! --tos 0x10/0x1c', '! --tos 0x10/0x1c', 'tos match!0x10/0x1c', 'tos match!0x10/0x1c'],
    ['--tos 0xff/0x0f', '--tos 0xff/0x0f', 'tos match0xff/0x0f', 'tos match0xff/0x0f'],
  ])('%s is saved as %s and listed as %s, with -n as %s', (written, saved, listed, numeric) => {
    const { type } = testTerminal()
    type(`iptables -A INPUT -m tos ${written}`)
    expect(type('iptables -S INPUT').stdout).toContain(`-A INPUT -m tos ${saved}\n`)
    expect(type('iptables -L INPUT').stdout).toContain(listed)
    expect(type('iptables -nL INPUT').stdout).toContain(numeric)
  })

  it.each([
    ['--tos 256', 'Symbolic name "256" is unknown'],
    ['--tos x', 'Symbolic name "x" is unknown'],
    ['--tos -5', 'Symbolic name "-5" is unknown'],
    ['--tos Mini', 'Symbolic name "Mini" is unknown'],
    ['--tos Minimize-Delay/0x1', 'Symbolic name "Minimize-Delay/0x1" is unknown'],
    ['--tos /5', 'Symbolic name "/5" is unknown'],
    ['--tos 5/300', 'Illegal value: "5/300"'],
    ['--tos 5/', 'Illegal value: "5/"'],
    ['--tos 5/0x1x', 'Illegal value: "5/0x1x"'],
    ['--tos 5x', 'Illegal value: "5x"'],
    ['--tos 0x', 'Illegal value: "0x"'],
    ['--tos 09', 'Illegal value: "09"'],
    ['', 'tos: option "--tos" must be specified'],
    ['--tos 1 --tos 2', 'tos: option "--tos" can only be used once.'],
  ])('%s: %s', (written, error) => {
    const { stderr, code } = testTerminal().type(`iptables -A INPUT -m tos ${written}`)
    expect([stderr.split('\n')[0], code]).toEqual([`iptables v1.8.9 (nf_tables): ${error}`, 2])
  })

  it.each([
    ['--tos 0x10', [0x10], [0, 0x50, 0x13, 0x04, 0xff]],
    ['--tos 0x10/0x3f', [0x10, 0x50], [0, 0x13, 0x04, 0xff]],
    ['! --tos 0x10', [0, 0x50, 0x13, 0x04, 0xff], [0x10]],
    ['--tos 0xff/0x0f', [], [0, 0x10, 0x50, 0x13, 0x04, 0xff]],
    ['--tos 0x00/0x03', [0, 0x10, 0x50, 0x04], [0x13, 0xff]],
    ['! --tos 0x04/0x1c', [0, 0x10, 0x50, 0x13, 0xff], [0x04]],
  ])('%s: met by %j, missed by %j', (rule, met, missed) => {
    const machine = createTestMachine()
    expect(machine.load(`*filter\n:FORWARD DROP\n-A FORWARD -m tos ${rule} -j ACCEPT\nCOMMIT\n`)).toBe(null)
    const fate = (tos: number) => machine.pass(withIp(packet('udp 10.0.0.11:9>10.0.0.12:9'), { tos }), 'FORWARD cni0 eth1').kind
    expect(met.map(fate)).toEqual(met.map(() => 'ACCEPT'))
    expect(missed.map(fate)).toEqual(missed.map(() => 'DROP'))
  })
})
