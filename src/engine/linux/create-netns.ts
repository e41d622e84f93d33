/** Kernel: net/core/net_namespace.c. A fresh network namespace: only `lo`, down. */
import { MAC_ZERO } from '../net/mac.ts'
import { createNetfilter } from './netfilter/netfilter.ts'
import type { Kernel, NetNs } from './netns.ts'
import { type PolicyRule, RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN } from './route.ts'
import { createSocketTable } from './socket-table.ts'

function defaultRule(priority: number, table: number): PolicyRule {
  return { priority, from: null, to: null, iif: null, oif: null, fwmark: null, not: false, action: { table }, origin: null }
}

function register(ns: NetNs): NetNs {
  ns.kernel.namespaces ??= new Map()
  ns.kernel.namespaces.set(ns.name, ns)
  return ns
}

/** A namespace as `ip netns add` leaves it, known to its kernel under `name` ('node/worker-1', 'pod/default/web'). */
export function createNetNs(name: string, kernel: Kernel): NetNs {
  return register({
    name,
    kernel,
    devices: new Map([
      [
        'lo',
        {
          kind: 'loopback',
          name: 'lo',
          ifindex: 1,
          mac: MAC_ZERO,
          mtu: 65536,
          up: false,
          carrier: true,
          master: null,
          addresses: [],
          promisc: false,
        },
      ],
    ]),
    nextIfindex: 2,
    sysctl: new Map(),
    fib: new Map([
      [RT_TABLE_LOCAL, []],
      [RT_TABLE_MAIN, []],
      [RT_TABLE_DEFAULT, []],
    ]),
    rules: [defaultRule(0, RT_TABLE_LOCAL), defaultRule(32766, RT_TABLE_MAIN), defaultRule(32767, RT_TABLE_DEFAULT)],
    neighbours: new Map(),
    routeExceptions: new Map(),
    fragments: new Map(),
    redirectsSent: new Map(),
    multipath: new Map(),
    netfilter: { ip: createNetfilter(), ip6: createNetfilter() },
    sockets: createSocketTable(),
    trace: undefined,
  })
}

/** Copies plain data (objects, arrays, maps, sets), keeping what is shared shared. The engine's library has no structuredClone. */
function copy<T>(value: T, seen: Map<unknown, unknown>): T {
  if (typeof value !== 'object' || value === null) return value
  const known = seen.get(value)
  if (known !== undefined) return known as T
  const made = emptyLike(value)
  seen.set(value, made)
  if (value instanceof Map && made instanceof Map) for (const [key, entry] of value) made.set(copy(key, seen), copy(entry, seen))
  else if (value instanceof Set && made instanceof Set) for (const entry of value) made.add(copy(entry, seen))
  else for (const [key, entry] of Object.entries(value)) Object.assign(made, { [key]: copy(entry, seen) })
  return made as T
}

function emptyLike(value: object): object {
  if (value instanceof Map) return new Map()
  if (value instanceof Set) return new Set()
  return Array.isArray(value) ? [] : {}
}

/** A deep copy of the namespace's state that runs on another kernel object (a checkpoint brought to life). Untraced. */
export function cloneNetNs(ns: NetNs, kernel: Kernel): NetNs {
  const { kernel: _kernel, trace: _trace, ...state } = ns
  return register({ ...copy(state, new Map()), kernel, trace: undefined })
}
