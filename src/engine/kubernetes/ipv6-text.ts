/** IPv6 addresses as text: they are kept as data (DNS, dual-stack lists) and not yet routed. */

/** Looks like an IPv6 address. */
export function isIPv6(text: string): boolean {
  return text.includes(':') && /^[0-9a-fA-F:.]+$/.test(text) && (text.match(/::/g) ?? []).length <= 1
}

/** All eight groups of four digits: '0010:0000:…:0003'. */
export function expandIPv6(text: string): string {
  const [head = '', tail] = text.toLowerCase().split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const middle = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...middle, ...right].map((group) => group.padStart(4, '0')).join(':')
}
