import { useEffect, useRef } from 'react'

/** Where the focus goes when the dialog that is open closes; one that is opened from within another goes back to the same place. */
let place: Element | null = null
/** Dialogs that have not given it back yet. */
let open = 0

/** Where the focus is now, or was before the dialog that is about to go. */
function placeBefore(): Element | null {
  const { activeElement, body } = document
  const isBetween = activeElement === null || activeElement === body || activeElement.closest('[role="dialog"]') !== null
  if (open === 0 || !isBetween) place = activeElement
  return place
}

/**
 * Where the focus was when a dialog or menu opened, and back there when it closes: Radix gives it to the trigger, and these have none. What is
 * no longer in the page gives it to the first shape of the picture. `then` runs when it is there: it may move it on.
 */
export function useFocusReturn(then: () => void): (event: Event) => void {
  const before = useRef<Element | null | undefined>(undefined)
  if (before.current === undefined) before.current = placeBefore()
  useEffect(() => {
    open++
  }, [])
  return (event) => {
    event.preventDefault()
    open--
    const to = before.current?.isConnected === false ? document.querySelector('main [data-shape]') : before.current
    if (to instanceof HTMLElement) to.focus({ preventScroll: true })
    then()
  }
}
