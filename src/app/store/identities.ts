/** Which hue and glyph an address has in one walk: dealt by first appearance, so the same address looks the same in every pane. */

import { formatAddress } from '../../engine/net/address.ts'
import type { Topology } from '../../engine/simulation/topology.ts'
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import { type Owner, ownersOf } from './owners.ts'

/** Names of CSS custom properties without the leading dashes. */
export type Hue = 'id-1' | 'id-2' | 'id-3' | 'id-4' | 'id-5' | 'id-svc' | 'id-node'
/** Repeats what kind of thing an address belongs to without colour: pod, node, Service, anything outside. */
export type Glyph = 'circle' | 'square' | 'diamond' | 'ring'

export interface Identity {
  /** Shape it belongs to, or the address itself when no shape owns it. */
  readonly ref: string
  /** Short name for people. */
  readonly name: string
  readonly hue: Hue
  readonly glyph: Glyph
}

export interface Identities {
  readonly byAddress: ReadonlyMap<string, Identity>
  readonly byRef: ReadonlyMap<string, Identity>
}

/** The hues of senders and receivers, in the order they are dealt. */
export const DEALT: readonly Hue[] = ['id-1', 'id-2', 'id-3', 'id-4', 'id-5']

/**
 * Deals hues to the addresses of a walk: Services violet, nodes slate, all others the next free hue, source before destination.
 * `hues`: those to deal from; of several walks on screen each has a single one.
 */
export function dealIdentities(topology: Topology | null, records: readonly TraceRecord[], hues: readonly Hue[] = DEALT): Identities {
  const owners = topology ? ownersOf(topology) : new Map<string, Owner>()
  const byAddress = new Map<string, Identity>()
  const byRef = new Map<string, Identity>()
  let dealt = 0
  const meet = (address: string) => {
    if (byAddress.has(address) || address.startsWith('127.') || address === '0.0.0.0') return
    const owner = owners.get(address) ?? { ref: address, name: address, kind: 'outside' as const, line: null }
    const known = byRef.get(owner.ref)
    const identity = known ?? { ref: owner.ref, name: owner.name, ...looksOf(owner.kind, () => hues[dealt++ % hues.length] ?? 'id-1') }
    byAddress.set(address, identity)
    byRef.set(owner.ref, identity)
  }
  let last: unknown = null
  for (const { event } of records) {
    const { network } = event.packet
    if (network === last || network.kind === 'arp') continue
    last = network
    meet(formatAddress(network.source))
    meet(formatAddress(network.destination))
  }
  for (const [address, owner] of owners) if (owner.kind === 'service' || owner.kind === 'node' || byRef.has(owner.ref)) meet(address)
  return { byAddress, byRef }
}

/** The identity of an address as seen in one namespace: loopback addresses mean that namespace itself. */
export function identityOf(identities: Identities, address: string, where: string): Identity {
  const known = identities.byAddress.get(address)
  if (known) return known
  const here = address.startsWith('127.') ? identities.byRef.get(where) : undefined
  if (here) return here
  const glyph: Glyph = where.startsWith('node/') ? 'square' : 'circle'
  return { ref: address, name: address, hue: 'id-1', glyph: address.startsWith('127.') ? glyph : 'ring' }
}

function looksOf(kind: Owner['kind'], next: () => Hue): { hue: Hue; glyph: Glyph } {
  switch (kind) {
    case 'service':
      return { hue: 'id-svc', glyph: 'diamond' }
    case 'node':
      return { hue: 'id-node', glyph: 'square' }
    case 'pod':
      return { hue: next(), glyph: 'circle' }
    case 'outside':
      return { hue: next(), glyph: 'ring' }
  }
}
