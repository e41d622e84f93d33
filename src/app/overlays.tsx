import { lazy, Suspense, useEffect } from 'react'
import type { Overlay } from './store/state.ts'
import { appState, useStore } from './store/store.ts'

/** One types in these as soon as one has asked for them. */
const TYPED_IN = {
  add: () => import('./features/drawing/add-dialog.tsx'),
  connect: () => import('./features/drawing/connect-dialog.tsx'),
  palette: () => import('./features/palette/palette.tsx'),
}

const DIALOGS = {
  add: lazy(TYPED_IN.add),
  connect: lazy(TYPED_IN.connect),
  gallery: lazy(() => import('./features/gallery/gallery.tsx')),
  help: lazy(() => import('./features/help/help.tsx')),
  lab: lazy(() => import('./features/share/lab-dialog.tsx')),
  palette: lazy(TYPED_IN.palette),
  reach: lazy(() => import('./features/reach/reach.tsx')),
  settings: lazy(() => import('./features/settings/settings-dialog.tsx')),
  share: lazy(() => import('./features/share/share-dialog.tsx')),
  works: lazy(() => import('./features/works/works-dialog.tsx')),
} satisfies Record<Overlay, unknown>

/** After the first walk has come, ms: there is time to fetch them before they are wanted. */
const FETCHED_AFTER_MS = 1_000

/** The dialog that is open; each is fetched when it is first wanted, those that are typed in before: what is typed while one comes would be lost. */
export function Overlays() {
  const overlay = useStore((state) => state.overlay)
  const isWalked = useStore((state) => state.walk?.status === 'done')
  useEffect(() => {
    if (!isWalked) return
    const handle = setTimeout(() => {
      for (const fetch of Object.values(TYPED_IN)) void fetch()
    }, FETCHED_AFTER_MS)
    return () => clearTimeout(handle)
  }, [isWalked])
  if (overlay === null) return null
  const Dialog = DIALOGS[overlay]
  return (
    <Suspense fallback={null}>
      <Dialog onClose={() => appState().setOverlay(null)} />
    </Suspense>
  )
}
