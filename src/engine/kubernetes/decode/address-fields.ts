/** Fields that hold addresses and networks. */
import { type Address, parseAddress } from '../../net/address.ts'
import { type Cidr, parseCidr } from '../../net/cidr.ts'
import { type Fields, placeOf, stringAt } from '../fields.ts'

/** A network in CIDR form; of a dual-stack list ("10.96.0.0/12,fd00::/112") the IPv4 one. */
export function cidrAt(fields: Fields, key: string): Cidr | null {
  const text = stringAt(fields, key)
  if (text === null) return null
  const v4 = text.split(',').find((part) => !part.includes(':'))
  const network = v4?.includes('/') ? parseCidr(v4.trim()) : null
  if (network === null)
    fields.report.error({
      code: 'bad-address',
      message: `${key}: "${text}" is no IPv4 network; write e.g. 10.244.0.0/16.`,
      at: placeOf(fields, key),
    })
  return network
}

/** An address; a wrong one is reported. */
export function addressAt(fields: Fields, key: string): Address | null {
  const text = stringAt(fields, key)
  if (text === null) return null
  const address = parseAddress(text)
  if (address === null)
    fields.report.error({ code: 'bad-address', message: `${key}: "${text}" is no IPv4 address.`, at: placeOf(fields, key) })
  return address
}
