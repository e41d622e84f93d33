/** Userspace: extensions/libxt_ipvs.c. Kernel: net/netfilter/xt_ipvs.c, ipvs_mt(). */
import type { IpPacket } from '../../../net/packet.ts'
import { type IpvsConnection, ipVsConnOutGet } from '../../ipvs/connection-table.ts'
import { formatMaskedAddress, type MaskedAddress, maskedAddressMatches, parseMaskedAddress } from '../masked-address.ts'
import { type GivenOption, givenOption, NOT_RESOLVED, not } from '../option.ts'
import { resolvePort } from '../ports.ts'
import { parseProtocol } from '../protocols.ts'
import type { Match, MatchExtension, PacketContext } from './match.ts'

interface Test<T> {
  readonly value: T
  readonly not: boolean
}

const METHODS = { GATE: 'route', IPIP: 'tunnel', MASQ: 'masquerade' } as const
type Method = keyof typeof METHODS

export interface IpvsMatch extends Match {
  readonly name: 'ipvs'
  /** `--ipvs` alone; null where something else is asked. */
  readonly handled: { readonly not: boolean } | null
  readonly protocol: Test<number> | null
  readonly address: Test<MaskedAddress> | null
  readonly port: Test<number> | null
  readonly direction: 'ORIGINAL' | 'REPLY' | null
  readonly method: Test<Method> | null
  readonly controlPort: Test<number> | null
}

/** What an option asks, if it was given; the error of what cannot be read. */
function testOf<T>(option: GivenOption | undefined, read: (text: string) => Exclude<T, string> | string): Test<T> | null | string {
  if (!option) return null
  const value = read(option.values[0] ?? '')
  return typeof value === 'string' ? value : { value, not: option.not }
}

function badValue(option: GivenOption): string {
  return `ipvs: Bad value for "--${option.name}" option: "${option.values[0]}"`
}

function parseDirection(option: GivenOption | undefined): IpvsMatch['direction'] | { readonly error: string } {
  if (!option) return null
  const word = (option.values[0] ?? '').toUpperCase()
  return word === 'ORIGINAL' || word === 'REPLY' ? word : { error: badValue(option) }
}

function parseMethod(option: GivenOption | undefined): Test<Method> | null | string {
  if (!option) return null
  const word = (option.values[0] ?? '').toUpperCase()
  return word in METHODS ? { value: word as Method, not: option.not } : badValue(option)
}

function describe(m: IpvsMatch, dashes: string): string {
  const part = <T>(name: string, test: Test<T> | null, text: (value: T) => unknown) =>
    test ? ` ${not(test.not)}${dashes}${name} ${text(test.value)}` : ''
  return (
    (m.handled ? ` ${not(m.handled.not)}${dashes}ipvs` : '') +
    part('vproto', m.protocol, String) +
    part('vaddr', m.address, formatMaskedAddress) +
    part('vport', m.port, String) +
    (m.direction ? ` ${dashes}vdir ${m.direction}` : '') +
    part('vmethod', m.method, String) +
    part('vportctl', m.controlPort, String)
  )
}

function passes<T>(test: Test<T> | null, holds: (value: T) => boolean): boolean {
  return test === null || holds(test.value) !== test.not
}

/** The connection of a packet on its way to a real server. */
function connectionOf(packet: IpPacket, { ns }: PacketContext): IpvsConnection | null {
  const { network, transport } = packet
  if (transport === null || transport.kind === 'icmp') return null
  return ipVsConnOutGet(ns, {
    protocol: network.protocol,
    source: network.destination,
    sourcePort: transport.destinationPort,
    destination: network.source,
    destinationPort: transport.sourcePort,
  })
}

function connectionMatches(m: IpvsMatch, packet: IpPacket, connection: IpvsConnection): boolean {
  const { ct } = packet
  if (!passes(m.port, (port) => connection.virtualPort === port)) return false
  if (!passes(m.controlPort, (port) => connection.control?.virtualPort === port)) return false
  if (m.direction !== null) {
    if (ct === null || typeof ct === 'string' || (ct.direction === 'original') !== (m.direction === 'ORIGINAL')) return false
  }
  if (!passes(m.method, (method) => connection.method === METHODS[method])) return false
  return passes(m.address, (address) => maskedAddressMatches(address, connection.virtualAddress))
}

/** `-m ipvs --ipvs`: has IPVS handled the packet? The other options ask about its connection. */
export const extension: MatchExtension<IpvsMatch> = {
  name: 'ipvs',
  options: [
    { name: 'ipvs', values: 0, invertible: true },
    ...['vproto', 'vaddr', 'vport'].map((name) => ({ name, values: 1 as const, invertible: true })),
    { name: 'vdir', values: 1 },
    ...['vmethod', 'vportctl'].map((name) => ({ name, values: 1 as const, invertible: true })),
  ],
  parse(given) {
    const handled = givenOption(given, 'ipvs')
    if (given.length === 0) return 'IPVS: At least one option is required'
    if (handled?.not && given.length > 1) return '! --ipvs cannot be together with other options'
    const protocol = testOf<number>(givenOption(given, 'vproto'), parseProtocol)
    if (typeof protocol === 'string') return protocol
    const address = testOf<MaskedAddress>(givenOption(given, 'vaddr'), (text) => parseMaskedAddress(text) ?? NOT_RESOLVED)
    if (typeof address === 'string') return address
    const port = testOf<number>(givenOption(given, 'vport'), resolvePort)
    if (typeof port === 'string') return port
    const direction = parseDirection(givenOption(given, 'vdir'))
    if (direction !== null && typeof direction === 'object') return direction.error
    const method = parseMethod(givenOption(given, 'vmethod'))
    if (typeof method === 'string') return method
    const controlPort = testOf<number>(givenOption(given, 'vportctl'), resolvePort)
    if (typeof controlPort === 'string') return controlPort
    return {
      name: 'ipvs',
      handled: handled && given.length === 1 ? { not: handled.not } : null,
      ...{ protocol, address, port, direction, method, controlPort },
    }
  },
  print: (m) => describe(m, '--'),
  list: (m) => describe(m, '').trimStart(),
  match(m, packet, context) {
    const handled = packet.ipvs === true
    if (m.handled) return handled !== m.handled.not
    if (!handled) return false
    const { protocol } = packet.network
    if (!passes(m.protocol, (asked) => asked === protocol)) return false
    const connection = connectionOf(packet, context)
    return connection !== null && connectionMatches(m, packet, connection)
  },
}
