/** glibc 2.36: strerror(3) of the errors that sockets give. */
import type { Errno } from '../linux/errno.ts'

const ERRNO_TEXT: Readonly<Record<Errno, string>> = {
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
  ECONNRESET: 'Connection reset by peer',
  EPIPE: 'Broken pipe',
  EPERM: 'Operation not permitted',
  EACCES: 'Permission denied',
  EINVAL: 'Invalid argument',
  EADDRINUSE: 'Address already in use',
  EBUSY: 'Device or resource busy',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EMSGSIZE: 'Message too long',
  EPROTO: 'Protocol error',
  ENOPROTOOPT: 'Protocol not available',
  EOPNOTSUPP: 'Operation not supported',
  EHOSTDOWN: 'Host is down',
  ENONET: 'Machine is not on the network',
}

/** The error in words. */
export function errnoText(errno: Errno): string {
  return ERRNO_TEXT[errno]
}
