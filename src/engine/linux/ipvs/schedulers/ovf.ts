/** Kernel: net/netfilter/ipvs/ip_vs_ovf.c. Weighted overflow: the heaviest server until it has more active connections than weight. */
import { isUsable, type Scheduler } from '../scheduler.ts'
import { heaviest } from './fo.ts'

export const ovf: Scheduler = {
  name: 'ovf',
  init: () => null,
  schedule: ({ dests }) => heaviest(dests.filter((dest) => isUsable(dest) && dest.active <= dest.weight)),
}
