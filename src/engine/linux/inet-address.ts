/** What `ip address` does. Kernel: net/ipv4/devinet.c. */
import type { InterfaceAddress } from './device.ts'
import { flushNeighbours, updateDevice } from './device-state.ts'
import type { Effect } from './effect.ts'
import { fibAddIfaddr, fibDelIfaddr, fibDisableDevice, sameSubnet } from './fib-frontend.ts'
import { forgetMasqueraded } from './netfilter/nat-masquerade.ts'
import type { NetNs } from './netns.ts'
import { ofSameSubnet, withAddress } from './subnet-index.ts'
import { deviceConfOr } from './sysctl.ts'

/** `error` is what iproute2 prints: text after "RTNETLINK answers: ", or a whole line that begins "Error: ". */
export type ConfigResult = { readonly ok: true; readonly effects: Effect[] } | { readonly ok: false; readonly error: string }

/** An address as `ip address add` gives it; what is left out gets iproute2's default (scope host for 127/8, no broadcast). */
export interface NewAddress {
  readonly local: InterfaceAddress['local']
  readonly prefixLength: number
  readonly scope?: InterfaceAddress['scope']
  readonly broadcast?: InterfaceAddress['broadcast']
  readonly label?: string
}

/** `ip address add`: "File exists" when the device already has it. */
export function addAddress(ns: NetNs, device: string, address: NewAddress): ConfigResult {
  const target = ns.devices.get(device)
  if (!target) return { ok: false, error: `Cannot find device "${device}"` }
  const same = ofSameSubnet(target.addresses, address)
  if (same.some((a) => a.local === address.local)) return { ok: false, error: 'File exists' }
  const scope = address.scope ?? (address.local >>> 24 === 127 ? 'host' : 'global')
  if (same.some((a) => a.scope !== scope)) return { ok: false, error: 'Error: ipv4: Invalid scope value.' }
  const added: InterfaceAddress = {
    local: address.local,
    prefixLength: address.prefixLength,
    scope,
    broadcast: address.broadcast ?? null,
    secondary: same.length > 0,
    ...(address.label === undefined ? {} : { label: address.label }),
  }
  updateDevice(ns, device, { addresses: withAddress(target.addresses, added, placeOf(added, target.addresses)) })
  const now = ns.devices.get(device)
  if (now) fibAddIfaddr(ns, now, added)
  return { ok: true, effects: [] }
}

const SCOPE_WIDTH: Readonly<Record<InterfaceAddress['scope'], number>> = { global: 0, link: 253, host: 254 }

/** `__inet_insert_ifa()`: a primary stands behind the last primary of its scope or a narrower one, a secondary at the end. */
function placeOf(added: InterfaceAddress, addresses: readonly InterfaceAddress[]): number {
  if (added.secondary) return addresses.length
  return addresses.findLastIndex((a) => !a.secondary && SCOPE_WIDTH[added.scope] <= SCOPE_WIDTH[a.scope]) + 1
}

/** `ip address delete`; deleting a primary address deletes its secondaries, unless `promote_secondaries`. */
export function deleteAddress(ns: NetNs, device: string, address: NewAddress): ConfigResult {
  const target = ns.devices.get(device)
  if (!target) return { ok: false, error: `Cannot find device "${device}"` }
  const found = target.addresses.find((a) => a.local === address.local && a.prefixLength === address.prefixLength)
  if (!found) return { ok: false, error: 'Error: ipv4: Address not found.' }
  // __inet_del_ifa(): secondaries go first, while the routes that name their primary still can be told apart.
  const orphans = found.secondary ? [] : target.addresses.filter((a) => a.secondary && sameSubnet(a, found))
  for (const orphan of orphans) remove(ns, device, orphan)
  remove(ns, device, found)
  if (deviceConfOr(ns, device, 'promote_secondaries')) for (const orphan of orphans) addAddress(ns, device, orphan)
  // fib_inetaddr_event(): without an address the device has no IP (fib_disable_ip).
  if (ns.devices.get(device)?.addresses.length === 0) {
    fibDisableDevice(ns, device, 'gone')
    flushNeighbours(ns, device, true)
  }
  return { ok: true, effects: [] }
}

function remove(ns: NetNs, device: string, address: InterfaceAddress): void {
  const target = ns.devices.get(device)
  if (!target) return
  updateDevice(ns, device, { addresses: target.addresses.filter((a) => a !== address) })
  const now = ns.devices.get(device)
  if (now) fibDelIfaddr(ns, now, address)
  forgetMasqueraded(ns, target.ifindex, address.local)
}
