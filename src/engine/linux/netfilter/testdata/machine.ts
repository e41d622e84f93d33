/** A node with cni0 10.0.0.1/24 and eth1 192.168.9.1/24, for tests of the hooks alone: nothing is routed. Not part of the program. */
import { formatAddress, parseAddress } from '../../../net/address.ts'
import { NO_FLAGS, newIpPacket } from '../../../net/new-packet.ts'
import type { IpPacket, TcpFlags, TransportHeader } from '../../../net/packet.ts'
import { createNetNs } from '../../create-netns.ts'
import { addAddress, addDevice, setDevice } from '../../device-config.ts'
import type { Kernel, NetNs } from '../../netns.ts'
import { conntrackEntries } from '../conntrack-table.ts'
import { formatConntrackEntry } from '../conntrack-text.ts'
import type { HookVerdict } from '../hook.ts'
import { nfHook } from '../nf-hook.ts'
import { type RestoreError, restoreText } from '../restore.ts'
import type { Hook } from '../rule.ts'

const address = (text: string) =>
  parseAddress(text) ??
  (() => {
    throw new Error(text)
  })()
const FLAGS: Readonly<Record<string, Partial<TcpFlags>>> = {
  S: { syn: true },
  SA: { syn: true, ack: true },
  A: { ack: true },
  PA: { psh: true, ack: true },
  FA: { fin: true, ack: true },
  R: { rst: true },
  RA: { rst: true, ack: true },
}

/** "tcp 10.0.0.11:1000>10.96.0.10:80 S", "udp …", "icmp 10.0.0.11>10.0.0.12 8/0". */
export function packet(text: string): IpPacket {
  const [protocol = '', ends = '', last = ''] = text.split(' ')
  const [from = '', to = ''] = ends.split('>')
  const [source = '', sport = '0'] = from.split(':')
  const [destination = '', dport = '0'] = to.split(':')
  const ports = { sourcePort: Number(sport), destinationPort: Number(dport) }
  const [type = '8', code = '0'] = last.split('/')
  const flags = { ...NO_FLAGS, ...FLAGS[last] }
  const headers: Readonly<Record<string, TransportHeader>> = {
    tcp: { kind: 'tcp', ...ports, seq: 0, ack: 0, flags, mss: null, window: 64240 },
    udp: { kind: 'udp', ...ports },
    icmp: { kind: 'icmp', type: Number(type), code: Number(code), id: 7, seq: 1, mtu: null, quoted: null, gateway: null },
  }
  const numbers: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1 }
  const transport = headers[protocol] ?? null
  return newIpPacket({ id: 1, source: address(source), destination: address(destination), protocol: numbers[protocol] ?? 0, transport })
}

/** "10.0.0.11:1000>10.96.0.10:80": a packet's ends. */
export function words(p: IpPacket): string {
  const { network, transport } = p
  if (network.kind !== 'ip') return 'arp'
  const port = (end: 'sourcePort' | 'destinationPort') => (transport && transport.kind !== 'icmp' ? `:${transport[end]}` : '')
  return `${formatAddress(network.source)}${port('sourcePort')}>${formatAddress(network.destination)}${port('destinationPort')}`
}

export interface TestMachine {
  readonly kernel: Kernel
  readonly ns: NetNs
  /** Loads iptables-save text; leading blanks of its lines do not count. */
  load(rules: string): RestoreError | null
  /** Takes a packet through hooks: "PREROUTING cni0", "FORWARD cni0 eth1" … and stops where it is not accepted. */
  pass(packet: IpPacket, ...path: readonly string[]): HookVerdict
  /** `conntrack -L`. */
  list(): readonly string[]
}

/** A fresh machine. Its chooser picks 5000, 5001, … */
export function createTestMachine(): TestMachine {
  let picks = 0
  const kernel: Kernel = { nowMs: 1000, chooser: { choose: () => 0, pick: () => picks++ }, nextPacketId: 1 }
  const ns = createNetNs('node', kernel)
  setDevice(ns, 'lo', { up: true })
  for (const [name, local] of [
    ['cni0', '10.0.0.1'],
    ['eth1', '192.168.9.1'],
  ] as const) {
    addDevice(ns, { name, kind: 'physical', network: name })
    setDevice(ns, name, { up: true })
    addAddress(ns, name, { local: address(local), prefixLength: 24 })
  }
  picks = 5000
  return {
    kernel,
    ns,
    load(rules) {
      const options = { noflush: false, counters: false, table: null, origin: null, lineOrigins: null, test: false }
      return restoreText(ns.netfilter.ip, rules.replace(/^ +/gm, ''), options)
    },
    pass(packet, ...path) {
      let verdict: HookVerdict = { kind: 'ACCEPT', packet }
      for (const step of path) {
        const [hook = '', first = null, second = null] = step.split(' ')
        const input = hook === 'PREROUTING' || hook === 'INPUT' || hook === 'FORWARD'
        const state = { in: input ? first : null, out: hook === 'FORWARD' ? second : input ? null : first, route: null, bridged: false }
        verdict = nfHook(ns, hook as Hook, verdict.packet, state)
        if (verdict.kind !== 'ACCEPT') return verdict
      }
      return verdict
    },
    list: () => conntrackEntries(ns).map((entry) => formatConntrackEntry(entry, kernel.nowMs)),
  }
}
