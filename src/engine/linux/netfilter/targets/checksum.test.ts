/** Texts are those of iptables 1.8.9 on Linux 6.18. */
import { describe, expect, it } from 'vitest'
import { testTerminal } from '../../../shell/test-machine.ts'
import { createTestMachine, packet } from '../testdata/machine.ts'

describe('-j CHECKSUM', () => {
  it('is saved as written and listed as CHECKSUM fill', () => {
    const { type } = testTerminal()
    // What libvirt writes for its network.
    type('iptables -t mangle -A POSTROUTING -o virbr0 -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill')
    expect(type('iptables -t mangle -S POSTROUTING').stdout).toBe(
      '-P POSTROUTING ACCEPT\n-A POSTROUTING -o virbr0 -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill\n',
    )
    expect(type('iptables -t mangle -L POSTROUTING').stdout).toContain('udp dpt:bootpc CHECKSUM fill')
  })

  it.each([
    ['mangle', '', 'CHECKSUM: option "--checksum-fill" must be specified', 2],
    ['mangle', '! --checksum-fill', 'CHECKSUM: option "--checksum-fill" cannot be inverted.', 2],
    ['mangle', '--checksum-fill --checksum-fill', 'CHECKSUM: option "--checksum-fill" can only be used once.', 2],
    ['filter', '--checksum-fill', ' RULE_APPEND failed (Invalid argument): rule in chain OUTPUT', 4],
  ])('-t %s -j CHECKSUM %s: %s', (table, written, error, status) => {
    const { stderr, code } = testTerminal().type(`iptables -t ${table} -A OUTPUT -j CHECKSUM ${written}`)
    expect([stderr.split('\n')[0], code]).toEqual([`iptables v1.8.9 (nf_tables): ${error}`, status])
  })

  it('leaves the packet as it is and goes on with the next rule', () => {
    const machine = createTestMachine()
    expect(machine.load('*mangle\n-A POSTROUTING -j CHECKSUM --checksum-fill\n-A POSTROUTING -j DROP\nCOMMIT\n')).toBe(null)
    const sent = packet('udp 10.0.0.11:67>10.0.0.12:68')
    expect(machine.pass(sent, 'POSTROUTING eth1')).toMatchObject({ kind: 'DROP', packet: sent })
  })
})
