import { useSyncExternalStore } from 'react'

/** A hook that answers whether the window is of a kind. */
function mediaHook(media: string): () => boolean {
  const query = matchMedia(media)
  const subscribe = (changed: () => void): (() => void) => {
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }
  return () => useSyncExternalStore(subscribe, () => query.matches)
}

/** Is the window too narrow for three panes? */
export const useNarrow = mediaHook('(max-width: 899px)')

/** Is it too narrow for the picture, so that the path is unrolled into one line? */
export const usePhone = mediaHook('(max-width: 479px)')
