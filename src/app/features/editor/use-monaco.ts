import { type RefObject, useEffect, useState } from 'react'
import { store } from '../../store/store.ts'

/** The editor is fetched this long after the page began even if no picture has come, ms. */
const LATEST_MS = 4_000

/** Fetches the full editor when the picture stands and the browser is idle, and puts it into `place`. True once it is there. */
export function useMonaco(place: RefObject<HTMLElement | null>): boolean {
  const [ready, setReady] = useState(false)
  useEffect(() => {
    let dispose: (() => void) | null = null
    let over = false
    const load = async (): Promise<void> => {
      const { mountEditor } = await import('./monaco-editor.ts')
      if (over || place.current === null) return
      dispose = mountEditor(place.current)
      setReady(true)
    }
    const stop = whenPictureStands(
      () => void load().catch(() => store.getState().toast('The full editor could not be loaded; the plain one works as before.')),
    )
    return () => {
      over = true
      stop()
      dispose?.()
      setReady(false)
    }
  }, [place])
  return ready
}

function whenPictureStands(then: () => void): () => void {
  let idle: ReturnType<typeof setTimeout> | number | undefined
  let begun = false
  const begin = (): void => {
    if (begun) return
    begun = true
    if ('requestIdleCallback' in window) idle = window.requestIdleCallback(then, { timeout: 1_500 })
    else idle = setTimeout(then, 300)
  }
  const unsubscribe = store.subscribe((state) => {
    if (state.topology !== null && state.walk !== null && state.walk.status !== 'running') begin()
  })
  const late = setTimeout(begin, LATEST_MS)
  return () => {
    unsubscribe()
    clearTimeout(late)
    clearTimeout(idle)
  }
}
