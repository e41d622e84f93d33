/** arp_ignore and rp_filter in every combination, and the addresses SNAT takes from a range: measured on Linux 6.18. */
import { describe, expect, it } from 'vitest'
import type { NetNs } from '../linux/netns.ts'
import { netifReceiveSkb } from '../linux/receive.ts'
import { socketListen } from '../linux/socket.ts'
import { type Address, parseAddress } from '../net/address.ts'
import { MAC_BROADCAST, MAC_ZERO, type Mac } from '../net/mac.ts'
import { NO_PAYLOAD, newIpPacket } from '../net/new-packet.ts'
import type { Packet } from '../net/packet.ts'
import { createLab, type Lab } from './test-lab.ts'

const address = (text: string): Address => {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(text)
  return parsed
}
const OTHER = '02:00:00:00:00:99' as Mac

/** node: e0 10.0.0.1/24 and e1 10.0.1.1/24 to namespace c, 10.0.9.1 on lo. */
function node(sysctls: string): Lab {
  const lab = createLab()
  lab.sh(`
    ip netns add c
    ip link add e0 type veth peer name e0 netns c
    ip link add e1 type veth peer name e1 netns c
    ip link set lo up
    ip link set e0 up
    ip link set e1 up
    ip -n c link set e0 up
    ip -n c link set e1 up
    ip addr add 10.0.0.1/24 dev e0
    ip addr add 10.0.1.1/24 dev e1
    ip addr add 10.0.9.1/32 dev lo
    sysctl -w net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.e0.rp_filter=0 net.ipv4.conf.e1.rp_filter=0
    sysctl -w ${sysctls}`)
  return lab
}

function whoHas(target: string, tell: string): Packet {
  const whole = newIpPacket({ id: 1, source: address(tell), destination: address(target), protocol: 0, transport: null })
  return {
    ...whole,
    eth: { source: OTHER, destination: MAC_BROADCAST, etherType: 0x0806 },
    network: {
      kind: 'arp',
      operation: 'request',
      senderMac: OTHER,
      senderAddress: address(tell),
      targetMac: MAC_ZERO,
      targetAddress: address(target),
    },
    payload: NO_PAYLOAD,
  }
}

const answers = (ns: NetNs, device: string, packet: Packet): boolean =>
  netifReceiveSkb(ns, device, packet).some(
    (effect) => effect.kind === 'transmit' && effect.packet.network.kind === 'arp' && effect.packet.network.operation === 'reply',
  )

describe('arp_ignore', () => {
  const targets = ['10.0.0.1', '10.0.1.1', '10.0.9.1', '10.0.0.77']
  const senders = ['10.0.0.2', '10.0.1.2', '0.0.0.0']
  // One digit for each target and sender, by device.
  it.each([
    [0, '111111111000 111111111000'],
    [1, '111000000000 000111000000'],
    [2, '101000000000 000011000000'],
    [3, '111111111000 111111111000'],
    [8, '000000000000 000000000000'],
  ])('%i', (value, measured) => {
    const lab = node(`net.ipv4.conf.all.arp_ignore=${value}`)
    const of = (device: string): string =>
      targets.flatMap((target) => senders.map((sender) => (answers(lab.ns('node'), device, whoHas(target, sender)) ? '1' : '0'))).join('')
    expect(`${of('e0')} ${of('e1')}`).toBe(measured)
  })
})

describe('rp_filter', () => {
  const sources = ['10.0.0.2', '10.0.1.2', '10.0.5.5', '127.0.0.1', '10.0.0.1', '0.0.0.0', '10.0.0.255', '224.0.0.1']
  const loose = '10.0.0.2 10.0.1.2'
  // Martians never pass; a broadcast source does where nothing is asked back.
  it.each([
    [0, 0, '10.0.0.2 10.0.1.2 10.0.5.5 10.0.0.255'],
    [0, 1, '10.0.0.2'],
    [0, 2, loose],
    [1, 0, '10.0.0.2'],
    [1, 1, '10.0.0.2'],
    [1, 2, loose],
    [2, 0, loose],
    [2, 1, loose],
    [2, 2, loose],
  ])('all %i, e0 %i', (all, own, measured) => {
    const lab = node(`net.ipv4.conf.all.rp_filter=${all} net.ipv4.conf.e0.rp_filter=${own}`)
    const ns = lab.ns('node')
    socketListen(ns, { protocol: 'udp', address: null, port: 99, owner: 'test' })
    const mac = ns.devices.get('e0')?.mac ?? MAC_ZERO
    const received = sources.filter((source) => {
      const udp = { kind: 'udp', sourcePort: 5000, destinationPort: 99 } as const
      const packet = newIpPacket({ id: 1, source: address(source), destination: address('10.0.0.1'), protocol: 17, transport: udp })
      const framed: Packet = { ...packet, eth: { source: OTHER, destination: mac, etherType: 0x0800 } }
      return netifReceiveSkb(ns, 'e0', framed).some(({ kind }) => kind === 'deliver')
    })
    expect(received.join(' ')).toBe(measured)
  })
})

describe('accept_local', () => {
  // The source is an address of the node's own, on another device: only accept_local lets it in, and only where rp_filter does not ask for that device.
  it.each([
    [0, '0111'],
    [1, '0000'],
    [2, '0111'],
  ])('rp_filter %i, for all and e0 00 01 10 11: %s', (filter, measured) => {
    const received = ['00', '01', '10', '11'].map((digits) => {
      const [all, own] = digits
      const lab = node(`net.ipv4.conf.all.rp_filter=${filter} net.ipv4.conf.all.accept_local=${all} net.ipv4.conf.e0.accept_local=${own}`)
      const ns = lab.ns('node')
      socketListen(ns, { protocol: 'udp', address: null, port: 99, owner: 'test' })
      const udp = { kind: 'udp', sourcePort: 5000, destinationPort: 99 } as const
      const packet = newIpPacket({ id: 1, source: address('10.0.1.1'), destination: address('10.0.0.1'), protocol: 17, transport: udp })
      const framed: Packet = { ...packet, eth: { source: OTHER, destination: ns.devices.get('e0')?.mac ?? MAC_ZERO, etherType: 0x0800 } }
      return netifReceiveSkb(ns, 'e0', framed).some(({ kind }) => kind === 'deliver') ? '1' : '0'
    })
    expect(received.join('')).toBe(measured)
  })
})

describe('arp_announce', () => {
  // Whose address the node asks with, on e0 (10.0.0.1/24), for a packet from its own 10.0.1.1 (e1), 10.0.0.77 (e1, of e0's network) and 10.0.0.1.
  it.each([
    [0, ['10.0.1.1', '10.0.0.77', '10.0.0.1']],
    [1, ['10.0.0.1', '10.0.0.77', '10.0.0.1']],
    [2, ['10.0.0.1', '10.0.0.1', '10.0.0.1']],
  ])('%i: asks as %j', (value, measured) => {
    const asked = ['10.0.1.1', '10.0.0.77', '10.0.0.1'].map((source) => {
      const lab = node(`net.ipv4.conf.all.arp_announce=${value}`)
      lab.sh(`ip addr add 10.0.0.77/32 dev e1
        ip route add 10.0.0.50/32 dev e0 src ${source}`)
      lab.exchange('node', 'udp', '10.0.0.50:9', { forMs: 100 })
      const question = lab.wire.find((line) => line.includes('who-has 10.0.0.50'))
      return /tell ([\d.]+)/.exec(question ?? '')?.[1] ?? question
    })
    expect(asked).toEqual(measured)
  })
})
