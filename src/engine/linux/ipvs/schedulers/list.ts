/** Every scheduler. A new one is one file and one line here. */
import type { Scheduler, SchedulerName } from '../scheduler.ts'
import { dh } from './dh.ts'
import { fo } from './fo.ts'
import { lblc } from './lblc.ts'
import { lblcr } from './lblcr.ts'
import { lc } from './lc.ts'
import { mh } from './mh.ts'
import { nq } from './nq.ts'
import { ovf } from './ovf.ts'
import { rr } from './rr.ts'
import { sed } from './sed.ts'
import { sh } from './sh.ts'
import { wlc } from './wlc.ts'
import { wrr } from './wrr.ts'

/** Schedulers by name. */
export const SCHEDULERS: Readonly<Record<SchedulerName, Scheduler>> = { rr, wrr, lc, wlc, sh, dh, mh, sed, nq, lblc, lblcr, fo, ovf }

/** Is this the name of a scheduler that the kernel has? */
export function isSchedulerName(name: string): name is SchedulerName {
  return Object.hasOwn(SCHEDULERS, name)
}
