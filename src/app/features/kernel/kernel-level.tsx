/** Kernel level, connected to the store: the namespace that was chosen, else wherever the packet is. */
import { useEffect } from 'react'
import { appState, useStore } from '../../store/store.ts'
import { KernelPane } from './kernel-pane.tsx'

const NO_PLACES: readonly string[] = []

export default function KernelLevel() {
  const chosen = useStore((state) => state.kernel?.where ?? null)
  const walk = useStore((state) => state.walk)
  const frame = useStore((state) => state.frame)
  const first = useStore((state) => state.topology?.machines[0]?.ref ?? null)
  const onTheWay = walk?.records[Math.max(0, frame)]?.where ?? null
  const where = chosen ?? onTheWay ?? first
  const visited = walk ? [...new Set(walk.records.map((record) => record.where))] : NO_PLACES
  useEffect(listenToZoomOut, [])
  if (where === null) return null
  return <KernelPane where={where} follows={chosen === null} places={visited.includes(where) ? visited : [where, ...visited]} />
}

/** Pinching, or Ctrl and the wheel, out of the kernel: what led into it leads back. */
function listenToZoomOut(): () => void {
  const zoomOut = (event: WheelEvent): void => {
    const inside = event.target instanceof Element && event.target.closest('main[aria-label="Kernel"]')
    if (!inside || !event.ctrlKey || appState().levels === 'stay') return
    event.preventDefault()
    if (event.deltaY > 0) appState().closeKernel()
  }
  document.addEventListener('wheel', zoomOut, { passive: false })
  return () => document.removeEventListener('wheel', zoomOut)
}
