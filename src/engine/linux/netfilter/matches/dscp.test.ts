/** Texts are those of iptables 1.8.9 on Linux 6.18. */
import { describe, expect, it } from 'vitest'
import { withIp } from '../../../net/new-packet.ts'
import { testTerminal } from '../../../shell/test-machine.ts'
import { createTestMachine, packet } from '../testdata/machine.ts'

describe('-m dscp', () => {
  it.each([
    ['--dscp 10', '--dscp 0x0a', 'DSCP match 0x0a'],
    ['--dscp-class EF', '--dscp 0x2e', 'DSCP match 0x2e'],
    ['! --dscp 0x2e', '! --dscp 0x2e', 'DSCP match !0x2e'],
    ['--dscp-class cs1', '--dscp 0x08', 'DSCP match 0x08'],
    ['--dscp-class be', '--dscp 0x00', 'DSCP match 0x00'],
    ['--dscp-class af41', '--dscp 0x22', 'DSCP match 0x22'],
    ['--dscp 0x3f', '--dscp 0x3f', 'DSCP match 0x3f'],
  ])('%s is saved as %s and listed as %s', (written, saved, listed) => {
    const { type } = testTerminal()
    type(`iptables -A INPUT -m dscp ${written}`)
    expect(type('iptables -S INPUT').stdout).toContain(`-A INPUT -m dscp ${saved}\n`)
    expect(type('iptables -L INPUT').stdout).toContain(listed)
  })

  it.each([
    ['--dscp 64', 'dscp: bad value for option "--dscp", or out of range (0-63).'],
    ['--dscp 10x', 'dscp: bad value for option "--dscp", or out of range (0-63).'],
    ['--dscp-class XX', "Invalid DSCP value `XX'"],
    ['', 'DSCP match: Parameter --dscp is required'],
    ['--dscp 1 --dscp-class EF', 'dscp: option "--dscp" cannot be used together with "--dscp-class".'],
    ['--dscp 1 --dscp 2', 'dscp: option "--dscp" can only be used once.'],
  ])('%s: %s', (written, error) => {
    const { stderr, code } = testTerminal().type(`iptables -A INPUT -m dscp ${written}`)
    expect([stderr.split('\n')[0], code]).toEqual([`iptables v1.8.9 (nf_tables): ${error}`, 2])
  })

  it.each([
    ['--dscp 46', 0xb8, 'ACCEPT'],
    ['--dscp 46', 0xbb, 'ACCEPT'],
    ['--dscp 46', 0xbc, 'DROP'],
    ['! --dscp 46', 0xb8, 'DROP'],
    ['! --dscp 46', 0, 'ACCEPT'],
  ])('%s and TOS %i: %s', (rule, tos, kind) => {
    const machine = createTestMachine()
    expect(machine.load(`*filter\n:FORWARD DROP\n-A FORWARD -m dscp ${rule} -j ACCEPT\nCOMMIT\n`)).toBe(null)
    expect(machine.pass(withIp(packet('udp 10.0.0.11:9>10.0.0.12:9'), { tos }), 'FORWARD cni0 eth1').kind).toBe(kind)
  })
})
