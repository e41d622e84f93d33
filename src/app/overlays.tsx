import { lazy, Suspense } from 'react'
import type { Overlay } from './store/state.ts'
import { appState, useStore } from './store/store.ts'

const DIALOGS = {
  add: lazy(() => import('./features/drawing/add-dialog.tsx')),
  connect: lazy(() => import('./features/drawing/connect-dialog.tsx')),
  gallery: lazy(() => import('./features/gallery/gallery.tsx')),
  help: lazy(() => import('./features/help/help.tsx')),
  lab: lazy(() => import('./features/share/lab-dialog.tsx')),
  palette: lazy(() => import('./features/palette/palette.tsx')),
  reach: lazy(() => import('./features/reach/reach.tsx')),
  settings: lazy(() => import('./features/settings/settings-dialog.tsx')),
  share: lazy(() => import('./features/share/share-dialog.tsx')),
  works: lazy(() => import('./features/works/works-dialog.tsx')),
} satisfies Record<Overlay, unknown>

/** The dialog that is open; each is fetched when it is first wanted. */
export function Overlays() {
  const overlay = useStore((state) => state.overlay)
  if (overlay === null) return null
  const Dialog = DIALOGS[overlay]
  return (
    <Suspense fallback={null}>
      <Dialog onClose={() => appState().setOverlay(null)} />
    </Suspense>
  )
}
