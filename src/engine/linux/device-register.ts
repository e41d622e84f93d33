/** Kernel: net/core/dev.c, register_netdevice(). A device becomes part of its namespace. */
import type { Device } from './device.ts'
import type { ConfigResult } from './inet-address.ts'
import type { NetNs } from './netns.ts'
import { inheritSysctls } from './sysctl.ts'

/** Kernel: dev_valid_name(): 1 … 15 characters, no slash, colon or white space, not "." or "..". */
export function validName(name: string): boolean {
  return name.length > 0 && name.length < 16 && name !== '.' && name !== '..' && !/[/:\s]/.test(name)
}

/** Why a device cannot be called so; null: it can. */
export function nameError(ns: NetNs, name: string): ConfigResult | null {
  if (!validName(name)) return { ok: false, error: 'Invalid argument' }
  return ns.devices.has(name) ? { ok: false, error: 'File exists' } : null
}

/** Enters a device, with the sysctls that new devices get. */
export function register(ns: NetNs, device: Device): void {
  ns.devices.set(device.name, device)
  ns.nextIfindex = Math.max(ns.nextIfindex, device.ifindex + 1)
  inheritSysctls(ns, device.name)
}

/** Enters a device if its name is free and valid. */
export function newDevice(ns: NetNs, device: Device): ConfigResult {
  const error = nameError(ns, device.name)
  if (error) return error
  register(ns, device)
  return { ok: true, effects: [] }
}
