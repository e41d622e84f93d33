/** Drawing on the picture beside it: tools, drags, menus, names. The picture knows none of this; the two meet in the store. */
import { type ComponentProps, type ComponentType, type RefObject, useEffect, useState } from 'react'
import { appState, store, useStore } from '../../store/store.ts'
import type { MenuAt } from '../../ui/menu.tsx'
import { DragView } from './drag-view.tsx'
import { type At, type Drag, listenToDrags, shapeElement } from './drags.ts'
import styles from './drawing.module.css'
import { listenToPicture } from './keys.ts'
import { menuEntries } from './menu-entries.ts'
import { RenameField } from './rename-field.tsx'
import { Tools } from './tools.tsx'

/** `picture`: the element that holds the shapes. */
export default function Drawing({ picture }: { readonly picture: RefObject<HTMLElement | null> }) {
  const empty = useStore((state) => state.engine === 'ready' && state.documents.length === 0 && !state.topologyStale)
  const [drag, setDrag] = useState<Drag | null>(null)
  const [menu, setMenu] = useState<At | null>(null)
  useEffect(() => (picture.current ? listenToDrags(picture.current, setDrag) : undefined), [picture])
  useEffect(() => (picture.current ? listenToPicture(picture.current, setMenu) : undefined), [picture])
  useFocusOnDrawn(picture)
  return (
    <>
      <Tools wide={empty} />
      <div className={styles.above}>
        {drag && <DragView drag={drag} />}
        {menu && <ShapeMenu at={menu} onClose={() => setMenu(null)} />}
        <Renaming picture={picture} />
      </div>
    </>
  )
}

/** Its code is fetched with the first one that is opened. */
function ShapeMenu({ at, onClose }: { readonly at: At; readonly onClose: () => void }) {
  const [Menu, setLoaded] = useState<ComponentType<ComponentProps<typeof MenuAt>> | null>(null)
  useEffect(() => {
    void import('../../ui/menu.tsx').then((module) => setLoaded(() => module.MenuAt))
  }, [])
  return Menu && <Menu at={at} label="What can be done here" entries={menuEntries()} onClose={onClose} />
}

function Renaming({ picture }: { readonly picture: RefObject<HTMLElement | null> }) {
  const shape = useStore((state) => state.renaming)
  const element = shape === null || picture.current === null ? null : shapeElement(picture.current, shape)
  return shape !== null && element && <RenameField key={shape} shape={shape} box={element.getBoundingClientRect()} />
}

/** Frames of the page to wait for a new shape. */
const MOST_FRAMES = 120

/** What was just drawn takes the focus, once it is there, unless somebody is typing elsewhere. */
function useFocusOnDrawn(picture: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    let frame = 0
    const focusSoon = (ref: string, left: number): void => {
      const shape = picture.current && shapeElement(picture.current, ref)
      if (shape && appState().engine === 'ready') {
        if (mayTakeFocus()) shape.focus({ preventScroll: true })
      } else if (left > 0) frame = requestAnimationFrame(() => focusSoon(ref, left - 1))
    }
    const unsubscribe = store.subscribe(({ drawn }, before) => {
      if (drawn === before.drawn) return
      cancelAnimationFrame(frame)
      if (drawn !== null && drawn.ref !== null) focusSoon(drawn.ref, MOST_FRAMES)
    })
    return () => {
      unsubscribe()
      cancelAnimationFrame(frame)
    }
  }, [picture])
}

function mayTakeFocus(): boolean {
  const { activeElement } = document
  return activeElement === null || activeElement === document.body || activeElement.closest('main') !== null
}
