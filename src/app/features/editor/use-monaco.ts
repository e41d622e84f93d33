import { type RefObject, useEffect, useState } from 'react'
import type { AppState } from '../../store/state.ts'
import { store } from '../../store/store.ts'

/** The editor is fetched this long after the page began even if no picture has come, ms; but never before there is a text. */
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
  let isLate = false
  const look = (state: AppState): void => {
    const stands = state.topology !== null && state.walk !== null && state.walk.status !== 'running'
    if (begun || state.opened === 0 || !(stands || isLate)) return
    begun = true
    if ('requestIdleCallback' in window) idle = window.requestIdleCallback(then, { timeout: 1_500 })
    else idle = setTimeout(then, 300)
  }
  const unsubscribe = store.subscribe(look)
  const late = setTimeout(() => {
    isLate = true
    look(store.getState())
  }, LATEST_MS)
  return () => {
    unsubscribe()
    clearTimeout(late)
    clearTimeout(idle)
  }
}
