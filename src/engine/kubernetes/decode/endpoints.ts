/** discovery.k8s.io/v1 EndpointSlice, and v1 Endpoints as the mirroring controller turns them into slices. */
import { parseAddress } from '../../net/address.ts'
import type { Endpoint, EndpointSlice, Protocol } from '../cluster.ts'
import { booleanAt, type Fields, fieldsAt, integerAt, mapsAt, placeOf, reportMissing, stringAt, stringsAt, wordAt } from '../fields.ts'
import { isIPv6 } from '../ipv6-text.ts'
import type { ObjectSource } from '../object-source.ts'
import { reportIPv6 } from './address-fields.ts'
import { PROTOCOLS } from './pod-spec.ts'

type SlicePort = EndpointSlice['ports'][number]

/** Reads an EndpointSlice as written: its addresses need no pod. */
export function decodeEndpointSlice(source: ObjectSource): EndpointSlice {
  const { fields } = source
  if (stringAt(fields, 'addressType') === null) reportMissing(fields, 'addressType')
  const addressType = wordAt(fields, 'addressType', ['IPv4', 'IPv6', 'FQDN'], 'IPv4')
  if (addressType === 'IPv6')
    reportIPv6(fields.report, {
      said: 'addressType: IPv6',
      instead: 'These endpoints are left out.',
      at: placeOf(fields, 'addressType'),
      lost: false,
    })
  const service = source.meta.labels['kubernetes.io/service-name']
  if (service === undefined) {
    fields.report.warning({
      code: 'slice-without-service',
      message: 'No label kubernetes.io/service-name: no Service uses these endpoints.',
      at: source.nameAt,
    })
  }
  return {
    meta: source.meta,
    addressType,
    endpoints: mapsAt(fields, 'endpoints').map((item) => decodeEndpoint(item, addressType)),
    ports: mapsAt(fields, 'ports').map(decodePort),
  }
}

function decodeEndpoint(item: Fields, addressType: EndpointSlice['addressType']): Endpoint {
  const addresses = stringsAt(item, 'addresses')
  if (addresses.length === 0) reportMissing(item, 'addresses')
  for (const address of addresses) {
    const fits = addressType === 'IPv4' ? parseAddress(address) !== null : addressType === 'IPv6' ? isIPv6(address) : true
    if (!fits)
      item.report.error({ code: 'bad-address', message: `"${address}" is no ${addressType} address.`, at: placeOf(item, 'addresses') })
  }
  const conditions = fieldsAt(item, 'conditions')
  const zones = mapsAt(fieldsAt(item, 'hints'), 'forZones')
  const nodes = mapsAt(fieldsAt(item, 'hints'), 'forNodes')
  return {
    addresses,
    ready: booleanAt(conditions, 'ready'),
    serving: booleanAt(conditions, 'serving'),
    terminating: booleanAt(conditions, 'terminating'),
    hostname: stringAt(item, 'hostname'),
    nodeName: stringAt(item, 'nodeName'),
    zone: stringAt(item, 'zone'),
    hintsForZones: zones.length === 0 ? null : zones.map((zone) => stringAt(zone, 'name') ?? ''),
    hintsForNodes: nodes.length === 0 ? null : nodes.map((node) => stringAt(node, 'name') ?? ''),
    targetRef: decodeTargetRef(fieldsAt(item, 'targetRef')),
  }
}

function decodeTargetRef(fields: Fields): Endpoint['targetRef'] {
  const name = stringAt(fields, 'name')
  return name === null ? null : { kind: stringAt(fields, 'kind') ?? 'Pod', namespace: stringAt(fields, 'namespace') ?? 'default', name }
}

function decodePort(item: Fields): SlicePort {
  const port = integerAt(item, 'port')
  if (port !== null && (port < 0 || port > 65535))
    item.report.error({ code: 'bad-port', message: `${port} is no port; it must be between 1 and 65535.`, at: placeOf(item, 'port') })
  return { name: stringAt(item, 'name') || null, protocol: wordAt(item, 'protocol', PROTOCOLS, 'TCP') as Protocol, port: port || null }
}

/** One slice for each subset of an Endpoints object (endpointslicemirroring controller). */
export function decodeEndpoints(source: ObjectSource): EndpointSlice[] {
  return mapsAt(source.fields, 'subsets').map((subset, i) => {
    const read = (key: string, ready: boolean): Endpoint[] =>
      mapsAt(subset, key).flatMap((item) => {
        const ip = stringAt(item, 'ip')
        if (ip === null) reportMissing(item, 'ip')
        else if (parseAddress(ip) === null && !isIPv6(ip))
          item.report.error({ code: 'bad-address', message: `"${ip}" is no IP address.`, at: placeOf(item, 'ip') })
        if (ip === null) return []
        if (isIPv6(ip)) {
          reportIPv6(item.report, { said: `ip: ${ip}`, instead: 'This endpoint is left out.', at: placeOf(item, 'ip'), lost: true })
          return []
        }
        return [
          {
            addresses: [ip],
            ready,
            serving: ready,
            terminating: false,
            hostname: stringAt(item, 'hostname'),
            nodeName: stringAt(item, 'nodeName'),
            zone: null,
            hintsForZones: null,
            hintsForNodes: null,
            targetRef: decodeTargetRef(fieldsAt(item, 'targetRef')),
          },
        ]
      })
    const labels = {
      ...source.meta.labels,
      'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      'kubernetes.io/service-name': source.meta.name,
    }
    return {
      meta: { ...source.meta, name: `${source.meta.name}-${i + 1}`, labels },
      addressType: 'IPv4',
      endpoints: [...read('addresses', true), ...read('notReadyAddresses', false)],
      ports: mapsAt(subset, 'ports').map(decodePort),
    }
  })
}
