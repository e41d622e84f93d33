/** Which connections each option of conntrack(8) chooses. */
import { expect, test } from 'vitest'
import { createTestMachine, packet } from '../linux/netfilter/testdata/machine.ts'
import { runCommandLine } from './commands.ts'

const OUT = ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1']
const BACK = ['PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0']
const RULES = `*nat
-A PREROUTING -d 10.96.0.10 -p tcp -j DNAT --to-destination 192.168.9.2:8080
-A POSTROUTING -s 10.0.0.14 -j SNAT --to-source 192.168.9.1
COMMIT
*mangle
-A FORWARD -p udp -j CONNMARK --set-mark 0x15
COMMIT
*raw
-A PREROUTING -s 10.0.0.16 -j CT --zone 5
-A PREROUTING -s 10.0.0.17 -j CT --zone-orig 6
COMMIT
`
/** a: a SYN; b: established, to a Service; c: a UDP question; d: an answered one, masqueraded; e: an echo; g, h: in zones. */
const SENT: readonly (readonly [text: string, path: readonly string[]])[] = [
  ['tcp 10.0.0.11:1000>192.168.9.2:80 S', OUT],
  ['tcp 10.0.0.12:1001>10.96.0.10:80 S', OUT],
  ['tcp 192.168.9.2:8080>10.0.0.12:1001 SA', BACK],
  ['tcp 10.0.0.12:1001>10.96.0.10:80 A', OUT],
  ['udp 10.0.0.13:1002>192.168.9.3:53', OUT],
  ['udp 10.0.0.14:1003>192.168.9.3:53', OUT],
  ['udp 192.168.9.3:53>192.168.9.1:1003', BACK],
  ['icmp 10.0.0.15>192.168.9.2 8/0', OUT],
  ['udp 10.0.0.16:1006>192.168.9.2:54', OUT],
  ['udp 10.0.0.17:1007>192.168.9.2:54', OUT],
]
const NAMES: Readonly<Record<string, string>> = {
  ...{ '10.0.0.11': 'a', '10.0.0.12': 'b', '10.0.0.13': 'c', '10.0.0.14': 'd', '10.0.0.15': 'e', '10.0.0.16': 'g', '10.0.0.17': 'h' },
}

function type(line: string) {
  return typed(line).result
}

function typed(line: string) {
  const { ns, load, pass } = createTestMachine()
  expect(load(RULES)).toBe(null)
  for (const [text, path] of SENT) pass(packet(text), ...path)
  const machine = { name: 'node', hostname: 'node', root: ns, netns: new Map(), netnsNames: new Map(), files: new Map<string, string>() }
  const context = { machine, netns: ns, stdin: '', origin: null, lineOrigins: null, kube: null, spawn: null }
  return { result: runCommandLine(line, context), ns }
}

test.each([
  ['', 'abcdegh'],
  ['-p tcp', 'ab'],
  ['-z', 'abcdegh'],
  ['-z -p tcp', 'ab'],
  ['-p tcp -z', 'ab'],
  ['-p 17', 'cdgh'],
  ['-p icmp', 'e'],
  ['-p sctp', ''],
  ['-s 10.0.0.12', 'b'],
  ['-s 10.0.0.12/31', 'bc'],
  ['-s 10.0.0.8/30', 'a'],
  ['-d 192.168.9.2', 'aegh'],
  ['-d 10.96.0.10', 'b'],
  ['-r 192.168.9.2', 'abegh'],
  ['-q 192.168.9.1', 'd'],
  ['-q 10.0.0.13', 'c'],
  ['--src 10.0.0.13', 'c'],
  ['--dst=192.168.9.3', 'cd'],
  ['-s 10.0.0.0 --mask-src 255.255.255.0', 'abcdegh'],
  ['-s 10.0.0.12 --mask-src 255.255.255.254', 'bc'],
  ['-d 192.168.9.2 --mask-dst 255.255.255.254', 'acdegh'],
  ['-d 192.168.8.0 --mask-dst 255.255.255.0', ''],
  ['--src=10.0.0.12 -p tcp', 'b'],
  ['--src=10.0.0.12 -p udp', ''],
  ['--zone=5 -p udp', 'g'],
  ['-p tcp --sport 1000', 'a'],
  ['-p tcp --dport 80', 'ab'],
  ['-p tcp --orig-port-dst 80', 'ab'],
  ['-p tcp --reply-port-src 8080', 'b'],
  ['-p tcp --reply-port-dst 1000', 'a'],
  ['-p udp --orig-port-src 1003', 'd'],
  ['-p icmp --icmp-type 8', 'e'],
  ['-p icmp --icmp-type 0', ''],
  ['-p icmp --icmp-code 0', 'e'],
  ['-p icmp --icmp-code 1', ''],
  ['-p tcp --state SYN_SENT', 'a'],
  ['-p tcp --state established', 'b'],
  ['-p tcp --state CLOSE', ''],
  ['-u SEEN_REPLY', 'bd'],
  ['-u UNREPLIED', 'acegh'],
  ['-u ASSURED', 'b'],
  ['-u ASSURED,SEEN_REPLY', 'b'],
  ['-u UNSET', 'acegh'],
  ['-u EXPECTED', ''],
  ['-m 0x15', 'cdgh'],
  ['-m 21', 'cdgh'],
  ['-m 0x5/0xf', 'cdgh'],
  ['-m 0x10/0x10', 'cdgh'],
  ['-m 0/0x2', 'abcdegh'],
  ['-m 0', 'abe'],
  ['-w 5', 'g'],
  ['-w 0', 'abcde'],
  ['-w 6', ''],
  ['--orig-zone 5', 'g'],
  ['--orig-zone 6', 'h'],
  ['--reply-zone 5', 'g'],
  ['--reply-zone 0', 'abcdeh'],
  ['-n', 'd'],
  ['-g', 'b'],
  ['-j', 'bd'],
  ['-n 192.168.9.1', 'd'],
  ['-n 192.168.9.5', ''],
  ['-g 192.168.9.2', 'b'],
  ['-g 10.0.0.0/8', ''],
  ['--any-nat 192.168.9.0/24', 'bd'],
  ['--src-nat -p tcp', ''],
  ['-f ipv4', 'abcdegh'],
  ['-f ipv6', ''],
])('conntrack -L %s', (options, chosen) => {
  const { stdout, stderr, code } = type(`conntrack -L ${options}`)
  const names = stdout
    .split('\n')
    .map((line) => NAMES[/src=(\S+)/.exec(line)?.[1] ?? ''] ?? '')
    .sort()
    .join('')
  expect({ names, code }).toEqual({ names: chosen, code: 0 })
  expect(stderr).toBe(`conntrack v1.4.7 (conntrack-tools): ${chosen.length} flow entries have been shown.\n`)
})

test.each([
  ['conntrack -L -o id -p icmp', / id=\d+\n$/],
  ['conntrack -L -o extended,id -p icmp', /^ipv4 {5}2 icmp .* id=\d+\n$/],
  ['conntrack -L -s 10.0.0.17', / zone-orig=6 /],
  ['conntrack -L -s 10.0.0.16', / zone=5 /],
  ['conntrack -L -s 10.0.0.12', /^tcp {6}6 \d+ ESTABLISHED src=10.0.0.12 .* \[ASSURED\] mark=0 use=1\n$/],
  ['conntrack -L -s 10.0.0.15', /^icmp {5}1 29 src=10.0.0.15 dst=192.168.9.2 type=8 code=0 id=\d+ \[UNREPLIED\] .* type=0 code=0 /],
  ['conntrack -L -o save -s 10.0.0.12', /^-A -t \d+ -u SEEN_REPLY,ASSURED -s 10.0.0.12 (?=.*--state ESTABLISHED)(?=.*--sport 1001 )/],
  ['conntrack -L -o save -s 10.0.0.14', /^-A -t \d+ -u SEEN_REPLY -s 10.0.0.14 .*-n 192.168.9.1 /],
  ['conntrack -L -o save -s 10.0.0.15', /--icmp-type 8 --icmp-code 0 --icmp-id \d+/],
  ['conntrack -C', /^7\n$/],
  ['conntrack -V', /^conntrack v1.4.7/],
  ['conntrack -L dying', /^$/],
])('%s prints %s', (line, printed) => {
  expect(type(line).stdout).toMatch(printed)
})

test.each([
  ['conntrack -L -p tcp --state FOO', "unknown TCP state `FOO'"],
  ['conntrack -L -p icmp --dport 5', "unknown option `--dport'"],
  ['conntrack -L -p tcp --icmp-type 5', "unknown option `--icmp-type'"],
  ['conntrack -L -p udp --state ESTABLISHED', "unknown option `--state'"],
  ['conntrack -L --mask-src foo', "Invalid IP address `foo'"],
  ['conntrack -L --mask-src 255.255.255.0', "Can't use --mask-src without --src"],
  ['conntrack -L -s 10.0.0.1 --mask-dst 255.255.255.0', "Can't use --mask-dst without --dst"],
  ['conntrack -L -n foo', "Invalid IP address `foo'"],
  ['conntrack -L -u ASSURED,FOO', "Bad parameter `ASSURED,FOO'"],
  ['conntrack -L -o xml', '-o xml is not modelled'],
  ['conntrack -L -o id,save', 'cannot combine save output with any other output type, use -o save only'],
  ['conntrack -E', '-E is not modelled; -L, -D, -F and -C are'],
  ['conntrack -I', '-I is not modelled; -L, -D, -F and -C are'],
  ['conntrack foo', "unknown argument `foo'"],
  ['conntrack -L -s', "option `-s' requires an argument"],
])('%s', (line, complaint) => {
  const { stdout, stderr, code } = type(line)
  expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
  expect(stderr).toContain(`conntrack v1.4.7 (conntrack-tools): ${complaint}`)
})

test('deleting some leaves the others', () => {
  const { stdout, stderr, code } = type(
    'conntrack -D -p udp -q 192.168.9.1; conntrack -L -p udp | wc -l; conntrack -D -p udp -q 192.168.9.1',
  )
  expect(stdout.split('\n').slice(-2)).toEqual(['3', ''])
  expect(stderr).toContain('1 flow entries have been deleted.')
  expect(stderr).toContain('0 flow entries have been deleted.')
  expect(code).toBe(1)
})

test('what was deleted is in no hash any more', () => {
  expect(typed('true').ns.netfilter.ip.conntrack.hash.size).toBe(14)
  expect(typed('conntrack -D -p tcp').ns.netfilter.ip.conntrack.hash.size).toBe(10)
  expect(typed('conntrack -F').ns.netfilter.ip.conntrack.hash.size).toBe(0)
})
