/** What programs experience at their sockets, and what they say to each other there. */
import type { TraceEvent } from '../linux/trace-event.ts'
import type { Packet } from '../net/packet.ts'
import * as en from './en.ts'
import { messageWords } from './message-words.ts'
import { addressText, endpointText, packetWords, tcpMessage } from './packet-words.ts'
import { nameOf, type Scene } from './scene.ts'

type Socket = Extract<TraceEvent, { readonly at: 'socket' }>

/** Candidates for the sentence of a `socket` event, the most telling first. */
export function socketSentence(event: Socket, scene: Scene): readonly string[] {
  const { packet } = event
  const { who } = scene
  const [from, to] = [endpointText(packet, 'source'), endpointText(packet, 'destination')]
  /** The other end, whether this packet went there or came from there. */
  const peer = packet.iif === null ? to : from
  switch (event.action) {
    case 'send':
      return sends(packet, scene)
    case 'receive':
      if (event.socket !== null || packet.transport?.kind !== 'icmp') return receives(packet, scene)
      return packet.transport.type === 8 ? en.socket.pinged(who, from) : en.socket.consumed(who, packetWords(packet), from, event.detail)
    case 'accept':
      return en.socket.accept(who, portOf(packet, 'destination'), addressText(packet, 'source'), clientNote(packet, scene))
    case 'connected':
      return en.socket.connected(who, from)
    case 'refused':
      return refused(packet, scene)
    case 'retransmit':
      return en.socket.retransmit(who, packetWords(packet), to)
    case 'timeout':
      return en.socket.timeout(who, peer)
    case 'error':
      return isNoted(packet, event.detail) ? en.socket.notes(who, event.detail) : en.socket.error(who, event.detail)
    case 'close':
      return en.socket.close(who, peer)
  }
}

function sends(packet: Packet, { context, who }: Scene): readonly string[] {
  const to = endpointText(packet, 'destination')
  if (packet.transport?.kind === 'tcp' && tcpMessage(packet.transport.flags) === 'SYN') {
    const address = addressText(packet, 'destination')
    const unowned = context.addresses.get(address)?.kind === 'service' && !context.deviceOf.has(address)
    return en.socket.syn(who, to, nameOf(context, address), unowned)
  }
  const message = messageWords(packet.payload.data)
  if (message?.kind === 'question') return en.socket.dnsAsk(who, addressText(packet, 'destination'), message.name)
  if (message?.kind === 'answer') return en.socket.dnsAnswer(who, message.name, message.answer)
  if (message?.kind === 'no-name') return en.socket.dnsNoName(who, message.name, message.rcode)
  if (message?.kind === 'empty') return en.socket.dnsEmpty(who, message.name)
  if (message?.kind === 'text') return [...en.socket.says(who, to, message.text), ...en.socket.send(who, packetWords(packet), to)]
  return en.socket.send(who, packetWords(packet), to)
}

function receives(packet: Packet, { who }: Scene): readonly string[] {
  const from = endpointText(packet, 'source')
  const message = messageWords(packet.payload.data)
  if (message?.kind === 'answer')
    return [...en.socket.dnsHears(who, message.name, message.answer), ...en.socket.receive(who, packetWords(packet), from)]
  if (message?.kind === 'no-name' || message?.kind === 'empty')
    return [...en.socket.dnsHearsNothing(who, message.name), ...en.socket.receive(who, packetWords(packet), from)]
  if (message?.kind === 'question')
    return [...en.socket.dnsAsked(who, from, message.name), ...en.socket.receive(who, packetWords(packet), from)]
  if (message?.kind === 'text') return [...en.socket.hears(who, from, message.text), ...en.socket.receive(who, packetWords(packet), from)]
  return en.socket.receive(who, packetWords(packet), from)
}

function refused(packet: Packet, { who }: Scene): readonly string[] {
  const { transport } = packet
  const isAnswer = transport?.kind === 'tcp' ? transport.flags.rst : transport?.kind === 'sctp' && transport.chunk === 'ABORT'
  if (isAnswer) return en.socket.refused(who, endpointText(packet, 'source'))
  if (transport?.kind === 'icmp' && transport.quoted)
    return en.socket.refusedByError(who, addressText(packet, 'source'), endpointText(transport.quoted, 'destination'))
  if (transport?.kind === 'udp') return en.socket.refusesUdp(who, portOf(packet, 'destination'))
  return en.socket.refuses(who, portOf(packet, 'destination'))
}

/** An ICMP error about an association is noted, unless the protocol itself is unknown: `sctp_v4_err()`. */
function isNoted({ transport }: Packet, errno: string): boolean {
  return transport?.kind === 'icmp' && transport.quoted?.transport?.kind === 'sctp' && errno !== 'ENOPROTOOPT'
}

/** After "It sees ADDRESS as the client": who that is, and so whether the source was rewritten on the way. */
function clientNote(packet: Packet, { context }: Scene): string {
  const known = context.addresses.get(addressText(packet, 'source'))
  if (known?.kind === 'pod') return ': no NAT of the source'
  if (known?.kind === 'node') return `, an address of ${known.name}`
  return ''
}

function portOf(packet: Packet, side: 'source' | 'destination'): string {
  return endpointText(packet, side).split(':')[1] ?? ''
}
