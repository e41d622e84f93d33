/** What programs sent, as the bytes they would have written: HTTP, DNS and plain text instead of their readable forms. */
import type { Packet } from '../net/packet.ts'
import { dnsMessageOf } from './dns-message.ts'
import { dnsBytes } from './dns-wire.ts'
import { messageOf, printMessage } from './http-message.ts'

function wireData(data: unknown): unknown {
  const dns = dnsMessageOf(data)
  if (dns) return dnsBytes(dns)
  const message = messageOf(data)
  if (message) return printMessage(message)
  return isEcho(data) ? echoBytes() : data
}

function isEcho(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'echo-data'
}

const STRUCT_TIMEVAL = 16
const MOST_ECHO = 65507

/** iputils ping/ping.c fill(): a time stamp (here zeros), then the place of each byte. */
function echoBytes(): Uint8Array {
  return Uint8Array.from({ length: MOST_ECHO }, (_, at) => (at < STRUCT_TIMEVAL ? 0 : at & 255))
}

/** The packet with everything in it as bytes: what it carries, encapsulates, quotes or is a fragment of. */
export function wirePacket<P extends Packet>(packet: P): P {
  const { payload, transport } = packet
  const { inner, fragmentOf } = payload
  const quoted = transport?.kind === 'icmp' ? transport.quoted : null
  return {
    ...packet,
    transport: transport?.kind === 'icmp' && quoted ? { ...transport, quoted: wirePacket(quoted) } : transport,
    payload: {
      ...payload,
      data: wireData(payload.data),
      inner: inner && wirePacket(inner),
      ...(fragmentOf ? { fragmentOf: { ...fragmentOf, packet: wirePacket(fragmentOf.packet) } } : {}),
    },
  }
}
