/** Which shapes hold what is looked for: in their names, addresses, workloads, containers. Pure. */
import type { Topology } from '../../engine/simulation/topology.ts'
import { shortRef } from './references.ts'

/** A search of the picture while it is open. */
export interface Search {
  readonly text: string
  /** Refs of the shapes that were found, as the picture orders them. */
  readonly hits: readonly string[]
  /** Index of the one that is shown; −1: nothing was found. */
  readonly at: number
  /** How often its field was asked for: each time that takes the focus. */
  readonly asked: number
}

/** The same search in another picture: the hit that was shown stays so, if it is there. */
export function searchAgain(search: Search, topology: Topology): Search {
  const hits = searchHits(search.text, topology)
  const shown = search.hits[search.at]
  return { ...search, hits, at: Math.max(shown === undefined ? -1 : hits.indexOf(shown), Math.min(0, hits.length - 1)) }
}

/** Refs of all shapes that hold every word of `text`, Services first, then machines, each with its pods. */
export function searchHits(text: string, topology: Topology): readonly string[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  const holds = (...parts: readonly (string | null)[]): boolean => {
    const all = parts.join(' ').toLowerCase()
    return words.every((word) => all.includes(word))
  }
  const { services, machines, networks } = topology
  return [
    ...services.filter((one) => holds(shortRef(one.ref), one.type, one.clusterIP, ...one.externalAddresses)).map(({ ref }) => ref),
    ...machines.flatMap((machine) => [
      ...(holds(shortRef(machine.ref), machine.address) ? [machine.ref] : []),
      ...machine.pods
        .filter((pod) => holds(shortRef(pod.ref), pod.address, pod.workload, ...pod.containers.map(({ name }) => name)))
        .map(({ ref }) => ref),
    ]),
    ...networks.filter((one) => one.ref !== 'network/internet' && holds(one.ref, one.cidr)).map(({ ref }) => ref),
  ]
}
