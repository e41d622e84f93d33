/** What a client program experienced, beyond what it printed: the simulation makes a walk's outcome of it. */
import type { Errno } from '../linux/errno.ts'
import type { Address } from '../net/address.ts'

export interface ClientResult {
  /** How far it got: resolving the name, connecting, waiting for the answer, answered. */
  readonly phase: 'dns' | 'connect' | 'request' | 'done'
  /** The answer came (for dig: an answer with records). */
  readonly success: boolean
  /** The error that ended it; ETIMEDOUT also where the program itself lost patience. */
  readonly errno: Errno | null
  /** Of a name that was not resolved: 'NXDOMAIN', 'NODATA', 'SERVFAIL', 'REFUSED'; null where nobody answered. */
  readonly rcode: string | null
  /** The address the name led to, or the address given. */
  readonly resolved: Address | null
  readonly port: number | null
  /** HTTP status. */
  readonly status: number | null
  /** Who answered, in its own words: 'pod/default/web-1:8080'. */
  readonly server: string | null
  /** The client's address as the server saw it, "10.244.1.5:43210". */
  readonly seenFrom: string | null
  /** Where the answer came from, as the client saw it. */
  readonly answeredFrom: { readonly address: Address; readonly port: number } | null
}

/** Every client program's state has its result in it. */
export interface ClientState {
  readonly result: ClientResult
}

/** Before anything happened. */
export const NO_RESULT: ClientResult = {
  phase: 'dns',
  success: false,
  errno: null,
  rcode: null,
  resolved: null,
  port: null,
  status: null,
  server: null,
  seenFrom: null,
  answeredFrom: null,
}

/** The result in the state of a client program; null for servers. */
export function clientResult(state: unknown): ClientResult | null {
  return typeof state === 'object' && state !== null && 'result' in state ? (state as ClientState).result : null
}
