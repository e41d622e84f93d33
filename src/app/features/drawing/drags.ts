/**
 * Everything the pointer draws with: tools, pods, lines from handles, the lasso. Listens on the page, since a drag begins in the strip or on a
 * shape and ends on another; the picture itself knows nothing of it.
 */
import type { DrawnKind } from '../../../engine/kubernetes/drawing/gesture.ts'
import { gesture } from '../../store/drawing.ts'
import { placeBefore } from '../../store/ordering.ts'
import { appState } from '../../store/store.ts'
import { type Dragged, gestureOf, targetOf } from './links.ts'
import { type Slot, slotOf } from './slots.ts'

export interface At {
  readonly x: number
  readonly y: number
}

/** A drag on its way, as it is drawn: client coordinates. */
export interface Drag {
  readonly dragged: Dragged
  readonly from: At
  readonly to: At
  readonly target: string | null
  /** Where it would stand among its neighbours, when that is what the drag is about. */
  readonly slot: Slot | null
}

/** Px before a press becomes a drag. */
const THRESHOLD = 5

/** Hears the pointer; `show` is told of each drag, and of its end with null. Returns the way to stop. */
export function listenToDrags(picture: HTMLElement, show: (drag: Drag | null) => void): () => void {
  let pressed: { readonly dragged: Dragged; readonly from: At; readonly pointer: number } | null = null
  let drag: Drag | null = null

  const update = (next: Drag | null): void => {
    if (next?.target !== drag?.target) markTarget(picture, next?.target ?? null)
    drag = next
    show(next)
  }
  const over = (): void => {
    pressed = null
    update(null)
  }
  const down = (event: PointerEvent): void => {
    const dragged = event.button === 0 && event.isPrimary ? draggedFrom(event, picture) : null
    if (dragged) pressed = { dragged, from: { x: event.clientX, y: event.clientY }, pointer: event.pointerId }
  }
  const move = (event: PointerEvent): void => {
    if (pressed?.pointer !== event.pointerId) return
    const to = { x: event.clientX, y: event.clientY }
    if (drag === null && Math.hypot(to.x - pressed.from.x, to.y - pressed.from.y) < THRESHOLD) return
    const { dragged, from } = pressed
    const target = targetOf(dragged, shapesAt(to, picture))
    update({ dragged, from, to, target, slot: slotOf(dragged, target, to, picture) })
  }
  const up = (event: PointerEvent): void => {
    if (pressed?.pointer !== event.pointerId) return
    const ended = drag
    over()
    if (ended === null) return
    swallowClick()
    drop(ended, picture)
  }
  const key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || pressed === null) return
    event.stopPropagation()
    if (drag !== null) swallowClick()
    over()
  }
  // What is dragged must not also pan the picture, which hears the mouse and touches.
  const still = (event: Event): void => {
    if (pressed === null || !(event.target instanceof Node) || !picture.contains(event.target)) return
    event.stopPropagation()
    if (pressed.dragged.kind === 'lasso') event.preventDefault()
  }
  return captured([
    ['pointerdown', down],
    ['pointermove', move],
    ['pointerup', up],
    ['pointercancel', over],
    ['keydown', key],
    ['mousedown', still],
    ['touchstart', still],
  ])
}

/** Hears events of the whole page before anybody else. Returns the way to stop. */
function captured(listeners: readonly (readonly [string, (event: never) => void])[]): () => void {
  for (const [name, hear] of listeners) document.addEventListener(name, hear as EventListener, true)
  return () => {
    for (const [name, hear] of listeners) document.removeEventListener(name, hear as EventListener, true)
  }
}

function draggedFrom(event: PointerEvent, picture: HTMLElement): Dragged | null {
  const { target } = event
  if (!(target instanceof Element)) return null
  const tool = target.closest<HTMLElement>('[data-tool]')
  if (tool) return { kind: 'tool', what: tool.dataset.tool as DrawnKind, name: tool.dataset.name ?? '' }
  if (!picture.contains(target)) return null
  const handle = target.closest<HTMLElement>('[data-handle]')?.dataset.handle
  if (handle !== undefined) return { kind: 'link', from: handle }
  const shape = target.closest<HTMLElement>('[data-shape]')?.dataset.testid ?? null
  if (event.shiftKey) return shape === null && target.closest('.react-flow__pane') ? { kind: 'lasso' } : null
  // A finger on a pod pans the picture, as it does beside it.
  if (shape === null || event.pointerType === 'touch') return null
  if (shape.startsWith('pod/')) return { kind: 'pod', ref: shape }
  return shape.startsWith('node/') && isOnHeader(event, target) ? { kind: 'node', ref: shape } : null
}

/** Px of a rack that its name takes; below it, the picture is panned. */
const HEADER = 34

function isOnHeader({ clientY }: PointerEvent, target: Element): boolean {
  const shape = target.closest<HTMLElement>('[data-shape]')
  if (shape === null) return false
  const box = shape.getBoundingClientRect()
  return (clientY - box.top) * (shape.offsetHeight / box.height) < HEADER
}

function drop({ dragged, target, from, to, slot }: Drag, picture: HTMLElement): void {
  const { topology, selectAll } = appState()
  if (slot !== null) {
    if (dragged.kind === 'pod' || dragged.kind === 'node') placeBefore(dragged.ref, slot.before)
    return
  }
  if (dragged.kind === 'lasso') selectAll(shapesWithin(from, to, picture))
  else if (isInside(to, picture)) {
    const made = gestureOf(dragged, target, topology)
    if (made) void gesture(made)
  }
}

/** Shapes under a point, topmost first. */
export function shapesAt({ x, y }: At, picture: HTMLElement): readonly string[] {
  const refs = document.elementsFromPoint(x, y).map((element) => element.closest<HTMLElement>('[data-shape]'))
  return refs.flatMap((shape) => (shape && picture.contains(shape) && shape.dataset.testid ? [shape.dataset.testid] : []))
}

/** Things with a document of their own that lie inside a rectangle altogether. */
function shapesWithin(from: At, to: At, picture: HTMLElement): readonly string[] {
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)]
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)]
  return [...picture.querySelectorAll<HTMLElement>('[data-shape]')].flatMap((shape) => {
    const box = shape.getBoundingClientRect()
    const inside = box.left >= left && box.right <= right && box.top >= top && box.bottom <= bottom
    const ref = shape.dataset.testid ?? ''
    return inside && /^(pod|node|service|host)\//.test(ref) ? [ref] : []
  })
}

function isInside({ x, y }: At, picture: HTMLElement): boolean {
  const box = picture.getBoundingClientRect()
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom
}

export function shapeElement(picture: HTMLElement, ref: string): HTMLElement | null {
  return picture.querySelector<HTMLElement>(`[data-shape][data-testid="${CSS.escape(ref)}"]`)
}

function markTarget(picture: HTMLElement, ref: string | null): void {
  for (const marked of picture.querySelectorAll<HTMLElement>('[data-drop]')) delete marked.dataset.drop
  const shape = ref === null ? null : shapeElement(picture, ref)
  if (shape) shape.dataset.drop = 'true'
}

/** The click that follows a drag chooses nothing. */
function swallowClick(): void {
  const swallow = (event: Event): void => event.stopPropagation()
  window.addEventListener('click', swallow, { capture: true, once: true })
  setTimeout(() => window.removeEventListener('click', swallow, true), 0)
}
