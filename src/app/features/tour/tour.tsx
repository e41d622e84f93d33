import { X } from 'lucide-react'
import { Popover } from 'radix-ui'
import { type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { appState } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import { STOPS, type TourStop } from './stops.ts'
import styles from './tour.module.css'

interface Place {
  readonly stop: TourStop
  readonly element: HTMLElement
}

/** A few cards, each beside what it explains. The page stays as usable as it is without them. */
export default function Tour() {
  const [places] = useState(placesThere)
  const [index, setIndex] = useState(0)
  const before = useRef(document.activeElement)
  const place = places[index]
  const end = (): void => {
    appState().setTouring(false)
    if (before.current instanceof HTMLElement) before.current.focus()
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only at the beginning
  useEffect(() => {
    if (places.length === 0) end()
  }, [])
  if (!place) return null
  return (
    <>
      <Ring {...place} />
      <Card
        key={index}
        place={place}
        number={index + 1}
        count={places.length}
        takesFocus={index > 0 || isIdle(before.current)}
        onGo={(by) => (index + by >= places.length ? end() : setIndex(index + by))}
        onEnd={end}
      />
    </>
  )
}

/** Stops whose subject is on screen: panes may be folded, or behind a tab. */
function placesThere(): readonly Place[] {
  return STOPS.flatMap((stop) => {
    const element = document.querySelector<HTMLElement>(stop.target)
    const { width = 0, height = 0 } = element?.getBoundingClientRect() ?? {}
    return element && width > 0 && height > 0 ? [{ stop, element }] : []
  })
}

/** Nobody is in the middle of something: the focus may be taken. */
function isIdle(focused: Element | null): boolean {
  return focused === null || focused === document.body || focused instanceof HTMLButtonElement
}

interface CardProps {
  readonly place: Place
  readonly number: number
  readonly count: number
  readonly takesFocus: boolean
  readonly onGo: (by: 1 | -1) => void
  readonly onEnd: () => void
}

function Card({ place: { stop, element }, number, count, takesFocus, onGo, onEnd }: CardProps) {
  const anchor = useRef({ getBoundingClientRect: () => subjectOf(stop, element).getBoundingClientRect() })
  const card = useRef<HTMLDivElement>(null)
  const id = useId()
  const isLast = number === count
  const next = useRef<HTMLButtonElement>(null)
  return (
    <Popover.Root open onOpenChange={(open) => !open && onEnd()}>
      <Popover.Anchor virtualRef={anchor} />
      <Popover.Portal>
        <Popover.Content
          ref={card}
          className={styles.card}
          side={stop.side}
          sideOffset={10}
          updatePositionStrategy="always"
          collisionPadding={10}
          aria-labelledby={`${id}-title`}
          aria-describedby={`${id}-text`}
          onOpenAutoFocus={(event) => {
            event.preventDefault()
            if (takesFocus) next.current?.focus({ preventScroll: true })
          }}
          onCloseAutoFocus={(event) => event.preventDefault()}
          onInteractOutside={(event) => event.preventDefault()}
          onEscapeKeyDown={(event) => card.current?.contains(document.activeElement) || event.preventDefault()}
        >
          <div className={styles.header}>
            <h2 id={`${id}-title`}>
              <span className={styles.count}>
                {number} of {count}
              </span>
              {stop.title}
            </h2>
            <Button look="icon" className={styles.close} aria-label="Skip the tour" onClick={onEnd}>
              <X size={15} aria-hidden />
            </Button>
          </div>
          <p id={`${id}-text`}>{stop.text}</p>
          <div className={styles.footer}>
            {isLast ? (
              <span className={styles.hint}>Help starts it again.</span>
            ) : (
              <Button look="ghost" onClick={onEnd}>
                Skip
              </Button>
            )}
            <span className={styles.gap} />
            {number > 1 && <Button onClick={() => onGo(-1)}>Back</Button>}
            <Button ref={next} look="primary" onClick={() => onGo(1)}>
              {isLast ? 'Done' : 'Next'}
            </Button>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

/** A line around what is explained, above the page; it takes no clicks. */
function Ring({ stop, element }: Place) {
  const ring = useRef<HTMLDivElement>(null)
  useFollowing({ stop, element }, ring)
  return <div ref={ring} className={styles.ring} aria-hidden data-tour-ring />
}

/** The element that a stop is about, also when it has been drawn anew since. */
function subjectOf(stop: TourStop, known: HTMLElement): HTMLElement {
  return known.isConnected ? known : (document.querySelector<HTMLElement>(stop.target) ?? known)
}

/** Looks in every frame: nothing tells that an element has moved without changing its size. */
function useFollowing({ stop, element }: Place, ring: RefObject<HTMLDivElement | null>): void {
  useLayoutEffect(() => {
    const { margin = 0 } = stop
    let handle = 0
    let shown = ''
    const follow = (): void => {
      handle = requestAnimationFrame(follow)
      const { left, top, width, height } = subjectOf(stop, element).getBoundingClientRect()
      const sides = `${left - margin}px ${top - margin}px ${width + 2 * margin}px ${height + 2 * margin}px`
      if (sides === shown) return
      shown = sides
      const [x = '', y = '', wide = '', high = ''] = sides.split(' ')
      Object.assign(ring.current?.style ?? {}, { left: x, top: y, width: wide, height: high })
    }
    follow()
    return () => cancelAnimationFrame(handle)
  }, [stop, element, ring])
}
