/** Where the user has been: each thing opened is an entry of the browser's history, so that Back and Forward work and a reload stays. */

/** What an entry without a link shows. */
export type Place = { readonly kind: 'work'; readonly id: string } | { readonly kind: 'gallery'; readonly name: string }

interface Entry {
  /** Null: the link in the address. */
  readonly place: Place | null
  /** The user's own work that was shown last. */
  readonly mine: string | null
}

let present: Entry = { place: null, mine: null }

/** The user's own work that was shown last; null when none was. */
export function lastOwnWork(): string | null {
  return present.mine
}

/** Enters a place. `push`: as a new entry of the history; otherwise it takes the place of the present one. */
export function enter(place: Place | null, push: boolean): void {
  present = { place, mine: place?.kind === 'work' ? place.id : present.mine }
  const address = location.pathname + location.search + (place === null ? location.hash : '')
  if (push) history.pushState(present, '', address)
  else history.replaceState(present, '', address)
}

/** The place of the present entry of the history: null for a link, or for an entry that was not made here. */
export function presentPlace(): Place | null {
  const state: unknown = history.state
  if (typeof state !== 'object' || state === null) return null
  const mine = 'mine' in state && typeof state.mine === 'string' ? state.mine : present.mine
  const place = 'place' in state && isPlace(state.place) ? state.place : null
  present = { place, mine }
  return place
}

/** The address names no link any more; what is shown stays. */
export function leaveAddress(): void {
  if (location.hash !== '') history.replaceState(present, '', location.pathname + location.search)
}

function isPlace(value: unknown): value is Place {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  if (value.kind === 'work') return 'id' in value && typeof value.id === 'string'
  return value.kind === 'gallery' && 'name' in value && typeof value.name === 'string'
}
