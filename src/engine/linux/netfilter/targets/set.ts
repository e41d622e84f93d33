/** Userspace: extensions/libxt_SET.c. Kernel: net/netfilter/xt_set.c, set_target_v3(). */
import { ipv4 } from '../../../net/ipv4.ts'
import type { IpPacket } from '../../../net/packet.ts'
import { addPacket, deletePacket, packetSkbInfo, type SetQuery } from '../ipset/set-packet.ts'
import { givenOption, parseUnsigned } from '../option.ts'
import { formatSetReference, parseSetReference, type SetReference } from '../set-option.ts'
import type { Target, TargetExtension } from './target.ts'

const MAPS = ['map-mark', 'map-prio', 'map-queue'] as const

export interface SetTarget extends Target {
  readonly name: 'SET'
  readonly add: SetReference | null
  readonly del: SetReference | null
  readonly map: SetReference | null
  readonly exist: boolean
  /** Seconds; null: the set's default. */
  readonly timeout: number | null
  readonly maps: readonly (typeof MAPS)[number][]
}

const MOST_SECONDS = 0xfffffffe

function describe(target: SetTarget, dashes: string): string {
  const part = (what: string, reference: SetReference | null) => (reference ? ` ${dashes}${what}-set ${formatSetReference(reference)}` : '')
  return (
    part('add', target.add) +
    (target.exist ? ` ${dashes}exist` : '') +
    (target.timeout === null ? '' : ` ${dashes}timeout ${target.timeout}`) +
    part('del', target.del) +
    part('map', target.map) +
    target.maps.map((each) => ` ${dashes}${each}`).join('')
  )
}

/** What the packet becomes by the set's skbinfo. Priority and queue only matter to a traffic shaper. */
function mapped(target: SetTarget, packet: IpPacket, query: SetQuery, context: Parameters<typeof packetSkbInfo>[3]): IpPacket {
  const set = target.map ? context.sets.get(target.map.set) : undefined
  const info = set ? packetSkbInfo(set, packet, query, context) : null
  if (!info || !target.maps.includes('map-mark')) return packet
  const mark = ipv4((packet.mark & ~info.mask) ^ (info.mark & info.mask))
  return mark === packet.mark ? packet : { ...packet, mark }
}

/** `-j SET --add-set|--del-set|--map-set NAME src,dst`. */
export const extension: TargetExtension<SetTarget> = {
  name: 'SET',
  tables: null,
  hooks: null,
  options: [
    ...['add-set', 'del-set', 'map-set'].map((name) => ({ name, values: 2 as const, onlyOnce: `--${name} can be specified only once` })),
    { name: 'exist', values: 0, repeatable: true },
    { name: 'timeout', values: 1, onlyOnce: '--timeout can be specified only once' },
    ...MAPS.map((name) => ({ name, values: 0 as const, repeatable: true })),
  ],
  sets: (target) => [target.add, target.del, target.map].flatMap((reference) => reference?.set ?? []),
  parse(given) {
    const [add, del, map] = ['add-set', 'del-set', 'map-set'].map((name) => parseSetReference(givenOption(given, name)))
    if (typeof add === 'string') return add
    if (typeof del === 'string') return del
    if (typeof map === 'string') return map
    if (!add && !del && !map) return "You must specify either `--add-set' or `--del-set' or `--map-set'"
    const exist = givenOption(given, 'exist') !== undefined
    const timeoutOption = givenOption(given, 'timeout')
    if (!add && exist) return "Flag `--exist' can be used with `--add-set' only"
    if (!add && timeoutOption) return "Option `--timeout' can be used with `--add-set' only"
    const timeout = timeoutOption ? parseUnsigned(timeoutOption.values[0] ?? '', MOST_SECONDS) : null
    if (timeoutOption && timeout === null) return `Invalid value for option --timeout or out of range 0-${MOST_SECONDS}`
    const maps = MAPS.filter((name) => givenOption(given, name))
    if (map && maps.length === 0) return "You must specify flags `--map-mark' or '--map-prio` or `--map-queue'"
    return { name: 'SET', add: add ?? null, del: del ?? null, map: map ?? null, exist, timeout, maps }
  },
  check: (target, { table }) => (target.map && table !== 'mangle' ? 'Invalid argument' : null),
  print: (target) => describe(target, '--'),
  list: (target) => describe(target, '').trimStart(),
  apply(target, packet, { ns }) {
    const context = { sets: ns.netfilter.ip.sets, nowMs: ns.kernel.nowMs }
    const { add, del, exist, timeout } = target
    if (add) {
      const set = context.sets.get(add.set)
      if (set) addPacket(set, packet, { directions: add.directions, exist, timeout }, context)
    }
    if (del) {
      const set = context.sets.get(del.set)
      if (set) deletePacket(set, packet, del.directions, context)
    }
    const plain = { returnNomatch: false, updateCounters: true, updateSubcounters: true, packets: null, bytes: null }
    const query: SetQuery = { ...plain, directions: target.map?.directions ?? [] }
    return { kind: 'CONTINUE', packet: mapped(target, packet, query, context) }
  },
}
