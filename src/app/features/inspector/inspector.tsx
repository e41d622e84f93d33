import { useStore } from '../../store/store.ts'
import { PacketView } from './packet-view.tsx'
import { ShapeView } from './shape-view.tsx'

/** What is looked at more closely: the chosen shape, else the packet at this moment. */
export function Inspector() {
  const selected = useStore((state) => state.selected)
  return selected === null ? <PacketView /> : <ShapeView key={selected} selected={selected} />
}
