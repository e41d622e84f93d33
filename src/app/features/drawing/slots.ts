/** Where among its neighbours a dragged pod or node would stand: it snaps to the nearest gap between two of them. */
import { siblingsOf } from '../../store/ordering.ts'
import type { At } from './drags.ts'
import type { Dragged } from './links.ts'

/** A place in the order, and the guide that shows it, in client coordinates. */
export interface Slot {
  /** The neighbour it would stand before; null: behind all. */
  readonly before: string | null
  readonly guide: { readonly x: number; readonly top: number; readonly bottom: number }
}

/** Half the distance between two pods, px at most: the guide stands there. */
const GAP = 7

/** The slot nearest to a point; null: the drag is not about the order, or ends elsewhere. `target`: what it would land on. */
export function slotOf(dragged: Dragged, target: string | null, to: At, picture: HTMLElement): Slot | null {
  if (dragged.kind !== 'pod' && dragged.kind !== 'node') return null
  const siblings = siblingsOf(dragged.ref)
  if (siblings === null || (dragged.kind === 'pod' && siblings.place !== target)) return null
  const boxes = siblings.refs.flatMap((ref) => {
    const shape = picture.querySelector<HTMLElement>(`[data-shape][data-testid="${CSS.escape(ref)}"]`)
    return shape ? [{ ref, box: shape.getBoundingClientRect() }] : []
  })
  const far = ({ box }: (typeof boxes)[number]): number =>
    Math.hypot(to.x - (box.left + box.right) / 2, 2 * (to.y - Math.min(box.top + 200, (box.top + box.bottom) / 2)))
  const nearest = [...boxes].sort((a, b) => far(a) - far(b))[0]
  if (!nearest || nearest.ref === dragged.ref) return null
  const { box, ref } = nearest
  const isBehind = to.x > (box.left + box.right) / 2
  const before = isBehind ? (siblings.refs[siblings.refs.indexOf(ref) + 1] ?? null) : ref
  return { before, guide: { x: isBehind ? box.right + GAP : box.left - GAP, top: box.top, bottom: box.bottom } }
}
