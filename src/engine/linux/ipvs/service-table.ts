/** Kernel: net/netfilter/ipvs/ip_vs_ctl.c. Services and their real servers: what `ipvsadm` changes, and how a packet finds its service. */
import type { Address } from '../../net/address.ts'
import { formatAddress } from '../../net/address.ts'
import type { NetNs } from '../netns.ts'
import type { Origin } from '../origin.ts'
import { sysctl } from '../sysctl.ts'
import { ipVsExpire, ipVsExpireNodest } from './connection-table.ts'
import { type ForwardingMethod, type IpvsDest, type IpvsService, type ServiceKey, type ServiceOptions, zeroStats } from './ipvs.ts'
import { SCHEDULERS } from './schedulers/list.ts'

/** What the kernel answers when it refuses: the errno that ipvsadm puts into words. */
export type IpvsErrno = 'EEXIST' | 'ESRCH' | 'ENOENT' | 'EINVAL' | 'ERANGE'

/** Key of a service in the table. */
export function serviceKeyText({ protocol, address, port, fwmark }: ServiceKey): string {
  return fwmark === 0 ? `${protocol} ${address} ${port}` : `fwm ${fwmark}`
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' }

/** "TCP 10.96.0.10:80", "FWM 5": as `ipvsadm -Ln` begins its line. */
export function serviceName({ protocol, address, port, fwmark }: ServiceKey): string {
  return fwmark === 0 ? `${PROTOCOL_NAMES[protocol] ?? protocol} ${formatAddress(address)}:${port}` : `FWM ${fwmark}`
}

/** `ip_vs_service_find()`: by mark, then address and port, then address alone. FTP's data connections find their service too. */
export function ipVsServiceFind({ ipvs }: NetNs, mark: number, key: Omit<ServiceKey, 'fwmark'>): IpvsService | null {
  const byMark = mark === 0 ? undefined : ipvs.services.get(serviceKeyText({ ...key, fwmark: mark }))
  const find = (port: number): IpvsService | undefined => ipvs.services.get(serviceKeyText({ ...key, port, fwmark: 0 }))
  const ftp = key.protocol === 6 && (key.port === 20 || key.port >= 1024) ? find(21) : undefined
  return byMark ?? find(key.port) ?? ftp ?? find(0) ?? null
}

/** `ip_vs_add_service()`. */
export function ipVsAddService(ns: NetNs, key: ServiceKey, options: ServiceOptions, origin: Origin | null): IpvsErrno | null {
  const text = serviceKeyText(key)
  if (ns.ipvs.services.has(text)) return 'EEXIST'
  const service: IpvsService = { key, options, dests: [], data: null, stats: zeroStats(), origin }
  service.data = SCHEDULERS[options.scheduler].init(service)
  ns.ipvs.services.set(text, service)
  return null
}

/** `ip_vs_edit_service()`: another scheduler starts from nothing. */
export function ipVsEditService(ns: NetNs, key: ServiceKey, options: ServiceOptions): IpvsErrno | null {
  const service = ns.ipvs.services.get(serviceKeyText(key))
  if (!service) return 'ESRCH'
  const before = service.options.scheduler
  service.options = options
  if (before !== options.scheduler) service.data = SCHEDULERS[options.scheduler].init(service)
  return null
}

/** `ip_vs_del_service()`: its servers go with it. */
export function ipVsDelService(ns: NetNs, key: ServiceKey): IpvsErrno | null {
  const text = serviceKeyText(key)
  const service = ns.ipvs.services.get(text)
  if (!service) return 'ESRCH'
  for (const dest of [...service.dests]) unlinkDest(ns, service, dest)
  ns.ipvs.services.delete(text)
  flushNodest(ns)
  return null
}

/** `ip_vs_flush()`. */
export function ipVsFlush(ns: NetNs): void {
  for (const { key } of [...ns.ipvs.services.values()]) ipVsDelService(ns, key)
}

/** What `-a` and `-e` say about a real server. */
export interface DestOptions {
  readonly method: ForwardingMethod
  readonly weight: number
  readonly upperThreshold: number
  readonly lowerThreshold: number
}

function destOf(service: IpvsService, address: Address, port: number): IpvsDest | undefined {
  return service.dests.find((dest) => dest.address === address && dest.port === port)
}

/** `__ip_vs_update_dest()`. */
function updateDest(dest: IpvsDest, options: DestOptions, added: boolean): void {
  dest.method = options.method
  dest.weight = options.weight
  if (added || options.weight !== 0) dest.lastWeight = options.weight
  dest.available = true
  if (options.upperThreshold === 0 || options.upperThreshold > dest.upperThreshold) dest.overloaded = false
  dest.upperThreshold = options.upperThreshold
  dest.lowerThreshold = options.lowerThreshold
}

function freshDest(address: Address, port: number, origin: Origin | null): IpvsDest {
  return {
    ...{ address, port, origin, method: 'route', weight: 0, lastWeight: 0, upperThreshold: 0, lowerThreshold: 0 },
    ...{ overloaded: false, available: true, active: 0, inactive: 0, persistent: 0, stats: zeroStats() },
  }
}

/** Where a real server is: the service, its address and port. */
export interface DestPlace {
  readonly service: ServiceKey
  readonly address: Address
  readonly port: number
}

/** `ip_vs_add_dest()`: to the head of the list. One that was deleted while connections refer to it comes back with them. */
export function ipVsAddDest(ns: NetNs, place: DestPlace, options: DestOptions, origin: Origin | null): IpvsErrno | null {
  const key = serviceKeyText(place.service)
  const service = ns.ipvs.services.get(key)
  if (!service) return 'ESRCH'
  const { address, port } = place
  if (destOf(service, address, port)) return 'EEXIST'
  ipVsExpire(ns)
  const { trash } = ns.ipvs
  const found = trash.findIndex((old) => old.service === key && old.dest.address === address && old.dest.port === port)
  const dest = found < 0 ? freshDest(address, port, origin) : (trash.splice(found, 1)[0]?.dest ?? freshDest(address, port, origin))
  updateDest(dest, options, true)
  service.dests.unshift(dest)
  SCHEDULERS[service.options.scheduler].changed?.(service, { kind: 'added', dest })
  return null
}

/** `ip_vs_edit_dest()`: stays where it is in the list. */
export function ipVsEditDest(ns: NetNs, place: DestPlace, options: DestOptions): IpvsErrno | null {
  const service = ns.ipvs.services.get(serviceKeyText(place.service))
  if (!service) return 'ESRCH'
  const dest = destOf(service, place.address, place.port)
  if (!dest) return 'ENOENT'
  updateDest(dest, options, false)
  SCHEDULERS[service.options.scheduler].changed?.(service, { kind: 'edited', dest })
  return null
}

/** `__ip_vs_unlink_dest()`. */
function unlinkDest(ns: NetNs, service: IpvsService, dest: IpvsDest): void {
  const place = service.dests.indexOf(dest)
  dest.available = false
  service.dests.splice(place, 1)
  SCHEDULERS[service.options.scheduler].changed?.(service, { kind: 'deleted', dest, before: service.dests[place - 1] ?? null })
  const { ipvs } = ns
  const inUse = ({ active, inactive, persistent }: IpvsDest): boolean => active + inactive + persistent > 0
  ipvs.trash.splice(0, ipvs.trash.length, ...ipvs.trash.filter((old) => inUse(old.dest)))
  if (inUse(dest)) ipvs.trash.push({ service: serviceKeyText(service.key), dest })
}

/** With expire_nodest_conn, connections to servers that are gone end now, not at their next packet. */
function flushNodest(ns: NetNs): void {
  if (sysctl(ns, 'net.ipv4.vs.expire_nodest_conn') !== 0) ipVsExpireNodest(ns)
}

/** `ip_vs_del_dest()`. */
export function ipVsDelDest(ns: NetNs, place: DestPlace): IpvsErrno | null {
  const service = ns.ipvs.services.get(serviceKeyText(place.service))
  if (!service) return 'ESRCH'
  const dest = destOf(service, place.address, place.port)
  if (!dest) return 'ENOENT'
  ipVsExpire(ns)
  unlinkDest(ns, service, dest)
  flushNodest(ns)
  return null
}
