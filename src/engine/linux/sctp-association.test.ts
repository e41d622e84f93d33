/** sctp_v4_scope(), sctp_in_scope(): which of its addresses a machine tells a peer (RFC 1918, RFC 3927). */
import { expect, test } from 'vitest'
import { parseAddress } from '../net/address.ts'
import { ipv4 } from '../net/ipv4.ts'
import { createLab } from '../shell/test-lab.ts'
import { multiHomed, newAssociation, updateRto } from './sctp-association.ts'

function told(peer: string, ...own: readonly string[]): readonly string[] | null {
  const lab = createLab()
  lab.sh('ip link add e1 type veth peer name p1\nip link set lo up\nip link set e1 up')
  for (const address of own) lab.sh(`ip addr add ${address}/32 dev e1`)
  const to = parseAddress(peer)
  if (to === null) throw new Error(peer)
  return /\((.*)\)$/.exec(multiHomed(lab.ns('node'), to) ?? '')?.[1]?.split(', ') ?? null
}

const OWN = ['169.254.1.1', '10.0.0.1', '8.8.8.8'] as const

test.each([
  ['127.0.0.1', ['127.0.0.1', '169.254.1.1', '10.0.0.1', '8.8.8.8']],
  ['169.254.9.9', ['169.254.1.1', '10.0.0.1', '8.8.8.8']],
  ['10.9.9.9', ['10.0.0.1', '8.8.8.8']],
  ['9.9.9.9', null],
])('a peer at %s is told %s', (peer, expected) => {
  expect(told(peer, ...OWN)).toEqual(expected)
})

/** With 8.8.8.8 beside it: a private address is told to a private peer only. */
test.each([
  ['9.255.255.255', 'global'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['11.0.0.0', 'global'],
  ['172.15.255.255', 'global'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', 'global'],
  ['192.167.255.255', 'global'],
  ['192.168.0.1', 'private'],
  ['192.168.255.255', 'private'],
  ['192.169.0.0', 'global'],
  ['169.253.255.255', 'global'],
  ['169.254.0.1', 'link'],
  ['169.254.255.255', 'link'],
  ['169.255.0.0', 'global'],
])('%s has %s scope', (address, scope) => {
  const to = { global: '1.1.1.1', private: '10.9.9.9', link: '169.254.9.9' }
  expect(told(to.global, address, '8.8.8.8') !== null).toBe(scope === 'global')
  expect(told(to.private, address, '8.8.8.8') !== null).toBe(scope !== 'link')
  expect(told(to.link, address, '8.8.8.8')).toEqual([address, '8.8.8.8'])
})

test('addresses of devices that are down are not told', () => {
  const lab = createLab()
  lab.sh('ip link add e1 type veth peer name p1\nip addr add 8.8.8.8/32 dev e1\nip addr add 8.8.4.4/32 dev e1')
  const to = parseAddress('1.1.1.1')
  expect(to === null ? null : multiHomed(lab.ns('node'), to)).toBe(null)
  lab.sh('ip link set e1 up')
  expect(to === null ? null : multiHomed(lab.ns('node'), to)).toBe('SCTP over several addresses (8.8.8.8, 8.8.4.4)')
})

test('RFC 9260 6.3.1: the first measurement, then an eighth and a quarter of each; the timeout, between rto_min and rto_max', () => {
  const lab = createLab()
  lab.sh('sysctl -w net.sctp.rto_min=300 net.sctp.rto_max=1500')
  const ends = { owner: 'client', localPort: 1, remotePort: 2, localAddress: ipv4(1), remoteAddress: ipv4(2) }
  const made = newAssociation(lab.ns('node'), ends, { state: 'ESTAB', initialTsn: 1, peerTsn: 1 })
  const seen = [80, 160, 160, 0, 800].map((rtt) => {
    updateRto(lab.ns('node'), made, rtt)
    return [made.sctp.srttMs, made.sctp.rttVarMs, made.sctp.rtoMs]
  })
  expect(seen).toEqual([
    [80, 40, 300],
    [90, 50, 300],
    [98.75, 55, 318.75],
    [86.40625, 65.9375, 350.15625],
    [175.60546875, 227.8515625, 1087.01171875],
  ])
  updateRto(lab.ns('node'), made, 3000)
  expect(made.sctp.rtoMs).toBe(1500)
})
