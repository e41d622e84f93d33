/** Does a walk end as its document expects? */

import type { Cluster, NodeInterface } from '../kubernetes/cluster.ts'
import { gatewayOf } from '../kubernetes/ipam.ts'
import { resolveTarget } from '../kubernetes/reference.ts'
import type { WalkExpectation } from '../kubernetes/scenario.ts'
import { type Address, formatAddress } from '../net/address.ts'
import type { Trace } from './trace.ts'

/** What differs from the expectation, a sentence each; empty when it holds. */
export function expectationErrors(expect: WalkExpectation, trace: Trace, cluster: Cluster): string[] {
  const { outcome } = trace
  const errors: string[] = []
  const compare = (field: string, wanted: string | null, got: string | null): void => {
    if (wanted !== null && wanted !== got) errors.push(`${field}: expected ${wanted}, got ${got ?? 'nothing'}`)
  }
  compare('outcome', expect.outcome, outcome.outcome)
  compare('reason', expect.reason, outcome.reason)
  if (expect.by !== null && !isBy(expect.by, trace, cluster)) errors.push(`by: expected ${expect.by}, got ${byText(trace)}`)
  if (expect.seenFrom !== null && !sameAddress(expect.seenFrom, outcome.seenFrom, cluster)) {
    errors.push(`seenFrom: expected ${expect.seenFrom}, got ${outcome.seenFrom ?? 'nothing'}`)
  }
  if (expect.path !== null) {
    const missing = firstMissing(expect.path, trace, cluster)
    if (missing !== null)
      errors.push(
        `path: ${missing} is not on the way, or not in that order: ${[...new Set(trace.hops.map((hop) => hop.where))].join(', ')}`,
      )
  }
  return errors
}

/** If delivered, the pod or host in `server`; else a name in `by.where` or a substring of `by.rule`. */
function isBy(wanted: string, trace: Trace, cluster: Cluster): boolean {
  const { outcome, server, by } = trace.outcome
  const name = refOf(wanted, cluster)
  if (outcome === 'delivered') return server !== null && (server === wanted || server.replace(/:\d+$/, '') === name)
  return by !== null && (by.where === name || by.where === wanted || (by.rule?.includes(wanted) ?? false))
}

function byText(trace: Trace): string {
  const { outcome, server, by } = trace.outcome
  if (outcome === 'delivered') return server ?? 'nobody'
  return by === null ? 'nobody' : `${by.where}${by.rule === null ? '' : ` (${by.rule})`}`
}

/** `pod/web` as traces name it: 'pod/default/web'. Text that names nothing stays as it is. */
function refOf(text: string, cluster: Cluster): string {
  const target = resolveTarget(cluster, text)
  return target.kind === 'error' ? text : target.ref
}

/** An address, or the name of who has it. */
function sameAddress(wanted: string, got: string | null, cluster: Cluster): boolean {
  if (wanted === got) return true
  const target = resolveTarget(cluster, wanted)
  return got !== null && addressesOf(target).some((address) => formatAddress(address) === got)
}

/** Every address by which a server may see it; a node is seen by its bridge's address by pods of its own. */
function addressesOf(target: ReturnType<typeof resolveTarget>): Address[] {
  const of = (interfaces: readonly NodeInterface[]): Address[] => interfaces.flatMap((one) => one.addresses.map(({ address }) => address))
  if (target.kind === 'pod') return [target.pod.podIP]
  if (target.kind === 'node') return [...of(target.node.interfaces), gatewayOf(target.node.podCIDR)]
  return target.kind === 'host' ? of(target.host.interfaces) : []
}

/** The first of `path` that is no further subsequence of the hops' places; null when all are. */
function firstMissing(path: readonly string[], trace: Trace, cluster: Cluster): string | null {
  let at = 0
  for (const wanted of path) {
    const name = refOf(wanted, cluster)
    const found = trace.hops.findIndex((hop, index) => index >= at && hop.where === name)
    if (found < 0) return wanted
    at = found + 1
  }
  return null
}
