import { describe, expect, test } from 'vitest'
import type { KernelStation, KernelView } from '../../../engine/simulation/kernel-view.ts'
import { platformsOf } from './platforms.ts'

type Hook = KernelStation['hook']

/** 'PREROUTING nat' is where the packet is; hooks in `passed` lie behind it. */
function view(current: string | null, passed: readonly Hook[], more: Partial<KernelView> = {}): KernelView {
  const runs: Readonly<Record<Hook, readonly string[]>> = {
    PREROUTING: ['raw', 'conntrack', 'mangle', 'nat'],
    INPUT: ['mangle', 'filter', 'security', 'nat', 'confirm'],
    FORWARD: ['mangle', 'filter', 'security'],
    OUTPUT: ['raw', 'conntrack', 'mangle', 'nat', 'filter', 'security'],
    POSTROUTING: ['mangle', 'nat', 'confirm'],
  }
  const stations = (Object.keys(runs) as Hook[]).flatMap((hook) =>
    runs[hook].map((run): KernelStation => {
      const here = current === `${hook} ${run}`
      return { hook, run, rules: run === 'nat' ? 3 : null, policy: null, passed: passed.includes(hook) && !here, current: here }
    }),
  )
  return {
    where: 'node/a',
    n: 1,
    stations,
    in: 'cni0',
    out: 'eth0',
    route: null,
    conntrack: null,
    at: null,
    balancing: null,
    open: null,
    chains: [],
    ...more,
  }
}

describe('kernel level', () => {
  test('nothing lies outside or upon another', () => {
    const drawn = platformsOf(view(null, []), 600)
    const boxes = [...drawn.platforms, drawn.sockets, drawn.inDevice, drawn.outDevice]
    for (const [i, a] of boxes.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(0)
      expect(a.x + a.width).toBeLessThanOrEqual(drawn.width)
      for (const b of boxes.slice(i + 1))
        expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true)
    }
  })

  test('tables nobody uses are left out', () => {
    const forward = platformsOf(view(null, []), 900).platforms.find(({ hook }) => hook === 'FORWARD')
    expect(forward?.cells.map(({ station }) => station.run)).toEqual(['mangle', 'filter'])
  })

  test.each([
    ['a packet that passes through', view('PREROUTING nat', ['PREROUTING']), 'outDevice'],
    ['one for a socket here', view('INPUT filter', ['PREROUTING', 'INPUT'], { route: 'local' }), 'sockets'],
    ['one that was made here', view('OUTPUT nat', ['OUTPUT'], { in: null }), 'outDevice'],
  ] as const)('%s: what is behind and what is ahead join at the packet', (_, shown, end) => {
    const drawn = platformsOf(shown, 900)
    expect(drawn.packet).not.toBeNull()
    expect(drawn.walked.at(-1)).toEqual(drawn.packet)
    expect(drawn.ahead[0]).toEqual(drawn.packet)
    expect(drawn.ahead.at(-1)?.[0]).toBe(drawn[end].x + drawn[end].width / 2)
  })

  test('a packet that has left has its whole way behind it', () => {
    const drawn = platformsOf(view(null, ['PREROUTING', 'FORWARD', 'POSTROUTING']), 900)
    expect(drawn.ahead).toEqual([])
    expect(drawn.walked.at(-1)?.[0]).toBe(drawn.outDevice.x + drawn.outDevice.width / 2)
  })
})
