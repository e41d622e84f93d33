/** The addresses of one device by their subnet: kube-ipvs0 has one for every Service, and each is compared with all that were there before it. */
import { cidr } from '../net/cidr.ts'
import type { InterfaceAddress } from './device.ts'

type Subnets = Map<number, InterfaceAddress[]>

/** By the device's list. */
const INDEXES = new WeakMap<readonly InterfaceAddress[], Subnets>()

function enter(subnets: Subnets, address: InterfaceAddress): void {
  const key = keyOf(address)
  const others = subnets.get(key)
  if (others) others.push(address)
  else subnets.set(key, [address])
}

/** Equal exactly for addresses of one subnet and prefix length. */
function keyOf({ local, prefixLength }: Pick<InterfaceAddress, 'local' | 'prefixLength'>): number {
  return cidr(local, prefixLength).address * 64 + prefixLength
}

function indexOf(addresses: readonly InterfaceAddress[]): Subnets {
  const known = INDEXES.get(addresses)
  if (known) return known
  const subnets: Subnets = new Map()
  for (const address of addresses) enter(subnets, address)
  INDEXES.set(addresses, subnets)
  return subnets
}

const NONE: readonly InterfaceAddress[] = []

/** Those of the list that are in the address's subnet, with the same prefix length. */
export function ofSameSubnet(
  addresses: readonly InterfaceAddress[],
  address: Pick<InterfaceAddress, 'local' | 'prefixLength'>,
): readonly InterfaceAddress[] {
  return indexOf(addresses).get(keyOf(address)) ?? NONE
}

/** The list with one address more. What is known of the old list is handed on to the new one. */
export function withAddress(addresses: readonly InterfaceAddress[], added: InterfaceAddress, place: number): readonly InterfaceAddress[] {
  const subnets = indexOf(addresses)
  INDEXES.delete(addresses)
  enter(subnets, added)
  const made = addresses.toSpliced(place, 0, added)
  INDEXES.set(made, subnets)
  return made
}
