/** What is told of segments that a connection does not take (RFC 9293, RFC 5961); what is answered is in `testdata/wire/`. */
import { expect, test } from 'vitest'
import { createLab } from '../shell/test-lab.ts'
import { frameOf } from './testdata/wire-text.ts'

const ETH = 'from=02:00:00:00:01:01 to=02:00:00:00:00:01'

function refused(...segments: readonly string[]): string[] {
  const lab = createLab()
  lab.sh(`
    ip link set lo up
    ip netns add far
    ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 address 02:00:00:00:01:01 netns far
    ip -n far link set p1 up
    ip link set e1 up
    ip addr add 10.0.1.1/24 dev e1
    ip neigh add 10.0.1.9 lladdr 02:00:00:00:01:01 dev e1 nud permanent`)
  lab.serve('node', 'tcp', 80)
  const first = new Map([['167772417:80>167772425:5', 0]])
  const isn = () => [...lab.ns('node').sockets.sockets.values()].find(({ tcp }) => tcp !== null && tcp.listener !== null)?.tcp?.iss ?? 0
  for (const [index, segment] of ['S seq=1000 mss=1460', ...segments].entries()) {
    first.set('167772417:80>167772425:5', isn())
    lab.put('far', 'p1', frameOf(`tcp 10.0.1.9:5>10.0.1.1:80 ${segment} ${ETH}`, index, first))
    lab.wait(4)
  }
  return lab.drops().filter((line) => line.startsWith('node '))
}

const OPEN = 'A seq=1001 ack=+1'

test.each([
  ['the SYN ACK again', [OPEN, 'SA seq=1000 ack=+1'], []],
  ['a SYN', [OPEN, 'S seq=1001'], ['node TCP_INVALID_SEQUENCE: ESTAB: a SYN inside a connection']],
  ['a RST in the window', [OPEN, 'R seq=1002'], ['node TCP_INVALID_SEQUENCE: ESTAB: a RST that is not exactly next']],
  ['a RST beyond it', [OPEN, 'R seq=9001001'], ['node TCP_INVALID_SEQUENCE: ESTAB: a RST that is not exactly next']],
  ['data beyond it', [OPEN, 'PA seq=9001001 ack=+1 len=5'], ['node TCP_INVALID_SEQUENCE: ESTAB: outside the window']],
  ['an old acknowledgement', [OPEN, 'A seq=900 ack=+1'], ['node TCP_INVALID_SEQUENCE: ESTAB: outside the window']],
  [
    'an acknowledgement of what was not sent',
    [OPEN, 'A seq=1001 ack=+9'],
    ['node TCP_ACK_UNSENT_DATA: ESTAB: acknowledges what it cannot have'],
  ],
  ['no flag at all', [OPEN, 'P seq=1001 len=5'], ['node TCP_FLAGS: ']],
  [
    'a RST behind the last of what is ahead (tcp_reset_check())',
    [OPEN, 'PA seq=1031 ack=+1 len=5', 'PA seq=1011 ack=+1 len=5', 'R seq=1036'],
    [],
  ],
  [
    'a RST behind the first of it',
    [OPEN, 'PA seq=1031 ack=+1 len=5', 'PA seq=1011 ack=+1 len=5', 'R seq=1016'],
    ['node TCP_INVALID_SEQUENCE: ESTAB: a RST that is not exactly next'],
  ],
  ['before: another SYN', ['S seq=1001'], ['node TCP_RESET: SYN-RECV: another SYN']],
  ['before: a RST', ['R seq=1001'], ['node TCP_RESET: SYN-RECV: the client gave up']],
  ['before: a RST elsewhere', ['R seq=900'], ['node TCP_INVALID_SEQUENCE: SYN-RECV: a RST that is not exactly next']],
  ['before: another acknowledgement', ['A seq=1001 ack=+5'], ['node TCP_FLAGS: a listening socket wants a SYN']],
  ['before: data without ACK', ['P seq=1001 len=5'], ['node TCP_FLAGS: SYN-RECV: acknowledges nothing']],
] as const)('%s', (_what, segments, told) => {
  expect(refused(...segments)).toEqual(told)
})

/** How often it answers the same segment again, `apartMs` apart. */
test.each([
  [500, 1, 499],
  [500, 2, 500],
  [0, 2, 1],
])('tcp_invalid_ratelimit=%i: %i answers to two segments outside the window, %i ms apart', (limit, answers, apartMs) => {
  const lab = createLab()
  lab.sh(`
    ip link set lo up
    ip netns add far
    ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 address 02:00:00:00:01:01 netns far
    ip -n far link set p1 up
    ip link set e1 up
    ip addr add 10.0.1.1/24 dev e1
    ip neigh add 10.0.1.9 lladdr 02:00:00:00:01:01 dev e1 nud permanent
    sysctl -w net.ipv4.tcp_invalid_ratelimit=${limit}`)
  lab.serve('node', 'tcp', 80)
  const first = new Map<string, number>()
  const put = (segment: string): void => {
    const iss = [...lab.ns('node').sockets.sockets.values()].find(({ tcp }) => tcp !== null && tcp.listener !== null)?.tcp?.iss ?? 0
    first.set('167772417:80>167772425:5', iss)
    lab.put('far', 'p1', frameOf(`tcp 10.0.1.9:5>10.0.1.1:80 ${segment} ${ETH}`, 1, first))
  }
  for (const segment of ['S seq=1000 mss=1460', OPEN]) {
    put(segment)
    lab.wait(4)
  }
  const before = lab.frames.length
  put('A seq=9001001 ack=+1')
  lab.wait(apartMs)
  put('A seq=9001001 ack=+1')
  lab.wait(4)
  expect(lab.frames.slice(before).filter(({ where }) => where === 'node')).toHaveLength(answers)
})
