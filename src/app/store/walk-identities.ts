/** Hues and glyphs of the walk on screen, dealt once for each change of its records. */
import type { Topology } from '../../engine/simulation/topology.ts'
import { DEALT, dealIdentities, type Identities, type Identity } from './identities.ts'
import type { WalkState } from './state.ts'

export interface WalkIdentities {
  readonly identities: Identities
  /** Of the two ends as the walk bar names them; null where no packet has shown them. */
  readonly ends: { readonly from: Identity | null; readonly to: Identity | null }
}

let made: { readonly records: unknown; readonly topology: unknown; readonly hue: unknown; readonly value: WalkIdentities } | null = null

/** The identities of a walk. */
export function currentIdentities(topology: Topology | null, walk: WalkState | null): WalkIdentities {
  const records = walk?.records ?? null
  const hue = walk?.hue ?? null
  if (made?.records === records && made.topology === topology && made.hue === hue) return made.value
  const identities = dealIdentities(topology, walk?.records ?? [], hue === null ? DEALT : [hue])
  const value = {
    identities,
    ends: { from: walk ? senderOf(identities, walk) : null, to: walk ? targetOf(identities, topology, walk.to) : null },
  }
  made = { records, topology, hue, value }
  return value
}

function senderOf(identities: Identities, walk: WalkState): Identity | null {
  const where = walk.records[0]?.where
  return where === undefined ? null : (identities.byRef.get(where) ?? null)
}

function targetOf(identities: Identities, topology: Topology | null, to: string): Identity | null {
  const host = /^(?:[a-z]+:\/\/|ping |dns )?(?<host>(?:pod|svc|node|host)\/[^:]+|[^:/]+)/.exec(to)?.groups?.host ?? ''
  const direct =
    identities.byAddress.get(host) ?? identities.byRef.get(host) ?? identities.byRef.get(host.replace(/^pod\/([^/]+)$/, 'pod/default/$1'))
  if (direct) return direct
  const name = host.replace(/^svc\//, '').split(/[./]/)[0]
  const service = topology?.services.find((one) => one.name === name)
  return service ? (identities.byRef.get(service.ref) ?? null) : null
}
