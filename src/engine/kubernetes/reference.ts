/** Names of things as the scenario language writes them (`pod/web`, `svc/shop/web`, `internet`) and the `to` of a Walk. */
import type { Address } from '../net/address.ts'
import type { Cluster, ClusterNode, Host, Pod, Service } from './cluster.ts'

export type Target =
  | { readonly kind: 'pod'; readonly ref: string; readonly pod: Pod }
  | { readonly kind: 'service'; readonly ref: string; readonly service: Service }
  | { readonly kind: 'node'; readonly ref: string; readonly node: ClusterNode }
  | { readonly kind: 'host'; readonly ref: string; readonly host: Host }
  | { readonly kind: 'gateway'; readonly ref: string }
  | { readonly kind: 'internet'; readonly ref: string }

/** Why a reference names nothing; `message` says what would. */
export interface ReferenceError {
  readonly kind: 'error'
  readonly code: 'bad-reference' | 'unknown-target'
  readonly message: string
}

/** What a walk sends, and to whom. `port` is filled in (http 80, https 443, dns 53); null for ping. */
export interface Destination {
  readonly kind: 'destination'
  readonly protocol: 'http' | 'https' | 'tcp' | 'udp' | 'sctp' | 'ping' | 'dns'
  /** `name`: to be resolved by DNS first. `target`: what a reference named. For `dns`, the name asked for. */
  readonly host: { readonly kind: 'address'; readonly address: Address } | { readonly kind: 'name'; readonly name: string } | { readonly kind: 'target'; readonly target: Target }
  readonly port: number | null
  /** '/path?query' of http. */
  readonly path: string | null
}

/** Finds the machine, pod or Service that a reference names: `pod/NAME`, `pod/NS/NAME`, `deploy/NAME` (its first pod), `svc/…`, `node/…`, `host/…`, `gateway`, `internet`. */
export function resolveTarget(_cluster: Cluster, text: string): Target | ReferenceError {
  return { kind: 'error', code: 'unknown-target', message: `nothing is called "${text}"` }
}

/** Reads the `to` of a Walk: "http://db:3306/", "tcp://10.0.0.9:80", "udp://…", "ping 10.0.0.9", "dns db". */
export function resolveDestination(_cluster: Cluster, text: string): Destination | ReferenceError {
  return { kind: 'error', code: 'bad-reference', message: `cannot send to "${text}"` }
}

/** The address by which `from` would reach `target`: from the internet a node is its public address. Null: it has none (headless Service). */
export function addressOf(_cluster: Cluster, _target: Target, _from: Target): Address | null {
  return null
}
