/** A packet as layers of fields, and what a step changed in them. Pure. */
import { formatAddress } from '../../engine/net/address.ts'
import type { ArpHeader, EthHeader, IpHeader, Packet, TransportHeader } from '../../engine/net/packet.ts'
import { isVxlanHeader } from '../../engine/net/packet-bytes.ts'
import { transportHeaderLength } from '../../engine/net/packet-length.ts'
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import { type Field, type Header, headerFields } from './header-fields.ts'
import { flagWords } from './packet-words.ts'

/** What the fields of a layer are: those that tell a reader something, or every bit of the header in its order. */
export type LayerForm = 'fields' | 'header'

export interface Layer {
  readonly title: string
  /** Bytes of this header. */
  readonly bytes: number
  readonly fields: readonly Field[]
  /** How deep it is wrapped: 0 outside, 1 inside a tunnel … */
  readonly depth: number
  /** Where its header stands; null for what is none. */
  readonly header: Header | null
}

/** The packet before this record's step: what the event says, else the packet as the record before saw it; null for its first. */
export function packetBefore(records: readonly TraceRecord[], n: number): Packet | null {
  const event = records[n]?.event
  if (!event) return null
  if ('before' in event) return event.before
  for (let index = n - 1; index >= 0; index--) {
    const packet = records[index]?.event.packet
    if (packet?.id === event.packet.id) return packet
  }
  return null
}

/** The layers of a packet from outside in, each field with its former value where it differs. */
export function layersOf(packet: Packet, before: Packet | null, form: LayerForm = 'fields'): readonly Layer[] {
  const read = (one: Packet) => (form === 'fields' ? plainLayers(one, 0) : plainLayers(one, 0).map(asHeader))
  const plain = read(packet)
  if (before === null) return plain
  const old = read(before)
  const shift = Math.max(0, plain.length - old.length)
  return plain.map((layer, index) => {
    const former = old.length === plain.length ? old[index] : old[index - shift]
    return former?.title === layer.title ? { ...layer, fields: layer.fields.map((field) => marked(field, former)) } : layer
  })
}

function asHeader(layer: Layer): Layer {
  return layer.header === null ? layer : { ...layer, fields: headerFields(layer.header, layer.bytes) }
}

function marked(field: Field, former: Layer): Field {
  const old = former.fields.find((one) => one.name === field.name)
  return old && old.value !== field.value ? { ...field, before: old.value } : field
}

function plainLayers(packet: Packet, depth: number): readonly Layer[] {
  const layers: Layer[] = []
  const { eth, network, transport, payload } = packet
  let at = 0
  const add = (kind: Header['kind'], { bytes, ...layer }: Content): void => {
    layers.push({ ...layer, bytes, depth, header: { kind, frame: packet, at } })
    at += bytes
  }
  if (eth) add('ethernet', ethernetLayer(eth))
  if (network.kind === 'arp') add('arp', arpLayer(network))
  else add('ipv4', ipLayer(network))
  if (transport) add(transport.kind, transportLayer(transport))
  if (payload.inner) {
    if (isVxlanHeader(payload.data)) add('vxlan', { title: 'VXLAN', bytes: 8, fields: [text('vni', payload.data.vni)] })
    layers.push(...plainLayers(payload.inner, depth + 1))
  } else if (payload.length > 0)
    layers.push({ title: 'Data', bytes: payload.length, depth, header: null, fields: dataFields(payload.data) })
  if (packet.mark !== 0)
    layers.push({ title: 'skb', bytes: 0, depth, header: null, fields: [text('mark', `0x${packet.mark.toString(16)}`)] })
  if (packet.transport?.kind === 'icmp' && packet.transport.quoted)
    layers.push(
      ...plainLayers({ ...packet.transport.quoted, eth: null }, depth + 1).map((layer) => ({ ...layer, title: `${layer.title}, quoted` })),
    )
  return layers
}

function text(name: string, value: string | number): Field {
  return { name, value: String(value), address: false, before: null }
}

function address(name: string, value: string): Field {
  return { name, value, address: true, before: null }
}

type Content = Omit<Layer, 'depth' | 'header'>

function ethernetLayer(eth: EthHeader): Content {
  const fields = [text('source', eth.source), text('destination', eth.destination)]
  if (eth.vlanId === undefined) return { title: 'Ethernet', bytes: 14, fields }
  return { title: 'Ethernet', bytes: 18, fields: [...fields, text('vlan', eth.vlanId)] }
}

function arpLayer(arp: ArpHeader): Content {
  return {
    title: 'ARP',
    bytes: 28,
    fields: [
      text('message', arp.operation === 'request' ? 'who has' : 'is at'),
      address('sender', formatAddress(arp.senderAddress)),
      text('sender mac', arp.senderMac),
      address('target', formatAddress(arp.targetAddress)),
      ...(arp.operation === 'reply' ? [text('target mac', arp.targetMac)] : []),
    ],
  }
}

function ipLayer(ip: IpHeader): Content {
  const flags = [ip.df ? 'DF' : '', ip.mf ? 'MF' : ''].filter(Boolean).join(' ')
  return {
    title: 'IPv4',
    bytes: 20,
    fields: [
      address('source', formatAddress(ip.source)),
      address('destination', formatAddress(ip.destination)),
      text('ttl', ip.ttl),
      ...(flags ? [text('flags', flags)] : []),
      ...(ip.fragmentOffset > 0 ? [text('offset', ip.fragmentOffset)] : []),
    ],
  }
}

function transportLayer(header: TransportHeader): Content {
  switch (header.kind) {
    case 'tcp':
      return {
        title: 'TCP',
        bytes: transportHeaderLength(header),
        fields: [
          ports(header),
          text('flags', flagWords(header.flags)),
          text('seq', header.seq),
          ...(header.flags.ack ? [text('ack', header.ack)] : []),
          ...(header.mss === null ? [] : [text('mss', header.mss)]),
        ],
      }
    case 'udp':
      return { title: 'UDP', bytes: 8, fields: [ports(header)] }
    case 'sctp':
      return {
        title: 'SCTP',
        bytes: transportHeaderLength(header),
        fields: [ports(header), text('chunk', header.chunk), ...('tsn' in header ? [text('tsn', header.tsn)] : [])],
      }
    case 'icmp':
      return {
        title: 'ICMP',
        bytes: 8,
        fields: [
          text('type', header.type),
          text('code', header.code),
          ...(header.type === 0 || header.type === 8 ? [text('id, seq', `${header.id}, ${header.seq}`)] : []),
          ...(header.mtu === null ? [] : [text('mtu', header.mtu)]),
          ...(header.gateway === null ? [] : [address('gateway', formatAddress(header.gateway))]),
        ],
      }
  }
}

function ports(header: { readonly sourcePort: number; readonly destinationPort: number }): Field {
  return text('ports', `${header.sourcePort} → ${header.destinationPort}`)
}

/** What the program's data says, a few plain fields of it. */
function dataFields(data: unknown): readonly Field[] {
  if (typeof data === 'string') return [text('text', data.length > 120 ? `${data.slice(0, 119)}…` : data)]
  if (typeof data !== 'object' || data === null) return []
  return Object.entries(data)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) && String(value) !== '')
    .slice(0, 8)
    .map(([name, value]) => text(name, String(value).slice(0, 120)))
}
