import { describe, expect, it } from 'vitest'
import type { Chapter } from './frames.ts'
import { phasesOf, placeName } from './steps.ts'

describe('placeName', () => {
  it.each([
    ['pod/default/webapp-7d4b9c6f58-k2xvp', 'webapp-k2xvp'],
    ['pod/default/mysql-0', 'mysql-0'],
    ['pod/shop/cart-6b9f77d5c4-xz2lq', 'shop/cart-xz2lq'],
    ['pod/default/a-word-dogma', 'a-word-dogma'],
    ['node/worker-1', 'worker-1'],
    ['gateway', 'gateway'],
  ])('%s is %s', (where, name) => expect(placeName(where)).toBe(name))
})

describe('phasesOf', () => {
  it('puts ARP and ACK into the phase around them', () => {
    const names = ['ARP', 'DNS query', 'ARP', 'DNS answer', 'SYN', 'ARP', 'SYN-ACK', 'ACK', 'request', 'ACK', 'reply', 'FIN', 'ACK']
    const chapters = names.map((name, index): Chapter => ({ index, name, packet: index, first: index, last: index, reply: false }))
    expect(phasesOf(chapters).map((phase) => [phase.name, phase.chapters.length])).toEqual([
      ['Name resolution', 4],
      ['Connection', 4],
      ['Request and reply', 3],
      ['Close', 2],
    ])
  })
})
