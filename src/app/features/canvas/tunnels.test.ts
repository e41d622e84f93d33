/** Packets in tunnels, walked by the engine: where their line runs, and what is drawn around them. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../../../engine/kubernetes/manifest.ts'
import { builtWorld } from '../../../engine/simulation/checkpoints.ts'
import { topologyOf } from '../../../engine/simulation/topology-of.ts'
import { walk } from '../../../engine/simulation/walk.ts'
import { framesOf } from '../../store/frames.ts'
import { dealIdentities } from '../../store/identities.ts'
import { layoutOf } from './layout.ts'
import { type PacketPath, pathOf, poseAt } from './path.ts'
import { sceneMaker } from './scene.ts'

function walked(file: string) {
  const scenario = parseScenario(readFileSync(`src/scenarios/${file}.yaml`, 'utf8'))
  const world = builtWorld(scenario)
  const trace = walk(scenario, { from: 'pod/pod1', to: 'http://pod/pod4:80/' })
  if (world === null || !('records' in trace)) throw new Error('cannot be walked')
  const topology = topologyOf(world, world.cluster)
  const frames = framesOf(trace.records, topology)
  const layout = layoutOf(topology, { level: 'network', focused: [], allServices: false })
  const identities = dealIdentities(topology, trace.records)
  return { layout, frames, records: trace.records, identities }
}

function at(path: PacketPath, distance: number) {
  const pose = poseAt(path.points, distance)
  return pose && { x: Math.round(pose.at.x), y: Math.round(pose.at.y) }
}

describe('a SYN through flannel.1', () => {
  const context = walked('flannel-vxlan')
  const packet = context.records[0]?.event.packet.id ?? 0
  const path = pathOf(packet, context)
  const [first, second] = context.layout.racks.map((rack) => rack.tunnels[0])

  it('is wrapped from the middle of one tunnel to the middle of the other', () => {
    expect(path?.wrapped).toHaveLength(1)
    const [stretch] = path?.wrapped ?? []
    const middle = (tunnel: typeof first) =>
      tunnel && { x: (tunnel.bareX + tunnel.wrappedX) / 2, y: tunnel.rect.y + tunnel.rect.height / 2 }
    expect(path && stretch && at(path, stretch.from)).toEqual(middle(first))
    expect(path && stretch && at(path, stretch.to)).toEqual(middle(second))
  })

  it('passes each kernel twice, which its lanes say', () => {
    expect(path?.passes.map(({ number }) => number)).toEqual([1, 2, 1, 2])
    const [first1, second1] = path?.passes ?? []
    expect(first1?.at.y).not.toBe(second1?.at.y)
    for (const { at: word, distance } of path?.passes ?? [])
      expect(path && at(path, distance)).toEqual({ x: Math.round(word.x), y: Math.round(word.y) })
  })

  it('goes in by the bare port and out by the other one, and the other way at the far end', () => {
    const xs = path?.points.map((point) => point.x) ?? []
    const order = [first?.bareX, first?.wrappedX, second?.wrappedX, second?.bareX].map((x) => xs.indexOf(x ?? -1))
    expect(order.every((index) => index >= 0)).toBe(true)
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })

  it('is a letter in a letter meanwhile, and nothing of it counts as rewritten', () => {
    const scene = sceneMaker(context)
    const own = context.frames.moments.filter((moment) => moment.packet === packet)
    const letters = own.map((moment) => scene({ index: moment.index, fraction: 0, haltMs: 0 }).letters[0])
    expect(new Set(letters.map((letter) => letter?.outer.length))).toEqual(new Set([0, 1]))
    for (const letter of letters) {
      expect([letter?.tail.rewritten, letter?.point.rewritten]).toEqual([null, null])
      expect(letter?.tail.hue).toBe('id-1')
    }
    const wrapped = letters.find((letter) => letter?.outer.length === 1)
    expect(wrapped?.outer[0]).toMatchObject({ tail: { hue: 'id-node', glyph: 'square' }, point: { hue: 'id-node', glyph: 'square' } })
  })
})

it('a packet that flanneld carries begins and ends at flannel0', () => {
  const context = walked('flannel-udp')
  const carried = context.records.find(({ event }) => event.at === 'encap')
  const path = pathOf(carried?.event.packet.id ?? 0, context)
  const tunnels = context.layout.racks.map((rack) => rack.tunnels[0])
  expect(path?.points[0]?.x).toBe(tunnels[0]?.bareX)
  expect(path?.points.at(-1)?.x).toBe(tunnels[1]?.wrappedX)
})
