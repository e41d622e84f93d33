import { describe, expect, it } from 'vitest'
import { frameOfMoment, framesInPieces, framesOf, momentAt } from './frames.ts'
import { recordsOf, smallTopology, WALK } from './walk.fixture.ts'

const records = recordsOf(WALK)
const frames = framesOf(records, smallTopology())

describe('moments', () => {
  it('are worked out in pieces, the more the longer the walk is', () => {
    const pieces = (times: number): number => {
      const long = Array.from({ length: times }, () => records).flat()
      return [...framesInPieces(long, smallTopology())].length
    }
    expect(pieces(1)).toBe(3)
    expect(pieces(Math.ceil(40_001 / records.length))).toBe(5)
  })

  it('cover every record once', () => {
    const all = frames.moments.flatMap((moment) => moment.records)
    expect([...all].sort((a, b) => a - b)).toEqual(records.map((record) => record.n))
    for (const moment of frames.moments) expect(moment.records).toContain(moment.n)
  })

  it('are what a person would point at', () => {
    const syn = frames.moments.filter((moment) => moment.packet === 1).map((moment) => `${moment.lane.split('/').at(-1)} ${moment.icon}`)
    expect(syn).toEqual([
      'webapp-k2xvp sent',
      'webapp-k2xvp routed',
      'webapp-k2xvp arp',
      'webapp-k2xvp wire',
      'worker-1 bridged',
      'worker-1 rule',
      'worker-1 rewritten',
      'worker-1 routed',
      'worker-1 rule',
      'worker-1 rule',
      'lan wire',
      'worker-2 conntrack',
      'worker-2 routed',
      'worker-2 bridged',
      'mysql-1 routed',
      'mysql-1 delivered',
    ])
  })

  it('take the copies of a flood together', () => {
    const flood = frames.moments.find((moment) => moment.copies.length > 0)
    expect(flood?.copies).toEqual([3, 4])
  })

  it('are found by any of their records', () => {
    for (const { n } of records) {
      const moment = frames.moments[momentAt(frames, n)]
      expect(moment?.records).toContain(n)
    }
    expect(momentAt(frames, -1)).toBe(-1)
    expect(frameOfMoment(frames, -1)).toBe(-1)
    expect(frameOfMoment(frames, 999)).toBe(frames.moments.at(-1)?.n)
  })

  it('of nothing are none', () => {
    expect(framesOf([], null).moments).toEqual([])
  })
})

describe('chapters', () => {
  it('are packets with the ARP they wait for, named by what they carry', () => {
    expect(frames.chapters.map((chapter) => `${chapter.name}${chapter.reply ? ' (reply)' : ''}`)).toEqual(['SYN', 'SYN-ACK (reply)'])
  })

  it('cover every moment once, in order', () => {
    expect(
      frames.chapters.flatMap((chapter) => frames.moments.slice(chapter.first, chapter.last + 1).map((moment) => moment.index)),
    ).toEqual(frames.moments.map((moment) => moment.index))
  })

  it.each([
    ['udp 10.0.0.1:40000 10.96.0.10:53 -', 'DNS query'],
    ['tcp 10.0.0.1:40000 10.0.0.2:80 PSH', 'request'],
    ['tcp 10.0.0.1:40000 10.0.0.2:80 FIN-ACK', 'FIN'],
    ['tcp 10.0.0.1:40000 10.0.0.2:80 RST', 'RST'],
  ])('%s is a %s', (packet, name) => {
    expect(framesOf(recordsOf(`packet 1 ${packet}\npod/default/a send`), null).chapters[0]?.name).toBe(name)
  })
})
