/** Kernel: net/ipv4/devinet.c. Which of its own addresses a machine uses. */
import type { Address } from '../net/address.ts'
import { cidr, cidrContains } from '../net/cidr.ts'
import type { Device, InterfaceAddress } from './device.ts'
import { SCOPE_ORDER } from './fib-table.ts'
import type { NetNs } from './netns.ts'
import type { RouteScope } from './route.ts'
import { deviceConfOr } from './sysctl.ts'

/** `inet_ifa_match()`: is the address in the subnet of the interface address? */
export function inSubnet(address: Address, of: InterfaceAddress): boolean {
  return cidrContains(cidr(of.local, of.prefixLength), address)
}

/**
 * `inet_select_addr()`: the first primary address of `device` in the subnet of `nextHop`; else its first primary one whose scope
 * fits; else any other device's. Null when there is none. MASQUERADE asks with scope global, ARP with link.
 */
export function inetSelectAddr(ns: NetNs, device: string, nextHop: Address | null, scope: RouteScope = 'global'): Address | null {
  const limit = SCOPE_ORDER[scope]
  const own = ns.devices.get(device)
  if (own) {
    const nearest = deviceConfOr(ns, device, 'route_localnet') ? SCOPE_ORDER.link : SCOPE_ORDER.host
    const usable = own.addresses.filter((a) => !a.secondary && Math.min(SCOPE_ORDER[a.scope], nearest) <= limit)
    const chosen = usable.find((a) => nextHop === null || inSubnet(nextHop, a)) ?? usable[0]
    if (chosen) return chosen.local
  }
  for (const other of ns.devices.values()) {
    const chosen = other.addresses.find((a) => !a.secondary && a.scope !== 'link' && SCOPE_ORDER[a.scope] <= limit)
    if (chosen) return chosen.local
  }
  return null
}

/** `__ip_dev_find()`: the device that has this local address. */
export function deviceWithAddress(ns: NetNs, address: Address): Device | null {
  for (const device of ns.devices.values()) {
    for (const { local } of device.addresses) if (local === address) return device
  }
  return null
}

/** `inet_addr_onlink()`: does one subnet of the device hold both? `b` null asks for `a` alone. */
export function inetAddrOnlink(device: Device, a: Address, b: Address | null): boolean {
  return device.addresses.some((ifa) => !ifa.secondary && inSubnet(a, ifa) && (b === null || inSubnet(b, ifa)))
}
