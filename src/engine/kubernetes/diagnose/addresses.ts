/** Addresses from outside the cluster that two Services claim, or that are written where they do nothing. */
import { type Address, formatAddress } from '../../net/address.ts'
import { ipv4 } from '../../net/ipv4.ts'
import type { Service } from '../cluster.ts'
import { listAt, placeOf } from '../fields.ts'
import { type Fix, writeField, writeInstead } from './edit.ts'
import { specOf, type WrittenService } from './service-source.ts'

/** "192.0.2.7 TCP 80" → the Service that has it. */
export type Claims = Map<string, string>

/** Reports external addresses that another Service has already, port by port. */
export function diagnoseAddresses(written: WrittenService, claims: Claims): void {
  const { service, report } = written
  const name = `${service.meta.namespace}/${service.meta.name}`
  const taken = new Set([...claims.keys()].map((key) => key.split(' ')[0]))
  for (const address of addressesOf(service)) {
    for (const { protocol, port } of service.ports) {
      const key = `${formatAddress(address)} ${protocol} ${port}`
      const other = claims.get(key)
      if (other === undefined || other === name) {
        claims.set(key, name)
        continue
      }
      const fix = otherAddress(written, address, taken)
      report.warning({
        code: 'external-address-taken',
        message: `${formatAddress(address)} port ${port}/${protocol} belongs to Service ${other} as well: only one of the two gets the packets.`,
        at: placeOf(specOf(written), service.externalIPs.includes(address) ? 'externalIPs' : 'type'),
        ...(fix && { fix }),
      })
      break
    }
  }
  if (service.loadBalancerSourceRanges.length > 0 && service.type !== 'LoadBalancer') reportRanges(written)
}

function addressesOf(service: Service): Address[] {
  const ingress = service.type === 'LoadBalancer' ? service.loadBalancerIngress.flatMap(({ ip }) => ip ?? []) : []
  return [...service.externalIPs, ...ingress]
}

/** The next address that no Service has, written in the place of the one that is taken. */
function otherAddress(written: WrittenService, address: Address, taken: ReadonlySet<string | undefined>): Fix | null {
  const item = listAt(specOf(written), 'externalIPs').find((value) => value.kind === 'scalar' && value.value === formatAddress(address))
  if (item === undefined || typeof address !== 'number') return null
  let free = ipv4(address + 1)
  while (taken.has(formatAddress(free))) free = ipv4(free + 1)
  return writeInstead(item, formatAddress(free))
}

function reportRanges(written: WrittenService): void {
  const spec = specOf(written)
  const fix = writeField(spec, 'type', 'LoadBalancer')
  written.report.warning({
    code: 'source-ranges-ignored',
    message: `loadBalancerSourceRanges guards load balancers only; this Service is of type ${written.service.type}: an API server would refuse it.`,
    at: placeOf(spec, 'loadBalancerSourceRanges'),
    ...(fix && { fix }),
  })
}
