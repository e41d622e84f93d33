/** Userspace: extensions/libxt_addrtype.c. Kernel: net/netfilter/xt_addrtype.c. */
import type { Address } from '../../../net/address.ts'
import { inetAddrType } from '../../fib.ts'
import { givenOption, not } from '../option.ts'
import type { Match, MatchExtension, PacketContext } from './match.ts'

/** In the order of their bits, which is the order they are printed in. */
const TYPES = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
]

interface TypeTest {
  readonly types: readonly string[]
  readonly not: boolean
}

export interface AddrtypeMatch extends Match {
  readonly name: 'addrtype'
  readonly source: TypeTest | null
  readonly destination: TypeTest | null
  readonly limitIfaceIn: boolean
  readonly limitIfaceOut: boolean
}

function parseTypes(option: { readonly values: readonly string[]; readonly not: boolean } | undefined): TypeTest | null | string {
  if (!option) return null
  const words = (option.values[0] ?? '').split(',')
  for (const word of words) if (!TYPES.includes(word.toUpperCase())) return `addrtype: bad type "${option.values[0]}"`
  const asked = words.map((word) => word.toUpperCase())
  return { types: TYPES.filter((type) => asked.includes(type)), not: option.not }
}

function typeMatches(test: TypeTest, address: Address, device: string | null, context: PacketContext): boolean {
  const type = device === null ? inetAddrType(context.ns, address) : inetAddrType(context.ns, address, device)
  return test.types.includes(type) !== test.not
}

/** `-m addrtype --src-type --dst-type --limit-iface-in --limit-iface-out`: what the FIB calls the address. */
export const extension: MatchExtension<AddrtypeMatch> = {
  name: 'addrtype',
  options: [
    { name: 'src-type', values: 1, invertible: true },
    { name: 'dst-type', values: 1, invertible: true },
    { name: 'limit-iface-in', values: 0, excludes: ['limit-iface-out'] },
    { name: 'limit-iface-out', values: 0, excludes: ['limit-iface-in'] },
  ],
  finalCheck: (given) =>
    givenOption(given, 'src-type') || givenOption(given, 'dst-type') ? null : 'addrtype: you must specify --src-type or --dst-type',
  parse(given) {
    const source = parseTypes(givenOption(given, 'src-type'))
    if (typeof source === 'string') return source
    const destination = parseTypes(givenOption(given, 'dst-type'))
    if (typeof destination === 'string') return destination
    const limitIfaceIn = givenOption(given, 'limit-iface-in') !== undefined
    const limitIfaceOut = givenOption(given, 'limit-iface-out') !== undefined
    return { name: 'addrtype', source, destination, limitIfaceIn, limitIfaceOut }
  },
  check(m, hook) {
    const noOut = hook === 'PREROUTING' || hook === 'INPUT'
    const noIn = hook === 'POSTROUTING' || hook === 'OUTPUT'
    return (m.limitIfaceOut && noOut) || (m.limitIfaceIn && noIn) ? 'Invalid argument' : null
  },
  print(m) {
    const source = m.source ? ` ${not(m.source.not)}--src-type ${m.source.types.join(',')}` : ''
    const destination = m.destination ? ` ${not(m.destination.not)}--dst-type ${m.destination.types.join(',')}` : ''
    return source + destination + (m.limitIfaceIn ? ' --limit-iface-in' : '') + (m.limitIfaceOut ? ' --limit-iface-out' : '')
  },
  list(m) {
    const source = m.source ? ` src-type ${m.source.not ? '!' : ''}${m.source.types.join(',')}` : ''
    const destination = m.destination ? ` dst-type ${m.destination.not ? '!' : ''}${m.destination.types.join(',')}` : ''
    return `ADDRTYPE match${source}${destination}${m.limitIfaceIn ? ' limit-in' : ''}${m.limitIfaceOut ? ' limit-out' : ''}`
  },
  match(m, packet, context) {
    const header = packet.network
    const device = m.limitIfaceIn ? context.state.in : m.limitIfaceOut ? context.state.out : null
    if (m.source !== null && !typeMatches(m.source, header.source, device, context)) return false
    return m.destination === null || typeMatches(m.destination, header.destination, device, context)
  },
  actual({ network }, { ns }) {
    const [source, destination] = [network.source, network.destination].map((address) => inetAddrType(ns, address))
    return `the source is ${source}, the destination ${destination}`
  },
}
