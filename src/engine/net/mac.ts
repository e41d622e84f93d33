/** Ethernet addresses: lower-case colon-separated text, as every tool prints them; `===` compares. */
import type { Address } from './address.ts'

declare const macBrand: unique symbol
/** "3a:6e:51:0c:9d:01". */
export type Mac = string & { readonly [macBrand]: 'Mac' }

export const MAC_BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac
export const MAC_ZERO = '00:00:00:00:00:00' as Mac

/** Reads a MAC address in colon form; null when it is none. */
export function parseMac(text: string): Mac | null {
  return /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text) ? (text.toLowerCase() as Mac) : null
}

/** RFC 1112 §6.4 (`ip_eth_mc_map()`): an IPv4 group's, of which 23 bits go into it. */
export function multicastMac(group: Address): Mac {
  const bytes = [0x01, 0x00, 0x5e, (group >>> 16) & 0x7f, (group >>> 8) & 0xff, group & 0xff]
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':') as Mac
}

/** Broadcast and multicast addresses have the group bit (IEEE 802) set. */
export function isMulticastMac(mac: Mac): boolean {
  // Its lowest bit is that of the second digit. The codes of '0' … '9' are even and odd like the digits, those of 'a' … 'f' the other way round.
  const digit = mac.charCodeAt(1)
  return ((digit < A_CODE ? digit : digit + 1) & 1) === 1
}

const A_CODE = 'a'.charCodeAt(0)
