import { expect, test } from 'vitest'
import { smallTopology } from '../../store/walk.fixture.ts'
import { placeLabel } from './label-place.ts'
import { layoutOf } from './layout.ts'
import { centre, type Rect } from './shapes.ts'

const covers = (a: Rect, b: Rect) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
const topology = smallTopology()
const named = topology.machines.flatMap(({ pods }) => pods.map(({ ref }) => ref))

test('at no pod of the network does the label cover that pod’s own words or leave the screen', () => {
  const layout = layoutOf(topology, { level: 'network', focused: [], allServices: false })
  const view = { x: 0, y: 0, width: layout.width, height: layout.height }
  for (const pod of layout.racks.flatMap((rack) => rack.pods)) {
    const size = { width: 200, height: 74 }
    const corner = placeLabel({
      at: { x: centre(pod.rect).x, y: pod.rect.y + pod.rect.height },
      size,
      view,
      lines: [],
      stations: [],
      layout,
    })
    const label = { ...corner, ...size }
    const words = { ...pod.rect, height: 46 }
    expect(covers(label, words), pod.ref).toBe(false)
    expect(label.x >= 0 && label.y >= 0 && label.x + label.width <= view.width && label.y + label.height <= view.height, pod.ref).toBe(true)
  }
})

test('in the overview it covers no name of a pod, since there is room farther away', () => {
  const layout = layoutOf(topology, { level: 'overview', focused: [], allServices: false, named })
  const view = { x: 0, y: 0, width: layout.width, height: layout.height }
  for (const card of layout.cards) {
    const size = { width: 150, height: 55 }
    const corner = placeLabel({ at: centre(card.rect), size, view, lines: [], stations: [], layout })
    const hidden = layout.callouts.filter(({ rect }) => covers({ ...corner, ...size }, rect))
    expect(hidden.map(({ ref }) => ref)).toEqual([])
  }
})

test('where the overview has no room near the packet, it stands below the cards, and no line leads through them', () => {
  const layout = layoutOf(topology, { level: 'overview', focused: [], allServices: false, named })
  const view = { x: 0, y: 0, width: layout.width, height: layout.height }
  const wide = { width: layout.width * 0.55, height: 60 }
  const card = layout.cards[0]
  if (!card) throw new Error('There is no card.')
  const place = placeLabel({ at: centre(card.rect), size: wide, view, lines: [], stations: [], layout })
  const label = { ...place, ...wide }
  expect(layout.cards.filter(({ rect }) => covers(label, rect))).toEqual([])
  expect(layout.boxes.filter(({ rect }) => covers(label, rect))).toEqual([])
})
