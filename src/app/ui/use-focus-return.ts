import { useRef } from 'react'

/**
 * Where the focus was when a dialog opened, and back there when it closes: Radix gives it to the dialog's trigger, and these have none. `then`
 * runs when it is there: it may move it on.
 */
export function useFocusReturn(then: () => void): (event: Event) => void {
  const before = useRef(document.activeElement)
  return (event) => {
    event.preventDefault()
    if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true })
    then()
  }
}
