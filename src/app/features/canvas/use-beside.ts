/** The walks beside the one in focus, as the picture takes them from the store. */
import { useMemo } from 'react'
import type { Topology } from '../../../engine/simulation/topology.ts'
import { useStore } from '../../store/store.ts'
import { type Companion, hueOfWalk } from '../../store/together.ts'
import type { WalkMark } from './scene.ts'
import { type Beside, besideOf } from './scene-together.ts'
import type { Layout } from './shapes.ts'

const NOBODY: readonly Companion[] = []
const NOTHING: readonly Beside[] = []

/** What is known of them. */
export function useCompanions(): readonly Companion[] {
  const alongside = useStore((state) => state.alongside)
  const together = useStore((state) => state.together)
  const focused = useStore((state) => state.walk?.name ?? null)
  return useMemo(() => {
    const shown = alongside.filter(({ name }) => name !== focused && together.includes(name))
    return shown.length === 0 ? NOBODY : shown
  }, [alongside, together, focused])
}

/** What the walk in focus is called by among them (null: it is alone), and the others ready to be drawn. */
export function useBeside(topology: Topology, layout: Layout): { readonly own: WalkMark | null; readonly others: readonly Beside[] } {
  const companions = useCompanions()
  const together = useStore((state) => state.together)
  const name = useStore((state) => state.walk?.name ?? null)
  const own = useMemo(() => {
    const hue = hueOfWalk(name, together)
    return hue === null || name === null ? null : { number: together.indexOf(name) + 1, hue }
  }, [name, together])
  const others = useMemo(
    () => (companions.length === 0 ? NOTHING : besideOf(companions, together, { layout, topology })),
    [companions, together, layout, topology],
  )
  return { own, others }
}
