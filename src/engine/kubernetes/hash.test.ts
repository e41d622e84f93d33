import { describe, expect, it } from 'vitest'
import { chainHash, macHash, nameHash, uuidHash } from './hash.ts'

describe('hashes', () => {
  it.each([
    ['ns1/svc1:p80tcp', 'XPGD46QRK7WJZT7O'],
    ['kube-system/dnsudp', 'UERY4RAZ7VIXJ7V4'],
    ['ns1/svc1:p80tcp10.180.0.1:80', 'SXIVWICOYRO3J4NJ'],
  ])('kube-proxy hashes %s to %s', (text, hash) => {
    expect(chainHash(text)).toBe(hash)
  })

  it('makes names of the forms that are drawn at random elsewhere', () => {
    expect(nameHash('a', 5)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(uuidHash('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(macHash('a').slice(0, 2), 16) & 3).toBe(2)
  })
})
