/** Userspace: extensions/libxt_physdev.c. Kernel: net/netfilter/xt_physdev.c, physdev_mt(). */
import { interfaceMatches } from '../interface-name.ts'
import { type GivenOption, givenOption, not } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

interface Flag {
  readonly not: boolean
}

export interface PhysdevMatch extends Match {
  readonly name: 'physdev'
  readonly in: { readonly device: string; readonly not: boolean } | null
  readonly out: { readonly device: string; readonly not: boolean } | null
  readonly isIn: Flag | null
  readonly isOut: Flag | null
  readonly isBridged: Flag | null
}

function device(option: GivenOption | undefined): PhysdevMatch['in'] {
  return option ? { device: option.values[0] ?? '', not: option.not } : null
}

function flag(option: GivenOption | undefined): Flag | null {
  return option ? { not: option.not } : null
}

function describe(m: PhysdevMatch, dashes: string): string {
  let text = m.isIn ? ` ${not(m.isIn.not)}${dashes}physdev-is-in` : ''
  if (m.in) text += ` ${not(m.in.not)}${dashes}physdev-in ${m.in.device}`
  if (m.isOut) text += ` ${not(m.isOut.not)}${dashes}physdev-is-out`
  if (m.out) text += ` ${not(m.out.not)}${dashes}physdev-out ${m.out.device}`
  return m.isBridged ? `${text} ${not(m.isBridged.not)}${dashes}physdev-is-bridged` : text
}

/** `-m physdev`: the bridge ports of a bridged frame (br_netfilter). */
export const extension: MatchExtension<PhysdevMatch> = {
  name: 'physdev',
  options: [
    { name: 'physdev-in', values: 1, invertible: true },
    { name: 'physdev-out', values: 1, invertible: true },
    { name: 'physdev-is-in', values: 0, invertible: true },
    { name: 'physdev-is-out', values: 0, invertible: true },
    { name: 'physdev-is-bridged', values: 0, invertible: true },
  ],
  parse(given) {
    if (given.length === 0) return 'PHYSDEV: no physdev option specified'
    const long = given.flatMap((option) => option.values).find((name) => name.length > 15)
    if (long !== undefined) return `interface name \`${long}' must be shorter than IFNAMSIZ (15)`
    return {
      name: 'physdev',
      in: device(givenOption(given, 'physdev-in')),
      out: device(givenOption(given, 'physdev-out')),
      isIn: flag(givenOption(given, 'physdev-is-in')),
      isOut: flag(givenOption(given, 'physdev-is-out')),
      isBridged: flag(givenOption(given, 'physdev-is-bridged')),
    }
  },
  check(m, hook) {
    const out = m.out !== null || m.isOut !== null
    const bridged = m.isBridged !== null && !m.isBridged.not
    return out && !bridged && hook === 'OUTPUT' ? 'Invalid argument' : null
  },
  print: (m) => describe(m, '--'),
  list: (m) => `PHYSDEV match${describe(m, '--')}`,
  match(m, packet) {
    const { physIn, physOut } = packet
    if (physIn === null && physOut === null) {
      const inverted = (test: Flag | null) => test === null || test.not
      return inverted(m.in) && inverted(m.out) && inverted(m.isIn) && inverted(m.isOut) && inverted(m.isBridged)
    }
    if (m.isBridged && (physOut !== null) === m.isBridged.not) return false
    if (m.isIn && (physIn !== null) === m.isIn.not) return false
    if (m.isOut && (physOut !== null) === m.isOut.not) return false
    if (m.in && (physIn !== null && interfaceMatches(m.in.device, physIn)) === m.in.not) return false
    return !m.out || (physOut !== null && interfaceMatches(m.out.device, physOut)) !== m.out.not
  },
  actual: ({ physIn, physOut }) =>
    physIn === null ? 'it is not bridged' : `its bridge ports are ${physIn} and ${physOut ?? 'not known yet'}`,
}
