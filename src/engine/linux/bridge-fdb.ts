/** Kernel: net/bridge/br_fdb.c. Which port is a MAC address behind? */
import type { Mac } from '../net/mac.ts'
import type { Device, FdbEntry } from './device.ts'
import type { NetNs } from './netns.ts'

export type Bridge = Extract<Device, { kind: 'bridge' }>

/** The ports of a bridge, in the order of the namespace's devices. */
export function bridgePorts(ns: NetNs, bridge: string): Device[] {
  return [...ns.devices.values()].filter((device) => device.master === bridge)
}

/** Does the address belong to the bridge itself or one of its ports (BR_FDB_LOCAL)? Such frames go up. */
export function isLocalMac(ns: NetNs, bridge: Bridge, mac: Mac): boolean {
  if (bridge.mac === mac) return true
  for (const device of ns.devices.values()) if (device.mac === mac && device.master === bridge.name) return true
  return false
}

/** `br_fdb_find()`: a learned or static entry that has not aged. */
export function fdbFind(ns: NetNs, bridge: Bridge, mac: Mac): FdbEntry | null {
  const entry = bridge.fdb.get(mac)
  if (!entry) return null
  if (!entry.static && entry.updatedMs + bridge.ageingMs <= ns.kernel.nowMs) {
    bridge.fdb.delete(mac)
    return null
  }
  return entry
}

/** `br_fdb_update()`: the source of a frame is behind `port`, whatever a static entry said (only sticky ones stay). True when that is news. */
export function fdbUpdate(ns: NetNs, bridge: Bridge, mac: Mac, port: string): boolean {
  if (isLocalMac(ns, bridge, mac)) return false
  const known = fdbFind(ns, bridge, mac)
  bridge.fdb.set(mac, { mac, port, updatedMs: ns.kernel.nowMs, static: known?.static ?? false })
  return known?.port !== port
}

/** `br_fdb_delete_by_port()`: what was learned behind a port that is gone. */
export function forgetPort(ns: NetNs, port: Device): void {
  const bridge = port.master === null ? undefined : ns.devices.get(port.master)
  if (bridge?.kind !== 'bridge') return
  for (const [mac, entry] of bridge.fdb) if (entry.port === port.name) bridge.fdb.delete(mac)
}
