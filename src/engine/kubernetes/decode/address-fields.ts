/** Fields that hold addresses and networks. */
import { type Address, parseAddress } from '../../net/address.ts'
import { type Cidr, parseCidr } from '../../net/cidr.ts'
import { type Fields, pathOf, placeOf, stringAt } from '../fields.ts'
import { isIPv6 } from '../ipv6-text.ts'
import type { Report, Span } from '../report.ts'

/** IPv6 is not modelled: says so where it is met, and what holds instead. With nothing to take its place it is a warning. */
export function reportIPv6(
  report: Report,
  what: { readonly said: string; readonly instead: string; readonly at: Span; readonly lost: boolean },
): void {
  const message = `${what.said}: IPv6 is not modelled. ${what.instead}`
  report[what.lost ? 'warning' : 'info']({ code: 'ipv6-not-modelled', message, at: what.at })
}

const isIPv6Network = (text: string): boolean => isIPv6(text.split('/')[0]?.trim() ?? '')

/** A network in CIDR form; of a dual-stack list ("10.96.0.0/12,fd00::/112") the IPv4 one. */
export function cidrAt(fields: Fields, key: string): Cidr | null {
  const text = stringAt(fields, key)
  if (text === null) return null
  const parts = text.split(',')
  const v4 = parts.find((part) => !part.includes(':'))
  const network = v4?.includes('/') ? parseCidr(v4.trim()) : null
  const at = placeOf(fields, key)
  const said = `${pathOf(fields, key)}: "${text}"`
  if (network === null && parts.every(isIPv6Network)) {
    fields.report.error({ code: 'ipv6-not-modelled', message: `${said}: IPv6 is not modelled; write an IPv4 network.`, at })
    return null
  }
  if (network !== null && v4 !== text) reportIPv6(fields.report, { said, instead: `Only ${v4?.trim()} is simulated.`, at, lost: false })
  if (network === null)
    fields.report.error({
      code: 'bad-address',
      message: `${said} is no IPv4 network; write e.g. 10.244.0.0/16.`,
      at,
    })
  return network
}

/** An address; a wrong one is reported. */
export function addressAt(fields: Fields, key: string): Address | null {
  const text = stringAt(fields, key)
  if (text === null) return null
  const address = parseAddress(text)
  const at = placeOf(fields, key)
  if (address === null && isIPv6(text))
    fields.report.error({
      code: 'ipv6-not-modelled',
      message: `${pathOf(fields, key)}: "${text}": IPv6 is not modelled; write an IPv4 address.`,
      at,
    })
  else if (address === null)
    fields.report.error({ code: 'bad-address', message: `${pathOf(fields, key)}: "${text}" is no IPv4 address.`, at })
  return address
}
