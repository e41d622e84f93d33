/** TCP segments of one connection between 10.0.0.11 and 192.168.9.2, written as text, and what conntrack makes of them. */
import { NO_FLAGS } from '../../../net/new-packet.ts'
import type { IpPacket, TcpFlags } from '../../../net/packet.ts'
import { packet, type TestMachine } from './machine.ts'

const LETTERS: Readonly<Record<string, keyof TcpFlags>> = { S: 'syn', A: 'ack', F: 'fin', R: 'rst', P: 'psh' }

/** "o PA 1001 5001 100": direction, flags, sequence number, acknowledgement, bytes of data, window, blocks of a selective acknowledgement. */
function segment(text: string): IpPacket {
  const [direction = 'o', letters = '', seq = '0', ack = '0', length = '0', window = '64240', blocks] = text.split(' ')
  const made = packet(direction === 'o' ? 'tcp 10.0.0.11:1000>192.168.9.2:80' : 'tcp 192.168.9.2:80>10.0.0.11:1000')
  if (made.transport?.kind !== 'tcp') throw new Error(text)
  const flags = { ...NO_FLAGS, ...Object.fromEntries([...letters].flatMap((letter) => (LETTERS[letter] ? [[LETTERS[letter], true]] : []))) }
  const sack = blocks?.split(',').map((block) => {
    const [left = '', right = ''] = block.split('-')
    return { left: Number(left), right: Number(right) }
  })
  const transport = { ...made.transport, seq: Number(seq), ack: Number(ack), flags, window: Number(window), ...(sack ? { sack } : {}) }
  return { ...made, transport, payload: { length: Number(length), data: null, inner: null } }
}

/** What the kernel was asked after each segment: the state of the packet, and the entry. */
export function sendSegment(machine: TestMachine, text: string): readonly [string, string] {
  const path = text.startsWith('o')
    ? ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1']
    : ['PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0']
  const passed = machine.pass(segment(text), ...path)
  const { ct } = passed.packet
  const line = machine.list()[0]
  const found = /^tcp +6 (\d+ \w+)/.exec(line ?? '')?.[1]
  const flags = (line?.includes('UNREPLIED') ? ' unreplied' : '') + (line?.includes('ASSURED') ? ' assured' : '')
  return [ct === null || typeof ct === 'string' ? 'INVALID' : ct.state, found ? found + flags : '-']
}
