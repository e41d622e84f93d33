/** Kernel: drivers/net/vxlan/vxlan_core.c, vxlan_sock_add(), vxlan_sock_release(). The UDP socket that devices with one port share. */
import type { NetNs } from './netns.ts'
import { newSocket } from './socket-event.ts'
import { hashSocket, socketsOn, unhashSocket } from './socket-lookup.ts'
import type { Socket } from './socket-table.ts'
import { sysctl } from './sysctl.ts'

function listening(ns: NetNs, port: number): Socket | undefined {
  return socketsOn(ns, 'udp', port).find((socket) => socket.remotePort === null)
}

/** Does a program's socket have the port already? */
export function portTaken(ns: NetNs, port: number): boolean {
  const socket = listening(ns, port)
  return socket !== undefined && socket.encapsulation === null
}

/** Opens the socket of a port while a device that is up needs it, else closes it. */
export function syncVxlanSocket(ns: NetNs, port: number): void {
  const needed = [...ns.devices.values()].some((device) => device.kind === 'vxlan' && device.up && device.vxlan.dstPort === port)
  const open = listening(ns, port)
  if (!needed && open?.encapsulation === 'vxlan') unhashSocket(ns, open)
  if (!needed || open) return
  const ttl = sysctl(ns, 'net.ipv4.ip_default_ttl')
  const any = { localAddress: null, remoteAddress: null, remotePort: null }
  const socket = newSocket(ns, { protocol: 'udp', owner: 'kernel', state: 'UNCONN', localPort: port, ttl, ...any })
  hashSocket(ns, { ...socket, encapsulation: 'vxlan' })
}
