/** net/ipv4/icmp.c, icmp_err_convert[] and icmp_unreach(): what a UDP socket of Linux 6.18 is told of each ICMP error. */
import { expect, test } from 'vitest'
import { icmpErrno, isNobodysError } from './icmp-errno.ts'

const told = (type: number, code: number): string | null => (isNobodysError(type, code) ? null : icmpErrno(type, code))

test('destination unreachable, by code', () => {
  expect(Array.from({ length: 18 }, (_, code) => told(3, code))).toEqual([
    ...['ENETUNREACH', 'EHOSTUNREACH', 'ENOPROTOOPT', 'ECONNREFUSED', 'EMSGSIZE', 'EOPNOTSUPP', 'ENETUNREACH', 'EHOSTDOWN', 'ENONET'],
    ...['ENETUNREACH', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTUNREACH', 'EHOSTUNREACH', 'EHOSTUNREACH', 'EHOSTUNREACH', null, null],
  ])
})

test('time exceeded, but not that of fragments; parameter problem', () => {
  expect([told(11, 0), told(11, 1), told(12, 0), told(12, 1)]).toEqual(['EHOSTUNREACH', null, 'EPROTO', 'EPROTO'])
})
