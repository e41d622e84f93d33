/** ip_tunnel_lookup(): both ends, then the remote one, then the local one, then none; in whatever order the devices were made. */
import { expect, test } from 'vitest'
import { parseAddress } from '../net/address.ts'
import { testTerminal } from '../shell/test-machine.ts'
import { ipTunnelLookup } from './ipip-lookup.ts'

const MADE = [
  'ip link add both type ipip local 10.0.0.1 remote 10.0.0.2',
  'ip link add remote type ipip remote 10.0.0.2',
  'ip link add local type ipip local 10.0.0.1',
]

test.each([
  ['10.0.0.2', '10.0.0.1', 'both remote local', 'both'],
  ['10.0.0.2', '10.0.0.1', 'remote local', 'remote'],
  ['10.0.0.2', '10.0.0.1', 'local', 'local'],
  ['10.0.0.2', '10.0.0.1', '', 'tunl0'],
  ['10.0.0.2', '10.0.0.9', 'both remote local', 'remote'],
  ['10.0.0.9', '10.0.0.1', 'both remote local', 'local'],
  ['10.0.0.9', '10.0.0.9', 'both remote local', 'tunl0'],
])('from %s to %s with %s: %s', (from, to, names, found) => {
  const remote = parseAddress(from)
  const local = parseAddress(to)
  if (remote === null || local === null) throw new Error(from)
  for (const lines of [MADE, MADE.toReversed()]) {
    const { type, machine } = testTerminal()
    for (const line of lines) if (names.split(' ').includes(line.split(' ')[3] ?? '')) type(line)
    type('ip link add tunl0 type ipip')
    for (const name of ['tunl0', ...names.split(' ')]) type(`ip link set ${name} up`)
    expect(ipTunnelLookup(machine.root, remote, local)?.name).toBe(found)
    type(`ip link set ${found} down`)
    expect(ipTunnelLookup(machine.root, remote, local)?.name).not.toBe(found)
  }
})
