/** Kernel: include/linux/etherdevice.h, eth_hw_addr_random(): a locally administered unicast address. */
import type { Mac } from '../net/mac.ts'
import type { NetNs } from './netns.ts'

/** A new random MAC address, through the chooser. */
export function newMac(ns: NetNs): Mac {
  const high = ns.kernel.chooser.pick('mac', 1 << 24)
  const low = ns.kernel.chooser.pick('mac', 1 << 24)
  const octets = [((high >> 16) & 0xfc) | 0x02, (high >> 8) & 255, high & 255, low >> 16, (low >> 8) & 255, low & 255]
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':') as Mac
}
