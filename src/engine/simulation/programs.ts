/** The programs a world can run, by name. */
import { coredns } from '../process/coredns.ts'
import { curl } from '../process/curl.ts'
import { dig } from '../process/dig.ts'
import { flanneld } from '../process/flanneld.ts'
import { getent } from '../process/getent.ts'
import { httpServer } from '../process/http-server.ts'
import { mtr } from '../process/mtr.ts'
import { nc } from '../process/nc.ts'
import { nslookup } from '../process/nslookup.ts'
import { ping } from '../process/ping.ts'
import type { ProcessInput, Program, Step } from '../process/program.ts'
import { serviceHealth } from '../process/service-health.ts'
import { sleep } from '../process/sleep.ts'
import { tracepath } from '../process/tracepath.ts'
import { traceroute } from '../process/traceroute.ts'

/** A program with its types forgotten: state and configuration only ever meet the program they belong to. */
export interface AnyProgram {
  start(config: unknown): unknown
  step(state: unknown, input: ProcessInput, nowMs: number): Step<unknown>
  /** Null where the program cannot take a new configuration while it runs. */
  readonly configure: ((state: unknown, config: unknown) => Step<unknown>) | null
}

const forget = <Config, State>(program: Program<Config, State>): AnyProgram => ({
  start: (config) => program.start(config as Config),
  step: (state, input, nowMs) => program.step(state as State, input, nowMs),
  configure: program.configure ? (state, config) => program.configure?.(state as State, config as Config) ?? { state, calls: [] } : null,
})

const PROGRAMS = {
  'http-server': forget(httpServer),
  coredns: forget(coredns),
  flanneld: forget(flanneld),
  curl: forget(curl),
  nc: forget(nc),
  ping: forget(ping),
  dig: forget(dig),
  getent: forget(getent),
  nslookup: forget(nslookup),
  traceroute: forget(traceroute),
  sleep: forget(sleep),
  tracepath: forget(tracepath),
  mtr: forget(mtr),
  'service-health': forget(serviceHealth),
} as const satisfies Record<string, AnyProgram>

export type ProgramName = keyof typeof PROGRAMS

/** The program of that name. */
export function programNamed(name: ProgramName): AnyProgram {
  return PROGRAMS[name]
}
