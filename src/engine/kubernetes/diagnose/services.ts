/** Why a Service does not work: everything about the Services of a text that is accepted and yet leads nowhere, each with its place and a fix. */
import type { Cluster } from '../cluster.ts'
import type { ServiceDraft } from '../decode/service.ts'
import { slicesByService } from '../endpoint-slices.ts'
import type { ObjectSource } from '../object-source.ts'
import type { Report } from '../report.ts'
import { LabelIndex } from '../selector.ts'
import { type Claims, diagnoseAddresses } from './addresses.ts'
import { diagnoseEndpoints } from './endpoints.ts'
import { diagnoseExternalName } from './external-name.ts'
import { diagnoseSelector } from './selector.ts'
import type { WrittenService } from './service-source.ts'
import { diagnoseTargetPorts } from './target-port.ts'

/** So many selectors that match nothing are compared with all pods; beyond that nobody reads on. */
const MOST_HINTS = 50

/** Warns about Services of the text whose traffic would arrive nowhere. `drafts` are those of `objects`, in order; the cluster is complete. */
export function diagnoseServices(
  { objects, drafts }: { readonly objects: readonly ObjectSource[]; readonly drafts: readonly ServiceDraft[] },
  cluster: Cluster,
  report: Report,
): void {
  const sources = new Map(objects.map((object) => [object.ref, object]))
  const index = new LabelIndex(cluster.pods)
  const slices = slicesByService(cluster.endpointSlices)
  const services = new Map(cluster.services.map((service) => [`${service.meta.namespace}/${service.meta.name}`, service]))
  const claims: Claims = new Map()
  let unmatched = 0
  for (const draft of drafts) {
    const { namespace, name } = draft.meta
    const source = sources.get(`service/${namespace}/${name}`)
    const service = services.get(`${namespace}/${name}`)
    if (source === undefined || service === undefined) continue
    const pods = service.selector === null ? [] : index.select(namespace, service.selector)
    const written: WrittenService = { source, service, pods, slices: slices.get(`${namespace}/${name}`) ?? [], report }
    if (service.selector !== null && pods.length === 0) unmatched++
    diagnoseSelector(written, { cluster, sources, hints: unmatched <= MOST_HINTS })
    diagnoseTargetPorts(written)
    diagnoseEndpoints(written, cluster, sources)
    diagnoseExternalName(written, cluster)
    diagnoseAddresses(written, claims)
    diagnosePending(draft, report)
  }
}

function diagnosePending(draft: ServiceDraft, report: Report): void {
  if (draft.type !== 'LoadBalancer' || draft.loadBalancerIngress.length > 0 || draft.needsLoadBalancer) return
  report.info({
    code: 'load-balancer-pending',
    message:
      'Nobody gives this Service an address: its status is written without one, or its loadBalancerClass is not here. EXTERNAL-IP stays <pending>; from outside, use the node port.',
    at: draft.at.name,
  })
}
