import { describe, expect, it } from 'vitest'
import { storyOf } from './story.ts'
import { recordsOf, WALK } from './walk.fixture.ts'

/** Packet ids in the order they are told, each run once. */
function told(text: string): string {
  const ids = storyOf(recordsOf(text)).map(({ event }) => event.packet.id)
  return ids.filter((id, index) => id !== ids[index - 1]).join(' ')
}

const A = 'packet 1 udp 10.0.0.1:40000 10.0.0.2:53 -'
const AAAA = 'packet 3 udp 10.0.0.1:40000 10.0.0.2:53 -'

describe('a story', () => {
  it('holds every record once', () => {
    const records = recordsOf(WALK)
    expect(storyOf(records).toSorted((a, b) => a.n - b.n)).toEqual(records)
  })

  it('lets each packet walk its whole way before the next', () => {
    expect(told(`${A}\npod/a send\n${AAAA}\npod/a send\n${A}\npod/b receive\n${AAAA}\npod/b receive`)).toBe('1 3')
  })

  it('tells what a packet waits for while it waits', () => {
    const arp = 'packet 2 arp request 10.0.0.1 10.0.0.2\npod/a xmit eth0'
    expect(
      told(
        `${A}\npod/a send\npod/a neigh eth0 10.0.0.2 request\n${arp}\n${AAAA}\npod/a send\n${A}\npod/a xmit eth0\n${AAAA}\npod/a xmit eth0`,
      ),
    ).toBe('1 2 1 3')
  })

  it('tells the copies of a flood right after it', () => {
    expect(told(WALK)).toBe('1 2 3 4 2 5 1 6')
  })
})
