/** A Service of type ExternalName is a CNAME and nothing else: where its name leads. */
import { parseAddress } from '../../net/address.ts'
import { isPublicName } from '../../net/public-name.ts'
import type { Cluster } from '../cluster.ts'
import { placeOf } from '../fields.ts'
import { CLUSTER_DOMAIN } from '../kubelet.ts'
import { nearest } from '../nearest.ts'
import { type Fix, withoutDocument, writeInstead } from './edit.ts'
import { specOf, type WrittenService } from './service-source.ts'

/** Reports an externalName that leads nowhere. */
export function diagnoseExternalName(written: WrittenService, cluster: Cluster): void {
  const { service, report } = written
  if (service.externalName === null) return
  const found = whyNowhere(service.externalName.toLowerCase().replace(/\.$/, ''), cluster, service.meta.namespace)
  if (found === null) return
  const at = placeOf(specOf(written), 'externalName')
  const fix: Fix | null =
    found.instead !== null ? writeInstead(at, found.instead) : (headlessInstead(written) ?? withoutDocument(report.text, written.source))
  report.warning({ code: 'external-name-nowhere', message: found.message, at, ...(fix && { fix }) })
}

/** For an address: a Service without a selector, and the slice that has the address. Null where the name is none, or the text has no place for it. */
function headlessInstead(written: WrittenService): Fix | null {
  const { service, source, report } = written
  const entries = specOf(written).map?.entries
  const [type, name] = [entries?.get('type'), entries?.get('externalName')]
  const address = service.externalName
  if (address === null || parseAddress(address) === null || !type || !name) return null
  // One object of a list has no document of its own, and a text of lists none to follow.
  if (withoutDocument(report.text, source) === null) return null
  const { meta } = service
  const end = report.text.trimEnd().length
  const slice = `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${meta.name}-1, namespace: ${meta.namespace}, labels: {kubernetes.io/service-name: ${meta.name}}}
addressType: IPv4
endpoints: [{addresses: [${address}]}]
ports: []
`
  return {
    title: `Give ${address} to a headless Service by an EndpointSlice`,
    changes: [
      { from: type.value.from, to: type.value.to, insert: 'ClusterIP' },
      { from: name.key.from, to: name.value.to, insert: 'clusterIP: None' },
      { from: end, to: report.text.length, insert: slice },
    ].sort((a, b) => a.from - b.from),
  }
}

/** Takes an externalName in lower case; null when it may well exist. */
function whyNowhere(name: string, cluster: Cluster, namespace: string): { message: string; instead: string | null } | null {
  if (parseAddress(name) !== null)
    return {
      message: `externalName ${name} looks like an address but is read as a DNS name, which nobody has. Use a Service without a selector and an EndpointSlice.`,
      instead: null,
    }
  const cut = `.svc.${CLUSTER_DOMAIN}`
  if (name.endsWith(cut) && name.slice(0, -cut.length).split('.').length === 2) return missingService(name.slice(0, -cut.length), cluster)
  const [first = '', second] = name.split('.')
  const near = cluster.services.find(({ meta }) => meta.name === first && (second === undefined || meta.namespace === second))
  const absolute = near && `${near.meta.name}.${near.meta.namespace}${cut}`
  const partial = name === first || name === `${first}.${second}` || name === `${first}.${second}.svc`
  if (partial && absolute !== undefined)
    return {
      message: `externalName is a whole name, no search list is tried: "${name}" does not exist. Write ${absolute}.`,
      instead: absolute,
    }
  if (name === first)
    return {
      message: `externalName "${name}" has no dot: no server on the internet knows it, nor is it a Service of namespace ${namespace}.`,
      instead: null,
    }
  if (!isPublicName(name, []) && !name.endsWith(`.${CLUSTER_DOMAIN}`) && !isAskedElsewhere(name, cluster))
    return {
      message: `The internet here has no .${name.split('.').at(-1)} (but country codes, com, org and other common ones): "${name}" is known to a resolver of your own at most, and CoreDNS asks none.`,
      instead: null,
    }
  return null
}

/** Does the Corefile name somebody who may know it: a zone of its own, or another resolver than the node's? */
function isAskedElsewhere(name: string, { dns }: Cluster): boolean {
  const corefile = dns?.corefile
  if (!corefile) return false
  const { zones, stubs, upstream } = corefile
  return (
    (upstream !== null && upstream !== 'node') ||
    [...zones, ...stubs.map(({ zone }) => zone)].some((zone) => `.${name}.`.endsWith(`.${zone}`))
  )
}

function missingService(reference: string, cluster: Cluster): { message: string; instead: string | null } | null {
  const all = cluster.services.map(({ meta }) => `${meta.name}.${meta.namespace}`)
  if (all.includes(reference)) return null
  const [name = '', namespace = ''] = reference.split('.')
  const elsewhere = cluster.services.find(({ meta }) => meta.name === name)
  const near = elsewhere === undefined ? nearest(reference, all) : `${name}.${elsewhere.meta.namespace}`
  return {
    message: `There is no Service ${name} in namespace ${namespace}: the name leads nowhere.${near === null ? '' : ` Did you mean ${near}?`}`,
    instead: near === null ? null : `${near}.svc.${CLUSTER_DOMAIN}`,
  }
}
