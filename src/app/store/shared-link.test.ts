import { describe, expect, it } from 'vitest'
import { decodeShare, encodeShare } from '../../protocol/share.ts'
import { AS_LAID_OUT } from './arrangement.ts'
import { linkContent, linkOpening } from './shared-link.ts'
import { walkState } from './walk-state.fixture.ts'

const NO_WALK = { walk: null, frame: -1, stops: [], together: [], arrangement: AS_LAID_OUT }

describe('a link', () => {
  it('goes on with what a newer version put into it', () => {
    const scenario = { yaml: 'a', future: [1, { deep: true }], view: { title: 'a.yaml', camera: { zoom: 2 } } }
    const keys = new Map([
      ['walk', 'one'],
      ['lesson', '3'],
      ['frame', '7'],
    ])
    const { text, opening } = linkOpening(scenario, keys)
    expect(opening.wanted).toEqual({ walk: { name: 'one' }, frame: 7, branch: null, stops: [], together: [] })
    const again = linkContent({ text: `${text} edited`, title: opening.title, carried: opening.carried ?? null, ...NO_WALK })
    const encoded = encodeShare(again.scenario, again.keys)
    const decoded = decodeShare(encoded.ok ? encoded.fragment : '')
    expect(decoded).toEqual({ ok: true, scenario: { ...scenario, yaml: 'a edited' }, keys: new Map([['lesson', '3']]) })
  })

  it.each([[null], [[]], [[0, 1, 12]]])('names the way of a walk: %j', (branch) => {
    const walk = walkState({ branch })
    const { scenario, keys } = linkContent({
      text: '',
      title: 'a.yaml',
      walk,
      frame: 2,
      carried: null,
      stops: [],
      together: [],
      arrangement: AS_LAID_OUT,
    })
    expect(linkOpening(scenario, keys).opening.wanted).toEqual({ walk: { name: 'one' }, frame: 2, branch, stops: [], together: [] })
  })

  it('brings stops, and leaves out those it does not know', () => {
    const stops = [{ kind: 'rewrite' }, { kind: 'rule', where: 'node/a', table: 'nat', chain: 'KUBE-SERVICES', index: 4 }] as const
    const { scenario } = linkContent({ text: '', title: 'a.yaml', carried: null, ...NO_WALK, stops })
    expect(scenario.view).toEqual({ title: 'a.yaml', stops: ['rewrite', 'rule|node/a|nat|KUBE-SERVICES|4'] })
    const view = { stops: ['rewrite', 'moon|x', 7, 'rule|node/a|nat|KUBE-SERVICES|4'] }
    expect(linkOpening({ yaml: '', view }, new Map()).opening.wanted?.stops).toEqual(stops)
  })

  it('names the walks that are played together', () => {
    const { scenario } = linkContent({ text: '', title: 'a.yaml', carried: null, ...NO_WALK, together: ['b', 'a'] })
    expect(linkOpening(scenario, new Map()).opening.wanted?.together).toEqual(['b', 'a'])
    expect(linkOpening({ yaml: '', view: { together: ['b', 7] } }, new Map()).opening.wanted?.together).toEqual(['b'])
  })

  it.each([
    ['ends typed in the walk bar', { view: { from: 'pod/a', to: 'ping 10.0.0.1' } }, { from: 'pod/a', to: 'ping 10.0.0.1' }],
    ['a view of another shape', { view: 'x' as never }, null],
    ['half of the ends', { view: { from: 'pod/a' } }, null],
  ])('with %s', (_, fields, walk) => {
    const { opening } = linkOpening({ yaml: '', ...fields }, new Map())
    expect(opening).toMatchObject({ title: 'shared.yaml', source: 'link', wanted: { walk, frame: null, branch: null }, carried: null })
  })
})
