/** Kernel: net/core/net_namespace.c. A fresh network namespace: only `lo`, down. */
import { MAC_ZERO } from '../net/mac.ts'
import { createIpvs } from './ipvs/ipvs.ts'
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

/** A namespace as `ip netns add` leaves it, known to its kernel under `name` ('node/worker-1', 'pod/default/web'). `beside`: another one of the same machine. */
export function createNetNs(name: string, kernel: Kernel, beside: NetNs | null = null): NetNs {
  const nftTrace = beside?.netfilter.ip.nftTrace ?? { enabled: false, namespaces: new Set() }
  nftTrace.namespaces.add(name)
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
    icmpTokens: new Map(),
    redirectsSent: new Map(),
    tunnelErrors: new Map(),
    multipath: new Map(),
    qdiscs: new Map(),
    netfilter: { ip: createNetfilter(nftTrace), ip6: createNetfilter(nftTrace) },
    ipvs: createIpvs(),
    sockets: createSocketTable(),
    trace: undefined,
    explain: undefined,
  })
}
