/** Kernel: net/ipv4/icmp.c, icmp_err_convert[]. ICMP errors as errno. */
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_PARAMETERPROB, ICMP_TIME_EXCEEDED } from '../net/protocol-number.ts'
import type { Errno } from './errno.ts'

/** By code of "destination unreachable". */
const UNREACHABLE: readonly Errno[] = [
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENOPROTOOPT',
  'ECONNREFUSED',
  'EMSGSIZE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
]

/** The errno a socket gets for an ICMP error. */
export function icmpErrno(type: number, code: number): Errno {
  if (type === ICMP_TIME_EXCEEDED) return 'EHOSTUNREACH'
  if (type === ICMP_PARAMETERPROB) return 'EPROTO'
  return UNREACHABLE[code] ?? 'EHOSTUNREACH'
}

/** Is it "fragmentation needed"? */
export function isFragNeeded(type: number, code: number): boolean {
  return type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED
}
