/** The search of the picture: opened, typed in, gone through, closed. */
import { shownAs } from './arrangement.ts'
import { searchHits } from './search-hits.ts'
import { appState, store } from './store.ts'

/** Opens it; an open one takes the focus again. */
export function openSearch(): void {
  const { kernel, closeKernel, search } = appState()
  if (kernel !== null) closeKernel()
  store.setState({ search: search === null ? { text: '', hits: [], at: -1, asked: 1 } : { ...search, asked: search.asked + 1 } })
}

/** Looks for something else; the first hit is shown. */
export function searchFor(text: string): void {
  const { topology, search } = appState()
  const hits = topology === null ? [] : searchHits(text, topology)
  store.setState({ search: { text, hits, at: hits.length === 0 ? -1 : 0, asked: search?.asked ?? 1 } })
}

/** The next hit, or the one before; behind the last comes the first. */
export function goToHit(direction: 1 | -1): void {
  const { search } = appState()
  if (search === null || search.hits.length === 0) return
  const { hits, at } = search
  store.setState({ search: { ...search, at: (at + direction + hits.length) % hits.length } })
}

/** Closes it. The hit that was shown takes the focus, so that Enter chooses it and arrows go on from there. */
export function closeSearch(): void {
  const { search, drawn, topology, arrangement, level } = appState()
  const hit = search?.hits[search.at] ?? null
  const ref = hit === null || topology === null || level === 'overview' ? hit : shownAs(hit, topology, arrangement)
  store.setState({ search: null })
  if (ref !== null) requestAnimationFrame(() => store.setState({ drawn: { ref, at: (drawn?.at ?? 0) + 1 } }))
}
