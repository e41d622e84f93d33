/** Kernel: net/ipv4/fib_frontend.c. The routes that addresses and devices bring with them and take away. */
import type { Address } from '../net/address.ts'
import { cidr, cidrLast } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { Device, InterfaceAddress } from './device.ts'
import { flushRoutes, insertRoute } from './fib-table.ts'
import { inSubnet } from './inet-select-addr.ts'
import type { NetNs } from './netns.ts'
import { type Route, RT_TABLE_LOCAL, RT_TABLE_MAIN } from './route.ts'

/** `fib_magic()`: a route the kernel makes itself. */
function kernelRoute(device: string, type: 'local' | 'unicast' | 'broadcast', destination: Route['destination'], prefsrc: Address): Route {
  return {
    destination,
    type,
    scope: type === 'local' ? 'host' : 'link',
    table: type === 'unicast' ? RT_TABLE_MAIN : RT_TABLE_LOCAL,
    protocol: 'kernel',
    prefsrc,
    metric: 0,
    nexthops: [{ device, gateway: null, onlink: false, weight: 1 }],
    mtu: null,
    origin: null,
  }
}

function putRoute(ns: NetNs, route: Route): void {
  insertRoute(ns, route, 'append')
}

/** The routes of one address: local at once, the subnet's and its broadcast addresses only while the device is up. */
function addressRoutes(device: Device, address: InterfaceAddress): Route[] {
  const primary = address.secondary ? (device.addresses.find((a) => !a.secondary && sameSubnet(a, address)) ?? address) : address
  const source = primary.local
  const routes = [kernelRoute(device.name, 'local', cidr(address.local, 32), source)]
  if (!device.up) return routes
  const subnet = cidr(address.local, address.prefixLength)
  if (address.broadcast !== null && address.broadcast !== ipv4(0xffffffff)) {
    routes.push(kernelRoute(device.name, 'broadcast', cidr(address.broadcast, 32), source))
  }
  if (address.secondary || address.prefixLength === 32 || subnet.address === 0) return routes
  routes.push(kernelRoute(device.name, device.kind === 'loopback' ? 'local' : 'unicast', subnet, source))
  if (address.prefixLength < 31) routes.push(kernelRoute(device.name, 'broadcast', cidr(cidrLast(subnet), 32), source))
  return routes
}

/** Are two interface addresses of the same subnet and prefix length? */
export function sameSubnet(a: InterfaceAddress, b: InterfaceAddress): boolean {
  return a.prefixLength === b.prefixLength && inSubnet(a.local, b)
}

/** `fib_add_ifaddr()`: called when an address is added, and for each address when a device comes up. */
export function fibAddIfaddr(ns: NetNs, device: Device, address: InterfaceAddress): void {
  for (const route of addressRoutes(device, address)) putRoute(ns, route)
}

function routeKey(route: Route): string {
  const { address, prefixLength } = route.destination
  return `${route.type} ${address}/${prefixLength} ${route.prefsrc ?? ''} ${route.nexthops[0]?.device ?? ''}`
}

/**
 * `fib_del_ifaddr()`: the address is already off `device`; what no remaining address wants goes, and so do routes
 * everywhere that used it as preferred source.
 */
export function fibDelIfaddr(ns: NetNs, device: Device, address: InterfaceAddress): void {
  const before = { ...device, addresses: [...device.addresses, address] }
  const wanted = new Set(device.addresses.flatMap((other) => addressRoutes(device, other)).map(routeKey))
  const gone = new Set(
    addressRoutes(before, address)
      .map(routeKey)
      .filter((key) => !wanted.has(key)),
  )
  flushRoutes(ns, (route) => route.protocol === 'kernel' && gone.has(routeKey(route)))
  const stillLocal = [...ns.devices.values()].some((other) => other.addresses.some((a) => a.local === address.local))
  if (!stillLocal) flushRoutes(ns, (route) => route.prefsrc === address.local)
}

/** `fib_sync_down_dev()`: `down` keeps the local routes of the device; `gone` removes all. ECMP routes lose that next hop. */
export function fibDisableDevice(ns: NetNs, device: string, how: 'down' | 'gone'): void {
  const uses = (route: Route): boolean => route.nexthops.some((hop) => hop.device === device)
  flushRoutes(ns, (route) => {
    if (!uses(route) || (how === 'down' && route.scope === 'host')) return false
    return route.nexthops.every((hop) => hop.device === device)
  })
  for (const [table, routes] of ns.fib) {
    if (!routes.some((route) => route.nexthops.length > 1 && uses(route))) continue
    ns.fib.set(
      table,
      routes.map((route) => (uses(route) ? { ...route, nexthops: route.nexthops.filter((hop) => hop.device !== device) } : route)),
    )
  }
}
