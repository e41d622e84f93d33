/** The first-run tour: when it begins by itself, and that it never does so again. */
import { remember } from './memory.ts'
import { appState, store } from './store.ts'

const KEY = 'packetwalk.tour'

/** Begins the tour on the very first visit, once there is a walk to look at; not where the panes are tabs. */
export function tourFirstVisit(): void {
  if (remember.read(KEY) !== null || !matchMedia('(min-width: 900px)').matches) return
  const unsubscribe = store.subscribe((state) => {
    if (state.walk?.status !== 'done' || state.overlay !== null) return
    unsubscribe()
    beginTour()
  })
}

/** Who has seen its beginning can ask for the rest: it does not come twice. */
export function beginTour(): void {
  remember.write(KEY, 'seen')
  appState().setTouring(true)
}
