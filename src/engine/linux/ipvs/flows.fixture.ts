/** A director with one virtual address and clients that open and close TCP connections, for tests of the schedulers. Not part of the program. */
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { NO_FLAGS, newIpPacket } from '../../net/new-packet.ts'
import type { IpPacket, TcpFlags } from '../../net/packet.ts'
import { createNetNs } from '../create-netns.ts'
import { addAddress, addDevice, setDevice } from '../device-config.ts'
import type { NetNs } from '../netns.ts'
import { ipVsHook } from './hook.ts'
import type { ServiceKey, ServiceOptions } from './ipvs.ts'
import type { SchedulerName } from './scheduler.ts'
import { type DestPlace, ipVsAddDest, ipVsAddService, ipVsDelDest, ipVsEditDest } from './service-table.ts'
import type { IpvsContext } from './verdict.ts'

export function address(text: string): Address {
  return required(parseAddress(text), text)
}

function required<T>(value: T | null, text: string): T {
  if (value === null) throw new Error(text)
  return value
}

/** Flags of a service: 'sh-port' is flag 2 … */
export interface Balancer {
  readonly ns: NetNs
  /** Adds 10.0.0.N with a weight, and maybe a threshold. */
  add(server: number, weight: number, upperThreshold?: number): void
  edit(server: number, weight: number): void
  delete(server: number): void
  /** Opens a connection; the number of its server, or 'refused'. `client`: the last byte of 192.168.9.N. */
  open(client?: number): number | 'refused'
  /** Opens and closes it. */
  visit(client?: number): number | 'refused'
  /** A segment of client 192.168.9.2 from this port ("S", "A", "F", "R"): the number of its server, 'refused', 'dropped', or 'local' where IPVS lets it pass. */
  segment(port: number, flags: string): number | 'refused' | 'dropped' | 'local'
  /** The server's answer to it. */
  answer(server: number, port: number, flags: string): void
  /** Lets virtual time pass. */
  wait(seconds: number): void
}

const FLAG: Readonly<Record<string, Partial<TcpFlags>>> = {
  S: { syn: true },
  SA: { syn: true, ack: true },
  A: { ack: true },
  F: { fin: true, ack: true },
  R: { rst: true },
}

function tcp(from: string, to: string, flags: string): IpPacket {
  const [source = '', sourcePort = '0'] = from.split(':')
  const [destination = '', destinationPort = '0'] = to.split(':')
  return {
    ...newIpPacket({
      id: 1,
      source: address(source),
      destination: address(destination),
      protocol: 6,
      transport: {
        ...{
          kind: 'tcp',
          sourcePort: Number(sourcePort),
          destinationPort: Number(destinationPort),
          seq: 0,
          ack: 0,
          mss: null,
          window: 64240,
        },
        flags: { ...NO_FLAGS, ...FLAG[flags] },
      },
    }),
    iif: 'eth1',
  }
}

/** A service on `vip`:80 by `scheduler`. */
export function balancer(scheduler: SchedulerName, more: Partial<ServiceOptions> = {}, vip = '10.96.0.10'): Balancer {
  let port = 40000
  const kernel = { nowMs: 0, chooser: { choose: () => 0, pick: () => 0 }, nextPacketId: 1 }
  const ns = createNetNs('node', kernel)
  for (const [name, own] of [
    ['cni0', '10.0.0.1'],
    ['eth1', '192.168.9.1'],
  ] as const) {
    addDevice(ns, { name, kind: 'physical', network: name })
    setDevice(ns, name, { up: true })
    addAddress(ns, name, { local: address(own), prefixLength: 24 })
  }
  const key: ServiceKey = { protocol: 6, address: address(vip), port: 80, fwmark: 0 }
  const options = {
    persistentSeconds: null,
    netmask: address('255.255.255.255'),
    onePacket: false,
    flag1: false,
    flag2: false,
    flag3: false,
  }
  ipVsAddService(ns, key, { scheduler, ...options, ...more }, null)
  const place = (server: number): DestPlace => ({ service: key, address: address(`10.0.0.${server}`), port: 8080 })
  const context = (hook: 'INPUT' | 'FORWARD'): IpvsContext => ({
    ns,
    hook,
    state: { in: 'eth1', out: null, route: null, bridged: false },
    dst: { local: hook === 'INPUT', broadcast: false },
  })
  const segment = (client: string, flags: string): number | 'refused' | 'dropped' | 'local' => {
    const verdict = ipVsHook('ip_vs_in', tcp(client, `${vip}:80`, flags), context('INPUT'))
    if (verdict.kind === 'DROP') return verdict.reject === null ? 'dropped' : 'refused'
    const { network } = verdict.packet
    const to = network.kind === 'ip' ? formatAddress(network.destination) : vip
    return to === vip ? 'local' : Number(to.split('.')[3])
  }
  const request = (client: string, flags: string): number | 'refused' => {
    const server = segment(client, flags)
    return typeof server === 'number' ? server : 'refused'
  }
  const reply = (server: number, client: string, flags: string): unknown =>
    ipVsHook('ip_vs_out', tcp(`10.0.0.${server}:8080`, client, flags), context('FORWARD'))
  const start = (from: number): { client: string; server: number | 'refused' } => {
    const client = `192.168.9.${from}:${++port}`
    const server = request(client, 'S')
    if (server !== 'refused') {
      reply(server, client, 'SA')
      request(client, 'A')
    }
    return { client, server }
  }
  return {
    ns,
    add: (server, weight, upperThreshold = 0) => {
      ipVsAddDest(ns, place(server), { method: 'masquerade', weight, upperThreshold, lowerThreshold: 0 }, null)
    },
    edit: (server, weight) => {
      ipVsEditDest(ns, place(server), { method: 'masquerade', weight, upperThreshold: 0, lowerThreshold: 0 })
    },
    delete: (server) => {
      ipVsDelDest(ns, place(server))
    },
    open: (from = 2) => start(from).server,
    visit(from = 2) {
      const { client, server } = start(from)
      if (server === 'refused') return server
      request(client, 'F')
      reply(server, client, 'F')
      request(client, 'A')
      return server
    },
    segment: (port, flags) => segment(`192.168.9.2:${port}`, flags),
    answer: (server, port, flags) => {
      reply(server, `192.168.9.2:${port}`, flags)
    },
    wait(seconds) {
      kernel.nowMs += seconds * 1000
    },
  }
}

/** Servers 11, 12 and 13 with these weights, added in that order. */
export function withWeights(made: Balancer, weights: string): Balancer {
  for (const [index, weight] of weights.split(',').entries()) made.add(11 + index, Number(weight))
  return made
}

/** "13 12 11": the servers of `count` visits or openings. */
export function sequence(count: number, next: (index: number) => number | 'refused'): string {
  return Array.from({ length: count }, (_, index) => next(index)).join(' ')
}
