/** A cluster as JSON that people can read: addresses and prefixes as text, not as numbers. */
import type { Cluster } from '../engine/kubernetes/cluster.ts'
import { formatAddress } from '../engine/net/address.ts'
import { formatCidr } from '../engine/net/cidr.ts'
import { ipv4 } from '../engine/net/ipv4.ts'

/** Fields that hold an address, or a list of them. */
const ADDRESSES: ReadonlySet<string> = new Set(['address', 'podIP', 'clusterIP', 'gateway', 'externalIPs', 'ip'])

/** The cluster with every address printed. */
export function clusterJson(cluster: Cluster): unknown {
  return printed(cluster, '')
}

function printed(value: unknown, field: string): unknown {
  if (typeof value === 'number' && ADDRESSES.has(field)) return formatAddress(ipv4(value))
  if (Array.isArray(value)) return value.map((one) => printed(one, field))
  if (typeof value !== 'object' || value === null) return value
  if ('mask' in value && 'prefixLength' in value && 'address' in value) return cidrText(value)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, printed(one, key)]))
}

function cidrText({
  address,
  mask,
  prefixLength,
}: {
  readonly address: unknown
  readonly mask: unknown
  readonly prefixLength: unknown
}): string {
  return formatCidr({ address: ipv4(Number(address)), mask: ipv4(Number(mask)), prefixLength: Number(prefixLength) })
}
