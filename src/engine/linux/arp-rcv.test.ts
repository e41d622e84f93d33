/**
 * What Linux 6.18 did with an ARP frame from 02:00:00:00:00:99, for every sender and target: whether it answered, and what it then knew of the sender.
 * Each cell: "R" an answer; "s" STALE, "r" REACHABLE, "n" NOARP with the frame's MAC address, in capitals with the one known before; "-" nothing.
 */
import { describe, expect, it } from 'vitest'
import { type Address, parseAddress } from '../net/address.ts'
import { MAC_BROADCAST, MAC_ZERO, type Mac } from '../net/mac.ts'
import { NO_PAYLOAD, newIpPacket } from '../net/new-packet.ts'
import type { Packet } from '../net/packet.ts'
import { createLab, type Lab } from '../shell/test-lab.ts'
import { netifReceiveSkb } from './receive.ts'
import measured from './testdata/arp-6.18.json' with { type: 'json' }

const [OURS, SENDER, KNOWN] = ['02:00:00:00:00:01', '02:00:00:00:00:99', '02:00:00:00:00:55'] as Mac[] as [Mac, Mac, Mac]

const FRAMES: Readonly<Record<string, { readonly operation: 'request' | 'reply'; readonly to: Mac; readonly targetMac: Mac }>> = {
  request: { operation: 'request', to: MAC_BROADCAST, targetMac: MAC_ZERO },
  'reply to us': { operation: 'reply', to: OURS, targetMac: OURS },
  'reply to all': { operation: 'reply', to: MAC_BROADCAST, targetMac: SENDER },
}

function address(text: string): Address {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(text)
  return parsed
}

function frame(kind: string, sender: string, target: string): Packet {
  const made = FRAMES[kind]
  if (!made) throw new Error(kind)
  const ends = { senderAddress: address(sender), targetAddress: address(target) }
  const whole = newIpPacket({ id: 1, source: ends.senderAddress, destination: ends.targetAddress, protocol: 0, transport: null })
  return {
    ...whole,
    eth: { source: SENDER, destination: made.to, etherType: 0x0806 },
    network: { kind: 'arp', operation: made.operation, senderMac: SENDER, targetMac: made.targetMac, ...ends },
    payload: NO_PAYLOAD,
  }
}

/** e0 10.0.0.1/24, e1 10.0.1.1/24. */
function machine(sysctls: string): Lab {
  const lab = createLab()
  lab.sh(`
    ip netns add c
    ip link add e0 address ${OURS} type veth peer name c0 netns c
    ip link add e1 type veth peer name c1 netns c
    ip link set lo up
    ip link set e0 up
    ip link set e1 up
    ip -n c link set c0 up
    ip -n c link set c1 up
    ip addr add 10.0.0.1/24 dev e0
    ip addr add 10.0.1.1/24 dev e1
    sysctl -w net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.e0.rp_filter=0 net.ipv4.neigh.e0.locktime=30000 net.ipv4.neigh.e0.proxy_delay=0`)
  for (const one of sysctls.split(' ').filter((word) => word !== '')) {
    const device = one.startsWith('locktime') ? 'neigh.e0' : 'conf.e0'
    lab.sh(`sysctl -w net.ipv4.${device}.${one}`)
    if (one === 'forwarding=1') lab.sh('sysctl -w net.ipv4.conf.e1.forwarding=1')
  }
  return lab
}

function cell(lab: Lab, sender: string, packet: Packet): string {
  const effects = netifReceiveSkb(lab.ns('node'), 'e0', packet)
  const answered = effects.some((effect) => effect.kind === 'transmit' && effect.packet.network.kind === 'arp')
  const line =
    lab
      .sh(`ip neigh show dev e0 nud all`)
      .split('\n')
      .find((each) => each.startsWith(`${sender} `)) ?? ''
  const state = /[A-Z]+ *$/.exec(line)?.[0].trim()[0]?.toLowerCase() ?? '-'
  return `${answered ? 'R' : '-'}${line.includes(KNOWN) ? state.toUpperCase() : state}`
}

describe.each(measured.tables)('$sysctl, an ARP $frame, sender known: $known', ({ sysctl, frame: kind, known, senders }) => {
  it.each(Object.entries(senders))('from %s', (sender, answers) => {
    const seen = measured.targets.map((target) => {
      const lab = machine(sysctl)
      if (known && sender !== '0.0.0.0') lab.sh(`ip neigh replace ${sender} lladdr ${KNOWN} nud stale dev e0`)
      lab.wait(10)
      return cell(lab, sender, frame(kind, sender, target))
    })
    expect(seen.join(' ')).toBe(answers)
  })
})
