import { describe, expect, it } from 'vitest'
import { placeName } from './steps.ts'

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
