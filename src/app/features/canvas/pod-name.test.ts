import { describe, expect, it } from 'vitest'
import { NAME_ROOM, nameLines, podNameParts } from './pod-name.ts'

const lines = (name: string, workload: string | null) =>
  nameLines(podNameParts(name, workload), NAME_ROOM)
    .map((line) => line.join('|'))
    .join(' / ')

describe('names of pods in a tile', () => {
  it.each([
    ['left', null, 'left|'],
    ['frontend-z79rrg9mkc-t6x7h', 'deployment/default/frontend', 'frontend|-t6x7h'],
    ['currencyservice-6d64686d74-8hqjz', 'deployment/default/currencyservice', 'currencyservice| / |-8hqjz'],
    ['redis-cart-58cd9d4fbb-2kqls', 'deployment/default/redis-cart', 'redis-cart|-2kqls'],
    ['productcatalogservice-7b9bc-wntpp', 'deployment/default/productcatalogservice', 'produ…ervice| / |-wntpp'],
    ['recommendation-api-7b9bc-wntpp', 'deployment/default/recommendation-api', 'recom…on-api| / |-wntpp'],
    ['cassandra-0', 'statefulset/default/cassandra', 'cassandra-0|'],
  ])('%s of %s: %s', (name, workload, shown) => {
    expect(lines(name, workload)).toBe(shown)
  })
})
