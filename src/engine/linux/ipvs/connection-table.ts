/** Kernel: net/netfilter/ipvs/ip_vs_conn.c. The connection table: lookups, expiry, and which server a connection counts for. */
import type { Address } from '../../net/address.ts'
import type { NetNs } from '../netns.ts'
import { ipVsConnDropConntrack } from './conntrack.ts'
import type { ForwardingMethod, Ipvs, IpvsDest } from './ipvs.ts'

/** What a packet of a client is looked up by: client, virtual address, protocol. */
export interface ConnectionTuple {
  readonly protocol: number
  readonly clientAddress: Address
  readonly clientPort: number
  readonly virtualAddress: Address
  readonly virtualPort: number
}

/** `struct ip_vs_conn`. */
export interface IpvsConnection extends ConnectionTuple {
  readonly method: ForwardingMethod
  readonly destAddress: Address
  readonly destPort: number
  /** The real server; it may have been deleted meanwhile. */
  readonly dest: IpvsDest
  /** A persistence template (`IP_VS_CONN_F_TEMPLATE`), not a connection. */
  readonly template: boolean
  /** Its place in the table; a template that is no longer looked up, since its server is gone, is under another. */
  key: string
  invalid: boolean
  /** Scheduled for one packet only (`IP_VS_CONN_F_ONE_PACKET`). */
  readonly onePacket: boolean
  /** Was `net.ipv4.vs.conntrack` on when it began (`IP_VS_CONN_F_NFCT`)? */
  nfct: boolean
  /** No packet of the server has been seen here (`IP_VS_CONN_F_NOOUTPUT`); false for translated ones. */
  noOutput: boolean
  /** Counts as inactive (`IP_VS_CONN_F_INACTIVE`). */
  idle: boolean
  /** As `ipvsadm -Lc` prints it. */
  state: string
  /** Seconds it lives after each packet. */
  timeout: number
  expiresMs: number
  /** The template that chose the server (`cp->control`), and how many connections a template has (`n_control`). */
  control: IpvsConnection | null
  controlled: number
}

/** Key of a connection. */
export function connectionKey(t: ConnectionTuple): string {
  return `${t.protocol} ${t.clientAddress} ${t.clientPort} ${t.virtualAddress} ${t.virtualPort}`
}

/** Key of a persistence template. */
export function templateKey(t: ConnectionTuple): string {
  return `template ${connectionKey(t)}`
}

/** Where the server's answers come from and go to. */
export interface ReplyTuple {
  readonly protocol: number
  readonly source: Address
  readonly sourcePort: number
  readonly destination: Address
  readonly destinationPort: number
}

/** Key of the connections that a packet with these addresses answers. */
export function replyKey(t: ReplyTuple): string {
  return `${t.protocol} ${t.source} ${t.sourcePort} ${t.destination} ${t.destinationPort}`
}

/** A translated connection is answered by the server, another one as if by the virtual address. */
function replyKeyOf(connection: IpvsConnection): string {
  const translated = connection.method === 'masquerade'
  return replyKey({
    protocol: connection.protocol,
    source: translated ? connection.destAddress : connection.virtualAddress,
    sourcePort: translated ? connection.destPort : connection.virtualPort,
    destination: connection.clientAddress,
    destinationPort: connection.clientPort,
  })
}

/** `ip_vs_conn_in_get()`. */
export function ipVsConnInGet({ ipvs }: NetNs, tuple: ConnectionTuple): IpvsConnection | null {
  return ipvs.connections.get(connectionKey(tuple)) ?? null
}

/** `ip_vs_ct_in_get()`: the template of a client. */
export function ipVsCtInGet({ ipvs }: NetNs, tuple: ConnectionTuple): IpvsConnection | null {
  return ipvs.connections.get(templateKey(tuple)) ?? null
}

/** `ip_vs_conn_out_get()`: the connection that a packet of a real server belongs to. */
export function ipVsConnOutGet({ ipvs }: NetNs, tuple: ReplyTuple): IpvsConnection | null {
  return ipvs.replies.get(replyKey(tuple))?.[0] ?? null
}

function totalConnections(dest: IpvsDest): number {
  return dest.active + dest.inactive
}

/** `ip_vs_bind_dest()`: a new connection counts as inactive until its protocol says otherwise. */
function bindDest({ dest, template }: IpvsConnection): void {
  if (template) dest.persistent++
  else dest.inactive++
  if (dest.upperThreshold !== 0 && totalConnections(dest) >= dest.upperThreshold) dest.overloaded = true
}

/** `ip_vs_unbind_dest()`. */
function unbindDest({ dest, template, idle }: IpvsConnection): void {
  if (template) dest.persistent--
  else if (idle) dest.inactive--
  else dest.active--
  if (dest.lowerThreshold !== 0) {
    if (totalConnections(dest) < dest.lowerThreshold) dest.overloaded = false
  } else if (totalConnections(dest) * 4 < dest.upperThreshold * 3 || dest.upperThreshold === 0) dest.overloaded = false
}

/** What is known of a connection when it begins. */
export interface NewConnection extends ConnectionTuple {
  readonly dest: IpvsDest
  readonly destPort: number
  readonly template: boolean
  readonly onePacket: boolean
  readonly timeout: number
  readonly nfct: boolean
}

/** `ip_vs_conn_new()`. */
export function ipVsConnNew(ns: NetNs, from: NewConnection): IpvsConnection {
  const { dest } = from
  const connection: IpvsConnection = {
    ...from,
    method: dest.method,
    destAddress: dest.address,
    key: from.template ? templateKey(from) : connectionKey(from),
    invalid: false,
    noOutput: dest.method !== 'masquerade',
    idle: true,
    state: 'NONE',
    expiresMs: ns.kernel.nowMs,
    control: null,
    controlled: 0,
  }
  bindDest(connection)
  ns.ipvs.connections.set(connection.key, connection)
  if (!from.template) {
    const key = replyKeyOf(connection)
    ns.ipvs.replies.set(key, [connection, ...(ns.ipvs.replies.get(key) ?? [])])
  }
  ipVsConnPut(ns, connection)
  return connection
}

/** `ip_vs_conn_put()`: the timer starts anew. */
export function ipVsConnPut(ns: NetNs, connection: IpvsConnection): void {
  connection.expiresMs = ns.kernel.nowMs + connection.timeout * 1000
  ns.ipvs.nextExpiryMs = Math.min(ns.ipvs.nextExpiryMs, connection.expiresMs)
}

/** `ip_vs_check_template()` failed: the template is found no more, and ends with its timer. */
export function invalidateTemplate({ ipvs }: NetNs, template: IpvsConnection): void {
  ipvs.connections.delete(template.key)
  template.invalid = true
  template.key = `invalid ${template.key}`
  while (ipvs.connections.has(template.key)) template.key += ' again'
  ipvs.connections.set(template.key, template)
}

/** Takes it out of the table. */
function unlink(ipvs: Ipvs, connection: IpvsConnection): void {
  ipvs.connections.delete(connection.key)
  if (connection.template) return
  const key = replyKeyOf(connection)
  const left = (ipvs.replies.get(key) ?? []).filter((other) => other !== connection)
  if (left.length > 0) ipvs.replies.set(key, left)
  else ipvs.replies.delete(key)
}

/** `ip_vs_conn_del()` and the end of `ip_vs_conn_expire()`: it is gone, and so is its conntrack entry. */
export function ipVsConnDel(ns: NetNs, connection: IpvsConnection): void {
  unlink(ns.ipvs, connection)
  if (connection.control !== null) connection.control.controlled--
  if (connection.nfct && !connection.onePacket) ipVsConnDropConntrack(ns, connection)
  unbindDest(connection)
}

/** A template lives on for this long while its connections do, ms. */
const PROLONGED_MS = 60_000

/** `ip_vs_conn_expire()` for all whose time has come, in the order of their timers. Cheap while none has. */
export function ipVsExpire(ns: NetNs): void {
  const { ipvs } = ns
  const now = ns.kernel.nowMs
  if (now < ipvs.nextExpiryMs) return
  for (;;) {
    const due = [...ipvs.connections.values()].filter((connection) => connection.expiresMs <= now)
    if (due.length === 0) break
    for (const connection of due.sort((a, b) => a.expiresMs - b.expiresMs)) {
      if (connection.controlled > 0) connection.expiresMs += PROLONGED_MS
      else ipVsConnDel(ns, connection)
    }
  }
  ipvs.nextExpiryMs = Number.POSITIVE_INFINITY
  for (const { expiresMs } of ipvs.connections.values()) ipvs.nextExpiryMs = Math.min(ipvs.nextExpiryMs, expiresMs)
}

/** `ip_vs_conn_expire_now()`: like a timer that runs out at this moment. */
export function ipVsConnExpireNow(ns: NetNs, connection: IpvsConnection): void {
  if (connection.controlled === 0) ipVsConnDel(ns, connection)
}

/** `ip_vs_expire_nodest_conn_flush()`: connections to servers that were deleted end at once. */
export function ipVsExpireNodest(ns: NetNs): void {
  for (const connection of [...ns.ipvs.connections.values()]) {
    const { control } = connection
    if (connection.dest.available || connection.controlled > 0) continue
    ipVsConnDel(ns, connection)
    if (control !== null && control.controlled === 0 && ns.ipvs.connections.has(control.key)) ipVsConnDel(ns, control)
  }
}
