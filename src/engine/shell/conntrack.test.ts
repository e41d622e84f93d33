import { beforeEach, describe, expect, it } from 'vitest'
import { createTestMachine, packet, type TestMachine } from '../linux/netfilter/testdata/machine.ts'
import type { CommandResult } from './command.ts'
import { conntrack } from './conntrack.ts'

let machine: TestMachine
const TCP =
  'tcp      6 119 SYN_SENT src=10.0.0.11 dst=192.168.9.2 sport=1000 dport=80 [UNREPLIED] src=192.168.9.2 dst=10.0.0.11 sport=80 dport=1000 mark=0 use=1\n'
const UDP =
  'udp      17 29 src=10.0.0.12 dst=192.168.9.2 sport=1000 dport=53 [UNREPLIED] src=192.168.9.2 dst=10.0.0.12 sport=53 dport=1000 mark=0 use=1\n'

beforeEach(() => {
  machine = createTestMachine()
  machine.load('*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
  for (const text of ['tcp 10.0.0.11:1000>192.168.9.2:80 S', 'udp 10.0.0.12:1000>192.168.9.2:53']) {
    machine.pass(packet(text), 'PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1')
  }
})

function run(line: string): CommandResult {
  const node = {
    name: 'node',
    hostname: 'node',
    root: machine.ns,
    netns: new Map(),
    netnsNames: new Map(),
    files: new Map<string, string>(),
  }
  return conntrack(line.split(' '), {
    machine: node,
    netns: machine.ns,
    stdin: '',
    origin: null,
    lineOrigins: null,
    kube: null,
    spawn: null,
  })
}

describe('conntrack', () => {
  const cases: readonly (readonly [string, string, string, number])[] = [
    ['conntrack -L', TCP + UDP, '2 flow entries have been shown.', 0],
    ['conntrack -L -p tcp', TCP, '1 flow entries have been shown.', 0],
    ['conntrack -L -p udp --dport 53', UDP, '1 flow entries have been shown.', 0],
    ['conntrack -L --dport 53', '', "unknown option `--dport'", 2],
    ['conntrack -L -s 10.0.0.0/31', '', '0 flow entries have been shown.', 0],
    ['conntrack -L -d 192.168.9.2 -o extended -p tcp', `ipv4     2 ${TCP}`, '1 flow entries have been shown.', 0],
    ['conntrack -L -s foo', '', "Invalid IP address `foo'", 2],
    ['conntrack -L -p foo', '', "`foo' unsupported protocol", 2],
    ['conntrack -L --orig-src 10.0.0.11 --orig-dst 192.168.9.2', TCP, '1 flow entries', 0],
    ['conntrack -L --src=10.0.0.12', UDP, '1 flow entries', 0],
    ['conntrack -L -s 10.0.0.0 --mask-src 255.255.255.0', TCP + UDP, '2 flow entries', 0],
    ['conntrack -L -s 10.0.1.0 --mask-src 255.255.255.0', '', '0 flow entries', 0],
    ['conntrack -L --reply-src 192.168.9.2 --reply-dst 10.0.0.11', TCP, '1 flow entries', 0],
    ['conntrack -L -p tcp --orig-port-src 1000 --reply-port-src 80', TCP, '1 flow entries', 0],
    ['conntrack -L -p tcp --state SYN_SENT', TCP, '1 flow entries', 0],
    ['conntrack -L -p tcp --state FOO', '', "unknown TCP state `FOO'", 2],
    ['conntrack -L --state SYN_SENT', '', "unknown option `--state'", 2],
    ['conntrack -L -p icmp --sport 5', '', "unknown option `--sport'", 2],
    ['conntrack -L --mark 0x0/0xff', TCP + UDP, '2 flow entries', 0],
    ['conntrack -L -m 16', '', '0 flow entries', 0],
    ['conntrack -L -u UNREPLIED', TCP + UDP, '2 flow entries', 0],
    ['conntrack -L -u ASSURED', '', '0 flow entries', 0],
    ['conntrack -L -u FOO', '', "Bad parameter `FOO'", 2],
    ['conntrack -L -w 5', '', '0 flow entries', 0],
    ['conntrack -L --orig-zone 0 -p tcp', TCP, '1 flow entries', 0],
    ['conntrack -L -f ipv6', '', '0 flow entries', 0],
    ['conntrack -L -f foo', '', "`foo' unsupported protocol", 2],
    ['conntrack -L -n', '', '0 flow entries', 0],
    ['conntrack -L expect', '', '0 expectations have been shown.', 0],
    ['conntrack -L foo', '', "unknown type `foo'", 2],
    ['conntrack -L -D', '', 'Invalid commands combination', 2],
    ['conntrack -L --foo', '', "unknown option `--foo'", 2],
    ['conntrack -L -d', '', "option `-d' requires an argument", 2],
    ['conntrack -L -o foo', '', "Bad parameter `foo'", 2],
    ['conntrack -L -o save,extended', '', 'cannot combine save output with any other output type, use -o save only', 2],
    [
      'conntrack -L -p udp -o save',
      '-A -t 29 -u UNSET -s 10.0.0.12 -d 192.168.9.2 -r 192.168.9.2 -q 10.0.0.12 -p udp --sport 1000 --dport 53 --reply-port-src 53 --reply-port-dst 1000\n',
      '1 flow entries',
      0,
    ],
    ['conntrack -F -p tcp', '', "Illegal option `--protonum' with this command", 2],
    ['conntrack -L -t 5', '', "Illegal option `--timeout' with this command", 2],
    ['conntrack -D -p udp', UDP, '1 flow entries have been deleted.', 0],
    ['conntrack -D -p icmp', '', '0 flow entries have been deleted.', 1],
    ['conntrack -F', '', 'connection tracking table has been emptied.', 0],
    ['conntrack -C', '2\n', '', 0],
  ]
  it.each(cases)('%s', (line, stdout, stderr, code) => {
    const result = run(line)
    expect(result).toMatchObject({ stdout, code })
    expect(result.stderr).toContain(stderr)
  })

  it('what was deleted is gone', () => {
    run('conntrack -D -p udp')
    expect(run('conntrack -L').stdout).toBe(TCP)
    run('conntrack -F')
    expect(run('conntrack -L').stdout).toBe('')
  })
})
