/** Kernel: include/linux/netfilter/x_tables.h, ifname_compare_aligned(). */

const PLUS = 43

/** Does a device have the name that a rule asks for? A trailing `+` in the rule stands for any rest. */
export function interfaceMatches(pattern: string, device: string): boolean {
  if (pattern === device) return true
  const last = pattern.length - 1
  return pattern.charCodeAt(last) === PLUS && device.startsWith(pattern.slice(0, last))
}
