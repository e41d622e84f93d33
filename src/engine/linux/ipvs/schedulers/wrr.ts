/** Kernel: net/netfilter/ipvs/ip_vs_wrr.c. Weighted round robin: a pass for each weight, the largest first. */
import type { IpvsDest, IpvsService } from '../ipvs.ts'
import { dataOf, type Scheduler, type SchedulerData } from '../scheduler.ts'
import { gcdOfWeights } from './weights.ts'

type Wrr = Extract<SchedulerData, { kind: 'wrr' }>

function start({ dests }: IpvsService): Wrr {
  const divisor = gcdOfWeights(dests.map((dest) => dest.weight)) || 1
  const largest = Math.max(0, ...dests.map((dest) => dest.weight)) - (divisor - 1)
  return { kind: 'wrr', at: null, current: largest, largest, divisor }
}

export const wrr: Scheduler = {
  name: 'wrr',
  init: start,
  /** Starts again at the head of the list, in the middle of the weights where it was. */
  changed(service) {
    const data = dataOf(service, 'wrr')
    const { current } = data
    Object.assign(data, start(service))
    if (current > data.largest || current === 0) return
    data.current = data.divisor > 1 ? Math.floor(current / data.divisor) * data.divisor + 1 : current
  },
  schedule(service) {
    const { dests } = service
    const data = dataOf(service, 'wrr')
    if (data.largest === 0) return null
    const places: readonly (IpvsDest | null)[] = dests
    let place = places.indexOf(data.at)
    // Every server at every weight once, and the rest of the pass it begins in.
    const passes = Math.ceil(data.largest / data.divisor) + 2
    for (let pass = 0; pass < passes; pass++) {
      for (place++; place < dests.length; place++) {
        const dest = dests[place]
        if (dest === undefined || dest.overloaded || dest.weight < data.current) continue
        data.at = dest
        return dest
      }
      place = -1
      data.current -= data.divisor
      if (data.current <= 0) data.current = data.largest
    }
    return null
  },
}
