import { describe, expect, it } from 'vitest'
import { parseScenario } from '../../../engine/kubernetes/manifest.ts'
import { builtWorld } from '../../../engine/simulation/checkpoints.ts'
import type { Topology, TopologyMachine } from '../../../engine/simulation/topology.ts'
import { topologyOf } from '../../../engine/simulation/topology-of.ts'
import { GALLERY, scenarioText } from '../../../scenarios/gallery.ts'
import { AS_LAID_OUT } from '../../store/arrangement.ts'
import { nodeOf, podOf, serviceOf, smallTopology } from '../../store/walk.fixture.ts'
import { layoutOf } from './layout.ts'
import { columnsFor } from './rack-layout.ts'
import type { Layout, Point, Rect } from './shapes.ts'

const OPTIONS = { level: 'network', focused: ['service/default/webapp-sql1'], allServices: false } as const

/** `counts[i]` pods on node i. */
function clusterOf(counts: readonly number[]): Topology {
  const machines = counts.map((count, node) =>
    nodeOf(
      `worker-${node + 1}`,
      `172.18.0.${11 + node}`,
      `10.244.${node + 1}.1`,
      Array.from({ length: count }, (_, index) =>
        podOf(`app${String(index).padStart(2, '0')}-${node} 10.244.${node + 1}.${index + 2} c:80`),
      ),
    ),
  )
  return {
    ...smallTopology(),
    machines: [...machines, ...smallTopology().machines.filter((machine) => machine.kind !== 'node')],
    services: [],
  }
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, index) => items.slice(index + 1).map((b): [T, T] => [a, b]))
}

/** Top-level things and, in each rack, its inside: none may cover another. */
function overlaps(layout: Layout): string[] {
  const tops = [...layout.racks, ...layout.cards, ...layout.callouts, ...layout.boxes, ...layout.services].map(({ ref, rect }) => ({
    ref,
    rect,
  }))
  const bars = layout.segments
    .filter((segment) => segment.kind === 'bar')
    .flatMap((segment) => segment.bars.map((rect) => ({ ref: segment.ref, rect })))
  const inside = layout.racks.map((rack) =>
    [...rack.pods, ...rack.bridges, { ref: 'strip', rect: rack.strip }, ...rack.nics, ...rack.tunnels].map(({ ref, rect }) => ({
      ref,
      rect,
    })),
  )
  const cells = layout.cards.map((card) => card.cells.map(({ ref, rect }) => ({ ref, rect })))
  return [[...tops, ...bars], ...inside, ...cells]
    .flatMap((group) => pairsOf(group))
    .filter(([a, b]) => overlap(a.rect, b.rect))
    .map(([a, b]) => `${a.ref} and ${b.ref}`)
}

const SHAPES: readonly (readonly number[])[] = [[0], [3, 2], [1, 9, 4], [12, 5, 7, 30], [5, 5, 5, 5, 5, 5], [40]]

it.each(GALLERY.map(({ file }) => file))('the gallery has no overlaps: %s', async (file) => {
  const world = builtWorld(parseScenario((await scenarioText(file)) ?? ''))
  const topology = world && topologyOf(world, world.cluster)
  const focused = topology?.services.map(({ ref }) => ref) ?? []
  for (const level of ['network', 'overview'] as const)
    expect(topology && overlaps(layoutOf(topology, { level, focused, allServices: true }))).toEqual([])
})

describe('layout of a network', () => {
  it.each(SHAPES)('has no overlaps: %j', (...counts) => {
    expect(overlaps(layoutOf(clusterOf(counts), OPTIONS))).toEqual([])
  })

  it.each([
    [['node/worker-1']],
    [['node/worker-2', 'deployment/default/app00']],
    [['node/worker-1', 'node/worker-2', 'node/worker-3', 'node/worker-4']],
  ])('has no overlaps with something collapsed: %j', (collapsed) => {
    expect(overlaps(layoutOf(clusterOf([12, 5, 7, 30]), { ...OPTIONS, arrangement: { ...AS_LAID_OUT, collapsed } }))).toEqual([])
  })

  it('shows one tile for the pods of a collapsed workload, and one box for a collapsed node, where they stood', () => {
    const layout = layoutOf(smallTopology(), {
      ...OPTIONS,
      arrangement: { ...AS_LAID_OUT, collapsed: ['deployment/default/webapp', 'node/worker-2'] },
    })
    expect(layout.racks.flatMap(({ pods }) => pods.map(({ ref, pods: all }) => [ref, all.length]))).toEqual([
      ['pod/default/coredns-t7w4n', 1],
      ['pod/default/mysql-0', 1],
      ['group/worker-1/deployment/default/webapp', 1],
    ])
    expect(layout.cards.map(({ ref, collapsed }) => [ref, collapsed])).toEqual([['node/worker-2', true]])
    expect(layout.tethers.map(({ pod }) => pod)).toEqual(['pod/default/mysql-0', 'pod/default/mysql-1'])
  })

  it('keeps pods and nodes in the order they were dragged to, at both levels; what is new follows', () => {
    const order = { nodes: ['node/worker-2'], 'node/worker-1': ['pod/default/mysql-0', 'pod/default/gone'] }
    const arrangement = { ...AS_LAID_OUT, order }
    const network = layoutOf(smallTopology(), { ...OPTIONS, arrangement })
    expect(network.racks.map(({ ref }) => ref)).toEqual(['node/worker-2', 'node/worker-1'])
    const names = ['pod/default/mysql-0', 'pod/default/coredns-t7w4n', 'pod/default/webapp-k2xvp']
    expect(network.racks[1]?.pods.map(({ ref }) => ref)).toEqual(names)
    expect(overlaps(network)).toEqual([])
    const overview = layoutOf(smallTopology(), { ...OPTIONS, arrangement, level: 'overview' })
    expect(overview.cards[1]?.cells.map(({ ref }) => ref)).toEqual(names)
  })

  it('has no overlaps in the overview', () => {
    expect(overlaps(layoutOf(clusterOf([10, 10, 3, 20, 0, 1, 7, 10, 12]), { ...OPTIONS, level: 'overview' }))).toEqual([])
  })

  it('has no overlaps in the overview where many pods are named, all of them inside the picture', () => {
    const topology = clusterOf([4, 4, 4])
    const named = topology.machines.flatMap((machine) => machine.pods.map((pod) => pod.ref))
    const layout = layoutOf(topology, { ...OPTIONS, level: 'overview', named })
    expect(layout.callouts).toHaveLength(12)
    expect(overlaps(layout)).toEqual([])
    expect(layout.callouts.filter(({ rect }) => rect.x < 0 || rect.y < 0 || rect.x + rect.width > layout.width)).toEqual([])
  })

  it('is the same every time', () => {
    expect(layoutOf(smallTopology(), OPTIONS)).toEqual(layoutOf(smallTopology(), OPTIONS))
  })

  it('does not depend on the order of nodes and pods', () => {
    const topology = smallTopology()
    const shuffled = {
      ...topology,
      machines: topology.machines.map((machine) => ({ ...machine, pods: machine.pods.toReversed() })).toReversed(),
    }
    const positions = (layout: Layout) => layout.racks.map((rack) => [rack.ref, rack.pods.map((pod) => [pod.ref, pod.rect])])
    expect(positions(layoutOf(shuffled, OPTIONS))).toEqual(positions(layoutOf(topology, OPTIONS)))
  })

  it('moves only the rack that a pod is added to', () => {
    const before = layoutOf(clusterOf([3, 2]), OPTIONS)
    const after = layoutOf(clusterOf([3, 3]), OPTIONS)
    expect(after.racks[0]).toEqual(before.racks[0])
    expect(after.racks[1]?.pods.slice(0, 2).map((pod) => pod.rect)).toEqual(before.racks[1]?.pods.map((pod) => pod.rect))
    expect(after.racks[1]?.rect).toEqual(before.racks[1]?.rect)
  })

  it('moves no rack and no pod when a host or a network comes', () => {
    const topology = clusterOf([3, 2])
    const [node] = topology.machines
    if (!node) throw new Error('a cluster has nodes')
    const host = { ...node, ref: 'host/db', kind: 'host' as const, name: 'db', pods: [] }
    const office = { ref: 'network/office', name: 'office', cidr: '192.168.9.0/24', mtu: 1500 }
    const more = { ...topology, machines: [...topology.machines, host], networks: [...topology.networks, office] }
    const pods = (layout: Layout) => layout.racks.map((rack) => [rack.ref, rack.rect, rack.pods.map((pod) => [pod.ref, pod.rect])])
    expect(pods(layoutOf(more, OPTIONS))).toEqual(pods(layoutOf(topology, OPTIONS)))
  })

  it.each([
    [0, 3],
    [4, 3],
    [5, 4],
    [9, 5],
    [40, 8],
  ])('%i pods take %i columns', (pods, columns) => {
    expect(columnsFor(pods)).toBe(columns)
  })
})

/** Two routers on lan, each with a network of its own, and a machine behind each. */
function routedTopology(): Topology {
  const small = smallTopology()
  const host = (name: string, ...networks: string[]): TopologyMachine => ({
    ref: `host/${name}`,
    kind: 'host',
    name,
    address: '',
    pods: [],
    line: null,
    devices: networks.map((network, index) => ({
      name: `eth${index}`,
      kind: 'physical',
      mac: '',
      mtu: 1500,
      up: true,
      addresses: [],
      master: null,
      network,
    })),
  })
  const hosts = [
    host('office-router', 'lan', 'office'),
    host('storage-router', 'lan', 'storage'),
    host('laptop', 'office'),
    host('database', 'storage'),
    host('printer', 'office'),
  ]
  const network = (name: string) => ({ ref: `network/${name}`, name, cidr: '', mtu: 1500 })
  return { ...small, machines: [...small.machines, ...hosts], networks: [...small.networks, network('office'), network('storage')] }
}

describe.each(['network', 'overview'] as const)('hosts and further networks, %s', (level) => {
  const layout = layoutOf(routedTopology(), { ...OPTIONS, level })

  it('are all drawn, without overlaps, inside the picture', () => {
    expect(layout.boxes.filter((box) => box.kind === 'host')).toHaveLength(5)
    expect(overlaps(layout)).toEqual([])
    const rects = [...layout.boxes.map((box) => box.rect), ...layout.segments.flatMap((segment) => segment.bars)]
    expect(rects.filter((rect) => rect.x < 0 || rect.x + rect.width > layout.width || rect.y + rect.height > layout.height)).toEqual([])
  })

  it('have a wire to each of their networks, ending on its bar, and none through another box', () => {
    for (const box of layout.boxes.filter((candidate) => candidate.kind === 'host')) {
      expect(box.wires.map((wire) => wire.network)).toEqual(box.machine.devices.map((device) => `network/${device.network}`))
      for (const { network, points } of box.wires) {
        const bars = layout.segments.find((segment) => segment.ref === network)?.bars ?? []
        expect(bars.some((bar) => bar.y <= (points.at(-1)?.y ?? -1) && (points.at(-1)?.y ?? 0) <= bar.y + bar.height)).toBe(true)
        const through = segmentsOf(points).flatMap(([a, b]) =>
          layout.boxes.filter((other) => other !== box && overlap(lineRect(a, b), other.rect)).map((other) => other.ref),
        )
        expect(through).toEqual([])
      }
    }
  })
})

describe('cables', () => {
  const rack = layoutOf(clusterOf([14]), OPTIONS).racks[0]

  it('run orthogonally from the socket to the bridge', () => {
    for (const pod of rack?.pods ?? []) {
      const points = pod.veth?.points ?? []
      expect(points[0]).toEqual(pod.socket)
      expect(points.at(-1)?.y).toBe(rack?.bridges[0]?.rect.y)
      expect(points.at(-1)?.x).toBeGreaterThan((rack?.bridges[0]?.rect.x ?? 0) + 8)
      expect(segmentsOf(points).every(([a, b]) => a.x === b.x || a.y === b.y)).toBe(true)
    }
  })

  it('cross neither a pod nor each other', () => {
    const pods = rack?.pods ?? []
    const crossed = pods.flatMap((pod) =>
      segmentsOf(pod.veth?.points ?? []).flatMap(([a, b]) =>
        pods.filter((other) => other !== pod && overlap(lineRect(a, b), other.rect)).map((other) => `${pod.ref} over ${other.ref}`),
      ),
    )
    expect(crossed).toEqual([])
    const verticals = pods.flatMap((pod) => segmentsOf(pod.veth?.points ?? []).filter(([a, b]) => a.x === b.x))
    const xs = verticals.filter(([a, b]) => Math.abs(a.y - b.y) > 40).map(([a]) => a.x)
    expect(new Set(xs).size).toBe(xs.length)
  })

  it('keep the order of ports: bridge port left of every NIC', () => {
    for (const nic of rack?.nics ?? []) expect(rack?.portX).toBeLessThan(nic.wireX)
  })
})

function segmentsOf(points: readonly Point[]): [Point, Point][] {
  return points.slice(1).map((point, index): [Point, Point] => [points[index] ?? point, point])
}

function lineRect(a: Point, b: Point): Rect {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y) + 0.5, width: Math.abs(a.x - b.x) || 0.1, height: Math.abs(a.y - b.y) || 0.1 }
}

describe('the services band', () => {
  const pods = smallTopology().machines.flatMap((machine) => machine.pods)
  const many = Array.from({ length: 20 }, (_, index) => serviceOf(`service-${index} 10.96.0.${index + 20}:80 mysql-1`, pods))

  it('collects what does not fit in a stack, but never a focused one', () => {
    const layout = layoutOf({ ...smallTopology(), services: many }, { ...OPTIONS, focused: ['service/default/service-17'] })
    expect(layout.services.map((shape) => shape.ref)).toContain('service/default/service-17')
    expect(layout.services.length + (layout.more?.count ?? 0)).toBe(20)
    expect(
      Math.max(
        ...layout.services.map((shape) => shape.rect.x + shape.rect.width),
        (layout.more?.rect.x ?? 0) + (layout.more?.rect.width ?? 0),
      ),
    ).toBeLessThanOrEqual(layout.width)
    expect(overlaps(layout)).toEqual([])
  })

  it('shows all of them on request', () => {
    const layout = layoutOf({ ...smallTopology(), services: many }, { ...OPTIONS, allServices: true })
    expect(layout.services).toHaveLength(20)
    expect(overlaps(layout)).toEqual([])
  })

  it('tethers the focused Service to each ready endpoint, orthogonally, ending on the pod', () => {
    const layout = layoutOf(smallTopology(), OPTIONS)
    expect(layout.tethers.map((tether) => tether.pod)).toEqual(['pod/default/mysql-0', 'pod/default/mysql-1'])
    for (const tether of layout.tethers) {
      const pod = layout.racks.flatMap((rack) => rack.pods).find((shape) => shape.ref === tether.pod)
      expect(tether.points.at(-1)).toEqual({ x: (pod?.rect.x ?? 0) + 56, y: pod?.rect.y })
      expect(segmentsOf(tether.points).every(([a, b]) => a.x === b.x || a.y === b.y)).toBe(true)
    }
  })
})
