/** Kernel: include/net/ip_vs.h, ip_vs_set_state(). What a packet does to its connection: state, timer, active or not. */
import type { IpPacket } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import type { IpvsConnection } from './connection-table.ts'
import { nextSctpState, sctpTimeout } from './sctp-state.ts'
import { type Direction, isTcpActive, nextTcpState, tcpTimeout } from './tcp-state.ts'

/** A client that got an answer holds its server for good (`ip_vs_control_assure_ct()`). */
function assureTemplate({ control }: IpvsConnection): void {
  if (control?.template) control.state = 'ASSURED'
}

function setActive(connection: IpvsConnection, active: boolean): void {
  if (connection.idle !== active) return
  const { dest } = connection
  dest.active += active ? 1 : -1
  dest.inactive += active ? -1 : 1
  connection.idle = !active
}

/** While the server's packets pass elsewhere, only the client's are seen. */
function directionOf(connection: IpvsConnection, from: 'client' | 'server'): Direction {
  if (from === 'server') {
    connection.noOutput = false
    return 'output'
  }
  return connection.noOutput ? 'input-only' : 'input'
}

/** Takes a packet of the connection and who sent it. */
export function ipVsSetState(ns: NetNs, connection: IpvsConnection, packet: IpPacket, from: 'client' | 'server'): void {
  const header = packet.transport
  const { timeouts } = ns.ipvs
  if (header?.kind === 'tcp') {
    const state = nextTcpState(connection.state, directionOf(connection, from), header.flags)
    if (state !== connection.state) {
      setActive(connection, isTcpActive(state))
      if (state === 'ESTABLISHED') assureTemplate(connection)
    }
    connection.state = state
    connection.timeout = tcpTimeout(state, timeouts)
  } else if (header?.kind === 'sctp') {
    const state = nextSctpState(connection.state, directionOf(connection, from), header.chunk)
    if (state !== connection.state) {
      setActive(connection, state === 'ESTABLISHED')
      if (state === 'ESTABLISHED') assureTemplate(connection)
    }
    connection.state = state
    connection.timeout = sctpTimeout(state)
  } else if (header?.kind === 'udp') {
    connection.state = 'UDP'
    connection.timeout = timeouts.udp
    if (from === 'server') assureTemplate(connection)
  }
}
