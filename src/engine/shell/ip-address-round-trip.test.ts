/** What `ip addr` prints, typed at a fresh machine, makes that machine print the same: over generated addresses. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEVICES, machine } from './round-trip.fixture.ts'

const number = (max: number, min = 1) => fc.integer({ min, max })
const optional = (part: fc.Arbitrary<string>) => fc.option(part, { nil: '' })
const words = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((list) => list.filter((part) => part !== '').join(' '))
const first = (text: string): unknown => text.split(' ')[0]

/** Addresses of a device as `ip addr add` takes them: networks that meet, one scope for each, so that none is refused for its scope. */
const SCOPE_OF: Readonly<Record<string, string>> = { '10.1': 'global', '10.2': 'link', '10.3': 'host' }
const interfaceAddress = fc
  .tuple(fc.constantFrom(...Object.keys(SCOPE_OF)), number(3, 0), number(250), fc.constantFrom(8, 16, 20, 24, 30, 31, 32))
  .map(([net, subnet, last, length]) => ({
    text: `${net}.${subnet}.${last}/${length}`,
    scope: length < 16 ? 'global' : (SCOPE_OF[net] ?? ''),
  }))
  .chain(({ text, scope }) =>
    words(
      fc.constant(text),
      optional(fc.constantFrom('brd +', 'brd -', `brd ${text.replace(/\d+\/.*/, '99')}`)),
      fc.constant(`scope ${scope}`),
      optional(fc.constantFrom('label v0', 'label v0:a', 'label v0:b1', 'label other')),
    ),
  )
/** What `ip addr add` takes, from a line that `ip addr` prints; the first words of `-o` are the device's. */
const addressAdded = (line: string): string => {
  const [, printed = ''] = /\binet (.*?)\\/.exec(line) ?? []
  const [options = '', label = ''] = [printed.replace(/ secondary/, '').replace(/ \S+\s*$/, ''), printed.trim().split(' ').at(-1)]
  return `ip addr add ${options} label ${label} dev v0`
}

describe('ip addr', () => {
  const lines = fc.uniqueArray(interfaceAddress, { minLength: 1, maxLength: 10, selector: first })

  it('what is printed can be typed, and is printed again', () => {
    fc.assert(
      fc.property(lines, (given) => {
        const one = machine(DEVICES.replace(/^ip addr.*$/gm, ''))
        for (const line of given) one(`ip addr add ${line} dev v0`)
        const printed = one('ip -o -4 addr show dev v0').split('\n').slice(0, -1)
        expect(printed.length).toBe(given.length)
        const other = machine(DEVICES.replace(/^ip addr.*$/gm, ''))
        // A secondary is one because its primary was there first.
        const [primary, secondary] = [
          printed.filter((line) => !line.includes(' secondary ')),
          printed.filter((line) => line.includes(' secondary ')),
        ]
        for (const line of [...primary, ...secondary]) other(addressAdded(line))
        expect(other('ip -o -4 addr show dev v0')).toBe(one('ip -o -4 addr show dev v0'))
        // Nothing of what was typed has been lost.
        for (const line of given) {
          const [address = ''] = line.split(' ')
          const shown = printed.find((text) => text.includes(` inet ${address} `)) ?? ''
          const [, label = 'v0'] = / label (\S+)/.exec(line) ?? []
          const [, broadcast] = / brd ([\d.]+)/.exec(line) ?? []
          expect(shown).toContain(/ scope \w+/.exec(line)?.[0] ?? 'scope')
          expect(shown).toMatch(new RegExp(` ${label}\\\\ `))
          if (broadcast !== undefined) expect(shown).toContain(` brd ${broadcast} `)
          if (!line.includes(' brd ')) expect(shown).not.toContain(' brd ')
        }
      }),
      { numRuns: 150 },
    )
  })
})
