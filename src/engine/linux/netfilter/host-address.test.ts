/** Measured with `-s` (iptables 1.8.9) and `--ctorigsrc`, which asks getaddrinfo() alone. */
import { describe, expect, it } from 'vitest'
import { formatAddress } from '../../net/address.ts'
import { parseDottedAddress, parseHostAddress, parseInetAton } from './host-address.ts'

const shown = (address: ReturnType<typeof parseHostAddress>): string | null => (address === null ? null : formatAddress(address))

describe('an address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', '10.0.0.1'],
    ['10', '10.0.0.0', '0.0.0.10'],
    ['0', '0.0.0.0', '0.0.0.0'],
    ['10.1', '10.1.0.0', '10.0.0.1'],
    ['1.2.3', '1.2.3.0', '1.2.0.3'],
    ['256', '0.0.1.0', '0.0.1.0'],
    ['10.256', '10.0.1.0', '10.0.1.0'],
    ['10.0.65535', '10.0.255.255', '10.0.255.255'],
    ['1.65536', '1.1.0.0', '1.1.0.0'],
    ['1.2.65536', null, null],
    ['3232235777', '192.168.1.1', '192.168.1.1'],
    ['4294967296', null, null],
    ['0x0a000001', '10.0.0.1', '10.0.0.1'],
    ['0x1.0x2.0x3.0x4', '1.2.3.4', '1.2.3.4'],
    ['010.0.0.1', '8.0.0.1', '8.0.0.1'],
    ['1.2.3.010', '1.2.3.8', '1.2.3.8'],
    ['012', '10.0.0.0', '0.0.0.10'],
    ['+10', '10.0.0.0', null],
    [' 10', '10.0.0.0', null],
    ['1.2.3.+4', '1.2.3.4', null],
    ['08.1.1.1', null, null],
    ['1.2.3.256', null, null],
    ['1.2.3.4.5', null, null],
    ['10.', null, null],
    ['.1', null, null],
    ['10..1', null, null],
    ['', null, null],
    ['x', null, null],
  ])('%j is %s for -s, %s for getaddrinfo()', (text, source, resolved) => {
    expect([shown(parseHostAddress(text)), shown(parseInetAton(text))]).toEqual([source, resolved])
  })

  it('is read byte by byte where no resolver is asked', () => {
    expect(['10', '256', '1.2.3.4'].map((text) => shown(parseDottedAddress(text)))).toEqual(['10.0.0.0', null, '1.2.3.4'])
  })
})
