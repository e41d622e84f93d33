/** Kernel: include/net/netfilter/nf_conntrack_zones.h. The same tuple may stand for different connections in different zones. */
import type { CtRef, IpPacket } from '../../net/packet.ts'

/** For which direction of a connection the zone counts; the other is in zone 0. */
export type ZoneDirection = 'both' | 'original' | 'reply'

export interface ConntrackZone {
  readonly id: number
  readonly direction: ZoneDirection
}

/** What `CT --zone` hangs on a packet. */
export interface ZoneTemplate {
  readonly id: number | 'mark'
  readonly direction: ZoneDirection
}

/** `nf_ct_zone_tmpl()`: the mark counts as it is when conntrack sees the packet, not when the rule did. */
export function templateZone(template: ZoneTemplate | null, packet: IpPacket): ConntrackZone {
  if (template === null) return DEFAULT_ZONE
  return { id: (template.id === 'mark' ? packet.mark : template.id) & 0xffff, direction: template.direction }
}

/** `nf_ct_zone_dflt`. */
export const DEFAULT_ZONE: ConntrackZone = { id: 0, direction: 'both' }

/** Are two connections in the same zone, seen from their original direction? */
export function sameZone(a: ConntrackZone, b: ConntrackZone): boolean {
  return zoneId(a, 'original') === zoneId(b, 'original')
}

/** `nf_ct_zone_id()`: the zone of one direction. */
export function zoneId(zone: ConntrackZone, direction: CtRef['direction']): number {
  return zone.direction === 'both' || zone.direction === direction ? zone.id : 0
}

/** What conntrack's matches see before conntrack has seen the packet: nothing, or the template that `CT --zone` has hung on it, which counts as new. */
export function withoutEntry(zone: ZoneTemplate | null): 'NEW' | 'INVALID' {
  return zone === null ? 'INVALID' : 'NEW'
}
