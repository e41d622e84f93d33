/** Kernel: drivers/net/vxlan/vxlan_core.c, the forwarding database: to which machine does a frame go? */
import type { Address } from '../net/address.ts'
import { isMulticastMac, MAC_ZERO, type Mac } from '../net/mac.ts'
import type { Device, VxlanFdbEntry, VxlanRemote } from './device.ts'
import type { NetNs } from './netns.ts'

export type Vxlan = Extract<Device, { kind: 'vxlan' }>

/** Bytes of outer IP, UDP and VXLAN headers and the inner Ethernet header: what a packet inside has less room by. */
export const VXLAN_HEADROOM = 50

/** `vxlan_find_mac()`: an entry that has not aged. */
export function vxlanFindMac(ns: NetNs, device: Vxlan, mac: Mac): VxlanFdbEntry | null {
  const entry = device.fdb.get(mac)
  if (!entry) return null
  if (entry.state === 'reachable' && entry.updatedMs + device.vxlan.ageingMs <= ns.kernel.nowMs) {
    device.fdb.delete(mac)
    return null
  }
  return entry
}

/** `vxlan_snoop()`: a frame from `mac` came out of a packet from `source`. False: a static entry says otherwise, the frame is dropped. */
export function vxlanSnoop(ns: NetNs, device: Vxlan, mac: Mac, source: Address): boolean {
  const known = vxlanFindMac(ns, device, mac)
  const [remote] = known?.remotes ?? []
  if (known && known.state !== 'reachable') return remote?.address === source
  const remotes = [remote?.address === source ? remote : { address: source, port: null, vni: null, link: null }]
  device.fdb.set(mac, { mac, remotes, state: 'reachable', updatedMs: ns.kernel.nowMs })
  return true
}

const sameRemote = (a: VxlanRemote, b: VxlanRemote): boolean =>
  a.address === b.address && a.port === b.port && a.vni === b.vni && a.link === b.link

export interface VxlanFdbChange {
  readonly mac: Mac
  readonly remote: VxlanRemote
  readonly state: VxlanFdbEntry['state']
}

/** `vxlan_fdb_update()` for `bridge fdb add|append|replace`: null, or the kernel's error. */
export function vxlanFdbUpdate(ns: NetNs, device: Vxlan, verb: 'add' | 'append' | 'replace', change: VxlanFdbChange): string | null {
  const { mac, remote, state } = change
  const known = device.fdb.get(mac)
  const group = isMulticastMac(mac) || mac === MAC_ZERO
  if (verb === 'replace' && group) return 'Error: Cannot replace non-unicast fdb entries.'
  if (known && verb === 'add') return 'File exists'
  // Only groups may have several remotes; an append to another entry changes nothing but its state.
  const appended = group && !known?.remotes.some((one) => sameRemote(one, remote))
  const kept = known && verb === 'append' ? [...known.remotes, ...(appended ? [remote] : [])] : [remote]
  device.fdb.set(mac, { mac, remotes: kept, state, updatedMs: ns.kernel.nowMs })
  return null
}

/** `vxlan_fdb_delete()`: one remote of several, or the entry; with `remote` that is not its own, nothing. */
export function vxlanFdbDelete(device: Vxlan, mac: Mac, remote: VxlanRemote | null): string | null {
  const known = device.fdb.get(mac)
  if (!known) return 'No such file or directory'
  const rest = remote === null ? [] : known.remotes.filter((one) => !sameRemote(one, remote))
  if (rest.length === known.remotes.length) return null
  if (rest.length > 0) device.fdb.set(mac, { ...known, remotes: rest })
  else device.fdb.delete(mac)
  return null
}

/** `vxlan_flush()` when the device goes down: what was learned is forgotten. */
export function vxlanForgetLearned(device: Vxlan): void {
  for (const [mac, entry] of device.fdb) if (entry.state === 'reachable') device.fdb.delete(mac)
}
