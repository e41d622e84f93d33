import { beforeEach, describe, expect, it } from 'vitest'
import { remember } from './memory.ts'
import { isMarked, MARK_KINDS, showAllMarks, timelineMarks, toggleMarks, zoomTimeline } from './timeline-marks.ts'

beforeEach(() => {
  showAllMarks()
  zoomTimeline(0)
})

describe('the kinds of moments that are marked', () => {
  it('are all of them at first', () => {
    expect(timelineMarks().hidden).toEqual([])
    expect(isMarked('arp', [])).toBe(true)
  })

  it('can be left out one by one, which is remembered', () => {
    toggleMarks('ARP')
    toggleMarks('sent')
    expect(isMarked('arp', timelineMarks().hidden)).toBe(false)
    expect(isMarked('reply', timelineMarks().hidden)).toBe(false)
    expect(isMarked('rewritten', timelineMarks().hidden)).toBe(true)
    expect(remember.read('packetwalk.timeline.hidden')).toBe('ARP,sent')
    toggleMarks('ARP')
    expect(timelineMarks().hidden).toEqual(['sent'])
  })

  it('have words that fit into one list', () => {
    expect(MARK_KINDS.some((kind) => kind.includes(','))).toBe(false)
  })
})

it('the timeline is looked at from nearer and farther, within bounds', () => {
  for (let step = 0; step < 9; step++) zoomTimeline(1)
  expect(timelineMarks().zoom).toBe(4)
  for (let step = 0; step < 9; step++) zoomTimeline(-1)
  expect(timelineMarks().zoom).toBe(0.25)
  zoomTimeline(0)
  expect(timelineMarks().zoom).toBe(1)
})
