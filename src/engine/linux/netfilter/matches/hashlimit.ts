/** Userspace: extensions/libxt_hashlimit.c. Kernel: net/netfilter/xt_hashlimit.c, hashlimit_mt(). Rates in bytes are not modelled. */
import { maskLength } from '../../../net/cidr.ts'
import { type Ipv4, ipv4, ipv4Mask } from '../../../net/ipv4.ts'
import type { IpPacket } from '../../../net/packet.ts'
import { parseInetAton } from '../host-address.ts'
import { type GivenOption, givenOption, givenValue, parseUnsigned, readInteger } from '../option.ts'
import { type Credit, formatRate, parseRate, takeCredit } from '../rate.ts'
import type { Match, MatchExtension } from './match.ts'

const MODES = ['srcip', 'srcport', 'dstip', 'dstport'] as const
/** Seconds in ms an entry lives unless told otherwise: as long as the rate's unit. */
const EXPIRES: Readonly<Record<string, number>> = { day: 86_400_000, hour: 3_600_000, min: 60_000, sec: 10_000 }
const SIZES = ['htable-size', 'htable-max', 'htable-gcinterval', 'htable-expire'] as const
const MASKS = ['srcmask', 'dstmask'] as const

export interface HashlimitMatch extends Match {
  readonly name: 'hashlimit'
  /** `--hashlimit-above`: matches what is over the limit. */
  readonly above: boolean
  /** Time between two packets, 1/10000 s. */
  readonly avg: number
  readonly burst: number
  readonly modes: readonly (typeof MODES)[number][]
  readonly table: string
  /** By option, as far as given. */
  readonly sizes: Readonly<Partial<Record<(typeof SIZES)[number], number>>>
  readonly srcmask: number
  readonly dstmask: number
}

const MISSING = 'You have to specify --hashlimit'

const MOST_BURST = 1_000_000

/** The rate asked for, and whether what is above it is meant. */
function rateOf(given: readonly GivenOption[]): { avg: number; above: boolean } | string {
  for (const name of ['hashlimit-upto', 'hashlimit-above']) {
    const option = givenOption(given, name)
    if (!option) continue
    const text = option.values[0] ?? ''
    if (/^\d+[kmg]?b(\/s)?$/.test(text)) return 'hashlimit: rates in bytes are not modelled'
    const avg = parseRate(text)
    if (!avg) return `hashlimit: Bad value for "--${name}" option: "${text}"`
    return { avg, above: (name === 'hashlimit-above') !== option.not }
  }
  return MISSING
}

function parseModes(given: readonly GivenOption[]): readonly (typeof MODES)[number][] | string {
  const text = givenValue(given, 'hashlimit-mode')
  if (text === undefined) return []
  const words = text.split(',')
  const known = (word: string): word is (typeof MODES)[number] => (MODES as readonly string[]).includes(word)
  return words.every(known) ? MODES.filter((mode) => words.includes(mode)) : `hashlimit: Bad value for "--hashlimit-mode" option: "${text}"`
}

function parseSizes(given: readonly GivenOption[]): HashlimitMatch['sizes'] | string {
  const sizes: Partial<Record<(typeof SIZES)[number], number>> = {}
  for (const name of SIZES) {
    const option = givenOption(given, `hashlimit-${name}`)
    const value = option ? readInteger('hashlimit', option, 0xffffffff) : 0
    if (typeof value === 'string') return value
    if (option) sizes[name] = value
  }
  return sizes
}

/** Prefix lengths; the kernel refuses those that are too long. */
function parseMasks(given: readonly GivenOption[]): Pick<HashlimitMatch, (typeof MASKS)[number]> | string {
  const masks = { srcmask: 32, dstmask: 32 }
  for (const option of given) {
    const name = MASKS.find((mask) => option.name === `hashlimit-${mask}`)
    if (name === undefined) continue
    const text = option.values[0] ?? ''
    const dotted = text.includes('.') ? parseInetAton(text) : null
    const length = dotted === null ? parseUnsigned(text) : maskLength(dotted)
    if (length === null) {
      return `hashlimit: bad value for option "--${option.name}", neither a valid network mask nor valid CIDR (0-32).\n`
    }
    masks[name] = length
  }
  return masks
}

function describe(m: HashlimitMatch, before: (name: string) => string, join: string): string {
  const modes = m.modes.length > 0 ? ` ${before('mode')} ${m.modes.join(join)}` : ''
  const name = join === ',' ? ` ${before('name')} ${m.table}` : ''
  const sizes = SIZES.flatMap((size) => (m.sizes[size] === undefined ? [] : ` ${before(size)} ${m.sizes[size]}`)).join('')
  const masks = MASKS.map((mask) => (m[mask] === 32 ? '' : ` ${before(mask)} ${m[mask]}`)).join('')
  return `${formatRate(m.avg)} ${before('burst')} ${m.burst}${modes}${name}${sizes}${masks}`
}

/** `hashlimit_init_dst()`: what packets are counted together by. */
function keyOf(m: HashlimitMatch, packet: IpPacket): string {
  const { network, transport } = packet
  const masked = (address: Ipv4, length: number) => ipv4(address & ipv4Mask(length))
  const ports = transport !== null && transport.kind !== 'icmp' ? transport : { sourcePort: 0, destinationPort: 0 }
  const values = {
    srcip: masked(network.source, m.srcmask),
    srcport: ports.sourcePort,
    dstip: masked(network.destination, m.dstmask),
    dstport: ports.destinationPort,
  }
  return m.modes.map((mode) => values[mode]).join(' ')
}

/** How long an entry that sees no packet is kept, ms. */
function lifetime(m: HashlimitMatch): number {
  return m.sizes['htable-expire'] ?? EXPIRES[formatRate(m.avg).split('/')[1] ?? 'sec'] ?? 10_000
}

/** `-m hashlimit --hashlimit-upto|--hashlimit-above RATE --hashlimit-mode … --hashlimit-name NAME`. */
export const extension: MatchExtension<HashlimitMatch> = {
  name: 'hashlimit',
  askedOnce: 'the limit is not exceeded, or is used up',
  options: [
    { name: 'hashlimit-upto', aliases: ['hashlimit'], values: 1, invertible: true, excludes: ['hashlimit-above'] },
    { name: 'hashlimit-above', values: 1, invertible: true, excludes: ['hashlimit-upto'] },
    { name: 'hashlimit-burst', values: 1 },
    ...[...SIZES, ...MASKS, 'mode'].map((name) => ({ name: `hashlimit-${name}`, values: 1 as const })),
    { name: 'hashlimit-name', values: 1, mandatory: true },
  ],
  finalCheck: (given) => (givenOption(given, 'hashlimit-upto') || givenOption(given, 'hashlimit-above') ? null : MISSING),
  parse(given) {
    const rate = rateOf(given)
    if (typeof rate === 'string') return rate
    const modes = parseModes(given)
    if (typeof modes === 'string') return modes
    const sizes = parseSizes(given)
    if (typeof sizes === 'string') return sizes
    const burst = parseUnsigned(givenValue(given, 'hashlimit-burst') ?? '5')
    if (burst === null || burst < 1 || burst > MOST_BURST) {
      return `bad value for option "--hashlimit-burst", or out of range (1-${MOST_BURST}).`
    }
    const masks = parseMasks(given)
    if (typeof masks === 'string') return masks
    return { name: 'hashlimit', ...rate, burst, modes, table: givenValue(given, 'hashlimit-name') ?? '', sizes, ...masks }
  },
  check: ({ srcmask, dstmask }) => (srcmask > 32 || dstmask > 32 ? 'Invalid argument' : null),
  print: (m) => ` --hashlimit-${m.above ? 'above' : 'upto'} ${describe(m, (name) => `--hashlimit-${name}`, ',')}`,
  list: (m) => `limit: ${m.above ? 'above' : 'up to'} ${describe(m, (name) => name, '-')}`,
  match(m, packet, { ns }) {
    const tables = ns.netfilter.ip.hashlimit
    const now = ns.kernel.nowMs
    let table = tables.get(m.table)
    if (!table) {
      table = new Map()
      tables.set(m.table, table)
    }
    const key = keyOf(m, packet)
    const known = table.get(key)
    const cap = m.avg * m.burst
    const bucket: Credit = known && known.filledMs + lifetime(m) > now ? known : { credit: cap, filledMs: now }
    table.set(key, bucket)
    return takeCredit(bucket, m.avg, cap, now) !== m.above
  },
}
