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

describe('looked at', () => {
  it.each([0.25, 0.5, 1, 2, 4])('%d times as near, pages cover the walk without gaps', (zoom) => {
    const pages = pagesOf(frames, 500, zoom)
    expect(pages[0]?.first).toBe(0)
    expect(pages.at(-1)?.last).toBe(whole.last)
    for (const [index, page] of pages.slice(1).entries()) expect(page.first).toBe((pages[index]?.last ?? 0) + 1)
    expect(pages.length >= pagesOf(frames, 500, zoom / 2).length).toBe(true)
  })

  it('from near, fewer moments stand farther apart', () => {
    const stepAt = (zoom: number) =>
      timelineOf(frames, pageAt(pagesOf(frames, 500, zoom), 0), { width: 500, height: 100 }, { zoom, isMarked: () => true }).step
    expect(stepAt(4)).toBeGreaterThan(stepAt(1) * 1.5)
  })

  it('without the marks of a kind, the line still passes its moments', () => {
    const all = timelineOf(frames, whole, { width: 2000, height: 100 })
    const some = timelineOf(frames, whole, { width: 2000, height: 100 }, { zoom: 1, isMarked: (icon) => icon !== 'rule' })
    expect(all.marks.some(({ moment }) => moment.icon === 'rule')).toBe(true)
    expect(some.marks.some(({ moment }) => moment.icon === 'rule')).toBe(false)
    expect(some.stairs).toEqual(all.stairs)
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
