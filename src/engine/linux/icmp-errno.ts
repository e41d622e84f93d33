/** Kernel: net/ipv4/icmp.c, icmp_err_convert[]. ICMP errors as errno. */
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_PARAMETERPROB, ICMP_TIME_EXCEEDED } from '../net/protocol-number.ts'
import type { Errno } from './errno.ts'

/** Time exceeded while fragments are put together. */
const ICMP_EXC_FRAGTIME = 1
/** By code of "destination unreachable". */
const UNREACHABLE: readonly Errno[] = [
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENOPROTOOPT',
  'ECONNREFUSED',
  'EMSGSIZE',
  'EOPNOTSUPP',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENONET',
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

/** What `icmp_unreach()` tells nobody: codes without a meaning, and that fragments came too late. */
export function isNobodysError(type: number, code: number): boolean {
  return (type === ICMP_DEST_UNREACH && code >= UNREACHABLE.length) || (type === ICMP_TIME_EXCEEDED && code === ICMP_EXC_FRAGTIME)
}

/** Is it "fragmentation needed"? */
export function isFragNeeded(type: number, code: number): boolean {
  return type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED
}
