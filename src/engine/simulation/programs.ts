/** The programs a world can run, by name. */
import type { ClientResult } from '../process/client-result.ts'
import { coredns } from '../process/coredns.ts'
import { curl } from '../process/curl.ts'
import { dig } from '../process/dig.ts'
import { getent } from '../process/getent.ts'
import { httpServer } from '../process/http-server.ts'
import { nc } from '../process/nc.ts'
import { nslookup } from '../process/nslookup.ts'
import { ping } from '../process/ping.ts'
import type { ProcessInput, Program, Step } from '../process/program.ts'

export type ProgramName = 'http-server' | 'coredns' | 'curl' | 'nc' | 'ping' | 'dig' | 'getent' | 'nslookup'

/** A program with its types forgotten: state and configuration only ever meet the program they belong to. */
export interface AnyProgram {
  start(config: unknown): unknown
  step(state: unknown, input: ProcessInput): Step<unknown>
}
