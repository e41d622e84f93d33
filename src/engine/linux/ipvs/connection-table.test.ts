/** The connection table: whose answers a server's packets are, when connections and templates end. Kernel: ip_vs_conn.c. */
import { describe, expect, test } from 'vitest'
import {
  type ConnectionTuple,
  type IpvsConnection,
  invalidateTemplate,
  ipVsConnDel,
  ipVsConnExpireNow,
  ipVsConnInGet,
  ipVsConnNew,
  ipVsConnOutGet,
  ipVsCtInGet,
  ipVsExpire,
  ipVsExpireNodest,
} from './connection-table.ts'
import { address, type Balancer, balancer } from './flows.fixture.ts'
import type { IpvsDest } from './ipvs.ts'

const CLIENT: ConnectionTuple = {
  protocol: 6,
  clientAddress: address('192.168.9.2'),
  clientPort: 5000,
  virtualAddress: address('10.96.0.10'),
  virtualPort: 80,
}

function director(): { readonly made: Balancer; readonly dest: IpvsDest } {
  const made = balancer('rr')
  made.add(11, 1)
  const [service] = made.ns.ipvs.services.values()
  const dest = service?.dests[0]
  if (!dest) throw new Error('no server')
  return { made, dest }
}

function begin(made: Balancer, dest: IpvsDest, more: Partial<ConnectionTuple> = {}, timeout = 10): IpvsConnection {
  return ipVsConnNew(made.ns, { ...CLIENT, ...more, dest, destPort: 8080, template: false, onePacket: false, timeout, nfct: false })
}

function template(made: Balancer, dest: IpvsDest, timeout = 10): IpvsConnection {
  return ipVsConnNew(made.ns, { ...CLIENT, clientPort: 0, dest, destPort: 0, template: true, onePacket: false, timeout, nfct: false })
}

function follow(connection: IpvsConnection, control: IpvsConnection): void {
  connection.control = control
  control.controlled++
}

/** Connections of one client port by two or three virtual addresses to the same server: its answers look alike. */
test.each([
  [[], 2],
  [[2], 1],
  [[1], 2],
  [[0], 2],
  [[2, 1], 0],
  [[2, 0], 1],
  [[1, 0], 2],
  [[0, 1, 2], null],
])('of three connections with the same answers %j end: answers belong to %s', (ended, expected) => {
  const { made, dest } = director()
  const all = [10, 11, 12].map((n) => begin(made, dest, { virtualAddress: address(`10.96.0.${n}`) }))
  for (const index of ended) {
    const connection = all[index]
    if (connection) ipVsConnDel(made.ns, connection)
  }
  const { clientAddress, clientPort } = CLIENT
  const answer = { protocol: 6, source: dest.address, sourcePort: 8080, destination: clientAddress, destinationPort: clientPort }
  expect(ipVsConnOutGet(made.ns, answer)).toBe(expected === null ? null : all[expected])
  expect(made.ns.ipvs.replies.size).toBe(expected === null ? 0 : 1)
  expect([dest.active, dest.inactive]).toEqual([0, 3 - ended.length])
})

test.each([
  [9.999, 1],
  [10, 0],
])('a connection with 10 s to live after %d s: there are %i', (seconds, left) => {
  const { made, dest } = director()
  begin(made, dest)
  made.wait(seconds)
  ipVsExpire(made.ns)
  expect(made.ns.ipvs.connections.size).toBe(left)
})

test('what ends later is not forgotten when something ends', () => {
  const { made, dest } = director()
  const ends = [30, 10, 20].map((timeout, n) => begin(made, dest, { clientPort: n + 1 }, timeout))
  const left = () => ends.map((connection) => ipVsConnInGet(made.ns, connection) !== null)
  made.wait(10)
  ipVsExpire(made.ns)
  expect(left()).toEqual([true, false, true])
  made.wait(10)
  ipVsExpire(made.ns)
  expect(left()).toEqual([true, false, false])
  made.wait(10)
  ipVsExpire(made.ns)
  expect(left()).toEqual([false, false, false])
})

describe('templates', () => {
  test('live for 60 s more at a time while they have connections', () => {
    const { made, dest } = director()
    const control = template(made, dest, 10)
    const connection = begin(made, dest, {}, 100)
    follow(connection, control)
    const known = (seconds: number) => {
      made.wait(seconds)
      ipVsExpire(made.ns)
      return ipVsCtInGet(made.ns, control) === control
    }
    expect([known(10), known(60), known(30), known(29), known(1)]).toEqual([true, true, true, true, false])
    expect([dest.persistent, dest.inactive]).toEqual([0, 0])
  })

  test('whose server is gone are found no more, several of a client too, and end with their timers', () => {
    const { made, dest } = director()
    const old = [0, 1, 2].map(() => {
      const control = template(made, dest)
      invalidateTemplate(made.ns, control)
      expect([ipVsCtInGet(made.ns, control), control.invalid]).toEqual([null, true])
      return control
    })
    const fresh = template(made, dest, 20)
    expect(made.ns.ipvs.connections.size).toBe(4)
    const [, second] = old
    if (second) ipVsConnDel(made.ns, second)
    expect([...made.ns.ipvs.connections.values()]).toEqual([old[0], old[2], fresh])
    made.wait(10)
    ipVsExpire(made.ns)
    expect([...made.ns.ipvs.connections.values()]).toEqual([fresh])
    expect(dest.persistent).toBe(1)
  })

  test.each([
    [0, false],
    [1, true],
    [2, true],
  ])('ip_vs_conn_expire_now() of one with %i connections: stays %s', (connections, stays) => {
    const { made, dest } = director()
    const control = template(made, dest)
    for (let n = 0; n < connections; n++) follow(begin(made, dest, { clientPort: n + 1 }), control)
    ipVsConnExpireNow(made.ns, control)
    expect(ipVsCtInGet(made.ns, control) === control).toBe(stays)
  })
})

/** `available`: is the server still part of the service? What ip_vs_expire_nodest_conn_flush() leaves of two connections and their template. */
test.each([
  [true, 2, 3],
  [false, 2, 0],
  [false, 1, 0],
  [true, 0, 1],
  [false, 0, 0],
])('server there: %s, %i connections of a template: %i are left', (available, connections, left) => {
  const { made, dest } = director()
  const control = template(made, dest)
  for (let n = 0; n < connections; n++) follow(begin(made, dest, { clientPort: n + 1 }), control)
  dest.available = available
  ipVsExpireNodest(made.ns)
  expect(made.ns.ipvs.connections.size).toBe(left)
  expect([dest.persistent, dest.inactive]).toEqual(left === 0 ? [0, 0] : [1, connections])
})

test('a template that stood before its connections and one that is gone already: each ends once', () => {
  const { made, dest } = director()
  const control = template(made, dest)
  const connection = begin(made, dest)
  follow(connection, control)
  ipVsConnDel(made.ns, control)
  dest.available = false
  ipVsExpireNodest(made.ns)
  expect([made.ns.ipvs.connections.size, dest.persistent, dest.inactive]).toEqual([0, 0, 0])
})
