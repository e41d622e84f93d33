import { expect, it } from 'vitest'
import { searchAgain, searchHits } from './search-hits.ts'
import { smallTopology } from './walk.fixture.ts'

it.each([
  ['mysql', ['pod/default/mysql-0', 'pod/default/mysql-1']],
  ['MYSQL 1.4', ['pod/default/mysql-0']],
  ['service webapp', ['service/default/webapp-sql1', 'service/default/webapp']],
  ['nodeport', ['service/default/webapp']],
  ['172.18.0.12', ['node/worker-2']],
  ['lan', ['network/lan']],
  ['php', ['pod/default/webapp-k2xvp', 'pod/default/webapp-q9mzl']],
  ['nobody', []],
  [' ', []],
])('%s', (text, expected) => {
  expect(searchHits(text, smallTopology())).toEqual(expected)
})

it('is the same search in a picture that has changed, at the hit that was shown', () => {
  const before = smallTopology()
  const search = { text: 'mysql', hits: searchHits('mysql', before), at: 1, asked: 1 }
  const without = (name: string) => ({
    ...before,
    machines: before.machines.map((machine) => ({ ...machine, pods: machine.pods.filter((pod) => pod.name !== name) })),
  })
  expect(searchAgain(search, before)).toEqual(search)
  expect(searchAgain(search, without('mysql-0'))).toMatchObject({ hits: ['pod/default/mysql-1'], at: 0 })
  expect(searchAgain(search, without('mysql-1'))).toMatchObject({ hits: ['pod/default/mysql-0'], at: 0 })
  expect(searchAgain(search, { machines: [], services: [], networks: [] })).toMatchObject({ hits: [], at: -1 })
})
