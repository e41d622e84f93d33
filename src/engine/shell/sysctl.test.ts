/** Expected texts were captured from procps 4.0.2. */
import { expect, test } from 'vitest'
import { testTerminal } from './test-machine.ts'

test('what procps prints', () => {
  const { see } = testTerminal()
  for (const [line = '', seen] of [
    ['sysctl net.ipv4.ip_forward', 'net.ipv4.ip_forward = 0\n'],
    ['sysctl -n net.ipv4.ip_forward', '0\n'],
    ['sysctl -w net.ipv4.ip_forward=1', 'net.ipv4.ip_forward = 1\n'],
    ['sysctl net.ipv4.ip_forward=0', 'net.ipv4.ip_forward = 0\n'],
    ['sysctl -q -w net.ipv4.ip_forward=1; sysctl net/ipv4/ip_forward', 'net.ipv4.ip_forward = 1\n'],
    ['sysctl -w net.ipv4.ip_forward', 'sysctl: command line(0): invalid syntax, continuing...\n=> 1\n'],
    ['sysctl net.ipv4.nope', 'sysctl: cannot stat /proc/sys/net/ipv4/nope: No such file or directory\n=> 1\n'],
    ['sysctl -w net.ipv4.ip_forward = 0', 'sysctl: command line(0): invalid syntax, continuing...\n=> 1\n'],
    ['sysctl -w = 0 a', '=> 1\n'],
    ['sysctl -w "#net.ipv4.ip_forward=1"', '=> 1\n'],
    ['sysctl =1', 'sysctl: Path is not under /proc/sys/: /proc/sys/\n=> 1\n'],
    ['sysctl -w net.ipv4.nope=1', 'sysctl: cannot stat /proc/sys/net/ipv4/nope: No such file or directory\n=> 1\n'],
    ['sysctl -e net.ipv4.nope', ''],
    ['sysctl -w net.ipv4.ip_forward=foo', 'sysctl: setting key "net.ipv4.ip_forward": Invalid argument\n=> 1\n'],
    ['sysctl -w net.ipv4.conf.eth0.rp_filter=2', 'net.ipv4.conf.eth0.rp_filter = 2\n'],
    [
      'sysctl -w net.ipv4.conf.eth9.rp_filter=2',
      'sysctl: cannot stat /proc/sys/net/ipv4/conf/eth9/rp_filter: No such file or directory\n=> 1\n',
    ],
    ['sysctl -a -r "ip_forward$"', 'net.ipv4.ip_forward = 1\n'],
    ['sysctl -w', "sysctl: no variables specified\nTry `sysctl --help' for more information.\n=> 1\n"],
  ]) {
    expect(`$ ${line}\n${see(line)}`).toBe(`$ ${line}\n${seen}`)
  }
})

test('a device whose name has a dot', () => {
  const { see } = testTerminal()
  see('ip link add br.5 type bridge')
  expect(
    see('sysctl -w net.ipv4.conf.br/5.rp_filter=1; sysctl -n net/ipv4/conf/br.5/rp_filter; cat /proc/sys/net/ipv4/conf/br.5/rp_filter'),
  ).toBe('net.ipv4.conf.br/5.rp_filter = 1\n1\n1\n')
})
