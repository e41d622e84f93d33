import { describe, expect, it } from 'vitest'
import { framesOf } from '../../store/frames.ts'
import { recordsOf, smallTopology, WALK } from '../../store/walk.fixture.ts'
import { layoutOf } from './layout.ts'
import { distanceAt, offsetLine, pathOf, poseAt, sliceLine } from './path.ts'
import type { Point } from './shapes.ts'

const topology = smallTopology()
const layout = layoutOf(topology, { level: 'network', focused: [], allServices: false })
const records = recordsOf(WALK)
const frames = framesOf(records, topology)
const pathFor = (packet: number) => pathOf(packet, { layout, frames })

/** "R100 D20": directions and lengths of a poly-line's runs. */
function runs(points: readonly Point[]): string {
  return points
    .slice(1)
    .map((point, index) => {
      const before = points[index] ?? point
      const [dx, dy] = [point.x - before.x, point.y - before.y]
      if (dx !== 0 && dy !== 0) return 'oblique'
      return dx > 0 ? 'R' : dx < 0 ? 'L' : dy > 0 ? 'D' : 'U'
    })
    .join(' ')
}

describe('path of a request across nodes', () => {
  const path = pathFor(1)

  it('runs from socket over bridge, kernel, NIC and segment to the other socket', () => {
    const sockets = layout.racks.flatMap((rack) => rack.pods)
    expect(path?.points[0]).toEqual(sockets.find((pod) => pod.ref === 'pod/default/webapp-k2xvp')?.socket)
    expect(path?.points.at(-1)).toEqual(sockets.find((pod) => pod.ref === 'pod/default/mysql-1')?.socket)
    expect(runs(path?.points ?? [])).toBe('D L D R D R U L U R U')
  })

  it('has a stop for every moment of the packet, in order', () => {
    const moments = frames.moments.filter((moment) => moment.packet === 1).map((moment) => moment.index)
    expect(path?.stops.map((stop) => stop.moment)).toEqual(moments)
    const distances = path?.stops.map((stop) => stop.distance) ?? []
    expect(distances).toEqual([...distances].sort((a, b) => a - b))
  })

  it('rewrites on the kernel strip of the first node', () => {
    const moment = frames.moments.findIndex((one) => one.icon === 'rewritten' && one.packet === 1)
    const strip = layout.racks[0]?.strip
    const at = path && poseAt(path.points, distanceAt(path, moment, 0))?.at
    expect(at?.y).toBeCloseTo((strip?.y ?? 0) + 72 * 0.4)
  })
})

it('a reply walks the same shapes the other way', () => {
  expect(pathFor(6)?.points).toEqual(pathFor(1)?.points.toReversed())
})

it('a flooded copy begins where the frame it was made from began', () => {
  const copy = pathFor(3)
  expect(copy?.points[0]).toEqual(pathFor(2)?.points[0])
  expect(copy?.points.at(-1)).toEqual(layout.racks[0]?.pods.find((pod) => pod.ref === 'pod/default/coredns-t7w4n')?.socket)
})

it('a packet that goes back by the port it came from never crosses itself', () => {
  const hairpin = recordsOf(`
packet 1 tcp 10.244.1.4:41122 10.96.88.3:80 SYN
pod/default/mysql-0 send
pod/default/mysql-0 xmit eth0
node/worker-1 receive_skb vethmysql-0
node/worker-1 br_fdb cni0 local
node/worker-1 receive_skb cni0
node/worker-1 dnat 10.244.1.2
node/worker-1 fib_lookup
node/worker-1 xmit cni0
node/worker-1 br_fdb cni0 forward vethwebapp-k2xvp
node/worker-1 xmit vethwebapp-k2xvp
pod/default/webapp-k2xvp receive_skb eth0
pod/default/webapp-k2xvp accept`)
  const path = pathOf(1, { layout, frames: framesOf(hairpin, topology) })
  expect(runs(path?.points ?? [])).toBe('D L D R U L U R U')
  expect(crossings(offsetLine(path?.points ?? [], 3.6))).toBe(0)
})

it('netfilter called by the bridge: inbound in the kernel strip, outbound on the bridge', () => {
  const bridged = recordsOf(`
packet 1 tcp 10.244.1.3:41122 10.96.40.7:3306 SYN
pod/default/coredns-t7w4n send
pod/default/coredns-t7w4n xmit eth0
node/worker-1 receive_skb vethcoredns-t7w4n
node/worker-1 ct_lookup NEW
node/worker-1 nf_hook PREROUTING nat bridged
node/worker-1 dnat 10.244.1.4
node/worker-1 br_fdb cni0 forward vethmysql-0
node/worker-1 nf_hook FORWARD filter bridged
node/worker-1 ipt_rule FORWARD KUBE-FORWARD
node/worker-1 xmit vethmysql-0
pod/default/mysql-0 receive_skb eth0
pod/default/mysql-0 accept`)
  const own = framesOf(bridged, topology)
  const path = pathOf(1, { layout, frames: own })
  const yOf = (icon: string) => {
    const moment = own.moments.findLast((one) => one.icon === icon)?.index ?? -1
    return path && poseAt(path.points, distanceAt(path, moment, 0))?.at.y
  }
  const rack = layout.racks[0]
  expect(runs(path?.points ?? [])).toBe('D L D R U L U R U')
  expect(yOf('rewritten')).toBeGreaterThan(rack?.strip.y ?? 0)
  expect(yOf('rule')).toBe((rack?.bridges[0]?.rect.y ?? 0) + 11)
})

it('a frame for the bridge itself stays in the kernel once netfilter has seen it', () => {
  const text = WALK.replace(
    'node/worker-1 br_fdb cni0 local\nnode/worker-1 receive_skb cni0\nnode/worker-1 ct_lookup NEW\n',
    'node/worker-1 ct_lookup NEW\nnode/worker-1 br_fdb cni0 local\n',
  )
  const bridged = recordsOf(text)
  expect(bridged.length).toBeLessThan(records.length)
  expect(pathOf(1, { layout, frames: framesOf(bridged, topology) })?.points).toEqual(pathFor(1)?.points)
})

it('ends where it was dropped', () => {
  const dropped = recordsOf(`
packet 1 tcp 10.244.1.2:41122 10.244.2.3:3306 SYN
pod/default/webapp-k2xvp send
pod/default/webapp-k2xvp xmit eth0
node/worker-1 receive_skb vethwebapp-k2xvp
node/worker-1 br_fdb cni0 local
node/worker-1 nf_hook FORWARD filter
node/worker-1 drop`)
  const path = pathOf(1, { layout, frames: framesOf(dropped, topology) })
  const strip = layout.racks[0]?.strip
  expect(path?.points.at(-1)).toEqual({ x: (strip?.x ?? 0) + (strip?.width ?? 0) / 2, y: (strip?.y ?? 0) + 72 * 0.4 })
})

it('follows buses and spine in the overview', () => {
  const overview = layoutOf(topology, { level: 'overview', focused: [], allServices: false })
  const path = pathOf(1, { layout: overview, frames })
  expect(runs(path?.points ?? [])).not.toContain('oblique')
  expect(path?.stops.length).toBeGreaterThan(5)
})

describe('lines', () => {
  const corner: Point[] = [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
    { x: 100, y: 50 },
  ]

  it('are moved to the right of the way, corners mitred', () => {
    expect(offsetLine(corner, 3)).toEqual([
      { x: 0, y: 3 },
      { x: 97, y: 3 },
      { x: 97, y: 50 },
    ])
  })

  it('are cut by distance', () => {
    expect(sliceLine(corner, 90, 120)).toEqual([
      { x: 90, y: 0 },
      { x: 100, y: 0 },
      { x: 100, y: 20 },
    ])
  })

  it('tell the direction of travel', () => {
    expect(poseAt(corner, 120)).toEqual({ at: { x: 100, y: 20 }, angle: Math.PI / 2 })
  })
})

/** How often an orthogonal line crosses itself (touching at shared ends does not count). */
function crossings(points: readonly Point[]): number {
  const pieces = points.slice(1).map((b, index): [Point, Point] => [points[index] ?? b, b])
  let count = 0
  for (const [a, b] of pieces.filter(([p, q]) => p.y === q.y))
    for (const [c, d] of pieces.filter(([p, q]) => p.x === q.x)) {
      const inX = c.x > Math.min(a.x, b.x) + 0.01 && c.x < Math.max(a.x, b.x) - 0.01
      const inY = a.y > Math.min(c.y, d.y) + 0.01 && a.y < Math.max(c.y, d.y) - 0.01
      if (inX && inY) count++
    }
  return count
}
