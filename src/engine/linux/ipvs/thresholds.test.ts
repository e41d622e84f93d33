/** `-x` and `-y`: when a server counts as overloaded, and when no longer. Kernel: ip_vs_conn.c, ip_vs_bind_dest(), ip_vs_unbind_dest(). */
import { describe, expect, test } from 'vitest'
import { ipVsConnDel } from './connection-table.ts'
import { address, type Balancer, balancer } from './flows.fixture.ts'
import { ipVsEditDest } from './service-table.ts'

const SERVICE = { protocol: 6, address: address('10.96.0.10'), port: 80, fwmark: 0 }

function threshold({ ns }: Balancer, upperThreshold: number, lowerThreshold = 0): void {
  const place = { service: SERVICE, address: address('10.0.0.11'), port: 8080 }
  expect(ipVsEditDest(ns, place, { method: 'masquerade', weight: 1, upperThreshold, lowerThreshold })).toBe(null)
}

function openAndEnd(made: Balancer, opened: number, ended: number): void {
  for (let i = 0; i < opened; i++) expect(made.open()).toBe(11)
  for (const connection of [...made.ns.ipvs.connections.values()].slice(0, ended)) ipVsConnDel(made.ns, connection)
}

/** One server with these thresholds. */
function server(upper: number, lower: number): Balancer {
  const made = balancer('rr')
  made.add(11, 1)
  threshold(made, upper, lower)
  return made
}

describe('another connection', () => {
  test.each([
    [1, 0, 1, 0, 'refused'],
    [1, 0, 1, 1, 11],
    [2, 0, 1, 0, 11],
    [2, 0, 2, 0, 'refused'],
    // Below three quarters of the upper one.
    [2, 0, 2, 1, 11],
    [4, 0, 4, 1, 'refused'],
    [4, 0, 4, 2, 11],
    [8, 0, 8, 2, 'refused'],
    [8, 0, 8, 3, 11],
    // Below the lower one.
    [4, 2, 4, 2, 'refused'],
    [4, 2, 4, 3, 11],
    [4, 4, 4, 1, 11],
    [4, 1, 4, 3, 'refused'],
    [4, 1, 4, 4, 11],
    // No threshold.
    [0, 0, 5, 0, 11],
    [0, 0, 5, 2, 11],
    [0, 3, 5, 1, 11],
  ])('-x %i -y %i, %i opened, %i ended: %s', (upper, lower, opened, ended, next) => {
    const made = server(upper, lower)
    openAndEnd(made, opened, ended)
    expect(made.open()).toBe(next)
  })
})

describe('-x 2, overloaded, then changed', () => {
  test.each([
    [0, 0, 11],
    [1, 0, 'refused'],
    [1, 1, 'refused'],
    [1, 2, 11],
    [2, 0, 'refused'],
    [3, 0, 11],
  ])('to -x %i, %i ended: %s', (upper, ended, next) => {
    const made = server(2, 0)
    openAndEnd(made, 2, 0)
    threshold(made, upper)
    openAndEnd(made, 0, ended)
    expect(made.open()).toBe(next)
  })
})
