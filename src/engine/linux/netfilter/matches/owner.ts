/** Userspace: extensions/libxt_owner.c. Kernel: net/netfilter/xt_owner.c, owner_mt(). */

import { CONTROL_SOCKET, type Socket } from '../../socket-table.ts'
import { type GivenOption, givenOption, not, parseUnsigned } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

interface IdRange {
  readonly min: number
  readonly max: number
  readonly not: boolean
}

export interface OwnerMatch extends Match {
  readonly name: 'owner'
  readonly uid: IdRange | null
  readonly gid: IdRange | null
  readonly socketExists: { readonly not: boolean } | null
}

function parseIds(option: GivenOption | undefined, what: string): IdRange | null | string {
  if (!option) return null
  const text = option.values[0] ?? ''
  if (text === 'root') return { min: 0, max: 0, not: option.not }
  const [first = '', second = first] = text.split('-')
  const min = parseUnsigned(first)
  const max = parseUnsigned(second)
  if (min === null || max === null) return `owner: Bad value for "--${what}" option: "${text}"`
  return { min, max, not: option.not }
}

function formatIds(range: IdRange): string {
  return range.min === range.max ? String(range.min) : `${range.min}-${range.max}`
}

/** Every process of the simulation runs as root. */
function holdsRoot(range: IdRange): boolean {
  return (range.min === 0) !== range.not
}

/** Does the test hold, or is none asked for, where nobody is there? */
const wantsNone = (test: { readonly not: boolean } | null): boolean => test === null || test.not

/** `-m owner --uid-owner --gid-owner --socket-exists`: who sent a packet of this machine. */
export const extension: MatchExtension<OwnerMatch> = {
  name: 'owner',
  hooks: ['OUTPUT', 'POSTROUTING'],
  options: [
    { name: 'uid-owner', values: 1, invertible: true },
    { name: 'gid-owner', values: 1, invertible: true },
    { name: 'socket-exists', values: 0, invertible: true },
  ],
  parse(given) {
    const uid = parseIds(givenOption(given, 'uid-owner'), 'uid-owner')
    if (typeof uid === 'string') return uid
    const gid = parseIds(givenOption(given, 'gid-owner'), 'gid-owner')
    if (typeof gid === 'string') return gid
    const socket = givenOption(given, 'socket-exists')
    if (!uid && !gid && !socket) return 'owner: At least one of --uid-owner, --gid-owner or --socket-exists is required'
    return { name: 'owner', uid, gid, socketExists: socket ? { not: socket.not } : null }
  },
  check: (m) => ([m.uid, m.gid].some((range) => range !== null && range.min > range.max) ? 'Invalid argument' : null),
  print(m) {
    const socket = m.socketExists ? ` ${not(m.socketExists.not)}--socket-exists` : ''
    const uid = m.uid ? ` ${not(m.uid.not)}--uid-owner ${formatIds(m.uid)}` : ''
    return socket + uid + (m.gid ? ` ${not(m.gid.not)}--gid-owner ${formatIds(m.gid)}` : '')
  },
  list(m, numeric) {
    const words: string[] = []
    const ids = (range: IdRange) => (!numeric && range.max === 0 ? 'root' : formatIds(range))
    if (m.socketExists) words.push(`${not(m.socketExists.not)}owner socket exists`)
    if (m.uid) words.push(`${not(m.uid.not)}owner UID match ${ids(m.uid)}`)
    if (m.gid) words.push(`${not(m.gid.not)}owner GID match ${ids(m.gid)}`)
    return words.join(' ')
  },
  match(m, packet, { ns }) {
    const { socket } = packet
    // owner_mt(): what is not there fits what is asked for inverted.
    if (socket === null || isNobodys(ns.sockets.sockets.get(socket)))
      return wantsNone(m.socketExists) && wantsNone(m.uid) && wantsNone(m.gid)
    if (m.socketExists?.not) return false
    if (socket === CONTROL_SOCKET) return wantsNone(m.uid) && wantsNone(m.gid)
    return (m.uid === null || holdsRoot(m.uid)) && (m.gid === null || holdsRoot(m.gid))
  },
}

/**
 * No struct socket: sock_orphan() took it when the program closed it, accept() has not given one yet, or the connection is in TIME_WAIT
 * (sk_to_full_sk()). A SYN-ACK is its listener's.
 */
function isNobodys(socket: Socket | undefined): boolean {
  if (!socket?.tcp) return false
  return socket.tcp.orphan || socket.tcp.timeWait || (!socket.tcp.grafted && socket.state !== 'SYN-RECV')
}
