/** Names of ICMP types and codes in elements of sets. Userspace: ipset 7.17, lib/icmp.c. */
const NAMES: readonly (readonly [string, number, number])[] = [
  ['echo-reply', 0, 0],
  ['pong', 0, 0],
  ['network-unreachable', 3, 0],
  ['host-unreachable', 3, 1],
  ['protocol-unreachable', 3, 2],
  ['port-unreachable', 3, 3],
  ['fragmentation-needed', 3, 4],
  ['source-route-failed', 3, 5],
  ['network-unknown', 3, 6],
  ['host-unknown', 3, 7],
  ['network-prohibited', 3, 9],
  ['host-prohibited', 3, 10],
  ['TOS-network-unreachable', 3, 11],
  ['TOS-host-unreachable', 3, 12],
  ['communication-prohibited', 3, 13],
  ['host-precedence-violation', 3, 14],
  ['precedence-cutoff', 3, 15],
  ['source-quench', 4, 0],
  ['network-redirect', 5, 0],
  ['host-redirect', 5, 1],
  ['TOS-network-redirect', 5, 2],
  ['TOS-host-redirect', 5, 3],
  ['echo-request', 8, 0],
  ['ping', 8, 0],
  ['router-advertisement', 9, 0],
  ['router-solicitation', 10, 0],
  ['ttl-zero-during-transit', 11, 0],
  ['ttl-zero-during-reassembly', 11, 1],
  ['ip-header-bad', 12, 0],
  ['required-option-missing', 12, 1],
  ['timestamp-request', 13, 0],
  ['timestamp-reply', 14, 0],
  ['address-mask-request', 17, 0],
  ['address-mask-reply', 18, 0],
]

/** The name of a type and code; null where there is none. */
export function icmpTypeName(type: number, code: number): string | null {
  return NAMES.find((each) => each[1] === type && each[2] === code)?.[0] ?? null
}

/** Type × 256 + code of a name or of "TYPE/CODE"; null when it is neither. */
export function parseIcmpType(text: string): number | null {
  const named = text === '' ? undefined : NAMES.find(([name]) => name.toLowerCase().startsWith(text.toLowerCase()))
  if (named) return named[1] * 256 + named[2]
  const numbers = /^(\d{1,3})\/(\d{1,3})$/.exec(text)
  if (!numbers) return null
  const [type, code] = [Number(numbers[1]), Number(numbers[2])]
  return type <= 255 && code <= 255 ? type * 256 + code : null
}
