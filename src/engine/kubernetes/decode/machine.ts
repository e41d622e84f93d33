/** packetwalk.dev Host and Network: machines outside the cluster, and the segments they are plugged into. */
import type { Address } from '../../net/address.ts'
import type { Cidr } from '../../net/cidr.ts'
import type { Host, ObjectMeta } from '../cluster.ts'
import {
  type Fields,
  fieldsAt,
  integerAt,
  mapsAt,
  placeOf,
  reportMissing,
  reportUnknownFields,
  stringAt,
  stringsAt,
  valueAt,
} from '../fields.ts'
import type { ObjectSource } from '../object-source.ts'
import type { Span } from '../report.ts'
import { addressAt, cidrAt } from './address-fields.ts'

/** One NIC, before it has an address. */
export interface InterfaceDraft {
  readonly network: string
  readonly ip: Address | null
  readonly at: Span
}

export interface HostDraft {
  readonly meta: ObjectMeta
  readonly interfaces: readonly InterfaceDraft[]
  readonly listen: Host['listen']
  readonly setup: string | null
}

export interface NetworkDraft {
  readonly meta: ObjectMeta
  readonly cidr: Cidr | null
  readonly gateway: Address | null
  readonly mtu: number
  readonly at: Span
}

/** The NICs in `interfaces`. */
export function decodeInterfaces(fields: Fields): InterfaceDraft[] {
  const items = mapsAt(fields, 'interfaces')
  if (items.length === 0)
    fields.report.error({ code: 'missing-field', message: 'interfaces must list at least one.', at: placeOf(fields, 'interfaces') })
  return items.map((item) => {
    reportUnknownFields(item, ['network', 'ip'])
    return {
      network: stringAt(item, 'network') ?? 'lan',
      ip: addressAt(item, 'ip'),
      at: placeOf(item, valueAt(item, 'ip') === null ? 'network' : 'ip'),
    }
  })
}

/** Reads a Host. */
export function decodeHost(source: ObjectSource): HostDraft {
  const spec = fieldsAt(source.fields, 'spec')
  reportUnknownFields(spec, ['network', 'ip', 'interfaces', 'listen', 'setup'])
  const several = valueAt(spec, 'interfaces') !== null
  const one: InterfaceDraft = {
    network: stringAt(spec, 'network') ?? 'lan',
    ip: addressAt(spec, 'ip'),
    at: valueAt(spec, 'ip') === null ? source.nameAt : placeOf(spec, 'ip'),
  }
  return {
    meta: source.meta,
    interfaces: several ? decodeInterfaces(spec) : [one],
    listen: decodeListen(spec),
    setup: stringAt(spec, 'setup'),
  }
}

function decodeListen(spec: Fields): Host['listen'] {
  return stringsAt(spec, 'listen').flatMap((text) => {
    const match = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text)
    const port = Number(match?.[1])
    if (match && port >= 1 && port <= 65535) return [{ protocol: (match[2]?.toLowerCase() ?? 'tcp') as 'tcp' | 'udp' | 'sctp', port }]
    spec.report.error({
      code: 'bad-port',
      message: `listen: "${text}" is no port; write e.g. 80/tcp or 53/udp.`,
      at: placeOf(spec, 'listen'),
    })
    return []
  })
}

/** Reads a Network. */
export function decodeNetwork(source: ObjectSource): NetworkDraft {
  const spec = fieldsAt(source.fields, 'spec')
  reportUnknownFields(spec, ['cidr', 'gateway', 'mtu'])
  if (valueAt(spec, 'cidr') === null) reportMissing(source.fields, 'spec.cidr')
  const mtu = integerAt(spec, 'mtu') ?? 1500
  if (mtu < 68 || mtu > 65535)
    spec.report.error({ code: 'unsupported-value', message: `mtu: ${mtu} must be between 68 and 65535.`, at: placeOf(spec, 'mtu') })
  return {
    meta: source.meta,
    cidr: cidrAt(spec, 'cidr'),
    gateway: addressAt(spec, 'gateway'),
    mtu,
    at: placeOf(spec, valueAt(spec, 'gateway') === null ? 'cidr' : 'gateway'),
  }
}
