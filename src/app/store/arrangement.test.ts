import { describe, expect, it } from 'vitest'
import {
  AS_LAID_OUT,
  arrangementOf,
  collapsible,
  collapsibleWords,
  inOrder,
  isArranged,
  movedBefore,
  podsOfGroup,
  shownAs,
} from './arrangement.ts'
import { smallTopology } from './walk.fixture.ts'

describe('what a link says of the arrangement', () => {
  it.each([
    ['nothing', undefined],
    ['no object', 'node/worker-1'],
    ['null', null],
    ['a list', [['node/worker-1']]],
    ['lists that are none', { collapsed: 'node/worker-1', order: 7 }],
    ['things that are no texts', { collapsed: [null, 3, {}, ['x']], order: null }],
  ])('is none, where it is %s', (_, kept) => {
    expect(isArranged(arrangementOf(kept))).toBe(false)
  })

  it('is what can be understood of it, and of that not more than anybody needs', () => {
    const order = JSON.parse('{"nodes": ["node/b", 7], "__proto__": ["node/a"], "node/a": "x"}')
    const { collapsed, order: read } = arrangementOf({ collapsed: Array.from({ length: 9_999 }, () => 'node/a'), order })
    expect(collapsed).toHaveLength(2_000)
    expect(Object.entries(read)).toEqual([
      ['nodes', ['node/b']],
      ['__proto__', ['node/a']],
      ['node/a', []],
    ])
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  })
})

it.each([
  ['a', 'c', 'b a c'],
  ['c', 'a', 'c a b'],
  ['a', null, 'b c a'],
  ['a', 'gone', 'b c a'],
  ['b', 'b', 'a b c'],
])('%s moved before %s', (moved, before, expected) => {
  expect(movedBefore(['a', 'b', 'c'], moved, before).join(' ')).toBe(expected)
})

it('puts what is not named in an order behind what is', () => {
  const things = ['a', 'b', 'c', 'd'].map((ref) => ({ ref }))
  expect(inOrder(things, ['c', 'gone', 'a']).map(({ ref }) => ref)).toEqual(['c', 'a', 'b', 'd'])
  expect(inOrder(things, AS_LAID_OUT.order.nodes)).toBe(things)
})

describe('what collapses with a shape', () => {
  const topology = smallTopology()
  it.each([
    ['node/worker-1', 'node/worker-1'],
    ['pod/default/mysql-0', 'deployment/default/mysql'],
    ['group/worker-1/deployment/default/mysql', 'deployment/default/mysql'],
    ['service/default/webapp', null],
    ['node/gone', null],
    ['pod/default/gone', null],
    ['group/worker-1/deployment/default/gone', null],
    ['group/gone/deployment/default/mysql', null],
    ['group', null],
    ['', null],
  ])('%s: %s', (ref, expected) => {
    expect(collapsible(ref, topology)).toBe(expected)
  })

  it.each([
    [[], 'pod/default/mysql-0'],
    [['deployment/default/mysql'], 'group/worker-1/deployment/default/mysql'],
    [['deployment/default/mysql', 'node/worker-1'], 'node/worker-1'],
    [['deployment/default/webapp', 'node/worker-2'], 'pod/default/mysql-0'],
  ])('is where a pod is shown: %j', (collapsed, expected) => {
    expect(shownAs('pod/default/mysql-0', topology, { ...AS_LAID_OUT, collapsed })).toBe(expected)
    expect(shownAs('service/default/webapp', topology, { ...AS_LAID_OUT, collapsed })).toBe('service/default/webapp')
  })

  it('are all pods of a workload on one node', () => {
    expect(podsOfGroup('group/worker-1/deployment/default/mysql', topology)?.map(({ name }) => name)).toEqual(['mysql-0'])
    expect(podsOfGroup('pod/default/mysql-0', topology)).toBeNull()
  })

  it.each([
    ['deployment/default/web', 'Deployment web'],
    ['statefulset/shop/db', 'StatefulSet shop/db'],
    ['node/worker-1', 'node worker-1'],
    ['cronworkflow/default/x', 'cronworkflow x'],
  ])('%s is called %s', (target, words) => {
    expect(collapsibleWords(target)).toBe(words)
  })
})
