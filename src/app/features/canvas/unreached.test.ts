import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../../engine/net/address.ts'
import type { Packet } from '../../../engine/net/packet.ts'
import { recordsOf, smallTopology } from '../../store/walk.fixture.ts'
import { layoutOf } from './layout.ts'
import { centre } from './shapes.ts'
import { unreached } from './unreached.ts'

const layout = layoutOf(smallTopology(), { level: 'network', focused: [], allServices: false })
const [near, far] = layout.racks
const strip = near ? centre(near.strip) : { x: 0, y: 0 }

function packetTo(address: string): Packet {
  const [record] = recordsOf(`packet 1 tcp 10.244.1.2:41122 ${address}:3306 SYN\npod/default/webapp-k2xvp send`)
  if (!record || parseAddress(address) === null) throw new Error(address)
  return record.event.packet
}

describe('what a dropped packet never reached', () => {
  it.each([
    ['a pod of the same node', '10.244.1.3'],
    ['a pod of another node', '10.244.2.3'],
  ])('leads orthogonally to %s', (_, address) => {
    const points = unreached(packetTo(address), 'node/worker-1', strip, layout)
    const pod = layout.racks.flatMap((rack) => rack.pods).find((shape) => shape.pod.address === address)
    expect(points[0]).toEqual(strip)
    expect(points.at(-1)).toEqual(pod?.socket)
    for (const [index, point] of points.slice(1).entries()) expect(point.x === points[index]?.x || point.y === points[index]?.y).toBe(true)
  })

  it('runs along the segment between the nodes', () => {
    const points = unreached(packetTo('10.244.2.3'), 'node/worker-1', strip, layout)
    const bar = layout.segments[0]?.bars[0]
    expect(points.filter((point) => bar && point.y === centre(bar).y).map((point) => point.x)).toEqual([
      near?.nics[0]?.wireX,
      far?.nics[0]?.wireX,
    ])
  })

  it.each([
    ['an address that no pod has', '10.96.40.7', 'node/worker-1'],
    ['a packet that never left its pod', '10.244.2.3', 'pod/default/webapp-k2xvp'],
  ])('is not guessed for %s', (_, address, where) => {
    expect(unreached(packetTo(address), where, strip, layout)).toEqual([])
  })
})
