/** Chunks that Linux 6.18 forwarded, one after the other, and the entry after the last: its state, who began, whether it is assured or has no reply. */
import { expect, test } from 'vitest'
import measured from './testdata/conntrack-sctp-6.18.json' with { type: 'json' }
import { createTestMachine } from './testdata/machine.ts'
import { framedPacket } from './testdata/packet-text.ts'

const ENDS = { o: '10.0.0.11:1000>192.168.9.2:80', r: '192.168.9.2:80>10.0.0.11:1000' } as const
const PATHS = {
  o: ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1'],
  r: ['PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0'],
} as const

/** "CLOSED o unreplied" of a line of `conntrack -L`. */
function entryOf(line: string): string {
  const [, state = '', source = ''] = /^sctp +132 \d+ (\w+) src=(\S+) /.exec(line) ?? []
  if (state === '') return ''
  return `${state} ${source === '10.0.0.11' ? 'o' : 'r'}${line.includes('[ASSURED]') ? ' assured' : ''}${line.includes('[UNREPLIED]') ? ' unreplied' : ''}`
}

test(`${measured.length} sequences of chunks`, () => {
  const seen = measured.map(([steps = '']) => {
    const machine = createTestMachine()
    machine.load('*filter\n-A FORWARD -m conntrack --ctstate INVALID -j ACCEPT\nCOMMIT\n')
    for (const [index, step] of steps.split(' ').entries()) {
      const [end, chunk = ''] = step.split(':')
      const side = end === 'r' ? 'r' : 'o'
      machine.pass(framedPacket(`sctp ${ENDS[side]} ${chunk}`, index), ...PATHS[side])
    }
    return [steps, entryOf(machine.list()[0] ?? '')]
  })
  expect(seen).toEqual(measured)
})
