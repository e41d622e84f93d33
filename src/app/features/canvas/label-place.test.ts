import { expect, test } from 'vitest'
import { parseScenario } from '../../../engine/kubernetes/manifest.ts'
import { builtWorld } from '../../../engine/simulation/checkpoints.ts'
import { topologyOf } from '../../../engine/simulation/topology-of.ts'
import { walk } from '../../../engine/simulation/walk.ts'
import { scenarioText } from '../../../scenarios/gallery.ts'
import { framesOf } from '../../store/frames.ts'
import { dealIdentities } from '../../store/identities.ts'
import { nodeOf, podOf, smallTopology } from '../../store/walk.fixture.ts'
import { placeLabel } from './label-place.ts'
import { boundsOf, layoutOf } from './layout.ts'
import { looksOf } from './looks.ts'
import { offsetLine } from './path.ts'
import { sceneMaker } from './scene.ts'
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
      over: [],
      layout,
    })
    const label = { ...corner, ...size }
    const words = { ...pod.rect, height: 46 }
    expect(covers(label, words), pod.ref).toBe(false)
    expect(label.x >= 0 && label.y >= 0 && label.x + label.width <= view.width && label.y + label.height <= view.height, pod.ref).toBe(true)
  }
})

test.each([
  [735, 642],
  [512, 473],
])('in a pane of %i × %i px it never stands over a Service while a walk goes on', async (width, height) => {
  const scenario = parseScenario((await scenarioText('web-and-mysql')) ?? '')
  const world = builtWorld(scenario)
  const trace = walk(scenario, { name: 'web-to-database' })
  if (world === null || 'problem' in trace) throw new Error('Nothing walks.')
  const [picture, { records }] = [topologyOf(world, world.cluster), trace]
  const identities = dealIdentities(picture, records)
  const { services } = looksOf({ topology: picture, records, identities, selected: [], focusPath: false })
  const layout = layoutOf(picture, { level: 'network', focused: services, allServices: false })
  const whole = boundsOf(layout)
  const zoom = Math.min(1.15, (width - 32) / whole.width, (height - 6) / whole.height)
  const view = { x: 8 / zoom - (width / zoom - whole.width) / 2, y: 0, width: (width - 16) / zoom, height: (height - 16) / zoom }
  const over = [{ x: 0, y: view.height - 36 / zoom, width: 362 / zoom, height: 30 / zoom }]
  const size = { width: 225 / zoom, height: 68 / zoom }
  const frames = framesOf(records, picture)
  const sceneAt = sceneMaker({ layout, frames, records, identities, hue: null })
  let looked = 0
  const hiding = frames.moments.filter(({ index }) => {
    const { letters, lines, badges } = sceneAt({ index, fraction: 0, haltMs: 0 })
    const [letter] = letters
    if (!letter) return false
    looked += 1
    const ways = lines.filter((line) => !line.copy).map((line) => offsetLine(line.path.points, line.offset))
    const stations = badges.map(({ station }) => station.badge)
    const label = { ...placeLabel({ at: letter.pose.at, size, view, lines: ways, stations, over, layout }), ...size }
    return layout.services.some(({ rect }) => covers(label, rect))
  })
  expect(hiding).toEqual([])
  expect(looked).toBeGreaterThan(10)
  expect(layout.services.length).toBeGreaterThan(0)
})

test('in the overview it covers no name of a pod, since there is room farther away', () => {
  const layout = layoutOf(topology, { level: 'overview', focused: [], allServices: false, named })
  const view = { x: 0, y: 0, width: layout.width, height: layout.height }
  for (const card of layout.cards) {
    const size = { width: 150, height: 55 }
    const corner = placeLabel({ at: centre(card.rect), size, view, lines: [], stations: [], over: [], layout })
    const hidden = layout.callouts.filter(({ rect }) => covers({ ...corner, ...size }, rect))
    expect(hidden.map(({ ref }) => ref)).toEqual([])
  }
})

test('where the overview has no room near the packet, it stands below the cards, and no line leads through them', () => {
  const nodes = Array.from({ length: 10 }, (_, index) =>
    nodeOf(`worker-${index + 1}`, `172.18.0.${11 + index}`, `10.244.${index + 1}.1`, [podOf(`web-${index} 10.244.${index + 1}.2 c:80`)]),
  )
  const full = { ...topology, machines: [...nodes, ...topology.machines.filter(({ kind }) => kind !== 'node')] }
  const layout = layoutOf(full, { level: 'overview', focused: [], allServices: true, named: ['pod/default/web-0', 'pod/default/web-1'] })
  const view = { x: -10, y: 0, width: layout.width + 20, height: layout.height + 40 }
  const size = { width: 164.3, height: 81.7 }
  const [card] = layout.cards
  if (!card) throw new Error('There is no card.')
  const place = placeLabel({ at: centre(card.nic), size, view, lines: [], stations: [], over: [], layout })
  const label = { ...place, ...size }
  expect(place.docked).toBe(true)
  const shapes = [...layout.cards, ...layout.boxes, ...layout.services, ...layout.callouts]
  expect(shapes.filter(({ rect }) => covers(label, rect))).toEqual([])
})

test('it stands beside buttons that lie above the picture, not under them', () => {
  const layout = layoutOf(topology, { level: 'network', focused: [], allServices: false })
  const view = { x: 0, y: 0, width: layout.width, height: layout.height }
  const room = { at: { x: view.width / 2, y: view.height - 90 }, size: { width: 200, height: 74 }, view, lines: [], stations: [], layout }
  const free = { ...placeLabel({ ...room, over: [] }), ...room.size }
  const over = [{ x: free.x, y: free.y + 40, width: 300, height: 40 }]
  const label = { ...placeLabel({ ...room, over }), ...room.size }
  expect(over.filter((rect) => covers(label, rect))).toEqual([])
})
