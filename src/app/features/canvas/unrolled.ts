/** The path as one vertical line, for screens too narrow for the picture: the machines of the current packet's journey, in its order. Pure. */
import type { Topology } from '../../../engine/simulation/topology.ts'
import type { Frames, Moment } from '../../store/frames.ts'

export interface UnrolledPlace {
  /** A namespace, or 'network/NAME' while on a segment. */
  readonly lane: string
  readonly moments: readonly Moment[]
}

/** The places of the chapter on screen (of the first one, before anything was sent), each with its moments. */
export function unrolledOf(frames: Frames, shown: number): readonly UnrolledPlace[] {
  const chapter = frames.chapters[frames.moments[Math.max(0, shown)]?.chapter ?? 0]
  if (chapter === undefined) return []
  const places: { lane: string; moments: Moment[] }[] = []
  for (const moment of frames.moments.slice(chapter.first, chapter.last + 1)) {
    const last = places.at(-1)
    if (last?.lane === moment.lane) last.moments.push(moment)
    else places.push({ lane: moment.lane, moments: [moment] })
  }
  return places
}

/** The address of a place, as its shape shows it; '' where it has none. */
export function addressOf(topology: Topology, lane: string): string {
  const network = topology.networks.find(({ ref }) => ref === lane)
  if (network) return network.cidr
  const machine = topology.machines.find(({ ref }) => ref === lane)
  return machine?.address ?? topology.machines.flatMap(({ pods }) => pods).find(({ ref }) => ref === lane)?.address ?? ''
}
