/** Userspace: extensions/libxt_CT.c. Kernel: net/netfilter/xt_CT.c. */
import type { IpPacket } from '../../../net/packet.ts'
import type { ZoneDirection } from '../conntrack-zone.ts'
import type { PacketContext } from '../matches/match.ts'
import { givenOption, givenValue, parseUnsigned } from '../option.ts'
import type { Target, TargetExtension, TargetVerdict } from './target.ts'

const ZONES = { zone: 'both', 'zone-orig': 'original', 'zone-reply': 'reply' } as const
const isZone = (name: string): name is keyof typeof ZONES => name in ZONES
const TEXTS = ['helper', 'timeout', 'ctevents', 'expevents'] as const

export interface CtTarget extends Target {
  readonly name: 'CT'
  readonly notrack: boolean
  /** 0: none; 'mark': the packet's mark. */
  readonly zone: number | 'mark'
  readonly direction: ZoneDirection
  /** helper, timeout: the kernel has none; ctevents, expevents: nobody listens. */
  readonly texts: Readonly<Partial<Record<(typeof TEXTS)[number], string>>>
}

/** Kernel: xt_ct_target(). What has a connection, or a template of one by `--zone`, is left as it is. */
export function untrack(packet: IpPacket, { zone }: PacketContext): TargetVerdict {
  return { kind: 'CONTINUE', packet: packet.ct === null && zone === null ? { ...packet, ct: 'untracked' } : packet }
}

function describe(target: CtTarget, dashes: string): string {
  const word = Object.entries(ZONES).find(([, direction]) => direction === target.direction)?.[0] ?? 'zone'
  const text = (name: (typeof TEXTS)[number]) => (target.texts[name] === undefined ? '' : ` ${dashes}${name} ${target.texts[name]}`)
  return (
    (target.notrack ? ` ${dashes}notrack` : '') + TEXTS.map(text).join('') + (target.zone === 0 ? '' : ` ${dashes}${word} ${target.zone}`)
  )
}

/** `-j CT --notrack`: conntrack leaves the packet alone. `--zone`: its connection is one of that zone. */
export const extension: TargetExtension<CtTarget> = {
  name: 'CT',
  tables: ['raw'],
  hooks: ['PREROUTING', 'OUTPUT'],
  options: [
    { name: 'notrack', values: 0 },
    ...TEXTS.map((name) => ({ name, values: 1 as const })),
    ...Object.keys(ZONES).map((name) => ({ name, values: 1 as const })),
  ],
  asksConntrack: (target) => !target.notrack,
  parse(given) {
    let zone: CtTarget['zone'] = 0
    const directions = new Set<ZoneDirection>()
    for (const { name, values } of given) {
      if (!isZone(name)) continue
      const [text = ''] = values
      const number = text === 'mark' ? 'mark' : parseUnsigned(text, 65535)
      if (number === null) return `Cannot parse ${text} as a zone ID`
      // xt_ct_set_zone(): the last number counts; the flags of a mark and of the directions stay.
      if (zone !== 'mark') zone = number
      if (ZONES[name] !== 'both') directions.add(ZONES[name])
    }
    const [first = 'both', other] = directions
    const direction = other === undefined ? first : 'both'
    const texts: Partial<Record<(typeof TEXTS)[number], string>> = {}
    for (const name of TEXTS) {
      const text = givenValue(given, name)
      if (text !== undefined) texts[name] = text
    }
    return { name: 'CT', notrack: givenOption(given, 'notrack') !== undefined, zone, direction, texts }
  },
  // xt_ct_tg_check(): of what is not tracked nothing else is looked at.
  check({ notrack, texts }) {
    if (notrack) return null
    if (texts.helper !== undefined) return 'No such file or directory'
    return texts.timeout === undefined ? null : 'Invalid argument'
  },
  print: (target) => describe(target, '--'),
  list: (target) => `CT${describe(target, '')}`,
  apply(target, packet, context) {
    if (target.notrack) return untrack(packet, context)
    if (packet.ct === null && context.zone === null) context.zone = { id: target.zone, direction: target.direction }
    return { kind: 'CONTINUE', packet }
  },
}
