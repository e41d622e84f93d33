/** Kernel: net/netfilter/ipset/ip_set_list_set.c. A set of sets, in an order of its own. */
import { elementKey, type IpSet, NO_ELEMENT, type SetEntry } from './ip-set.ts'
import { type EntryOptions, entryOf, type SetChange } from './set-change.ts'

/** Where a member is to stand, or is expected. */
export interface ListPlace {
  readonly where: 'before' | 'after'
  readonly reference: string
}

/** The names of the members, in order. */
export function listMembers(list: IpSet): readonly string[] {
  return [...list.entries.values()].map((entry) => entry.element.set)
}

/** Does the member stand there? */
function standsAt(members: readonly string[], name: string, place: ListPlace | null): boolean {
  const at = members.indexOf(name)
  if (at < 0 || place === null) return at >= 0
  return members[place.where === 'before' ? at + 1 : at - 1] === place.reference
}

/** `list_set_uadd()`. */
export function addMember(
  list: IpSet,
  name: string,
  given: EntryOptions & { readonly place: ListPlace | null },
  when: { exist: boolean; nowMs: number },
): SetChange {
  const element = { ...NO_ELEMENT, set: name }
  const key = elementKey(list.type, element)
  const { place } = given
  const members = listMembers(list)
  if (place && (place.reference === name || !members.includes(place.reference))) return 'reference'
  const before = list.entries.get(key)
  if (before && !when.exist) return 'exists'
  const entry = entryOf(list, element, given, { nowMs: when.nowMs, before })
  if (before || place === null) {
    list.entries.set(key, entry)
    return 'ok'
  }
  const entries: (readonly [string, SetEntry])[] = [...list.entries]
  const at = members.indexOf(place.reference) + (place.where === 'before' ? 0 : 1)
  list.entries = new Map([...entries.slice(0, at), [key, entry], ...entries.slice(at)])
  return 'ok'
}

/** `list_set_udel()`. */
export function deleteMember(list: IpSet, name: string, place: ListPlace | null): SetChange {
  if (!standsAt(listMembers(list), name, place)) return place ? 'reference' : 'absent'
  list.entries.delete(elementKey(list.type, { ...NO_ELEMENT, set: name }))
  return 'ok'
}

/** `list_set_utest()`. */
export function hasMember(list: IpSet, name: string, place: ListPlace | null): boolean {
  return standsAt(listMembers(list), name, place)
}
