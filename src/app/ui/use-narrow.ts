import { useSyncExternalStore } from 'react'

const query = matchMedia('(max-width: 899px)')

/** Is the window too narrow for three panes? */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      query.addEventListener('change', changed)
      return () => query.removeEventListener('change', changed)
    },
    () => query.matches,
  )
}
