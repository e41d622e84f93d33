/** Ethernet addresses: lower-case colon-separated text, as every tool prints them; `===` compares. */
declare const macBrand: unique symbol
/** "3a:6e:51:0c:9d:01". */
export type Mac = string & { readonly [macBrand]: 'Mac' }

export const MAC_BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac
export const MAC_ZERO = '00:00:00:00:00:00' as Mac

/** Reads a MAC address in colon form; null when it is none. */
export function parseMac(text: string): Mac | null {
  return /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text) ? (text.toLowerCase() as Mac) : null
}

/** Broadcast and multicast addresses have the group bit (IEEE 802) set. */
export function isMulticastMac(mac: Mac): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
}
