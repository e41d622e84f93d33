import { describe, expect, it } from 'vitest'
import { framesOf, NO_FRAMES } from '../../store/frames.ts'
import { recordsOf, smallTopology, WALK } from '../../store/walk.fixture.ts'
import { addressOf, unrolledOf } from './unrolled.ts'

const topology = smallTopology()
const frames = framesOf(recordsOf(WALK), topology)
const lanes = (shown: number) => unrolledOf(frames, shown).map((place) => `${place.lane.split('/').at(-1)} ${place.moments.length}`)

describe('the unrolled path', () => {
  it('is the journey of the packet on screen, a place after the other', () => {
    const syn = frames.chapters.find((chapter) => chapter.name === 'SYN')
    const places = unrolledOf(frames, syn?.last ?? 0)
    // The first two come twice: the pod asks for its gateway's MAC address before it sends.
    const names = places.map((place) => place.lane.split('/').at(-1))
    expect(names).toEqual(['webapp-k2xvp', 'worker-1', 'webapp-k2xvp', 'worker-1', 'lan', 'worker-2', 'mysql-1'])
    expect(places.flatMap((place) => place.moments.map((moment) => moment.index))).toEqual(
      Array.from({ length: (syn?.last ?? 0) - (syn?.first ?? 0) + 1 }, (_, index) => (syn?.first ?? 0) + index),
    )
  })

  it('begins with the first journey before anything was sent, and is empty without a walk', () => {
    expect(lanes(-1)).toEqual(lanes(0))
    expect(unrolledOf(NO_FRAMES, -1)).toEqual([])
  })

  it('names the address of pods, nodes and networks', () => {
    expect(addressOf(topology, 'pod/default/mysql-1')).toBe('10.244.2.3')
    expect(addressOf(topology, 'nowhere')).toBe('')
  })
})
