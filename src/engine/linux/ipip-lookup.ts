/** Kernel: net/ipv4/ip_tunnel.c, ip_tunnel_lookup(). Which IPIP device a packet between two ends belongs to. */
import type { Address } from '../net/address.ts'
import type { Device } from './device.ts'
import type { NetNs } from './netns.ts'

export type Ipip = Extract<Device, { kind: 'ipip' }>

/** The device for exactly these ends, then for the remote one, the local one, then any (`tunl0`). */
export function ipTunnelLookup(ns: NetNs, remote: Address, local: Address): Ipip | null {
  const devices = [...ns.devices.values()].filter((device): device is Ipip => device.kind === 'ipip' && device.up)
  const score = ({ tunnel }: Ipip): number => {
    if (tunnel.local !== null && tunnel.local !== local) return -1
    if (tunnel.remote !== null && tunnel.remote !== remote) return -1
    return (tunnel.remote === null ? 0 : 2) + (tunnel.local === null ? 0 : 1)
  }
  const [best] = devices.filter((device) => score(device) >= 0).sort((a, b) => score(b) - score(a))
  return best ?? null
}
