import { expect, it } from 'vitest'
import { searchHits } from './search-hits.ts'
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
