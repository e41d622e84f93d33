import { describe, expect, it } from 'vitest'
import type { CapturedFrame } from '../net/frame.ts'
import { testTerminal } from './test-machine.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
const ETHERNET = '02000000000202000000000108'
/** 10.0.0.1:40000 > 10.0.0.2:80, options left out. */
const SYN = `${ETHERNET}004500002812344000400614920a0000010a000002${'9c400050000000640000000050024000'}00000000`
const SYN_ACK = `${ETHERNET}00450000280000400040060000${'0a0000020a000001'}${'00509c40000003e80000006550124000'}00000000`
const PUSH = `${ETHERNET}004500002a12354000400600000a0000010a000002${'9c40005000000065000003e950184000'}000000006869`
const WHO_HAS = `ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000002`
const ECHO = `${ETHERNET}004500001c00014000400100000a0000010a00000208000000006c0001`

const frame = (device: string, direction: 'in' | 'out', bytes: string, timeMs = 0): CapturedFrame => ({
  ...{ where: 'node/worker-1', device, direction, linkType: 'ethernet', bytes: hex(bytes), timeMs },
})
const FRAMES: readonly CapturedFrame[] = [
  frame('eth0', 'in', WHO_HAS, 0.5),
  frame('eth0', 'in', SYN, 1.25),
  frame('lo', 'in', SYN, 1.3),
  frame('eth0', 'out', SYN_ACK, 2),
  frame('eth0', 'in', PUSH, 3_600_002.5),
  { ...frame('eth0', 'in', SYN), where: 'pod/default/web' },
  frame('eth0', 'in', ECHO, 3_600_003),
]

const run = (line: string) => {
  const terminal = testTerminal(null, FRAMES)
  terminal.type('ip link set eth0 up')
  return terminal.type(line)
}

describe('tcpdump', () => {
  it('shows the frames of a device of this namespace', () => {
    const { stdout, stderr } = run('tcpdump -n -i eth0')
    expect(stdout).toBe(`00:00:00.000500 ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28
00:00:00.001250 IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 100, win 16384, length 0
00:00:00.002000 IP 10.0.0.2.80 > 10.0.0.1.40000: Flags [S.], seq 1000, ack 101, win 16384, length 0
01:00:00.002500 IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], seq 1:3, ack 1, win 16384, length 2: HTTP
01:00:00.003000 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 108, seq 1, length 8
`)
    expect(stderr).toBe(`tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
5 packets captured
5 packets received by filter
0 packets dropped by kernel
`)
  })

  it('counts one packet, and the hours of a day', () => {
    const { type } = testTerminal(null, [frame('eth0', 'in', ECHO, 25 * 3_600_000), frame('eth0', 'in', ECHO, 49 * 3_600_000 - 1)])
    type('ip link set eth0 up')
    expect(type('tcpdump -n -c 1')).toMatchObject({
      stdout: '01:00:00.000000 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 108, seq 1, length 8\n',
      stderr: `tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
1 packet captured
1 packet received by filter
0 packets dropped by kernel
`,
    })
    expect(type('tcpdump -n').stdout.split('\n')[1]?.slice(0, 15)).toBe('00:59:59.999000')
  })

  it.each([
    [
      'tcpdump -ni any -t arp or tcp port 80 and inbound',
      ['eth0  B   ARP, Request who', 'eth0  In  IP 10.0.0.1', 'lo    In  IP', 'eth0  In  IP 10.0.0.1'],
    ],
    ['tcpdump -nt -c 1 icmp', ['IP 10.0.0.1 > 10.0.0.2: ICMP echo request']],
    ['tcpdump -ntS -Q out', ['IP 10.0.0.2.80 > 10.0.0.1.40000: Flags [S.]']],
    ['tcpdump -nte arp', ['02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request']],
    ["tcpdump -nt 'tcp[tcpflags] & tcp-syn != 0 and not tcp[13] & 16 = 16'", ['IP 10.0.0.1.40000']],
    ['tcpdump -nt host 10.0.0.9', []],
  ])('%s', (line, beginnings) => {
    const lines = run(line).stdout.split('\n').slice(0, -1)
    expect(lines.map((text, i) => text.slice(0, beginnings[i]?.length))).toEqual(beginnings)
  })

  it.each([
    ['tcpdump -i eth9', 'tcpdump: eth9: No such device exists\n(No such device exists)\n'],
    ['tcpdump port', "tcpdump: can't parse filter expression: syntax error\n"],
    ['tcpdump host nobody', "tcpdump: unknown host 'nobody'\n"],
    ['tcpdump -w out.pcap', 'tcpdump: -w is not modelled; `packetwalk walk --pcapng FILE` writes captures\n'],
    ['tcpdump -c 0', 'tcpdump: invalid packet count 0\n'],
  ])('%s', (line, stderr) => expect(run(line)).toMatchObject({ stdout: '', stderr, code: 1 }))
})
