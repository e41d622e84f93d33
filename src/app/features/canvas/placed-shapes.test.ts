import { describe, expect, it } from 'vitest'
import { nodeOf, podOf, smallTopology } from '../../store/walk.fixture.ts'
import { layoutOf } from './layout.ts'
import { type Look, looksOf } from './looks.ts'
import { type PlacedShapes, placedShapesOf } from './placed-shapes.ts'
import { bottom, right } from './shapes.ts'

const OPTIONS = { level: 'network', focused: [], allServices: false } as const

const pods = (node: number, count: number) =>
  Array.from({ length: count }, (_, index) => podOf(`app-${node}-${index} 10.244.${node}.${index + 2} c:80`))
const topology = {
  ...smallTopology(),
  machines: Array.from({ length: 6 }, (_, index) =>
    nodeOf(`worker-${index + 1}`, `172.18.0.${11 + index}`, `10.244.${index + 1}.1`, pods(index + 1, 8)),
  ),
  services: [],
}
const layout = layoutOf(topology, OPTIONS)
const plain = looksOf({
  topology,
  records: [],
  identities: { byAddress: new Map(), byRef: new Map() },
  selected: [],
  focusPath: false,
})

const context = (of: (ref: string) => Look) => ({
  looks: { ...plain, of },
  allServices: false,
  onToggleServices: () => {},
  nodePorts: [],
  selected: null,
})
const ids = (placed: PlacedShapes, view: Parameters<PlacedShapes['within']>[0]) => placed.within(view).map(({ id }) => id)

describe('placed shapes', () => {
  it('are as many as are counted', () => {
    const placed = placedShapesOf(layout, context(plain.of))
    expect(placed.within(null)).toHaveLength(placed.count)
  })

  it('in a part of the picture are exactly those that touch it', () => {
    const placed = placedShapesOf(layout, context(plain.of))
    const { rect } = layout.racks[3] ?? { rect: { x: 0, y: 0, width: 0, height: 0 } }
    for (const view of [
      rect,
      { x: rect.x - 30, y: bottom(rect) + 1, width: 200, height: 40 },
      { x: right(rect) - 1, y: rect.y, width: 90, height: 300 },
    ]) {
      const touching = placed
        .within(null)
        .filter((one) => one.rect.x <= right(view) && right(one.rect) >= view.x && one.rect.y <= bottom(view) && bottom(one.rect) >= view.y)
      expect(ids(placed, view)).toEqual(touching.map(({ id }) => id))
      expect(touching.length).toBeGreaterThan(0)
      expect(touching.length).toBeLessThan(placed.count)
    }
  })

  it('on the path come first, in its order', () => {
    const path = ['pod/default/app-5-1', 'node/worker-5', 'node/worker-2', 'pod/default/app-2-7']
    const of = (ref: string): Look => ({ ...plain.of(ref), place: path.includes(ref) ? path.indexOf(ref) + 1 : null })
    expect(ids(placedShapesOf(layout, context(of)), null).slice(0, 4)).toEqual(path)
  })

  it('are met by Tab as Services, racks, and then what lies between those', () => {
    const small = layoutOf(smallTopology(), { ...OPTIONS, allServices: true })
    const kinds = placedShapesOf(small, context(plain.of))
      .within(null)
      .map(({ kind }) => kind)
    const order = ['service', 'rack', 'wires', 'segment', 'box'] as const
    const met = kinds.filter((kind, index) => order.some((one) => one === kind) && kinds.indexOf(kind) === index)
    expect(met).toEqual(order)
    expect(kinds.lastIndexOf('nic')).toBeLessThan(kinds.indexOf('wires'))
  })

  it('of the overview are met as Services, cards, callouts, and then what lies between those', () => {
    const small = smallTopology()
    const named = small.machines.flatMap((machine) => machine.pods.map(({ ref }) => ref))
    const overview = layoutOf(small, { level: 'overview', focused: [], allServices: true, named })
    const kinds = placedShapesOf(overview, context(plain.of))
      .within(null)
      .map(({ kind }) => kind)
    const order = ['service', 'card', 'callout', 'wires', 'segment', 'box'] as const
    const met = kinds.filter((kind, index) => order.some((one) => one === kind) && kinds.indexOf(kind) === index)
    expect(met).toEqual(order)
  })
})
