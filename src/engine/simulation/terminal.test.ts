import { expect, test } from 'vitest'
import { CLIENT_AND_WEB } from '../kubernetes/client-and-web.fixture.ts'
import { parseScenario } from '../kubernetes/manifest.ts'
import { stateAt } from './replay.ts'
import { typeAt } from './terminal.ts'
import { captureWhileWalking, tcpdumpWords } from './terminal-capture.ts'
import { completions } from './terminal-completion.ts'
import { walk } from './walk.ts'

const scenario = parseScenario(CLIENT_AND_WEB)
const request = { from: 'pod/client', to: 'tcp://svc/web:80' }
const trace = walk(scenario, request)
if ('problem' in trace) throw new Error(trace.problem)
const { records } = trace
/** The first record of that kind on a machine. */
const at = (where: string, kind: string): number => records.findIndex((one) => one.where === where && one.event.at === kind)

function type(on: string, line: string, n: number) {
  const answer = typeAt(scenario, { request, n, timeMs: records[n]?.timeMs ?? 0, on, line })
  if ('problem' in answer) throw new Error(answer.problem)
  return answer
}

const rewritten = at('node/worker-1', 'nat_manip')

test.each([
  ['node/worker-1', 'ip addr'],
  ['node/worker-1', 'ip route get 10.244.2.2'],
  ['node/worker-1', 'iptables-save -c'],
  ['node/worker-1', 'iptables -t mangle -L -n -v'],
  ['node/worker-1', 'conntrack -L'],
  ['node/worker-1', 'sysctl net.ipv4.ip_forward'],
  ['node/worker-1', 'bridge fdb'],
  ['node/worker-1', 'ss -tan'],
  ['node/worker-1', 'ipset list'],
  ['node/worker-1', 'ip neigh'],
  ['node/worker-1', 'tc qdisc show'],
  ['node/worker-1', 'kubectl get pods -o wide'],
  ['pod/client', 'cat /etc/resolv.conf'],
  ['pod/client', 'ip link set nothing up'],
])('%s: "%s" changes nothing', (on, line) => {
  expect(type(on, line, rewritten).change).toBeNull()
})

test.each([
  ['node/worker-1', 'ip link set eth0 down'],
  ['node/worker-1', 'ip route add 192.0.2.0/24 via 172.18.0.1'],
  ['node/worker-1', 'ip addr add 192.0.2.1/24 dev eth0'],
  ['node/worker-1', 'iptables -I FORWARD -j DROP'],
  ['node/worker-1', 'iptables -Z'],
  ['node/worker-1', 'sysctl -w net.ipv4.ip_forward=0'],
  ['node/worker-1', 'echo 0 > /proc/sys/net/ipv4/ip_forward'],
  ['node/worker-1', 'ipset create blocked hash:ip'],
  ['node/worker-1', 'conntrack -F'],
  ['node/worker-1', 'tc qdisc add dev eth0 root netem loss 100%'],
  ['node/worker-1', 'kubectl delete pod web'],
  ['node/worker-1', 'kubectl label pod web app=other --overwrite'],
  ['pod/client', 'ip route del default'],
])('%s: "%s" is a change at its moment', (on, line) => {
  expect(type(on, line, records.length - 1)).toMatchObject({ code: 0, change: { on, run: line } })
})

test('a command sees the tables of its very moment', () => {
  expect(type('node/worker-1', 'conntrack -L', rewritten - 4).stdout).not.toContain('dport=80')
  expect(type('node/worker-1', 'iptables-save -c -t nat', rewritten + 1).stdout).toContain('[1:60] -A KUBE-SERVICES')
})

test('what sends packets prints what a user would see, and leaves nothing behind', () => {
  const answer = type('pod/client', 'ping -c 1 10.244.2.2', rewritten)
  expect(answer).toMatchObject({ code: 0, change: null })
  expect(answer.stdout).toContain('1 packets transmitted, 1 received')
  expect(type('pod/client', 'curl -sS http://web/', records.length - 1).code).toBe(0)
  expect(type('pod/client', 'ip link set lo down && ping -c 1 127.0.0.1', 0).stderr).toContain('two lines')
})

test('the walk taken again with a change fails where it was made, and everything before stays as it was', () => {
  const n = at('node/worker-1', 'fib_lookup')
  const { change } = type('node/worker-1', 'ip link set eth0 down', n)
  const again = walk(scenario, request, { typed: change ? [change] : [] })
  if ('problem' in again) throw new Error(again.problem)
  expect(again.outcome.outcome).not.toBe('delivered')
  const timeMs = records[n]?.timeMs ?? 0
  const before = (list: typeof records) => list.filter((one) => one.timeMs < timeMs - 1e-5).map(({ event }) => event.at)
  expect(before(again.records)).toEqual(before(records))
  const answer = typeAt(scenario, {
    ...{ request, n, timeMs, on: 'node/worker-1', line: 'ip link show eth0' },
    options: { typed: change ? [change] : [] },
  })
  expect(answer).toMatchObject({ stdout: expect.stringContaining('state DOWN') })
})

test('before the walk: a change is there from its first packet on', () => {
  const { change } = type('pod/client', 'iptables -A OUTPUT -p tcp -j DROP', -1)
  expect(change?.timeMs).toBe(0)
  const again = walk(scenario, request, { typed: change ? [change] : [] })
  expect(again).toMatchObject({ outcome: { reason: 'NETFILTER_DROP' } })
  expect(
    typeAt(scenario, { request, n: -1, timeMs: 0, on: 'pod/client', line: 'iptables-save', options: { typed: change ? [change] : [] } }),
  ).toMatchObject({ stdout: expect.stringContaining('-A OUTPUT -p tcp -j DROP') })
})

test('tcpdump: every line knows its record', () => {
  const argv = tcpdumpWords('tcpdump -i any -n tcp')
  const capture = captureWhileWalking(stateAt(scenario, request, -1), { on: 'node/worker-1', argv: argv ?? [] }, records)
  if ('problem' in capture) throw new Error(capture.problem)
  expect(capture.header).toContain('listening on any')
  expect(capture.lines.length).toBeGreaterThan(3)
  for (const { n, text } of capture.lines) {
    expect(['netif_receive_skb', 'dev_queue_xmit']).toContain(records[n]?.event.at)
    expect(text).toContain('Flags [')
  }
  expect(tcpdumpWords('tcpdump -i any | head -3')).toBeNull()
  expect(
    captureWhileWalking(stateAt(scenario, request, -1), { on: 'node/worker-1', argv: ['tcpdump', '-i', 'no'] }, records),
  ).toMatchObject({
    problem: expect.stringContaining('No such device'),
  })
})

test.each([
  ['node/worker-1', 'iptab', ['iptables', 'iptables-restore', 'iptables-save']],
  ['node/worker-1', 'ip link set e', ['eth0']],
  ['node/worker-1', 'iptables -t nat -L KUBE-SERV', ['KUBE-SERVICES']],
  ['node/worker-1', 'ip addr | grep x; kubectl delete po', ['pods']],
  ['node/worker-1', 'kubectl delete pod cl', ['client']],
  ['pod/client', 'tcpdump -i ', ['any', 'eth0', 'lo']],
  ['pod/client', 'nonsense ', []],
])('%s: "%s" goes on with %j', (on, line, expected) => {
  const world = stateAt(scenario, request, -1)
  if ('problem' in world) throw new Error(world.problem)
  expect(completions(world, on, line)).toEqual(expect.arrayContaining(expected))
})
