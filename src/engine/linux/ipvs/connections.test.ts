/** Connections of IPVS, segment by segment, against what was measured on Linux 6.1. */
import { describe, expect, test } from 'vitest'
import { setSysctl } from '../sysctl.ts'
import { type Balancer, balancer, sequence, withWeights } from './flows.fixture.ts'

function established(made: Balancer, port: number): number | 'refused' | 'dropped' | 'local' {
  const server = made.segment(port, 'S')
  if (typeof server === 'number') {
    made.answer(server, port, 'SA')
    made.segment(port, 'A')
  }
  return server
}

const stateOf = ({ ns }: Balancer): string => [...ns.ipvs.connections.values()].map(({ state, timeout }) => `${state} ${timeout}`).join()

describe('a port that is used again after a RST', () => {
  test.each([
    [0, '12 12 12 12 12'],
    [1, '12 11 12 11 12'],
  ])('conn_reuse_mode=%i: %s', (mode, expected) => {
    const made = withWeights(balancer('rr'), '1,1')
    setSysctl(made.ns, 'net.ipv4.vs.conn_reuse_mode', mode)
    const reuse = (): number | 'refused' => {
      const server = established(made, 45000)
      made.segment(45000, 'R')
      return typeof server === 'number' ? server : 'refused'
    }
    expect(sequence(5, reuse)).toBe(expected)
  })
})

describe('a server that leaves', () => {
  test.each([0, 1])('weight 0: existing connections go on, expire_nodest_conn=%i', (value) => {
    const made = withWeights(balancer('rr'), '1')
    setSysctl(made.ns, 'net.ipv4.vs.expire_nodest_conn', value)
    expect(established(made, 45000)).toBe(11)
    made.edit(11, 0)
    expect(made.segment(45000, 'A')).toBe(11)
    expect(made.segment(45001, 'S')).toBe('refused')
  })

  test('deleted, expire_nodest_conn=0: packets are dropped, the entry stays and is bound again when the server comes back', () => {
    const made = withWeights(balancer('rr'), '1')
    established(made, 45000)
    made.delete(11)
    expect(made.segment(45000, 'A')).toBe('dropped')
    expect(stateOf(made)).toBe('ESTABLISHED 900')
    made.add(11, 1)
    expect(made.segment(45000, 'A')).toBe(11)
    expect(made.ns.ipvs.services.values().next().value?.dests[0]?.active).toBe(1)
  })

  test('deleted, expire_nodest_conn=1: the entry is gone at once, the next packet goes to the local stack', () => {
    const made = withWeights(balancer('rr'), '1')
    setSysctl(made.ns, 'net.ipv4.vs.expire_nodest_conn', 1)
    established(made, 45000)
    made.delete(11)
    expect(stateOf(made)).toBe('')
    expect(made.segment(45000, 'A')).toBe('local')
  })
})

describe('states and timeouts', () => {
  test('SYN_RECV 60 s, ESTABLISHED 900 s, after both FINs TIME_WAIT 120 s, after a RST CLOSE 10 s', () => {
    const made = withWeights(balancer('rr'), '1')
    const server = made.segment(45000, 'S')
    expect(stateOf(made)).toBe('SYN_RECV 60')
    made.answer(Number(server), 45000, 'SA')
    made.segment(45000, 'A')
    expect(stateOf(made)).toBe('ESTABLISHED 900')
    made.segment(45000, 'F')
    expect(stateOf(made)).toBe('CLOSE_WAIT 60')
    made.answer(Number(server), 45000, 'F')
    expect(stateOf(made)).toBe('TIME_WAIT 120')
    const reset = withWeights(balancer('rr'), '1')
    established(reset, 45000)
    reset.segment(45000, 'R')
    expect(stateOf(reset)).toBe('CLOSE 10')
  })

  test('a server that closes first: FIN_WAIT 120 s', () => {
    const made = withWeights(balancer('rr'), '1')
    established(made, 45000)
    made.answer(11, 45000, 'F')
    expect(stateOf(made)).toBe('FIN_WAIT 120')
  })

  test('active: SYN_RECV and ESTABLISHED; inactive: everything after', () => {
    const made = withWeights(balancer('rr'), '1')
    const counts = (): string => {
      const dest = made.ns.ipvs.services.values().next().value?.dests[0]
      return `${dest?.active} ${dest?.inactive}`
    }
    made.segment(45000, 'S')
    expect(counts()).toBe('1 0')
    made.answer(11, 45000, 'SA')
    made.segment(45000, 'A')
    expect(counts()).toBe('1 0')
    made.segment(45000, 'F')
    expect(counts()).toBe('0 1')
    made.wait(61)
    made.segment(45001, 'S')
    expect(counts()).toBe('1 0')
  })

  test('without a SYN nothing is scheduled, unless sloppy_tcp', () => {
    const made = withWeights(balancer('rr'), '1')
    expect(made.segment(45000, 'A')).toBe('local')
    setSysctl(made.ns, 'net.ipv4.vs.sloppy_tcp', 1)
    expect(made.segment(45000, 'A')).toBe(11)
    expect(made.segment(45001, 'R')).toBe('local')
  })
})
