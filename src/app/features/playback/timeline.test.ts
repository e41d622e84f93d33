import { describe, expect, it } from 'vitest'
import { framesOf } from '../../store/frames.ts'
import { recordsOf, smallTopology, WALK } from '../../store/walk.fixture.ts'
import { MERGE, momentNear, mostLanes, pageAt, pagesOf, playheadX, timelineOf, timeWords } from './timeline.ts'
import { roomFor } from './timeline-room.ts'

const frames = framesOf(recordsOf(WALK), smallTopology())
const whole = { first: 0, last: frames.moments.length - 1 }

describe('pages', () => {
  it.each([200, 500, 900, 3000])('at %i px cover the walk in whole chapters', (width) => {
    const pages = pagesOf(frames, width)
    expect(pages[0]?.first).toBe(0)
    expect(pages.at(-1)?.last).toBe(whole.last)
    const starts = new Set(frames.chapters.map((chapter) => chapter.first))
    expect(pages.every((page) => starts.has(page.first))).toBe(true)
  })

  it('follow the moment', () => {
    const pages = pagesOf(frames, 500)
    expect(pageAt(pages, whole.last)).toBe(pages.at(-1))
    expect(pageAt(pages, 0)).toBe(pages[0])
  })
})

describe('the staircase', () => {
  const layout = timelineOf(frames, whole, { width: 2000, height: 100 })

  it('has machines as lanes in path order, going down towards the server', () => {
    expect(layout.lanes.map((lane) => lane.where)).toEqual([
      'pod/default/webapp-k2xvp',
      'node/worker-1',
      'network/lan',
      'node/worker-2',
      'pod/default/mysql-1',
    ])
  })

  it('comes up with the reply', () => {
    const reply = layout.stairs.at(-1)?.points ?? []
    expect(reply[0]?.y).toBeGreaterThan(reply.at(-1)?.y ?? 0)
  })

  it('finds the moment under the pointer, and back', () => {
    for (const moment of frames.moments) expect(momentNear(layout, playheadX(layout, moment.index, 0))).toBe(moment.index)
  })
})

describe('many lanes', () => {
  it('get the room that keeps discs off other lanes', () => {
    const lanes = mostLanes(frames)
    expect(lanes).toBeGreaterThan(3)
    expect(roomFor(lanes + 1)).toBe(roomFor(lanes) + 20)
  })

  it.each([40, 80, 100, 400])('%i px high: discs are no higher than a lane', (height) => {
    const { radius, lanes } = timelineOf(frames, whole, { width: 2000, height })
    expect(radius).toBeLessThanOrEqual(10)
    if (height >= 16 * lanes.length) expect(2 * radius).toBeLessThanOrEqual(height / lanes.length)
  })
})

describe('dense marks', () => {
  const layout = timelineOf(frames, whole, { width: 200, height: 100 })

  it('merge when closer than 18 px on one lane', () => {
    expect(layout.marks.length).toBeLessThan(frames.moments.length)
    for (const [index, mark] of layout.marks.entries()) {
      const next = layout.marks[index + 1]
      const bothSurvive = next && ['rewritten', 'dropped', 'delivered'].includes(mark.moment.icon)
      if (next && next.y === mark.y && !bothSurvive)
        expect(next.x - mark.x).toBeGreaterThanOrEqual(['rewritten', 'dropped', 'delivered'].includes(next.moment.icon) ? 0 : MERGE)
    }
  })

  it('never lose a rewrite or a delivery', () => {
    const kept = layout.marks.map((mark) => mark.moment.icon)
    expect(kept.filter((icon) => icon === 'rewritten')).toHaveLength(2)
    expect(kept.filter((icon) => icon === 'delivered')).toHaveLength(2)
  })
})

it.each([
  [0, '0'],
  [0.031, '31 µs'],
  [1.204, '1.2 ms'],
  [150.2, '150 ms'],
  [3000, '3 s'],
])('%f ms reads %s', (ms, words) => {
  expect(timeWords(ms)).toBe(words)
})
