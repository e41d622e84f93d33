import { describe, expect, it } from 'vitest'
import { narratorContext } from './context.ts'
import { narrate } from './narrate.ts'
import { context, pod, syn, topology } from './rows.fixture.ts'

describe('narrate', () => {
  it('says the namespace where two pods share a name', () => {
    const [first] = topology.machines
    if (!first) throw new Error('no machine')
    const twice = narratorContext({
      ...topology,
      machines: [
        {
          ...first,
          pods: [pod('web', '10.244.1.2', 'veth1'), { ...pod('web', '10.244.1.3', 'veth2'), ref: 'pod/shop/web', namespace: 'shop' }],
        },
      ],
    })
    expect(
      narrate(
        { n: 0, timeMs: 0, where: 'pod/shop/web', event: { at: 'socket', packet: syn, action: 'error', socket: 1, detail: 'EPERM' } },
        twice,
      ),
    ).toBe('shop/web gets the error EPERM.')
  })

  it('keeps whole sentences whatever the length of names', () => {
    const long = 'a'.repeat(63)
    expect(
      narrate(
        { n: 0, timeMs: 0, where: `pod/default/${long}`, event: { at: 'fib_lookup', packet: syn, result: null, error: 'ENETUNREACH' } },
        context,
      ),
    ).toBe(`${long} has no route to 10.96.40.7: ENETUNREACH.`)
  })
})
