/** The scene of one sentence: where it plays, and what addresses are called there. */
import type { Packet } from '../net/packet.ts'
import type { NarratorContext } from './context.ts'
import { addressText } from './packet-words.ts'

/** Where an event happened and what everything is called. */
export interface Scene {
  readonly context: NarratorContext
  readonly where: string
  /** Name of the place, as a sentence's actor. */
  readonly who: string
}

/** What an address is: "pod web", "Service db", "node worker-1"; null when the topology does not know it. */
export function nameOf(context: NarratorContext, address: string): string | null {
  const known = context.addresses.get(address)
  if (!known) return null
  if (known.kind === 'gateway' || known.kind === 'internet') return `the ${known.kind}`
  return `${known.kind === 'service' ? 'Service' : known.kind} ${known.name}`
}

/** The name alone where there is one, else the address. */
export function named(context: NarratorContext, packet: Packet, side: 'source' | 'destination'): string {
  const text = addressText(packet, side)
  return context.addresses.get(text)?.name ?? text
}
