/** Keys, clipboard and menus of the picture: they act on what is chosen while the focus is there, or nowhere. */
import { toggleCollapsedChosen } from '../../store/collapsing.ts'
import { chosen, documentsOf, gesture } from '../../store/drawing.ts'
import { moveBy } from '../../store/ordering.ts'
import { appState, store } from '../../store/store.ts'
import { selectedRefs } from '../../store/viewing.ts'
import { type At, shapeElement, shapesAt } from './drags.ts'

/** Listens on the page; `openMenu` is told where. Returns the way to stop. */
export function listenToPicture(picture: HTMLElement, openMenu: (at: At) => void): () => void {
  const isHere = (): boolean =>
    (document.activeElement === document.body || picture.contains(document.activeElement)) &&
    picture.checkVisibility({ visibilityProperty: true })
  const menuAt = (ref: string | null, at: At): void => {
    if (ref === null) appState().select(null)
    else if (!selectedRefs(appState()).includes(ref)) appState().select(ref)
    openMenu(at)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || !isHere()) return
    const focused = focusedShape(picture)
    if (isMenuKey(event)) {
      event.preventDefault()
      const box = (focused === null ? null : shapeElement(picture, focused))?.getBoundingClientRect() ?? picture.getBoundingClientRect()
      menuAt(focused, { x: box.left + Math.min(24, box.width / 2), y: box.top + Math.min(24, box.height / 2) })
      return
    }
    const act = actOf(event)
    if (act === null) return
    if (focused !== null && !selectedRefs(appState()).includes(focused)) appState().select(focused)
    if (appState().selected === null) return
    event.preventDefault()
    act()
  }
  const onContextMenu = (event: MouseEvent): void => {
    if (!(event.target instanceof Node) || !picture.contains(event.target)) return
    event.preventDefault()
    if (event.button !== 2) return
    const at = { x: event.clientX, y: event.clientY }
    menuAt(shapesAt(at, picture)[0] ?? null, at)
  }
  const onCopy = (event: ClipboardEvent): void => {
    if (isHere()) copyChosen(event)
  }
  const onPaste = (event: ClipboardEvent): void => {
    if (isHere()) pasteDocuments(event)
  }
  document.addEventListener('keydown', onKeyDown)
  picture.addEventListener('contextmenu', onContextMenu)
  picture.addEventListener('click', connectFromHandle, true)
  document.addEventListener('copy', onCopy)
  document.addEventListener('paste', onPaste)
  return () => {
    document.removeEventListener('keydown', onKeyDown)
    picture.removeEventListener('contextmenu', onContextMenu)
    picture.removeEventListener('click', connectFromHandle, true)
    document.removeEventListener('copy', onCopy)
    document.removeEventListener('paste', onPaste)
  }
}

function copyChosen(event: ClipboardEvent): void {
  const documents = getSelection()?.isCollapsed === false ? '' : documentsOf(selectedRefs(appState()), appState())
  if (documents === '' || event.clipboardData === null) return
  event.preventDefault()
  event.clipboardData.setData('text/plain', documents)
}

function pasteDocuments(event: ClipboardEvent): void {
  const text = event.clipboardData?.getData('text/plain') ?? ''
  if (text === '') return
  event.preventDefault()
  void gesture({ kind: 'paste', text })
}

/** A handle that is pressed without a drag asks where the line shall go. */
function connectFromHandle(event: MouseEvent): void {
  const ref = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-handle]')?.dataset.handle : undefined
  if (ref === undefined) return
  event.stopPropagation()
  appState().select(ref)
  appState().setOverlay('connect')
}

function focusedShape(picture: HTMLElement): string | null {
  const { activeElement } = document
  const shape = activeElement instanceof HTMLElement && picture.contains(activeElement) ? activeElement : null
  return shape?.dataset.shape === undefined ? null : (shape.dataset.testid ?? null)
}

function isMenuKey({ key, shiftKey }: KeyboardEvent): boolean {
  return key === 'ContextMenu' || (key === 'F10' && shiftKey)
}

function actOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): (() => void) | null {
  if (altKey && shiftKey && (key === 'ArrowLeft' || key === 'ArrowRight')) return () => moveChosen(key === 'ArrowLeft' ? -1 : 1)
  if (altKey || shiftKey) return null
  if (ctrlKey || metaKey) return key.toLowerCase() === 'd' ? chosen.duplicate : null
  if (key === 'Delete' || key === 'Backspace') return chosen.delete
  if (key === 'h') return toggleCollapsedChosen
  return key === 'F2' ? renameChosen : null
}

function renameChosen(): void {
  appState().setRenaming(appState().selected)
}

/** One place on or back among its neighbours; the focus goes along. */
function moveChosen(by: 1 | -1): void {
  const { selected } = appState()
  if (selected === null) return
  moveBy(selected, by)
  store.setState({ drawn: { ref: selected, at: (appState().drawn?.at ?? 0) + 1 } })
}
