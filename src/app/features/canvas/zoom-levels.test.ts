import { describe, expect, it } from 'vitest'
import { smallTopology } from '../../store/walk.fixture.ts'
import { layoutOf, rectOf } from './layout.ts'
import { centre } from './shapes.ts'
import { anchorAt, cardShare, FAR, levelAfter, NEAR, viewOf, zoomAfter } from './zoom-levels.ts'

const topology = smallTopology()
const share = cardShare(topology)
const network = layoutOf(topology, { level: 'network', focused: [], allServices: false })
const overview = layoutOf(topology, { level: 'overview', focused: [], allServices: false })

describe('the level that zooming leads to', () => {
  it.each([
    ['network', 0.5, 0.4, 'overview'],
    ['network', 0.5, 0.45, null],
    ['network', 0.3, 0.2, null],
    ['network', 0.3, 0.5, null],
    ['overview', 0.45 / share, 0.55 / share, 'network'],
    ['overview', 0.45 / share, 0.48 / share, null],
    ['overview', 0.6 / share, 0.7 / share, null],
  ] as const)('%s, from %d to %d: %s', (level, before, now, next) => {
    expect(levelAfter(level, before, now, share)).toBe(next)
  })

  it('does not lead back at once', () => {
    const far = zoomAfter('overview', FAR * 0.99, share)
    expect(far * share).toBeLessThan(NEAR)
    expect(zoomAfter('network', NEAR / share, share)).toBeGreaterThan(FAR)
  })
})

describe('what is under the pointer', () => {
  it.each(['pod/default/mysql-1', 'node/worker-2', 'gateway'])('stays there: %s', (ref) => {
    const [before, after] = [rectOf(network, ref), rectOf(overview, ref)]
    if (!before || !after) throw new Error('It is not in both pictures.')
    const at = ref.startsWith('node/') ? { x: before.x + before.width * 0.6, y: before.y + 12 } : centre(before)
    const anchor = anchorAt(network, at)
    expect(anchor?.ref).toBe(ref)
    const view = anchor && viewOf(overview, anchor, { x: 300, y: 200 }, 1.5)
    const x = ref.startsWith('node/') ? after.x + after.width * 0.6 : centre(after).x
    expect((view?.x ?? 0) + x * 1.5).toBeCloseTo(300)
  })

  it('has the same size', () => {
    const [rack, card] = [rectOf(network, 'node/worker-1'), rectOf(overview, 'node/worker-1')]
    expect((rack?.width ?? 0) * 0.42).toBeCloseTo((card?.width ?? 0) * zoomAfter('overview', 0.42, share))
  })
})
